"""Proofs that a mutant means the same, by the values that expressions can have, and by who looks at them."""

import math
from collections.abc import Iterator
from typing import Final

from mutants.place import Place

from compiler.promql.expr import Aggregate, Binary, Call, Expr, Matrix, Number, Subquery
from compiler.promql.walk import children

_INCREASES: Final = frozenset({"increase", "rate"})
# Functions of time that have a value wherever there is any sample.
_OF_ONE: Final = frozenset(f"{name}_over_time" for name in ("last", "max", "min", "avg", "sum"))
_OF_ANY_SAMPLE: Final = frozenset(
    f"{name}_over_time" for name in ("last", "max", "min", "avg", "sum", "count", "present")
)


def is_of_one_sample(place: Place) -> bool:
    """Whether a range is looked at only where it holds one sample: where more are, another side has told already.

    That side asks for an increase, which takes two samples, and for nothing else that they do not have.
    """
    match place.before, place.after:
        case Call(before, (Matrix() as read,)), Call(after, (Matrix() as same,)) if read == same:
            around = place.around[-1] if place.around else None
            if not isinstance(around, Binary) or around.op != "or" or around.on is not None:
                return False
            functions = set(_functions_of(around.left, read))
            known = functions <= {*_INCREASES, "resets", *_OF_ANY_SAMPLE}
            return (
                around.right == place.before and {before, after} <= _OF_ONE and known and bool(functions & _INCREASES)
            )
        case _:
            return False


def _functions_of(expr: Expr, read: Matrix) -> Iterator[str]:
    """The functions whose results over this range are combined, by all labels; "" for anything else."""
    match expr:
        case Call(function, (Matrix() as own,)) if own == read:
            yield function
        case Binary("+" | "-" | "*", left, right, on=None, ignoring=None):
            yield from _functions_of(left, read)
            yield from _functions_of(right, read)
        case Binary(_, left, Number(), returns_bool=True):
            yield from _functions_of(left, read)
        case _:
            yield ""


def adds_ones(place: Place) -> bool:
    """Whether elements that are all 1 are summed instead of counted."""
    before, after = place.before, place.after
    return (
        isinstance(before, Aggregate)
        and isinstance(after, Aggregate)
        and (before.op, after.op) == ("count", "sum")
        and _is_one(before.expr)
    )


def _is_one(expr: Expr) -> bool:
    """Whether every element of an expression is 1."""
    match expr:
        case Binary(op="==", right=Number(1.0), returns_bool=False):
            return True
        case Binary("<=", Binary(">=", _, Number(1.0), returns_bool=False), Number(1.0), returns_bool=False):
            return True
        case Call("vector", (Number(1.0),)):
            return True
        case _:
            return False


def counts_ones(place: Place) -> bool:
    """Whether samples that are all 1 are summed instead of counted."""
    match place.before, place.after:
        case Call("count_over_time", (Subquery(expr=inner),)), Call("sum_over_time", _):
            return _is_one(inner)
        case _:
            return False


def is_not_looked_at(place: Place) -> bool:
    """Whether just the value has changed of what is counted, or whose presence is a condition."""
    if not _only_presence_matters(place):
        return False
    match place.before, place.after:
        case Number(), Number():
            return bool(place.around) and (_is_vector(place.around[-1]) or _is_arithmetic(place.around[-1]))
        case Aggregate(), Aggregate():
            return place.before.labels == place.after.labels and place.before.expr == place.after.expr
        case Call(_, (Matrix() as read,)), Call(_, (Matrix() as other,)):
            return read == other and {place.before.function, place.after.function} <= _OF_ANY_SAMPLE
        case Binary(_, left, Number()), after if _is_arithmetic(place.before):
            return after == left or (isinstance(after, Binary) and _is_arithmetic(after) and after.left == left)
        case _:
            return False


def is_there_anyway(place: Place) -> bool:
    """Whether just labels have changed of what is a condition that asks for none."""
    before, after = place.before, place.after
    if not (isinstance(before, Aggregate) and isinstance(after, Aggregate)):
        return False
    return before.op == after.op and before.expr == after.expr and _is_a_condition(place)


def _is_a_condition(place: Place) -> bool:
    """Whether all that is asked is whether there is any element, with whatever labels."""
    child: Expr = place.before
    for one in reversed(place.around):
        match one:
            case Binary("and" | "unless", _, right, on=()) if right == child:
                return True
            case Binary("or", _, _) | Binary("and" | "unless", _, _, on=()):
                child = one
            case _:
                return False
    return False


def _only_presence_matters(place: Place) -> bool:
    """Whether what takes the result, through what hands it on as it is, only sees whether there is one."""
    child: Expr = place.before
    for one in reversed(place.around):
        match one:
            case Aggregate(op="count" | "group") | Call("count_over_time", _):
                return True
            case Binary("and" | "unless", _, right) if right == child:
                return True
            case Binary("and" | "unless" | "or", _, _) | Subquery() | Call("vector" | "label_replace", _):
                child = one
            case Binary() if _is_arithmetic(one):
                child = one
            case _:
                return False
    return False


def sees_one_look(place: Place) -> bool:
    """Whether the last, the least or the largest is taken of a window as long as its step: there is one look in it.

    Closed ranges (2.x) hold two at the one millisecond of each step in which an evaluation falls on a look.
    """
    match place.before, place.after:
        case Call(before, (Subquery() as looks,)), Call(after, others):
            return others == (looks,) and {before, after} <= _OF_ONE and looks.window == looks.step
        case _:
            return False


def _is_vector(expr: Expr) -> bool:
    return isinstance(expr, Call) and expr.function == "vector"


def _is_arithmetic(expr: Expr) -> bool:
    """Whether each element has a result, whatever its value."""
    return isinstance(expr, Binary) and expr.op in {"+", "-", "*", "/"}


def takes_nothing(place: Place) -> bool:
    """Whether zero times a number, which is zero or NaN, is added or taken away; or NaN is multiplied or divided by."""
    before, after = place.before, place.after
    if not (isinstance(before, Binary) and isinstance(after, Binary)):
        return False
    if (before.left, before.right) != (after.left, after.right):
        return False
    if {before.op, after.op} == {"+", "-"}:
        return isinstance(before.right, Binary) and before.right.op == "*" and before.right.right == Number(0)
    factor = before.right
    return {before.op, after.op} == {"*", "/"} and isinstance(factor, Number) and math.isnan(factor.value)


def is_seen_or_not(place: Place) -> bool:
    """Whether older looks count too, in a product whose other factor only knows of the last one."""
    before, after = place.before, place.after
    if not (isinstance(before, Subquery) and isinstance(after, Subquery) and place.around):
        return False
    if (before.expr, before.step, before.offset) != (
        after.expr,
        after.step,
        after.offset,
    ) or after.window < before.window:
        return False
    last = place.around[-1]
    seen = isinstance(last, Call) and last.function == "last_over_time"
    products = [one for one in place.around if isinstance(one, Binary) and one.op == "*" and one.on is None]
    return seen and any(_has(one.left, last) and _has(one.right, last) for one in products)


def _has(expr: Expr, part: Expr) -> bool:
    return expr == part or any(_has(child, part) for child in children(expr))
