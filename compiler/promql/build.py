"""Small constructors: the only way that the rest of the compiler makes PromQL.

Vector-to-vector operations always say on which labels they match. Recorded series carry a `gate` label and raw ones
do not, so a match on all labels would silently be empty.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final, Literal

from compiler.fields import Duration, divisor
from compiler.promql.expr import (
    Aggregate,
    AggregateOp,
    Binary,
    BinaryOp,
    Call,
    Expr,
    Matcher,
    Matrix,
    Number,
    Vector,
)

INFINITY: Final = float("inf")
_REMEMBERED: Final = 1024  # matchers


@lru_cache(maxsize=_REMEMBERED)  # a gate has few, of which each is in many of its selectors
def equal(label: str, value: str) -> Matcher:
    """`label="value"`."""
    return Matcher(label, "=", value)


def vector(name: str, *matchers: Matcher) -> Vector:
    """A selector with its matchers in the given order."""
    return Vector(name, tuple(matchers))


def fresh(name: str, *matchers: Matcher, within: Duration) -> Call:
    """A recorded series, if it was written within that time, whose length is the engine's (`engines.Evaluation`)."""
    return over("last_over_time", vector(name, *matchers), within)


def constant(value: float) -> Call:
    """A one-element vector without labels."""
    return Call("vector", (Number(value),))


def call(function: str, *args: Expr) -> Call:
    """A function call."""
    return Call(function, args)


def over(function: str, selector: Vector, window: Duration) -> Call:
    """`function(selector[window])`, such as rate or avg_over_time."""
    return Call(function, (Matrix(selector, window),))


def aggregate(op: AggregateOp, expr: Expr, by: Iterable[str] = ()) -> Aggregate:
    """`op by (labels) (expr)`."""
    return Aggregate(op, expr, tuple(by))


def extreme(op: Literal["max", "min"], expr: Expr, by: Iterable[str] = ()) -> Binary:
    """`max` or `min` of each group, NaN if one of its elements is not finite: both skip NaN, and one infinity each."""
    labels = tuple(by)
    return unless_odd(aggregate(op, expr, labels), expr, labels)


def unless_odd(value: Expr, of: Expr, by: tuple[str, ...]) -> Binary:
    """The value of each group, NaN if one of the elements that it is had from is not finite."""
    return Binary("+", value, Binary("*", aggregate("sum", of, by), Number(0)), on=by)


def total(function: str, selector: Vector, window: Duration, by: Iterable[str] = ()) -> Aggregate:
    """`sum by (labels) (function(selector[window]))`, for rate and increase."""
    return aggregate("sum", over(function, selector, window), by)


def scale(expr: Expr, factor: float) -> Expr:
    """`expr * factor`, or `expr` itself when the factor is 1."""
    return expr if factor == 1 else Binary("*", expr, Number(factor))


def to_base(expr: Expr, factor: float) -> Expr:
    """`expr` in base units, such as `expr / 100` of percent (see `fields.to_base`)."""
    by = divisor(factor)
    return Binary("/", expr, Number(by)) if by else scale(expr, factor)


def arith(op: BinaryOp, left: Expr, right: Expr, on: Iterable[str]) -> Binary:
    """Arithmetic or comparison between two vectors, one to one on the named labels."""
    return Binary(op, left, right, on=tuple(on))


def quotient(left: Expr, right: Expr, on: Iterable[str]) -> Binary:
    """`left / right` where the right side is a finite number: what is divided by infinity would be 0."""
    return arith("/", left, finite(right), on)


def compare(op: BinaryOp, left: Expr, limit: float) -> Binary:
    """Filter: the elements of `left` for which the comparison with a constant holds."""
    return Binary(op, left, Number(limit))


def finite(expr: Expr) -> Expr:
    """The elements that are neither NaN nor infinite (a comparison with NaN is never true)."""
    return compare("<", compare(">", expr, -INFINITY), INFINITY)


def code_when(code: int, condition: Expr) -> Binary:
    """`vector(code) and on () condition`: the code if the condition has any element."""
    return Binary("and", constant(code), condition, on=())


def code_unless(code: int, condition: Expr) -> Binary:
    """`vector(code) unless on () condition`: the code if the condition has no element."""
    return Binary("unless", constant(code), condition, on=())


def either(arms: Iterable[Expr]) -> Expr:
    """The first arm that has an element; every arm must be free of labels."""
    first, *rest = arms
    result: Expr = first
    for arm in rest:
        result = Binary("or", result, arm)
    return result


def or_zero(expr: Expr) -> Binary:
    """`expr or on () vector(0)`: total, and never a duplicate series whatever labels the expression has (law 7)."""
    return Binary("or", expr, constant(0), on=())
