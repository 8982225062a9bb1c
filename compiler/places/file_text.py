"""A file's text, and pieces of it that mean another text: where each of their characters is written."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from compiler.diagnostics import Span


@dataclass(frozen=True, slots=True)
class FileText:
    """The text of a file. `path` is what diagnostics show."""

    path: str
    text: str
    _starts: list[int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        starts = [0, *(index + 1 for index, char in enumerate(self.text) if char == "\n")]
        object.__setattr__(self, "_starts", starts)

    def span(self, start: int, end: int) -> Span:
        """The stretch from one offset to another."""
        return Span(self.path, *self._place(start), *self._place(max(end, start)))

    def offset(self, line: int, column: int) -> int:
        """The offset of a line and column, both from 0."""
        return self._starts[line] + column if line < len(self._starts) else len(self.text)

    def _place(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A text that stands in a file, such as the value of a YAML scalar.

    `offsets` has the place in the file of each of its characters and of its end; None if they follow each other from
    `start`.
    """

    file: FileText
    text: str
    start: int
    offsets: Sequence[int] | None = None

    def span(self, start: int, end: int) -> Span:
        """Where a stretch of the text is written: at least one character, if there is one."""
        if self.offsets is None:
            return self.file.span(self.start + start, self.start + max(end, start + 1))
        first = self.offsets[min(start, len(self.text))]
        last = self.offsets[min(max(end - 1, start), len(self.text))]
        return self.file.span(first, last + 1)

    @property
    def whole(self) -> Span:
        """Where all of it is written."""
        return self.span(0, len(self.text))
