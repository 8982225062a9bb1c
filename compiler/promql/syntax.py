"""The syntax tree of an expression as it was written: parentheses, the order of matchers, and the place of everything.

`Expr` (in `expr`) is what an expression means, and compares equal for equal meanings; this is how it was written.
Offsets count characters of the text; the end is exclusive.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from compiler.promql.expr import MatchOp

Side = Literal["", "left", "right"]
ValueType = Literal["scalar", "vector", "matrix", "string"]

SPOKEN: Final[dict[ValueType, str]] = {
    "scalar": "a scalar",
    "vector": "an instant vector",
    "matrix": "a range vector",
    "string": "a string",
}


@dataclass(frozen=True, slots=True)
class Node:
    """A stretch of the text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Word(Node):
    """A name or keyword. `text` is what it means (without quotes, where names may be quoted)."""

    text: str


@dataclass(frozen=True, slots=True)
class LabelMatcher(Node):
    """One matcher of a selector, such as `job="api"`. `label` is `__name__` where the name itself is quoted."""

    label: Word
    op: MatchOp
    value: Word


@dataclass(frozen=True, slots=True)
class Length(Node):
    """A duration. `milliseconds` is None if it is only known at query time (`step()`, or a variable of Grafana)."""

    milliseconds: int | None


@dataclass(frozen=True, slots=True)
class Labels(Node):
    """A list of labels in parentheses."""

    names: tuple[Word, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """The names without their places."""
        return tuple(name.text for name in self.names)


@dataclass(frozen=True, slots=True)
class At(Node):
    """`@` with what follows it. `bound` is `start` or `end`, or "" for a fixed time."""

    bound: str


@dataclass(frozen=True, slots=True)
class Modifiers:
    """What moves a selector in time; `extension` is `anchored` or `smoothed`."""

    offset: Length | None = None
    at: At | None = None
    extension: Word | None = None


@dataclass(frozen=True, slots=True)
class NumberLiteral(Node):
    """A number, or a duration that stands for its seconds."""

    value: float


@dataclass(frozen=True, slots=True)
class StringLiteral(Node):
    """A string."""

    value: str


@dataclass(frozen=True, slots=True)
class Selector(Node):
    """An instant vector selector. `name` is None if the metric is not named before the braces."""

    name: Word | None
    matchers: tuple[LabelMatcher, ...]
    modifiers: Modifiers

    @property
    def metric(self) -> str:
        """The metric that is selected, or "" if it is not one that is known."""
        if self.name:
            return self.name.text
        named = [m.value.text for m in self.matchers if m.label.text == "__name__" and m.op == "="]
        return named[0] if len(named) == 1 else ""


@dataclass(frozen=True, slots=True)
class RangeSelector(Node):
    """A range vector selector: `selector[window]`."""

    selector: Selector
    window: Length
    modifiers: Modifiers


@dataclass(frozen=True, slots=True)
class SubqueryExpr(Node):
    """`expr[window:step]`; `step` is None for the server's default."""

    expr: "Syntax"
    window: Length
    step: Length | None
    modifiers: Modifiers


@dataclass(frozen=True, slots=True)
class CallExpr(Node):
    """A function call."""

    function: Word
    args: tuple["Syntax", ...]


@dataclass(frozen=True, slots=True)
class AggregateExpr(Node):
    """An aggregation. `args` are its parameter, if it has one, and the vector."""

    op: Word
    grouping: Labels | None
    without: bool
    args: tuple["Syntax", ...]

    @property
    def vector(self) -> "Syntax":
        """What is aggregated."""
        return self.args[-1]

    @property
    def param(self) -> "Syntax | None":
        """The k of topk, the q of quantile, the label of count_values."""
        return self.args[0] if len(self.args) > 1 else None


@dataclass(frozen=True, slots=True)
class Matching:
    """How the sides of a binary operation find each other. `labels` is None without `on` and `ignoring`."""

    labels: Labels | None = None
    on: bool = False
    group: Side = ""
    group_word: Word | None = None
    include: Labels | None = None
    filled: bool = False


@dataclass(frozen=True, slots=True)
class BinaryExpr(Node):
    """A binary operation; `op.text` is in lower case, `returns_bool` the place of `bool`."""

    op: Word
    left: "Syntax"
    right: "Syntax"
    returns_bool: Word | None
    matching: Matching


@dataclass(frozen=True, slots=True)
class UnaryExpr(Node):
    """`-expr` or `+expr`."""

    op: Word
    expr: "Syntax"


@dataclass(frozen=True, slots=True)
class ParenExpr(Node):
    """An expression in parentheses."""

    expr: "Syntax"


Syntax = (
    NumberLiteral
    | StringLiteral
    | Selector
    | RangeSelector
    | SubqueryExpr
    | CallExpr
    | AggregateExpr
    | BinaryExpr
    | UnaryExpr
    | ParenExpr
)


def children(node: Syntax) -> tuple[Syntax, ...]:
    """The operands of a node, in reading order."""
    match node:
        case RangeSelector():
            return (node.selector,)
        case SubqueryExpr() | UnaryExpr() | ParenExpr():
            return (node.expr,)
        case CallExpr() | AggregateExpr():
            return node.args
        case BinaryExpr():
            return (node.left, node.right)
        case _:
            return ()


def walk(root: Syntax) -> Iterator[Syntax]:
    """Every node, operands before what they belong to. No recursion: a chain of `or` may be thousands long."""
    stack = [(root, False)]
    while stack:
        node, opened = stack.pop()
        inner = () if opened else children(node)
        if inner:
            stack.append((node, True))
            stack.extend((child, False) for child in reversed(inner))
        else:
            yield node


def bare(node: Syntax) -> Syntax:
    """The expression without the parentheses around it."""
    while isinstance(node, ParenExpr):
        node = node.expr
    return node
