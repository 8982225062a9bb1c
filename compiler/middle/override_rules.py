"""Overrides as rules. Prometheus itself begins and ends them: each is an interval of `time()`, to the second.

Times are compared in the decision itself and not read back from what another rule recorded, so the decision and
`gate:overall:override` change in the same evaluation on every engine, and a pass by override is never shown without it.

A re-test is owed from the beginning of an override on, and done when, at its end or later, all criteria are met and
have been for the stabilisation time, all of which lies after the beginning. Before the end, it may be used again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from compiler import naming
from compiler.fields import Duration
from compiler.middle.holding import Whole, holds, others_hold
from compiler.middle.inputs import Labels, labels
from compiler.middle.plan import OverridePlan, OverridesPlan, Rule
from compiler.moment import Moment
from compiler.promql import build
from compiler.promql.expr import Binary, Call, Expr, Matcher, Vector

# How long it is remembered that a re-test was done, while Prometheus does not run. After that it is owed again, until
# the gate is next seen met and stable.
_MEMORY: Final = Duration.parse("24h")


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time in which the same overrides are in force; `scope` are the criteria that they cover, none if all."""

    start: Moment
    end: Moment
    scope: tuple[str, ...]


def stretches(entries: Sequence[OverridePlan], criteria: Sequence[str]) -> Iterator[Stretch]:
    """The times in which overrides are in force, in order, each with what those that are then cover together."""
    edges = sorted({edge for one in entries for edge in (one.start, one.expires)})
    for start, end in pairwise(edges):
        active = [one for one in entries if one.start <= start < one.expires]
        covered = tuple(name for name in criteria if any(one.covers(name) for one in active))
        if active:
            yield Stretch(start, end, () if len(covered) == len(criteria) else covered)


def retest_rules(whole: Whole, overrides: OverridesPlan | None) -> Iterator[Rule]:
    """For each override that has begun, by when it must be re-tested; 0 once it is."""
    for one in overrides.entries if overrides else ():
        comment = f"by when {one.id} must be re-tested ({one.retest_by}); 0 once it is"
        yield Rule(naming.OVERRIDE_RETEST, _retest(whole, one), _labels(whole, one), comment, one.origin)


def in_force(whole: Whole, overrides: OverridesPlan | None) -> Expr:
    """1 while an override is in force, else 0."""
    spans = _spans(whole, overrides)
    if overrides is None or not spans:
        return build.constant(0)
    now = build.code_when(1, build.either(_between(one.start, one.end) for one in spans))
    return build.either((_unless_overdue(whole, overrides, now), build.constant(0)))


def end_rules(whole: Whole, overrides: OverridesPlan | None) -> Iterator[Rule]:
    """For each override that is in force, when it ends."""
    ours = build.fresh(naming.OVERALL_OVERRIDE, whole.own, within=whole.evaluation.within)
    for one in overrides.entries if overrides else ():
        now = build.code_when(one.expires.seconds, _between(one.start, one.expires))
        # An overdue re-test may have ended it before.
        ends = Binary("and", now, build.compare("==", ours, 1), on=())
        comment = f"{one.id} is in force from {one.start} until {one.expires}"
        yield Rule(naming.OVERRIDE_END, ends, _labels(whole, one), comment, one.origin)


def opens(whole: Whole, overrides: OverridesPlan | None) -> Iterator[Expr]:
    """`vector(1)` while an override opens the gate: for all criteria, or for some while the others hold."""
    spans = _spans(whole, overrides)
    if overrides is None or not spans:
        return
    arms: list[Expr] = []
    if for_all := [_between(one.start, one.end) for one in spans if not one.scope]:
        arms.append(build.code_when(1, build.either(for_all)))
    for one in spans:
        if one.scope:
            now = build.code_when(1, _between(one.start, one.end))
            arms.append(Binary("and", now, others_hold(whole, one.scope), on=()))
    yield _unless_overdue(whole, overrides, build.either(arms))


def summary(overrides: OverridesPlan | None) -> str:
    """What the rule of `gate:overall:override` knows."""
    if overrides is None:
        return "the spec allows no overrides"
    if not overrides.entries:
        return "no approved override is in force"
    return "an approved override is in force" + (", and no re-test is overdue" if overrides.blocks else "")


def _spans(whole: Whole, overrides: OverridesPlan | None) -> tuple[Stretch, ...]:
    return tuple(stretches(overrides.entries, whole.criteria)) if overrides else ()


def _retest(whole: Whole, one: OverridePlan) -> Expr:
    evaluation = whole.evaluation
    # Where results are read one evaluation late, that one must lie after the beginning too.
    settled = Duration(whole.holding.stabilization.milliseconds + evaluation.engine.lag * evaluation.every.milliseconds)
    earliest = _from(max(one.expires, one.start.after(settled)))
    stable = Binary("and", holds(whole), earliest, on=())
    # Until then it is owed, whatever was done for other times of the same override.
    before = Binary("and", _is_done(build.over("last_over_time", _series(whole, one), _MEMORY)), earliest, on=())
    owed = build.code_when(one.retest_by.seconds, _from(one.start))
    return build.either((build.code_when(0, stable), build.code_when(0, before), owed))


def _unless_overdue(whole: Whole, overrides: OverridesPlan, opening: Expr) -> Expr:
    """What an override opens, unless the policy says that an overdue re-test ends all overrides and there is one.

    That it was done must be seen in this evaluation: a rule that fails leaves its last value visible.
    """
    if not overrides.blocks:
        return opening
    overdue = [Binary("unless", _from(one.retest_by), _is_done(_fresh(whole, one)), on=()) for one in overrides.entries]
    return Binary("unless", opening, build.either(overdue), on=())


def _is_done(retests: Expr) -> Expr:
    """Whether a re-test was done, for all who say so: a copy of what another Prometheus recorded is not enough."""
    return build.compare("==", build.aggregate("max", retests), 0)


def _fresh(whole: Whole, one: OverridePlan) -> Expr:
    return build.over("last_over_time", _series(whole, one), whole.evaluation.within)


def _series(whole: Whole, one: OverridePlan) -> Vector:
    return Vector(naming.OVERRIDE_RETEST, tuple(Matcher(name, "=", text) for name, text in _labels(whole, one)))


def _labels(whole: Whole, one: OverridePlan) -> Labels:
    return labels(
        **{
            naming.GATE: whole.gate,
            naming.OVERRIDE: one.id,
            naming.REASON: one.reason,
            naming.TICKET: one.ticket,
            naming.APPROVER: one.approver,
        }
    )


def _from(moment: Moment) -> Expr:
    return build.compare(">=", build.call("vector", Call("time")), moment.seconds)


def _between(start: Moment, end: Moment) -> Expr:
    return build.compare("<", _from(start), end.seconds)
