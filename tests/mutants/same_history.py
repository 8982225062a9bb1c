"""Proofs that a mutant means the same, by how a gate writes its own history.

Evaluations of a gate are an interval apart, and a rule reads in an evaluation what rules before it have written in it.
"""

from mutants.place import Place
from mutants.rules import RuleChange, reads

from compiler import naming
from compiler.promql.expr import Aggregate, Binary, Call, Expr, Matrix, Number, Subquery, Vector
from compiler.promql.walk import children


def sees_every_evaluation(place: Place) -> bool:
    """Whether the time of the last evaluation of some kind is sought in shorter steps, each of which sees every one."""
    before, after = place.before, place.after
    if not (isinstance(before, Subquery) and isinstance(after, Subquery) and before.step and after.step):
        return False
    same = (before.expr, before.window, before.offset) == (after.expr, after.window, after.offset)
    finer = before.step.milliseconds % after.step.milliseconds == 0
    return same and finer and _is_time_of_an_evaluation(before.expr) and _is_latest(place)


def is_counted_anyway(place: Place) -> bool:
    """Whether what lies before a window is sought too, of which what is counted in the window is all that is told.

    With n evaluations in the window there are n - 1 intervals between the first of them and now, and one at least
    between that one and any before the window: the lesser of both is the first.
    """
    before, after = place.before, place.after
    if not (isinstance(before, Subquery) and isinstance(after, Subquery) and before.step and _is_latest(place)):
        return False
    if (before.expr, before.step, before.offset) != (after.expr, after.step, after.offset):
        return False
    if after.window < before.window or not _is_time_of_an_evaluation(before.expr):
        return False
    for one in place.around:
        match one:
            case Call(
                "clamp_max",
                (
                    Binary("*", Binary("-", Aggregate("max", counted, ()), Number(1)), Number(seconds)),
                    Call("scalar", (Binary("or", since, Call("vector", _)),)),
                ),
            ):
                looked = Binary("+", Aggregate("max", place.around[-1]), Number(seconds))
                met = _met(before.expr)
                in_window = met and Call("count_over_time", (Matrix(met, before.window),))
                return (
                    met is not None
                    and seconds == before.step.seconds
                    and since == Binary("-", Call("time"), looked)
                    and isinstance(counted, Binary)
                    and (counted.op, counted.left) == ("and", in_window)
                )
            case _:
                pass
    return False


def _is_latest(place: Place) -> bool:
    return bool(place.around) and isinstance(place.around[-1], Call) and place.around[-1].function == "max_over_time"


def _is_time_of_an_evaluation(expr: Expr) -> bool:
    """Whether an expression is the time of a sample that the gate has written, where it has some value."""
    match expr:
        case Binary("and", Call("timestamp", (Vector() as written,)), Binary("==", Vector() as valued, Number())):
            return written == valued == _met(expr) and expr.ignoring == () and not written.offset
        case _:
            return False


def _met(expr: Expr) -> Vector | None:
    """The history that an expression reads, if it is what the gate was met."""
    found = expr if isinstance(expr, Vector) else _met(children(expr)[0]) if children(expr) else None
    return found if found and found.name == naming.OVERALL_MET else None


def is_zero_anyway(change: RuleChange) -> bool:
    """Whether a rule that comes later than those who ask whether it is 1 is 0 always: so they hear no, or nothing."""
    constant = change.rule.expr == Call("vector", (Number(0),))
    return change.last and constant and all(_asks_for_one(reader.expr, change) for reader in change.readers)


def _asks_for_one(expr: Expr, change: RuleChange) -> bool:
    match expr:
        case Binary("==", Call("last_over_time", (Matrix(vector, _),)), Number(1.0), returns_bool=False):
            return reads(vector, change.rule) or vector.name != change.rule.record
        case Vector():
            return not reads(expr, change.rule)
        case _:
            return all(_asks_for_one(child, change) for child in children(expr))
