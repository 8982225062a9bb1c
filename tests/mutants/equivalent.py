"""Mutants that mean the same as the rule: no data can tell them apart, so that no test can.

Each kind is a rule of reasoning with a proof, and looks at the changed place in its expression; nothing is said of a
mutant by its name. What is not proven here counts as a survivor.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from mutants.model import Mutant
from mutants.rules import RuleChange

from compiler.promql.expr import Aggregate, Binary, Call, Expr, Number, Subquery
from compiler.promql.walk import children


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
        case Binary():
            return all(isinstance(one, Number) or _without_labels(one) for one in (expr.left, expr.right))
        case _:
            return False


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


def _is_only_counted(place: Place) -> bool:
    """Whether just the value of what is counted has changed: another number, or another aggregation of the same."""
    if not any(_counts(one) for one in _nearest(place.around)):
        return False
    match place.before, place.after:
        case Number(), Number():
            return bool(place.around) and isinstance(place.around[-1], Call) and place.around[-1].function == "vector"
        case Aggregate(), Aggregate():
            return place.before.labels == place.after.labels and place.before.expr == place.after.expr
        case _:
            return False


def _nearest(around: tuple[Expr, ...]) -> Iterator[Expr]:
    """What takes the result of a place, through what hands it on as it is."""
    for one in reversed(around):
        yield one
        if not (isinstance(one, Subquery) or (isinstance(one, Call) and one.function == "vector")):
            return


def _counts(expr: Expr) -> bool:
    match expr:
        case Aggregate(op="count") | Call("count_over_time", _):
            return True
        case _:
            return False


EQUIVALENCES: Final = (
    Equivalence(
        "Neither side has any label, so that a match on no label and a match on all labels are the same.",
        _matches_the_same,
    ),
    Equivalence("Each element that is counted is 1, so that their sum is their number.", _adds_ones),
    Equivalence("Each sample that is counted is 1, so that their sum is their number.", _counts_ones),
    Equivalence("Only the value of what is counted is another, and a count does not see values.", _is_only_counted),
)
