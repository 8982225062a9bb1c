"""Scenarios of what the spec says about idleness, few events, and exceptions."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from compiler import states
from compiler.measures.situation import Impossible, Situation
from compiler.middle.plan import Remains
from compiler.middle.scenarios.cast import Cast
from compiler.middle.scenarios.draft import Draft
from compiler.promql.matching import Unmatchable, labels_of
from compiler.promql.series import Series, steady
from compiler.spec.model import Waiver
from compiler.states import State

IDLE: Final = "Nothing happens in the window"
IDLE_MEMBER: Final = "Nothing happens to one member"
IDLE_AND_BAD: Final = "Nothing happens to one member, and another misses its requirement"
FEW: Final = "Just as many events as min_events are judged"
FEWER: Final = "Fewer events than min_events are idle, however bad"
WAIVED: Final = "A declared exception is in force"
_LITTLE: Final = 0.01  # events: what is extrapolated is no whole number
NOT_WAIVED: Final = "An exception that is not in force changes nothing"


def idle(cast: Cast) -> Iterator[Draft]:
    """Nothing happens to all members, or to one."""
    if not cast.judged.spec.measure.counts_events:
        return
    state = _idle_state(cast)

    def all_idle() -> Situation:
        return cast.together(cast.idle(member) for member in cast.members)

    yield Draft(IDLE, f"when_idle: {cast.judged.spec.when_idle}", all_idle, state)
    if len(cast.members) > 1:
        last = len(cast.members) - 1
        one = states.PASS if state is states.IDLE else states.IDLE_FAIL
        yield Draft(IDLE_MEMBER, cast.members[last].name, lambda: cast.good({last: cast.idle(cast.members[last])}), one)
        # A failing member is found whether or not the idle ones pass.
        worst = states.FAIL if state is states.IDLE else states.IDLE_FAIL
        yield Draft(IDLE_AND_BAD, cast.members[last].name, _idle_and_bad(cast, last), worst)


def _idle_state(cast: Cast) -> State:
    return states.IDLE if cast.judged.spec.when_idle == "pass" else states.IDLE_FAIL


def _idle_and_bad(cast: Cast, last: int) -> Callable[[], Situation]:
    def make() -> Situation:
        bad = cast.situation(cast.members[0], cast.bads[0])
        return cast.good({0: bad, last: cast.idle(cast.members[last])})

    return make


def few(cast: Cast) -> Iterator[Draft]:
    """As many events as `min_events`, and one fewer, all of them bad. No event at all is what `idle` is about."""
    floor = cast.judged.spec.min_events
    if floor is None:
        return
    yield Draft(FEW, f"{floor} events", _events(cast, floor), states.FAIL)
    if floor == 1:
        return
    several, passes = len(cast.members) > 1, cast.judged.spec.when_idle == "pass"
    state = states.PASS if several and passes else _idle_state(cast)
    for number in (floor - 1, floor - _LITTLE):
        yield Draft(FEWER, f"{number:g} events", _events(cast, number), state)


def _events(cast: Cast, number: float) -> Callable[[], Situation]:
    """The first member is bad, with so many events; the others are well."""

    def make() -> Situation:
        first = cast.members[0]
        stage = replace(first.stage, number=float(number))
        return cast.good({0: cast.staged(stage, cast.bads[0])})

    return make


def waivers(cast: Cast) -> Iterator[Draft]:
    """An exception in force, one that is declared otherwise, and one that nobody tells of."""
    waiver = cast.judged.spec.waive_while
    if waiver is None:
        return
    declared, denied = _waiver(cast, waiver, waiver.equals), _waiver(cast, waiver, waiver.equals + 1)
    yield Draft(WAIVED, "however bad", _beside(cast.bad, declared), states.WAIVED)
    yield Draft(
        WAIVED, "by one of two series", _beside(cast.bad, denied.labelled(replica="b"), declared), states.WAIVED
    )
    yield Draft(WAIVED, "even without data", lambda: Situation((declared,), None), states.WAIVED)
    yield Draft(NOT_WAIVED, "with another value", _beside(cast.bad, denied), states.FAIL, remains=Remains.GOOD_INPUTS)
    yield Draft(NOT_WAIVED, "that has ended", _beside(cast.bad, declared.ended()), states.FAIL)


def _waiver(cast: Cast, waiver: Waiver, value: float) -> Series:
    try:
        labels = labels_of(waiver.metric)
    except Unmatchable:
        labels = ()
    return steady(waiver.metric.name, labels, float(value), cast.timeline.now.milliseconds)


def _beside(make: Callable[[], Situation], *more: Series) -> Callable[[], Situation]:
    def made() -> Situation:
        whole = make()
        if {one.name for one in more} & {one.name for one in whole.series}:
            raise Impossible  # the exception is one of the criterion's own metrics
        return replace(whole, series=(*whole.series, *more))

    return made
