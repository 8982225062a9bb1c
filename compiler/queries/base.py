"""What a check of an expression is: a module with a CODE and `check`, a function from a query to what is wrong."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from compiler.analysis.facts import Facts
from compiler.analysis.flow import Flows
from compiler.diagnostics import Severity
from compiler.fields import Unit
from compiler.promql.grammar import Parsed
from compiler.promql.mistakes import COMPARISONS
from compiler.promql.problem import Mark, Problem
from compiler.promql.syntax import AggregateExpr, BinaryExpr, CallExpr, Node, Selector, Syntax, bare, walk

# An alert fires for each element of its result; a record keeps the values; a measure is judged by promgate; what a
# document shows is probably a verdict, and can be anything.
Purpose = Literal["alert", "record", "measure", "document"]

ERROR: Final = Severity.ERROR
WARNING: Final = Severity.WARNING


@dataclass(frozen=True, slots=True)
class Query:
    """An expression without mistakes of grammar or type, what it is for, and what is known around it."""

    parsed: Parsed
    flows: Flows
    purpose: Purpose
    name: str = ""  # of the alert, or of what is recorded
    unit: Unit | None = None  # of the measure

    @property
    def facts(self) -> Facts:
        """What is known of metrics."""
        return self.flows.facts

    def nodes(self) -> Iterator[Syntax]:
        """Every part, operands before what they belong to."""
        return walk(self.parsed.tree)

    def binaries(self) -> Iterator[BinaryExpr]:
        """Every binary operation."""
        return (node for node in self.nodes() if isinstance(node, BinaryExpr))

    def calls(self) -> Iterator[CallExpr]:
        """Every function call."""
        return (node for node in self.nodes() if isinstance(node, CallExpr))

    def aggregates(self) -> Iterator[AggregateExpr]:
        """Every aggregation."""
        return (node for node in self.nodes() if isinstance(node, AggregateExpr))

    def source(self, node: Node) -> str:
        """The text of a part, on one line, and short."""
        text = self.parsed.source(node)
        return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


_SHOWN: Final = 60


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found. `note` is the reason why."""

    code: str
    problem: Problem
    severity: Severity = WARNING
    note: str = ""


class QueryCheck(Protocol):
    """A check module. Its docstring is its explanation, in the form that `catalogue.explanation` reads."""

    CODE: str

    def check(self, query: Query) -> Iterator[Finding]:
        """Everything that is wrong."""
        ...


def problem(message: str, at: Node, hint: str = "", marks: Iterable[Mark] = ()) -> Problem:
    """A problem at a part of the expression."""
    return Problem(message, at.start, at.end, hint, tuple(marks))


def is_filter(node: Syntax) -> bool:
    """Whether a part is a comparison that drops elements."""
    return isinstance(node, BinaryExpr) and node.op.text in COMPARISONS and not node.returns_bool


def selectors_in(node: Syntax) -> tuple[Selector, ...]:
    """Every selector inside of a part."""
    return tuple(one for one in walk(node) if isinstance(one, Selector))


def listed(names: Iterable[str]) -> str:
    """Names in a sentence: `a`, `a and b`, `a, b and c`."""
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


__all__ = [
    "ERROR",
    "WARNING",
    "Finding",
    "Purpose",
    "Query",
    "QueryCheck",
    "bare",
    "is_filter",
    "listed",
    "problem",
    "selectors_in",
]
