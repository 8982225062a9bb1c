"""The mutation operators: each makes one mistake that a person, or a change of the compiler, could make.

An operator is a function from a node of an expression to the nodes that could stand in its place. What cannot make a
difference by definition is not made: the guard of the same evaluation, `[1ms]`, is dropped as a whole and not doubled;
a NaN or infinite number has no neighbour.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Final

from mutants.model import Change

from compiler.engines import SAME_EVALUATION
from compiler.fields import Duration
from compiler.promql.expr import (
    Aggregate,
    AggregateOp,
    Binary,
    BinaryOp,
    Call,
    Expr,
    MatchOp,
    Matrix,
    Negative,
    Number,
    Subquery,
    Vector,
)
from compiler.promql.printer import show

Operator = Callable[[Expr], Iterator[Expr]]

_COMPARISONS: Final[dict[BinaryOp, tuple[BinaryOp, ...]]] = {
    "<": ("<=", ">"),
    "<=": ("<", ">="),
    ">": (">=", "<"),
    ">=": (">", "<="),
    "==": ("!=", ">="),
    "!=": ("==",),
}
_ARITHMETIC: Final[dict[BinaryOp, BinaryOp]] = {"+": "-", "-": "+", "*": "/", "/": "*"}
_AGGREGATES: Final[dict[AggregateOp, tuple[AggregateOp, ...]]] = {
    "sum": ("max", "count"),
    "max": ("min", "sum"),
    "min": ("max", "sum"),
    "avg": ("max", "min"),
    "count": ("sum",),
}
_FUNCTIONS: Final = {
    "rate": ("increase",),
    "increase": ("rate", "max_over_time"),
    "avg_over_time": ("max_over_time", "min_over_time"),
    "min_over_time": ("max_over_time", "avg_over_time"),
    "max_over_time": ("min_over_time", "avg_over_time"),
    "sum_over_time": ("max_over_time",),
    "count_over_time": ("sum_over_time",),
    "last_over_time": ("max_over_time",),
    "deriv": ("rate",),
    "abs": (),
    "clamp_min": ("clamp_max",),
    "clamp_max": ("clamp_min",),
}
_OPPOSITE: Final[dict[MatchOp, MatchOp]] = {"=": "!=", "!=": "=", "=~": "!~", "!~": "=~"}


def comparison(node: Expr) -> Iterator[Expr]:
    """Another comparison: with the bound itself on the other side, or turned round."""
    if isinstance(node, Binary) and node.op in _COMPARISONS:
        yield from (replace(node, op=op) for op in _COMPARISONS[node.op])


def number(node: Expr) -> Iterator[Expr]:
    """A number one step larger or smaller, in the last digit that it is written with."""
    if isinstance(node, Number) and math.isfinite(node.value):
        written = Decimal(show(node))
        step = Decimal(1).scaleb(min(0, int(written.normalize().as_tuple().exponent)))
        yield from (Number(float(written + step)), Number(float(written - step)))


def window(node: Expr) -> Iterator[Expr]:
    """A window of twice or half the length."""
    if isinstance(node, (Matrix, Subquery)) and node.window != SAME_EVALUATION:
        yield from (replace(node, window=length) for length in _lengths(node.window))


def step(node: Expr) -> Iterator[Expr]:
    """A subquery of twice or half the step."""
    if isinstance(node, Subquery) and node.step:
        yield from (replace(node, step=length) for length in _lengths(node.step))


def offset(node: Expr) -> Iterator[Expr]:
    """No offset, or one of twice or half the length."""
    if isinstance(node, (Vector, Subquery)) and node.offset:
        yield from (replace(node, offset=length) for length in (None, *_lengths(node.offset)))


def _lengths(length: Duration) -> Iterator[Duration]:
    yield Duration(length.milliseconds * 2)
    if length.milliseconds > 1:
        yield Duration(length.milliseconds // 2)


def guard(node: Expr) -> Iterator[Expr]:
    """A recorded series is read although it may be of an evaluation before."""
    match node:
        case Call("last_over_time", (Matrix(vector, length),)) if length == SAME_EVALUATION:
            yield vector


def by(node: Expr) -> Iterator[Expr]:
    """One label of an aggregation is forgotten."""
    if isinstance(node, Aggregate):
        for label in node.labels:
            yield replace(node, labels=tuple(one for one in node.labels if one != label))


def aggregation(node: Expr) -> Iterator[Expr]:
    """Another aggregation."""
    if isinstance(node, Aggregate):
        yield from (replace(node, op=op) for op in _AGGREGATES.get(node.op, ()))


def function(node: Expr) -> Iterator[Expr]:
    """Another function of time; no `abs`."""
    match node:
        case Call("last_over_time", (Matrix(_, length),)) if length == SAME_EVALUATION:
            return
        case Call("abs", (only,)):
            yield only
        case Call(name, _) if name in _FUNCTIONS:
            yield from (replace(node, function=other) for other in _FUNCTIONS[name])


def matching(node: Expr) -> Iterator[Expr]:
    """A match on fewer labels, or on all."""
    if isinstance(node, Binary) and node.on is not None:
        for label in node.on:
            yield replace(node, on=tuple(one for one in node.on if one != label))
        yield replace(node, on=None, group="", include=())
    if isinstance(node, Binary) and node.ignoring is not None:
        yield replace(node, ignoring=None, on=())


def boolean(node: Expr) -> Iterator[Expr]:
    """`bool` is forgotten."""
    if isinstance(node, Binary) and node.returns_bool:
        yield replace(node, returns_bool=False)


def arm(node: Expr) -> Iterator[Expr]:
    """An arm of `or` is left out, either side."""
    if isinstance(node, Binary) and node.op == "or":
        yield from (node.left, node.right)


def condition(node: Expr) -> Iterator[Expr]:
    """A condition (`and`, `unless`) is left out, or is the other one."""
    if isinstance(node, Binary) and node.op in {"and", "unless"}:
        yield node.left
        yield replace(node, op="unless" if node.op == "and" else "and")


def arithmetic(node: Expr) -> Iterator[Expr]:
    """Another operation, or none."""
    if isinstance(node, Binary) and node.op in _ARITHMETIC:
        yield replace(node, op=_ARITHMETIC[node.op])
        if not isinstance(node.left, Number):
            yield node.left


def matcher(node: Expr) -> Iterator[Expr]:
    """A matcher is left out, turned round, or names something else."""
    if isinstance(node, Vector):
        for i, one in enumerate(node.matchers):
            others = (*node.matchers[:i], *node.matchers[i + 1 :])
            yield replace(node, matchers=others)
            for other in (one._replace(op=_OPPOSITE[one.op]), one._replace(value=f"{one.value}x")):
                yield replace(node, matchers=(*node.matchers[:i], other, *node.matchers[i + 1 :]))


OPERATORS: Final[dict[str, Operator]] = {
    "comparison": comparison,
    "number": number,
    "window": window,
    "step": step,
    "offset": offset,
    "guard": guard,
    "by": by,
    "aggregation": aggregation,
    "function": function,
    "matching": matching,
    "bool": boolean,
    "or arm": arm,
    "condition": condition,
    "arithmetic": arithmetic,
    "matcher": matcher,
}


def mutations(expr: Expr) -> Iterator[tuple[Change, Expr]]:
    """Every change of one node, with the whole expression after it."""
    for node, put in _places(expr, lambda whole: whole):
        for name, operator in OPERATORS.items():
            for other in operator(node):
                yield Change(name, show(node), show(other)), put(other)


def _places(expr: Expr, put: Callable[[Expr], Expr]) -> Iterator[tuple[Expr, Callable[[Expr], Expr]]]:
    """Every node, with what puts another in its place."""
    yield expr, put
    match expr:
        case Call(_, args):
            for i, child in enumerate(args):
                yield from _places(child, lambda new, i=i: put(replace(expr, args=(*args[:i], new, *args[i + 1 :]))))  # type: ignore[misc]
        case Aggregate() | Negative() | Subquery():
            yield from _places(expr.expr, lambda new: put(replace(expr, expr=new)))
        case Binary():
            yield from _places(expr.left, lambda new: put(replace(expr, left=new)))
            yield from _places(expr.right, lambda new: put(replace(expr, right=new)))
        case Matrix(vector, _):
            yield from _places(vector, lambda new: put(replace(expr, vector=new)))  # type: ignore[arg-type]
