"""Scenarios of one member of whom nothing is known, beside others: what these are then worth, each at its bound.

While all are known, a bound of the proof that all is well and the bound of a failure say the same. Beside a member that
is unknown nothing passes, and what is left to say is whether another one misses its requirement.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from math import inf, nan
from typing import Final

from compiler import naming, states
from compiler.measures.situation import Impossible, Situation
from compiler.middle.plan import Remains
from compiler.middle.scenarios.cast import Cast, void
from compiler.middle.scenarios.draft import Draft
from compiler.middle.scenarios.policies import few_events, idle_state
from compiler.middle.scenarios.values import at, near, steps
from compiler.promql.series import Piece, Series
from compiler.states import State

BESIDE: Final = "One member is unknown, and another one is judged all the same"
RESULTS: Final = "Results that somebody else writes are never a reason to pass"
_ODD: Final = (nan, inf, -inf)

Making = Callable[[], Situation]


def doubts(cast: Cast) -> Iterator[Draft]:
    """The first member is at a bound, a step to either side, or idle, and nothing is known of another one."""
    if not (cast.judged.by or cast.judged.lowered.result):
        return
    first = cast.members[0]
    for limit, step in steps(cast, first):
        yield from _judged(cast, f"exactly {limit:.10g}", partial(at, cast, first, limit), Remains.HIGH)
        for sign, side, remains in ((-1, "below", Remains.ZERO), (1, "above", Remains.HIGH)):
            clause = f"one step {side} {limit:.10g}"
            yield from _judged(cast, clause, partial(near, cast, first, limit, sign * step), remains)
    if not cast.judged.spec.measure.counts_events:
        return
    state = states.UNDEFINED if idle_state(cast) is states.IDLE else states.IDLE_FAIL
    yield _draft(cast, "nothing happens to the other", lambda: cast.idle(first), state)
    floor = cast.judged.spec.min_events
    if floor is not None and floor > 1:
        yield _draft(cast, f"{floor - 1} events of the other are bad", lambda: few_events(cast, floor - 1), state)
        little = replace(first.stage, number=floor - 1.0)
        yield _draft(
            cast, f"{floor - 1} events of the other are good", lambda: cast.staged(little, cast.goods[0]), state
        )


def _judged(cast: Cast, clause: str, make: Making, remains: Remains) -> Iterator[Draft]:
    try:
        own = make()
    except Impossible:
        return
    missed = not all(cast.meets(labels, value) for labels, value in own.values or ())
    yield _draft(cast, f"the other is {clause}", lambda: own, states.FAIL if missed else states.UNDEFINED, remains)


def _draft(cast: Cast, clause: str, make: Making, state: State, remains: Remains = Remains.HIGH) -> Draft:
    def beside() -> Situation:
        own = make()
        if len(cast.members) > 1:
            last = len(cast.members) - 1
            return replace(cast.good({0: own, last: void(cast, cast.members[last])}), values=None)
        if not cast.judged.lowered.result:
            raise Impossible
        return _with_results(cast, cast.good({0: own}), nan)

    bad = remains if state is states.UNDEFINED else None  # else its own value says so
    return Draft(BESIDE, clause, beside, state, silent=True, remains=bad)


def results(cast: Cast) -> Iterator[Draft]:
    """Somebody else writes results of the criterion, which are no numbers, or as good as its own."""
    if not cast.can_be_good:
        return
    if cast.judged.by and cast.judged.lowered.idle is not None and len(cast.members) > 1:
        both = partial(_said_to_be_idle, cast)
        yield Draft(RESULTS, "one that is well is idle too, and another unknown", both, states.UNDEFINED, silent=True)
    state = states.NO_LIMIT if cast.members[0].stage.own else states.UNDEFINED  # it is nobody's, whose limit is known
    one_more = Draft(RESULTS, "one value more", partial(_with_value, cast, cast.good, cast.goods[0]), state)
    if cast.judged.lowered.result is None:
        if cast.judged.lowered.expected and not isinstance(cast.judged.lowered.expected, int | float):
            yield one_more
            for limit, _ in steps(cast, cast.members[0]):
                exactly = partial(_with_value, cast, partial(at, cast, cast.members[0], limit), limit)
                clause = f"one value more, all of them {limit:.10g} or better"
                missed = any(bound.strict for bound in cast.judged.bounds)
                yield Draft(RESULTS, clause, exactly, states.FAIL if missed else state, silent=True)
        return
    if cast.judged.lowered.every_series:
        for number in _ODD:
            remains = Remains.HIGH if number > 0 else Remains.ZERO
            yield Draft(RESULTS, f"{number}", partial(_beside_result, cast, number), states.UNDEFINED, remains=remains)
        yield one_more
        return
    yield one_more
    more = cast.goods[0] / 2
    yield Draft(RESULTS, "as good as its own", partial(_beside_result, cast, more), states.UNDEFINED)
    yield Draft(
        RESULTS, "without end", lambda: replace(_with_results(cast, cast.good(), inf), values=()), states.UNDEFINED
    )
    for clause, make in cast.judged.spec.measure.examples(cast.judged.context):
        unknown = make()
        if unknown.state is states.UNDEFINED:
            whole = replace(_with_results(cast, unknown, -inf), values=())
            yield Draft(RESULTS, f"lower than any number, beside {clause}", partial(replace, whole), states.UNDEFINED)


def values(cast: Cast) -> Iterator[Draft]:
    """The value misses one bound, and somebody else writes one that misses the other."""
    if len(cast.judged.bounds) < 2 or cast.judged.by or cast.judged.lowered.result:  # noqa: PLR2004 - two sides
        return
    limits = dict(zip((bound.kind for bound in cast.judged.bounds), steps(cast, cast.members[0]), strict=False))
    low, step = limits["min"]
    yield Draft(RESULTS, "on the other side", partial(_with_value, cast, cast.bad, low - step / 2), states.FAIL)


def _said_to_be_idle(cast: Cast) -> Situation:
    """The first member is well, and is said to be idle; of the last one nothing is known. Raises Impossible."""
    judged, first, last = cast.judged, cast.members[0].stage.member, len(cast.members) - 1
    own = {naming.GATE: judged.gate, naming.CRITERION: judged.spec.id, naming.STAND_IN: "1", **dict(first)}
    idle = Series(naming.CRITERION_IDLE, tuple(sorted(own.items())), (Piece(0, 0.0),))
    whole = cast.good({last: void(cast, cast.members[last])})
    return replace(whole, series=(*whole.series, idle), values=None)


def _with_value(cast: Cast, make: Making, number: float) -> Situation:
    """One more value of this evaluation."""
    whole, judged = make(), cast.judged
    own = {naming.GATE: judged.gate, naming.CATEGORY: judged.category, naming.CRITERION: judged.spec.id}
    labels = tuple(sorted({**own, naming.STAND_IN: "1"}.items()))
    return replace(
        whole, series=(*whole.series, Series(naming.CRITERION_VALUE, labels, (Piece(0, number),))), values=None
    )


def _beside_result(cast: Cast, number: float) -> Situation:
    return _with_results(cast, cast.good(), number)


def _with_results(cast: Cast, whole: Situation, *numbers: float) -> Situation:
    """One more result of this evaluation for each of the numbers."""
    judged = cast.judged
    own = {naming.GATE: judged.gate, naming.CRITERION: judged.spec.id}
    more = (
        Series(
            naming.CRITERION_RESULT, tuple(sorted({**own, naming.STAND_IN: f"{number}"}.items())), (Piece(0, number),)
        )
        for number in numbers
    )
    return replace(whole, series=(*whole.series, *more))
