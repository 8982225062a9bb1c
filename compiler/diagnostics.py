"""What the compiler has to say about an input, as data.

A diagnostic is complete when it is made; `report` alone turns it into text. Leaf module: imports nothing of ours.
"""

from dataclasses import dataclass
from enum import Enum


class Severity(Enum):
    """How much a diagnostic matters: an error stops the compilation, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of one source file. Lines and columns are 1-based; the end is exclusive."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int

    def is_within(self, outer: "Span") -> bool:
        """Whether it begins inside of another stretch."""
        begin, end = (outer.line, outer.column), (outer.end_line, outer.end_column)
        return self.file == outer.file and begin <= (self.line, self.column) < end


@dataclass(frozen=True, slots=True, order=True)
class Label:
    """A further place that a problem has to do with, and how: "declared here", "the other bound"."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One problem: what is wrong (`message`, shown at the caret) and what to type instead (`hint`).

    `code` is stable and never reused; `compiler.catalogue` knows what each means. `span` is None only for problems that
    lie in no file (a missing tool). `labels` are the other places that matter, in the order in which they are read;
    `note` is the proof: why this is so, in the author's own units. `acknowledged` is the author's reason to keep things
    as they are; such a finding is on record, and needs no action.
    """

    code: str
    message: str
    span: Span | None
    hint: str = ""
    severity: Severity = Severity.ERROR
    labels: tuple[Label, ...] = ()
    note: str = ""
    acknowledged: str = ""
