"""The report for people: each problem with its source line and a caret under it, then the counts."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from compiler.diagnostics import Diagnostic, Severity, Span
from compiler.report.order import still_open
from compiler.report.visible import cells, visible

_WIDTH: Final = 110  # terminal cells of a source line that are shown
_COLOURS: Final = {Severity.ERROR: "\x1b[1;31m", Severity.WARNING: "\x1b[1;33m"}
_BOLD: Final = "\x1b[1m"
_DIM: Final = "\x1b[2m"
_BLUE: Final = "\x1b[1;34m"
_RESET: Final = "\x1b[0m"


def text(diagnostics: Iterable[Diagnostic], sources: Mapping[str, str], *, colour: bool = False) -> str:
    """The report, or "" if there is nothing to say.

    `sources` are the texts of the files, by the name that the spans have; a file that is not there is not quoted.
    Nothing that a spec holds can control the terminal: control characters are shown as escapes.
    """
    ordered = still_open(diagnostics)
    lines = {file: source.split("\n") for file, source in sources.items()}
    blocks = [_block(one, lines, _Style(colour)) for one in ordered]
    return "\n".join([*blocks, _counts(ordered), ""]) if ordered else ""


@dataclass(frozen=True, slots=True)
class _Style:
    colour: bool

    def __call__(self, code: str, words: str) -> str:
        return f"{code}{words}{_RESET}" if self.colour else words


@dataclass(frozen=True, slots=True)
class _Mark:
    """A place to quote: with which sign it is underlined, and what is said beside that."""

    span: Span
    sign: str
    colour: str
    words: str = ""


def _block(one: Diagnostic, sources: Mapping[str, list[str]], style: _Style) -> str:
    kind = style(_COLOURS[one.severity], f"{one.severity.value}[{one.code}]")
    place = f"{_place(one.span)}: " if one.span else ""
    first, *more = one.message.split("\n")
    rows = [f"{style(_BOLD, place)}{kind}: {visible(first)}", *(f"  {visible(line)}" for line in more)]
    rows += _excerpts(one, sources, style)
    for title, words in (("note", one.note), ("hint", one.hint)):
        if words:
            first, *more = words.split("\n")
            rows += [f"  {title}: {visible(first)}", *(f"        {visible(line)}" for line in more)]
    return "\n".join([*rows, ""])


def _place(span: Span) -> str:
    return f"{visible(span.file)}:{span.line}:{span.column}"


def _excerpts(one: Diagnostic, sources: Mapping[str, list[str]], style: _Style) -> Iterator[str]:
    """The source line of the problem, then those of its labels; where a file changes, its name comes before."""
    primary = [_Mark(one.span, "^", _COLOURS[one.severity])] if one.span else []
    marks = [*primary, *(_Mark(label.span, "-", _BLUE, label.text) for label in one.labels)]
    gutter = max((len(str(mark.span.line)) for mark in marks if _has(mark.span, sources)), default=0)
    file = one.span.file if one.span else ""
    for mark in marks:
        if not _has(mark.span, sources):
            if mark.words:
                yield f"  {style(_BOLD, _place(mark.span))}: {visible(mark.words)}"
            continue
        if mark.span.file != file:
            file = mark.span.file
            yield f"  {style(_BOLD, f'{_place(mark.span)}:')}"
        yield from _excerpt(mark, sources[file], gutter, style)


def _has(span: Span, sources: Mapping[str, list[str]]) -> bool:
    return 1 <= span.line <= len(sources.get(span.file, []))


def _excerpt(mark: _Mark, lines: list[str], gutter: int, style: _Style) -> Iterator[str]:
    """The source line, with its number, and a line with signs under the span."""
    span = mark.span
    line = lines[span.line - 1].removesuffix("\r")
    end = span.end_column if span.end_line == span.line else len(line.rstrip()) + 1
    shown, before, marked = _crop([cells(char) for char in line], span.column - 1, max(end - 1, span.column))
    beside = f" {visible(mark.words)}" if mark.words else ""
    yield f"  {style(_DIM, f'{span.line:>{gutter}} |')} {shown}"
    blank = ""
    signs = style(mark.colour, mark.sign * max(marked, 1) + beside)
    yield f"  {style(_DIM, f'{blank:{gutter}} |')} {' ' * before}{signs}"


def _crop(row: list[tuple[str, int]], start: int, end: int) -> tuple[str, int, int]:
    """The shown part of a line, the width of what is before the marked part, and the width of the marked part."""
    first = start
    room = _WIDTH // 3
    while first > 0 and first <= len(row) and (room := room - row[first - 1][1]) > 0:
        first -= 1
    whole = sum(width for _, width in row)
    if whole <= _WIDTH or sum(width for _, width in row[:start]) <= _WIDTH // 2:
        first = 0
    last, used = first, 0
    while last < len(row) and (used := used + row[last][1]) <= _WIDTH:
        last += 1
    head, tail = "…" if first else "", "…" if last < len(row) else ""
    before = len(head) + sum(width for _, width in row[first:start])
    marked = sum(width for _, width in row[start : min(end, last)])
    return f"{head}{''.join(shown for shown, _ in row[first:last])}{tail}", before, marked


def _counts(ordered: tuple[Diagnostic, ...]) -> str:
    errors = sum(one.severity is Severity.ERROR for one in ordered)
    parts = [(errors, "error"), (len(ordered) - errors, "warning")]
    return ", ".join(f"{count} {word}{'' if count == 1 else 's'}" for count, word in parts if count)
