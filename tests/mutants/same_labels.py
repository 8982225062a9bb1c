"""Proofs that a mutant means the same, by the labels that expressions can have."""

from dataclasses import replace
from typing import Final

from mutants.place import Place

from compiler import naming
from compiler.promql.expr import Aggregate, Binary, Call, Expr, Matcher, Matrix, Number, Subquery, Vector

_BUCKETS: Final = "_le"
_ARITHMETIC: Final = frozenset({"+", "-", "*", "/"})
_GROUPING: Final = frozenset({"sum", "avg", "min", "max", "count", "group"})


def _without_labels(expr: Expr) -> bool:
    """Whether all that an expression can give is one element without labels."""
    match expr:
        case Aggregate(op, labels=(), without=False):
            return op in _GROUPING
        case Call("vector" | "time", _):
            return True
        case Call(name, (Subquery(expr=inner),)) if name.endswith("_over_time") or name == "deriv":
            return _without_labels(inner)
        case Call("clamp_max" | "clamp_min", (inner, _)):
            return _without_labels(inner)
        case Binary():
            return all(_is_scalar(one) or _without_labels(one) for one in (expr.left, expr.right))
        case _:
            return False


def _is_scalar(expr: Expr) -> bool:
    return isinstance(expr, Number) or (isinstance(expr, Call) and expr.function == "scalar")


def matches_the_same(place: Place) -> bool:
    """Whether a match on no label became one on all of them, where neither side has any."""
    before, after = place.before, place.after
    return (
        isinstance(before, Binary)
        and isinstance(after, Binary)
        and before.on == ()
        and after.on is None
        and _without_labels(before.left)
        and _without_labels(before.right)
    )


def matches_all_there_are(place: Place) -> bool:
    """Whether a match on some labels became one on all of them, where neither side has any others."""
    before, after = place.before, place.after
    if not (isinstance(before, Binary) and isinstance(after, Binary)) or before.on is None or after.on is not None:
        return False
    same = (before.op, before.left, before.right) == (after.op, after.left, after.right)
    return same and _only(before.left) == frozenset(before.on) == _only(before.right)


def _only(expr: Expr) -> frozenset[str] | None:
    """The labels that each element of an expression has, and no others, if that is known."""
    match expr:
        case Aggregate(op, labels=labels, without=False) if op in _GROUPING:
            return frozenset(labels)
        case Call("abs", (inner,)):
            return _only(inner)
        case Binary("+" | "-" | "*" | "/", left, Number()):
            return _only(left)
        case Binary("+" | "-" | "*" | "/", on=labels, group="") if labels is not None:
            return frozenset(labels)
        case _:
            return None


def matches_its_only_labels(place: Place) -> bool:
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
        case Call("histogram_quantile", (Number(), buckets)):  # takes `le`, and hands on the rest
            level = _level(buckets)
            return level.removesuffix(_BUCKETS) if level.endswith(_BUCKETS) else ""
        case Binary("unless", left, _) | Binary(_, left, Number()) | Binary(left=left, group="left", include=()):
            return _level(left)
        case Binary(_, left, right):
            return _level(left) if _level(left) == _level(right) else ""
        case _:
            return ""


def is_had_either_way(place: Place) -> bool:
    """Whether both sides of an `or` are kept, of which just the labels of the match around it are asked."""
    before, after = place.before, place.after
    if not (
        isinstance(before, Binary) and isinstance(after, Binary) and before.op == after.op == "or" and place.around
    ):
        return False
    around = place.around[-1]
    asked = isinstance(around, Binary) and around.op in {"and", "unless"} and around.right == before
    same = asked and isinstance(around, Binary) and around.on is not None and around.on == before.on
    return same and after.on is None and (before.left, before.right) == (after.left, after.right)


def is_asked_elsewhere(place: Place) -> bool:
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
        if isinstance(one, Binary) and (one.op in {"and", "unless"} or _is_of_pairs(one)) and _by_all_labels(one):
            other = one.right if one.left == child else one.left
            if (one.op != "unless" or one.right == child) and _all_have(other, gone[0]):
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


def _is_of_pairs(expr: Binary) -> bool:
    """Whether each element of the result is had from one of either side."""
    return expr.op in _ARITHMETIC and not expr.group and not isinstance(expr.right, Number)


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
        case Binary(_, left, right) if (expr.op == "and" or _is_of_pairs(expr)) and _by_all_labels(expr):
            return _all_have(left, matcher) or _all_have(right, matcher)
        case Binary("and" | "unless", left, _):
            return _all_have(left, matcher)
        case Binary("or", left, right):
            return _all_have(left, matcher) and _all_have(right, matcher)
        case Binary(_, left, Number()):
            return _all_have(left, matcher)
        case _:
            return False
