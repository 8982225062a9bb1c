"""Met now, and for the stabilisation time: what opens a gate, and what a re-test asks for.

Where rules see only what an earlier evaluation wrote, they count the states, which are the first that is written, and
only those of the criteria that there are: the last states of one that was just removed are visible for a while.

Somebody else may write series of the same names: a target that exposes them, another Prometheus by federation or remote
write. They have labels of their own, and are never a substitute for those of the gate.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Final, Literal

from compiler import naming, states
from compiler.engines import Evaluation
from compiler.fields import Duration
from compiler.promql import build
from compiler.promql.expr import Binary, Call, Expr, Matcher, Number, Subquery, Vector

# The share of the evaluations in the stabilisation time that must have happened. One missed iteration (a slow rule, a
# reload) does not close the gate; a restart of Prometheus does, until the time has been observed anew.
_QUORUM: Final = 0.9
# The longest time of which the gate's own evaluations are asked whether there was a gap; probes of longer windows lie
# closely enough.
_WATCHED: Final = Duration.parse("1h")
_OF_A_CRITERION: Final = (naming.CATEGORY, naming.CRITERION)


@dataclass(frozen=True, slots=True)
class Holding:
    """For how long all criteria must have been met, and which part of how long a window must have been watched."""

    stabilization: Duration
    window: Duration
    min_coverage: float

    @property
    def watched(self) -> Duration:
        """The time in which there may be no gap, or not a large one."""
        return min(self.window, _WATCHED)


@dataclass(frozen=True, slots=True)
class Whole:
    """A gate as a whole: its criteria by id, how it is evaluated, and for how long they must hold."""

    gate: str
    criteria: tuple[str, ...]
    evaluation: Evaluation
    holding: Holding
    revision: str

    @property
    def own(self) -> Matcher:
        """What its series have in common."""
        return build.equal(naming.GATE, self.gate)


def holds(whole: Whole) -> Expr:
    """`vector(1)` if all criteria are met, and have been for the stabilisation time."""
    now = _met_now(whole.own, whole.criteria, whole.evaluation, whole.revision)
    return all_hold((*now, *_held(whole.own, whole.criteria, whole.evaluation, whole.holding)))


def others_hold(whole: Whole, scope: Sequence[str]) -> Expr:
    """`vector(1)` if each criterion outside the scope passes, and has at every evaluation of the stabilisation time.

    To them, nothing is different: the verdict is that of a gate without the criteria of the scope. Their own history
    is read, which is there already when an override begins.
    """
    others = [name for name in whole.criteria if name not in scope]
    excused = Matcher(naming.CRITERION, "!~", "|".join(scope))
    conditions = _others_lately if whole.evaluation.engine.lag else _others_now
    return all_hold(conditions(whole, others, excused))


def _others_now(whole: Whole, others: Sequence[str], excused: Matcher) -> Iterator[Expr]:
    """As `_held`, of each criterion's own history instead of the gate's."""
    evaluation, stabilization = whole.evaluation, whole.holding.stabilization
    series, met = Vector(naming.CRITERION_PASS, (whole.own, excused)), Vector(naming.OVERALL_MET, (whole.own,))
    window, _ = _visible(evaluation, stabilization)
    evaluations = build.over("count_over_time", met, window)
    written = build.fresh(naming.OVERALL_MET, whole.own, within=evaluation.within)
    history = _also(
        build.compare("==", build.fresh(series.name, *series.matchers, within=evaluation.within), 1),
        build.compare("==", build.over("min_over_time", series, window), 1),
        _evaluated(series, evaluation, stabilization, _QUORUM),
        # At as many evaluations as there were: a rule that failed in one of them has written nothing.
        Binary(">=", build.over("count_over_time", series, window), build.call("scalar", _also(evaluations, written))),
        _began(series, stabilization),
    )
    history = _watched(history, series, evaluation, whole.holding)
    good = Binary("and", passing(evaluation, others, *series.matchers), history, on=_OF_A_CRITERION)
    yield build.compare("==", build.aggregate("count", good), len(others))


def _others_lately(whole: Whole, others: Sequence[str], excused: Matcher) -> Iterator[Expr]:
    """As `_met_now` and `_held`, of the criteria's states instead of what was met."""
    evaluation, stabilization = whole.evaluation, whole.holding.stabilization
    series, met = Vector(naming.CRITERION_STATE, (whole.own, excused)), Vector(naming.OVERALL_MET, (whole.own,))
    window, _ = _visible(evaluation, stabilization)
    good = passing(evaluation, others, whole.own)
    for states_then in (build.over("max_over_time", series, window), replace(series, offset=stabilization)):
        passed = build.compare("<", _one_of_each("max", states_then), states.FIRST_FAILING)
        good = Binary("and", good, passed, on=_OF_A_CRITERION)
    yield build.compare("==", build.aggregate("count", good), len(others))
    yield from _of_this_revision(whole.own, evaluation, whole.revision)
    yield _judged(whole.own, others, evaluation, stabilization)
    yield _watched(_evaluated(met, evaluation, stabilization, _QUORUM), met, evaluation, whole.holding)


