"""Proofs that a mutant means the same, since what it compares with infinity is never infinite."""

import math
from collections.abc import Callable
from typing import Final

from mutants.place import Place

from compiler import naming
from compiler.promql.expr import Aggregate, Binary, Call, Expr, Matrix, Number, Vector

_EXTREMES: Final = frozenset({"min", "max"})


def is_never_infinite(place: Place) -> bool:
    """Whether what keeps an infinity out, in an inclusive and in an exclusive comparison, can never be that one."""
    before, after = place.before, place.after
    if not (isinstance(before, Binary) and isinstance(after, Binary) and isinstance(before.right, Number)):
        return False
    if (before.left, before.right) != (after.left, after.right) or not math.isinf(before.right.value):
        return False
    value = before.left
    if isinstance(value, Binary) and value.op == ">" and value.right == Number(-math.inf):
        value = value.left
    for ops, proofs in (({"<", "<="}, (_is_finite,)), ({">", ">="}, (_is_finite, _has_a_lower_end))):
        if {before.op, after.op} == ops:
            return any(holds(value) for holds in proofs)
    return False


def _is_finite(expr: Expr) -> bool:
    """Whether all that an expression can give are numbers, or NaN."""
    return any(holds(expr) for holds in _FINITE)


def _is_sure_extreme(expr: Expr) -> bool:
    """An extreme plus zero times the sum of the same, which is NaN where one of them is infinite."""
    match expr:
        case Binary("+", Aggregate() as value, Binary("*", Aggregate("sum", of, labels), Number(0.0))):
            return (value.expr, value.labels) == (of, labels)
        case Binary("+", value, Binary("*", whole, Number(0.0))):
            extreme, summed = _part(value), _part(whole)
            return extreme[:2] == summed[:2] and extreme[2] in _EXTREMES and summed[2] == "sum"
        case _:
            return False


def _is_quantile(expr: Expr) -> bool:
    """It lies at or between the bounds of buckets; that of no events is NaN, and so is what is added."""
    match expr:
        case Binary("+", Call("histogram_quantile", (Number(rank), _)), Binary("*", _, Number(0.0))):
            return 0 < rank < 1
        case _:
            return False


def _is_trend(expr: Expr) -> bool:
    """A slope, times a number: of samples one of which is infinite, it is NaN."""
    match expr:
        case Binary("and", left, _):
            return _is_trend(left)
        case Binary("*", left, Number(factor)):
            return math.isfinite(factor) and _is_trend(left)
        case Call("deriv", _):
            return True
        case _:
            return False


def _is_number_of_elements(expr: Expr) -> bool:
    match expr:
        case Binary("or", left, Call("vector", (Number(value),))):
            return math.isfinite(value) and _is_number_of_elements(left)
        case Aggregate("count"):
            return True
        case _:
            return False


_FINITE: Final[tuple[Callable[[Expr], bool], ...]] = (
    _is_sure_extreme,
    _is_quantile,
    _is_trend,
    _is_number_of_elements,
)


def _has_a_lower_end(expr: Expr) -> bool:
    """Whether it is never infinitely small: no amount is, nor is the largest of parts, divided by their sum.

    Where that sum is zero, the largest part is not below zero.
    """
    match expr:
        case Call("abs", _):
            return True
        case Binary("and", left, _) | Binary("+", left, Binary("*", _, Number(0.0))):
            return _has_a_lower_end(left)
        case Binary("/", left, Call("clamp_min", (_, Number(positive)))):
            return positive > 0 and _has_a_lower_end(left)
        case Binary("/", Aggregate("max", parts, ()), Binary(">", whole, Number(least))) if least == -math.inf:
            part, total = _part(parts), _part(whole)
            return part[0] != total[0] == naming.level(()) and part[1:] == total[1:]
        case _:
            return False


def _part(expr: Expr) -> tuple[str, str, str]:
    """Level, metric and operation of a shared part that is read as it was recorded, or nothing of the kind."""
    match expr:
        case Call("last_over_time", (Matrix(vector, _),)):
            return _part(vector)
        case Vector(name, matchers) if [one.label for one in matchers] == [naming.GATE] and name.count(":") == 2:
            level, metric, operation = name.split(":")
            return level, metric, operation
        case _:
            return "", "", ""
