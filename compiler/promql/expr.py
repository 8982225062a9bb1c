"""The PromQL tree: frozen values, so equal expressions compare and hash equal (which is what sharing needs)."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from compiler.fields import Duration

MatchOp = Literal["=", "!=", "=~", "!~"]
AggregateOp = Literal[
    "sum", "avg", "min", "max", "count", "group", "stddev", "stdvar", "topk", "bottomk", "quantile", "count_values"
]
BinaryOp = Literal["or", "and", "unless", "==", "!=", "<=", "<", ">=", ">", "+", "-", "*", "/", "%", "atan2", "^"]


class Matcher(NamedTuple):
    """One label matcher of a selector. No node, but a part of one that is looked up with it in tables, so a tuple."""

    label: str
    op: MatchOp
    value: str


@dataclass(frozen=True, slots=True)
class Number:
    """A scalar literal."""

    value: float


@dataclass(frozen=True, slots=True)
class String:
    """A string literal, as `label_replace` takes."""

    value: str


@dataclass(frozen=True, slots=True)
class Vector:
    """An instant vector selector. `offset` is how far back it looks."""

    name: str
    matchers: tuple[Matcher, ...] = ()
    offset: Duration | None = None


@dataclass(frozen=True, slots=True)
class Matrix:
    """A range vector selector."""

    vector: Vector
    window: Duration


@dataclass(frozen=True, slots=True)
class Subquery:
    """`expr[window:step]`; a step of None is the server's default."""

    expr: "Expr"
    window: Duration
    step: Duration | None
    offset: Duration | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A function call."""

    function: str
    args: tuple["Expr", ...] = ()


@dataclass(frozen=True, slots=True)
class Aggregate:
    """An aggregation. `labels` are kept, or dropped when `without`; `param` is the k of topk and the like."""

    op: AggregateOp
    expr: "Expr"
    labels: tuple[str, ...] = ()
    without: bool = False
    param: "Expr | None" = None


@dataclass(frozen=True, slots=True)
class Binary:
    """A binary operation. `on` / `ignoring` of None means no matching clause; `returns_bool` prints `bool`."""

    op: BinaryOp
    left: "Expr"
    right: "Expr"
    returns_bool: bool = False
    on: tuple[str, ...] | None = None
    ignoring: tuple[str, ...] | None = None
    group: Literal["", "left", "right"] = ""
    include: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Negative:
    """Unary minus."""

    expr: "Expr"


Expr = Number | String | Vector | Matrix | Subquery | Call | Aggregate | Binary | Negative
