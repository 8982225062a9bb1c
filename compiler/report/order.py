"""The order of a report, whatever order the problems were found in."""

from collections.abc import Iterable
from typing import Final

from compiler.diagnostics import Diagnostic, Span

_NOWHERE: Final = Span("\U0010ffff", 0, 0, 0, 0)


def in_order(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Sorted by place, then code and message; each once."""
    return tuple(sorted(dict.fromkeys(diagnostics), key=_key))


def still_open(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """In order, without those that an author has acknowledged, which need no action."""
    return in_order(one for one in diagnostics if not one.acknowledged)


def _key(one: Diagnostic) -> tuple[object, ...]:
    return (one.span or _NOWHERE, one.code, one.message, one.hint, one.note, one.labels)