def seconds_held(whole: Whole) -> Expr:
    """For how many seconds the gate has been met without a break, in the stabilisation time; else 0.

    What was not recorded was not seen: a gap counts as if it were not there.
    """
    evaluation, stabilization = whole.evaluation, whole.holding.stabilization
    every, lag = evaluation.every.seconds, evaluation.engine.lag
    met = Vector(naming.OVERALL_MET, (whole.own,))
    window, _ = _visible(evaluation, stabilization)
    now = build.compare("==", build.fresh(naming.OVERALL_MET, whole.own, within=evaluation.within), 1)
    # timestamp() knows a sample's own time only of a plain selector.
    unmet = Binary("and", build.call("timestamp", met), build.compare("==", met, 0), ignoring=())
    latest = build.call("max_over_time", Subquery(unmet, window, evaluation.every))
    since_unmet = Binary("-", Call("time"), Binary("+", build.aggregate("max", latest), Number(every)))
    count = build.aggregate("max", _also(build.over("count_over_time", met, window), now))
    recorded = build.scale(count if lag else Binary("-", count, Number(1)), every)
    never = Binary("or", since_unmet, build.constant(math.inf), on=())
    return build.or_zero(build.call("clamp_max", recorded, Call("scalar", (never,))))


def passing(evaluation: Evaluation, criteria: Sequence[str], *own: Matcher) -> Expr:
    """The criteria that pass, as a rule of this evaluation can know it."""
    if not evaluation.engine.lag:
        passes = build.fresh(naming.CRITERION_PASS, *own, within=evaluation.within)
        chosen = {matcher.label for matcher in own if matcher.op == "="}
        each = [label for label in _OF_A_CRITERION if label not in chosen]
        return build.compare("==", build.aggregate("min", passes, each), 1)
    known = Matcher(naming.CRITERION, "=~", "|".join(criteria))
    state = build.fresh(naming.CRITERION_STATE, *own, known, within=evaluation.within)
    return build.compare("<", _one_of_each("max", state), states.FIRST_FAILING)


def _one_of_each(worst: Literal["min", "max"], series: Expr) -> Expr:
    """Of several series that claim to be one criterion, the worst."""
    return build.aggregate(worst, series, (naming.CATEGORY, naming.CRITERION))


def all_hold(conditions: Iterable[Expr]) -> Expr:
    """`vector(1)` if every condition has an element."""
    held: Expr = build.constant(1)
    for condition in conditions:
        held = Binary("and", held, condition, on=())
    return held


def _met_now(own: Matcher, criteria: Sequence[str], evaluation: Evaluation, revision: str) -> Iterator[Expr]:
    """The gate is met, by the newest that a rule can know: reading `met` back would make that one evaluation older."""
    if not evaluation.engine.lag:
        return
    yield build.compare("==", build.aggregate("count", passing(evaluation, criteria, own)), len(criteria))
    yield from _of_this_revision(own, evaluation, revision)


def _of_this_revision(own: Matcher, evaluation: Evaluation, revision: str) -> Iterator[Expr]:
    """What is read back are the results of this revision."""
    # A revision that was just loaded would take the states of the one before it for its own: it must have judged
    # already when the oldest of the results was written that may still be read.
    verdict = Vector(naming.OVERALL_PASS, (own, build.equal(naming.REVISION, revision)), evaluation.within)
    yield build.over("last_over_time", verdict, evaluation.within)
    # Rules of two revisions that are evaluated at once write the same states, and neither knows whose it reads.
    others = Matcher(naming.REVISION, "!=", revision)
    yield build.code_unless(1, build.fresh(naming.OVERALL_PASS, own, others, within=evaluation.within))


