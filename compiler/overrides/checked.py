"""Files of overrides to the approved overrides of each gate, or everything that is wrong with them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from compiler.diagnostics import Diagnostic, Span
from compiler.moment import Moment
from compiler.overrides.problems import misplaced, problems
from compiler.spec.load_overrides import Approved, load_overrides
from compiler.spec.model import Gate
from compiler.spec.text import SpecFile


@dataclass(frozen=True, slots=True)
class CheckedOverrides:
    """The overrides of each gate by its name, and what is wrong with any of them."""

    approved: Mapping[str, Approved]
    diagnostics: tuple[Diagnostic, ...]


def check_overrides(
    files: Sequence[SpecFile], gates: Mapping[str, Gate | None], now: Moment | None, *, complete: bool
) -> CheckedOverrides:
    """Read the files. A gate that is not among `gates` is an error only if these are `complete`."""
    loaded = [load_overrides(file.content, file.path) for file in sorted(files, key=lambda file: file.path)]
    found = [one.diagnostics for one in loaded]
    approved = [one.approved for one in loaded if one.approved]
    known = gates if complete else {**dict.fromkeys(one.file.gate for one in approved), **gates}
    said = tuple(_said(approved, known, now))
    return CheckedOverrides({one.file.gate: one for one in approved}, (*(one for more in found for one in more), *said))


def _said(approved: Sequence[Approved], gates: Mapping[str, Gate | None], now: Moment | None) -> Iterator[Diagnostic]:
    first: dict[str, Span] = {}
    for one in approved:
        yield from misplaced(one, gates, first)
        if gate := gates.get(one.file.gate):
            yield from problems(one, gate, now)
