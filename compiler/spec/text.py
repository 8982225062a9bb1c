"""From bytes to text that is safe to parse and to show: UTF-8, not too long, nothing invisible in it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final, Literal

from compiler.diagnostics import Diagnostic, Span

TOO_LARGE: Final = "PG008"
NOT_UTF8: Final = "PG009"
UNPRINTABLE: Final = "PG010"

MAX_BYTES: Final = 1 << 20
Kind = Literal["spec", "overrides", "rules", "markdown"]

_MAX_SHOWN: Final = 20
_BOM: Final = "\ufeff"
# Control characters; what YAML 1.1 takes for a line break and editors do not (so that line numbers agree); marks that
# reorder the text, so that a reviewer sees something else than the compiler reads; what UTF-8 cannot hold.
_REFUSED: Final = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]|\r(?!\n)"
)


@dataclass(frozen=True, slots=True)
class SpecFile:
    """A file as it was found: its path as it was given, which diagnostics show, and what it holds."""

    path: str
    content: str | bytes


def decode(raw: str | bytes) -> str:
    """The text, without a byte order mark; what is not UTF-8 is replaced. Good for showing, not for believing."""
    text = raw if isinstance(raw, str) else raw.decode("utf-8", errors="replace")
    return text.removeprefix(_BOM)


def problems(raw: str | bytes, file: str) -> Iterator[Diagnostic]:
    """Everything that is wrong with the text before YAML is asked; `TOO_LARGE` and `NOT_UTF8` come alone."""
    size = len(raw) if isinstance(raw, bytes) or len(raw) > MAX_BYTES else len(raw.encode("utf-8", "surrogatepass"))
    if size > MAX_BYTES:
        hint = "split it into several gates"
        yield Diagnostic(TOO_LARGE, "this file is larger than 1 MiB", Span(file, 1, 1, 1, 2), hint)
    elif isinstance(raw, bytes) and (wrong := _not_utf8(raw, file)):
        yield wrong
    else:
        yield from _unprintable(decode(raw), file)


def printable(text: str) -> str:
    """The text with every refused character replaced, so that parsing goes on and positions stay."""
    return _REFUSED.sub("\ufffd", text)


def _not_utf8(raw: bytes, file: str) -> Diagnostic | None:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        before = decode(raw[: error.start])
        span = _span(before, len(before), file)
        return Diagnostic(NOT_UTF8, f"byte 0x{raw[error.start]:02x} is not UTF-8", span, "save the file as UTF-8")
    return None


def _unprintable(text: str, file: str) -> Iterator[Diagnostic]:
    for match in islice(_REFUSED.finditer(text), _MAX_SHOWN):
        hint = f'remove it, or write it in double quotes as "\\u{ord(match[0]):04x}"'
        message = f"the invisible character U+{ord(match[0]):04X}"
        yield Diagnostic(UNPRINTABLE, message, _span(text, match.start(), file), hint)


def _span(text: str, index: int, file: str) -> Span:
    """The one character at an index."""
    line, column = text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index)
    return Span(file, line, column, line, column + 1)
