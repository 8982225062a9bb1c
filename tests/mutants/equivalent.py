"""Mutants that mean the same as the rule: no data can tell them apart, so that no test can.

Each kind is a rule of reasoning with a proof, and looks at the changed place in its expression; nothing is said of a
mutant by its name. What is not proven here counts as a survivor.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from mutants.model import Mutant
from mutants.rules import RuleChange

from compiler import naming
from compiler.promql.expr import Aggregate, Binary, Call, Expr, Matcher, Matrix, Number, Subquery, Vector
from compiler.promql.walk import children

# Functions of time that have a value wherever there is any sample.
_OF_ANY_SAMPLE: Final = frozenset(
    f"{name}_over_time" for name in ("last", "max", "min", "avg", "sum", "count", "present")
)


@dataclass(frozen=True, slots=True)
class Place:
    """The node that was changed, what it became, and the nodes around it, the innermost last."""

    before: Expr
    after: Expr
    around: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Equivalence:
    """A kind of change that changes nothing: the reason why, and how such a place is known."""

    reason: str
    holds: Callable[[Place], bool]


def reason(mutant: Mutant) -> str:
    """Why the mutant means the same, or "" if that is not known."""
    payload = mutant.payload
    if not isinstance(payload, RuleChange) or not payload.instead or payload.instead.labels != payload.rule.labels:
        return ""
    place = _place(payload.rule.expr, payload.instead.expr, ())
    return next((one.reason for one in EQUIVALENCES if one.holds(place)), "")


def _place(before: Expr, after: Expr, around: tuple[Expr, ...]) -> Place:
    """Where two expressions part: as deep as only one operand differs."""
    pairs = list(zip(children(before), children(after), strict=False))
    changed = [(one, other) for one, other in pairs if one != other]
    if type(before) is type(after) and len(changed) == 1 and _head(before) == _head(after):
        return _place(*changed[0], (*around, before))
    return Place(before, after, around)


def _head(expr: Expr) -> object:
    """What an expression is, apart from its operands."""
    match expr:
        case Binary():
            return expr.op, expr.on, expr.ignoring, expr.group, expr.include, expr.returns_bool
        case Aggregate():
            return expr.op, expr.labels
        case Call():
            return expr.function, len(expr.args)
        case Matrix():
            return expr.window
        case Subquery():
            return expr.window, expr.step, expr.offset
        case _:
            return expr


def _without_labels(expr: Expr) -> bool:
    """Whether all that an expression can give is one element without labels."""
    match expr:
        case Aggregate(labels=()):
            return True
        case Call("vector" | "time", _):
            return True
        case Call(name, (Subquery(expr=inner),)) if name.endswith("_over_time"):
            return _without_labels(inner)
        case Call("clamp_max" | "clamp_min", (inner, _)):
            return _without_labels(inner)
        case Binary():
            return all(_is_scalar(one) or _without_labels(one) for one in (expr.left, expr.right))
        case _:
            return False


def _is_scalar(expr: Expr) -> bool:
    return isinstance(expr, Number) or (isinstance(expr, Call) and expr.function == "scalar")


def _matches_the_same(place: Place) -> bool:
    before, after = place.before, place.after
    return (
        isinstance(before, Binary)
        and isinstance(after, Binary)
        and before.on == ()
        and after.on is None
        and _without_labels(before.left)
        and _without_labels(before.right)
    )


def _matches_its_only_labels(place: Place) -> bool:
    """Whether both sides are recorded by one level, so that to match by it and the gate is to match by all labels."""
    before, after = place.before, place.after
    if not (isinstance(before, Binary) and isinstance(after, Binary)):
        return False
    if before.on is None or after.on is not None or (before.left, before.right) != (after.left, after.right):
        return False
    levels = {_level(before.left), _level(before.right)}
    return levels == {naming.level(before.on)}


def _level(expr: Expr) -> str:
    """The level of the shared part that an expression has all labels of (`gate_handler`), or "" if there is none."""
    match expr:
        case Vector(name, matchers):
            is_part = naming.is_recorded(name) and not name.startswith(naming.OWN_PREFIXES) and ":input:" not in name
            return name.partition(":")[0] if is_part and [one.label for one in matchers] == [naming.GATE] else ""
        case Call("last_over_time", (Matrix(vector, _),)):
            return _level(vector)
        case Binary("unless", left, _) | Binary(_, left, Number()):
            return _level(left)
        case Binary(_, left, right):
            return _level(left) if _level(left) == _level(right) else ""
        case _:
            return ""


def _adds_ones(place: Place) -> bool:
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


def _counts_ones(place: Place) -> bool:
    match place.before, place.after:
        case Call("count_over_time", (Subquery(expr=inner),)), Call("sum_over_time", _):
            return _is_one(inner)
        case _:
            return False


def _is_not_looked_at(place: Place) -> bool:
    """Whether just the value has changed of what is counted, or whose presence is a condition."""
    if not _only_presence_matters(place):
        return False
    match place.before, place.after:
        case Number(), Number():
            return bool(place.around) and isinstance(place.around[-1], Call) and place.around[-1].function == "vector"
        case Aggregate(), Aggregate():
            return place.before.labels == place.after.labels and place.before.expr == place.after.expr
        case Call(_, (Matrix() as read,)), Call(_, (Matrix() as other,)):
            return read == other and {place.before.function, place.after.function} <= _OF_ANY_SAMPLE
        case _:
            return False


def _only_presence_matters(place: Place) -> bool:
    """Whether what takes the result, through what hands it on as it is, only sees whether there is one."""
    child: Expr = place.before
    for one in reversed(place.around):
        match one:
            case Aggregate(op="count") | Call("count_over_time", _):
                return True
            case Binary("and" | "unless", _, right) if right == child:
                return True
            case Subquery() | Call("vector" | "label_replace", _):
                child = one
            case _:
                return False
    return False


def _takes_nothing(place: Place) -> bool:
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


def _is_asked_elsewhere(place: Place) -> bool:
    """Whether a matcher is left out of a selector whose series are matched, by all labels, with such as satisfy it.

    All operations on the way match by all labels, so that what more is selected stays what does not satisfy it.
    """
    before, after = place.before, place.after
    if not (
        isinstance(before, Vector)
        and isinstance(after, Vector)
        and replace(before, matchers=()) == replace(after, matchers=())
    ):
        return False
    gone = [one for one in before.matchers if one not in after.matchers]
    if len(gone) != 1 or len(after.matchers) != len(before.matchers) - 1:
        return False
    child: Expr = before
    for one in reversed(place.around):
        if isinstance(one, Binary) and one.op in {"and", "unless"} and _by_all_labels(one):
            other = one.right if one.left == child else one.left
            if (one.op == "and" or one.right == child) and _all_have(other, gone[0]):
                return True
        elif not _keeps_labels(one):
            return False
        child = one
    return False


def _keeps_labels(expr: Expr) -> bool:
    """Whether each element of the result is had from those with the same labels."""
    match expr:
        case Matrix() | Call(_, (Matrix(),)) | Call("timestamp", _):
            return True
        case Binary("or", _, _):
            return _by_all_labels(expr)
        case Binary(op, _, Number()):
            return op not in {"and", "unless"}
        case _:
            return False


def _by_all_labels(expr: Binary) -> bool:
    return expr.on is None and not expr.ignoring


def _all_have(expr: Expr, matcher: Matcher) -> bool:
    """Whether all elements of an expression satisfy the matcher, since its selectors do."""
    match expr:
        case Vector():
            return matcher in expr.matchers
        case Matrix(vector, _):
            return matcher in vector.matchers
        case Call(_, (Matrix() as read,)):
            return _all_have(read, matcher)
        case Call("timestamp", (inner,)):
            return _all_have(inner, matcher)
        case Binary("and", left, right) if _by_all_labels(expr):
            return _all_have(left, matcher) or _all_have(right, matcher)
        case Binary("and" | "unless", left, _):
            return _all_have(left, matcher)
        case Binary("or", left, right):
            return _all_have(left, matcher) and _all_have(right, matcher)
        case Binary(_, left, Number()):
            return _all_have(left, matcher)
        case _:
            return False


def _is_never_infinite(place: Place) -> bool:
    """Whether what keeps infinities out, in an inclusive and in an exclusive comparison, can never be one."""
    before, after = place.before, place.after
    if not (isinstance(before, Binary) and isinstance(after, Binary) and isinstance(before.right, Number)):
        return False
    if (before.left, before.right) != (after.left, after.right) or not math.isinf(before.right.value):
        return False
    value = before.left
    if isinstance(value, Binary) and value.op == ">" and value.right == Number(-math.inf):
        value = value.left
    return {before.op, after.op} in ({"<", "<="}, {">", ">="}) and _is_finite_or_nan(value)


def _is_finite_or_nan(expr: Expr) -> bool:
    """An extreme plus zero times the sum of the same, or a quantile, which lies at or between bounds of buckets."""
    match expr:
        case Binary("+", value, Binary("*", Aggregate("sum", of, labels), Number(0.0))):
            return isinstance(value, Aggregate) and (value.expr, value.labels) == (of, labels)
        case Binary("+", Call("histogram_quantile", (Number(rank), _)), Binary("*", _, Number(0.0))):
            return 0 < rank < 1
        case _:
            return False


EQUIVALENCES: Final = (
    Equivalence(
        "Neither side has any label, so that a match on no label and a match on all labels are the same.",
        _matches_the_same,
    ),
    Equivalence(
        "Both sides are parts that are recorded with the labels of the match and the gate, and no others.",
        _matches_its_only_labels,
    ),
    Equivalence("Each element that is counted is 1, so that their sum is their number.", _adds_ones),
    Equivalence("Each sample that is counted is 1, so that their sum is their number.", _counts_ones),
    Equivalence(
        "Only the value is another of what is counted or is a condition, and neither sees values.", _is_not_looked_at
    ),
    Equivalence("Zero times a number is added or taken away, or NaN is a factor or a divisor.", _takes_nothing),
    Equivalence("What the matcher keeps out is kept out where all labels are matched.", _is_asked_elsewhere),
    Equivalence("What is compared with infinity is a number or NaN.", _is_never_infinite),
)