def _held(own: Matcher, criteria: Sequence[str], evaluation: Evaluation, holding: Holding) -> Iterator[Expr]:
    """The gate was met at every evaluation of the stabilisation time, and when that began.

    The range is a millisecond longer than the time, so that the sample at its very beginning counts on closed and on
    left-open ranges. The quorum keeps a gap from shortening the time, as does the look at its beginning. What the
    engine does not show yet is no part of either. All of it must be true of one history (a match on all labels), which
    is this gate's own where what was written in this same evaluation is known; where it is not, no history may say no.
    """
    met, stabilization = Vector(naming.OVERALL_MET, (own,)), holding.stabilization
    window, _ = _visible(evaluation, stabilization)
    always: Expr = build.compare(">=", build.over("min_over_time", met, window), 1)
    if evaluation.engine.lag:
        yield build.compare("==", build.aggregate("min", build.over("min_over_time", met, window)), 1)
        yield _judged(own, criteria, evaluation, stabilization)
    else:
        now = build.compare("==", build.fresh(naming.OVERALL_MET, own, within=evaluation.within), 1)
        always = _also(now, always)
    history = _also(always, _evaluated(met, evaluation, stabilization, _QUORUM))
    history = _also(history, _began(met, stabilization))
    yield _watched(history, met, evaluation, holding)


def _judged(own: Matcher, criteria: Sequence[str], evaluation: Evaluation, stabilization: Duration) -> Expr:
    """Where an older state counts, each criterion must have been judged in as many evaluations as there were.

    What the newest of them wrote may not be visible yet, so it is not asked of, and one more is before the others. The
    window is whole evaluations long: it holds as many samples of what is written as often at other times.
    """
    offset = Duration(2 * evaluation.every.milliseconds)
    window = max(stabilization, offset)
    known = Matcher(naming.CRITERION, "=~", "|".join(criteria))
    judged = build.over("count_over_time", Vector(naming.CRITERION_STATE, (own, known), offset), window)
    evaluations = build.over("count_over_time", Vector(naming.OVERALL_MET, (own,), offset), window)
    wanted = build.call("scalar", build.aggregate("max", evaluations))
    always = Binary(">=", _one_of_each("min", judged), wanted)
    return build.compare("==", build.aggregate("count", always), len(criteria))


def _watched(history: Expr, met: Vector, evaluation: Evaluation, holding: Holding) -> Expr:
    """The histories that have seen enough of the windows that the criteria look at, if they were there when they began.

    Probes of an input miss gaps that are shorter than a step and the lookback, which for short windows is half of them.
    Where Prometheus itself was down, it is no scrape that failed but evaluations that are missing, and those are
    counted.
    """
    if holding.watched <= holding.stabilization:
        return history
    old, enough = (
        replace(met, offset=holding.watched),
        _evaluated(met, evaluation, holding.watched, holding.min_coverage),
    )
    return Binary("unless", history, Binary("unless", old, enough, ignoring=()), ignoring=())


def _evaluated(met: Vector, evaluation: Evaluation, time: Duration, share: float) -> Expr:
    """The histories in which this share of the evaluations of a time happened."""
    window, visible = _visible(evaluation, time)
    return build.compare(">=", build.over("count_over_time", met, window), _quorum(evaluation, visible, share))


def _began(met: Vector, stabilization: Duration) -> Expr:
    return build.compare("==", replace(met, offset=stabilization), 1)


def _quorum(evaluation: Evaluation, visible: int, share: float) -> int:
    """How many of so many evaluations are enough; where results come late, one may be missing of however few."""
    enough = ceil(share * visible)
    return max(1, min(enough, visible - 1)) if evaluation.engine.lag else enough


def _also(first: Expr, *more: Expr) -> Expr:
    """The elements of the first of which the others are true as well, by all their labels."""
    for condition in more:
        first = Binary("and", first, condition, ignoring=())
    return first


def _visible(evaluation: Evaluation, time: Duration) -> tuple[Duration, int]:
    """The range that holds the evaluations of a time, and how many of them the engine shows by now."""
    count = time.milliseconds // evaluation.every.milliseconds + 1 - evaluation.engine.lag
    return max(Duration(time.milliseconds + 1), evaluation.within), count
