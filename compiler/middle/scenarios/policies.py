"""Scenarios of what the spec says about idleness, few events, and exceptions."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Final

from compiler import states
from compiler.measures.context import Read
from compiler.measures.counters import per_second
from compiler.measures.situation import Impossible, Situation, exactly, neighbours
from compiler.middle.plan import Remains
from compiler.middle.scenarios.cast import Cast, voided
from compiler.middle.scenarios.draft import Draft, is_of, wholly
from compiler.middle.scenarios.members import more_of
from compiler.promql.matching import Unmatchable, labels_of
from compiler.promql.series import Series, steady
from compiler.spec.model import Waiver
from compiler.states import State

IDLE: Final = "Nothing happens in the window"
IDLE_MEMBER: Final = "Nothing happens to one member"
IDLE_AND_BAD: Final = "Nothing happens to one member, and another misses its requirement"
SATURATES: Final = "A quantile saturates, and something is idle"
FEW: Final = "Just as many events as min_events are judged"
FEWER: Final = "Fewer events than min_events are idle, however bad"
WAIVED: Final = "A declared exception is in force"
_TWO: Final = 2
_ROUNDED: Final = 0.001  # as much less than a whole number is still that
_LEAST: Final = 0.0005
_LITTLE: Final = 0.01  # events: what is extrapolated is no whole number
NOT_WAIVED: Final = "An exception that is not in force changes nothing"


def idle(cast: Cast) -> Iterator[Draft]:
    """Nothing happens to all members, or to one."""
    if not cast.judged.spec.measure.counts_events:
        return
    state = idle_state(cast)

    def all_idle() -> Situation:
        return cast.together(cast.idle(member) for member in cast.members)

    remains = Remains.HIGH if state.passes else Remains.GOOD
    yield Draft(IDLE, f"when_idle: {cast.judged.spec.when_idle}", all_idle, state, remains=remains)
    yield Draft(IDLE, "of two instances each", lambda: _of_two(all_idle()), state)
    yield from _idle_and_partly(cast, all_idle, state)
    if len(cast.members) > 1:
        last = len(cast.members) - 1
        one = states.PASS if state is states.IDLE else states.IDLE_FAIL
        yield Draft(IDLE_MEMBER, cast.members[last].name, lambda: cast.good({last: cast.idle(cast.members[last])}), one)
        # A failing member is found whether or not the idle ones pass.
        worst = states.FAIL if state is states.IDLE else states.IDLE_FAIL
        yield Draft(IDLE_AND_BAD, cast.members[last].name, _idle_and_bad(cast, last), worst)


def _idle_and_partly(cast: Cast, all_idle: Callable[[], Situation], state: State) -> Iterator[Draft]:
    """Of one member more, only one input reports: that of the events says that there is none."""
    followed = [read for read in cast.judged.reads if read.required and read.by and read.window]
    if len(followed) < _TWO or any(read.inventory for read in followed):
        return
    more = more_of(cast)
    for read in followed:

        def beside(own: Callable[[], Situation], read: Read = read) -> Situation:
            return all_idle() + Situation(tuple(one for one in own().series if is_of(read.selector, one)))

        # Where idleness fails, that of the others is enough.
        known, unknown = state, states.UNDEFINED if state.passes else state
        clause = f"and of one member more only {read.name} reports"
        still = partial(beside, lambda: cast.idle(more))
        yield Draft(IDLE, clause, still, known if read.events else unknown, silent=True)
        busy = partial(beside, lambda: cast.situation(more, cast.goods[0]))
        yield Draft(IDLE, f"{clause}, which moves", busy, unknown, silent=True)


def _of_two(whole: Situation) -> Situation:
    return replace(whole, series=(*whole.series, *(one.labelled(replica="b") for one in whole.series if one.counter)))


def idle_state(cast: Cast) -> State:
    """What comes of an idle criterion."""
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
    yield from _unknown(cast, floor)
    if floor == 1:
        return
    yield from _saturated(cast, floor)
    several, passes = len(cast.members) > 1, cast.judged.spec.when_idle == "pass"
    state = states.PASS if several and passes else idle_state(cast)
    for number in (0.5, floor - 1, floor - _LITTLE, floor - _ROUNDED - _LEAST):
        remains = Remains.HIGH if state.passes else None
        yield Draft(FEWER, f"{number:.7g} events", _events(cast, number), state, remains=remains)
    for read in cast.judged.reads:
        if not read.required:  # what is counted beside the events is none of them, if it is not there
            clause, made = f"{floor - 1} events, without {read.name}", _without(cast, read, floor - 1)
            yield Draft(FEWER, clause, made, state, silent=True)
    if several:
        beside = states.PASS if passes and len(cast.members) > _TWO else idle_state(cast)
        yield Draft(
            FEWER, f"{floor - 1} events, and nothing happens to another", _few_and_idle(cast, floor - 1), beside
        )
    just = () if cast.timeline.long else (_told_as(cast, floor - _ROUNDED),)
    for number in (*just, floor - _ROUNDED + _LEAST):
        yield Draft(FEW, f"{number:.7g} events, which may be {floor} and rounded", _events(cast, number), states.FAIL)


def _unknown(cast: Cast, floor: int) -> Iterator[Draft]:
    """What is unknown is not few: an input is no number, or events contradict each other and others had few before."""

    def odd() -> Situation:
        return replace(cast.good({0: voided(cast, few_events(cast, floor / 2))}), values=None)

    yield Draft(FEWER, f"{floor / 2:g} events, but an input is no number", odd, states.UNDEFINED, silent=True)
    if cast.judged.lowered.contradicted:
        yield Draft(
            FEWER,
            "no events, which others contradict; and there were few",
            lambda: cast.good({0: _contradiction(cast)}),
            states.UNDEFINED,
            silent=True,
            remains=Remains.FEW,
        )


def _contradiction(cast: Cast) -> Situation:
    """The first member in the first situation of its measure that is undefined. Raises Impossible."""
    measure, stage = cast.judged.spec.measure, cast.members[0].stage
    for _, make in measure.telling(cast.judged.context, stage, cast.aims()):
        with suppress(Impossible):
            found = make()
            if found.state is states.UNDEFINED:
                return found
    raise Impossible


def _saturated(cast: Cast, floor: int) -> Iterator[Draft]:
    """Of too few events no quantile is believed, so that none is saturated; another idle member changes nothing."""
    measure, first, last = cast.judged.spec.measure, cast.members[0], len(cast.members) - 1
    if cast.judged.lowered.saturated is None or not cast.can_be_good:
        return
    passes, aims = cast.judged.spec.when_idle == "pass", cast.aims()
    for number, state in (
        (None, states.SATURATED),
        (floor - 1.0, states.PASS if last and passes else idle_state(cast)),
    ):
        for clause, make in measure.telling(cast.judged.context, replace(first.stage, number=number), aims):
            if make().state is states.SATURATED and (number or (last and passes)):
                idle = {} if number else {last: cast.idle(cast.members[last])}
                words = f"{clause}, with {number:g} events" if number else f"{clause}, while another is idle"
                yield Draft(SATURATES, words, partial(cast.good, {0: make(), **idle}), state, silent=True)


def _events(cast: Cast, number: float) -> Callable[[], Situation]:
    """The first member is bad, with so many events; the others are well."""
    return lambda: cast.good({0: few_events(cast, number)})


def _without(cast: Cast, read: Read, number: float) -> Callable[[], Situation]:
    """The first member has so many events, and those of one input are not there."""

    def make() -> Situation:
        few = cast.staged(replace(cast.members[0].stage, number=float(number)), cast.goods[0])
        whole = cast.good({0: few})
        left = tuple(one for one in whole.series if not is_of(read.selector, one))
        if not any(one.counter for one in left):
            raise Impossible
        return replace(whole, series=left, values=None)

    return make


def _few_and_idle(cast: Cast, number: float) -> Callable[[], Situation]:
    """The first member is bad, with so many events, and the last is idle."""
    last = len(cast.members) - 1
    return lambda: cast.good({0: few_events(cast, number), last: cast.idle(cast.members[last])})


def _told_as(cast: Cast, number: float) -> float:
    """How many events must happen for rules to compute just this number."""
    context = cast.judged.context
    seconds = context.window.seconds
    return exactly(number, neighbours(number), lambda events: per_second(events, context) * seconds)


def few_events(cast: Cast, number: float) -> Situation:
    """The first member is bad, with so many events. Raises Impossible."""
    return cast.staged(replace(cast.members[0].stage, number=float(number)), cast.bads[0])


def waivers(cast: Cast) -> Iterator[Draft]:
    """An exception in force, one that is declared otherwise, and one that nobody tells of."""
    waiver = cast.judged.spec.waive_while
    if waiver is None:
        return
    declared, denied = _waiver(cast, waiver, waiver.equals), _waiver(cast, waiver, waiver.equals + 1)
    yield Draft(WAIVED, "however bad", _beside(cast.bad, declared), states.WAIVED)
    one_of_two = _beside(cast.bad, denied.labelled(replica="b"), declared)
    yield Draft(WAIVED, "by one of two series", one_of_two, states.WAIVED, covered=wholly)
    yield Draft(WAIVED, "even without data", lambda: Situation((declared,), None), states.WAIVED)
    yield Draft(NOT_WAIVED, "with another value", _beside(cast.bad, denied), states.FAIL, remains=Remains.GOOD_INPUTS)
    yield Draft(NOT_WAIVED, "that has ended", _beside(cast.bad, declared.ended()), states.FAIL)


def _waiver(cast: Cast, waiver: Waiver, value: float) -> Series:
    try:
        labels = labels_of(waiver.metric)
    except Unmatchable:
        labels = ()
    return steady(waiver.metric.name, labels, float(value), cast.timeline.now.milliseconds).labelled(replica="a")


def _beside(make: Callable[[], Situation], *more: Series) -> Callable[[], Situation]:
    def made() -> Situation:
        whole = make()
        if {one.name for one in more} & {one.name for one in whole.series}:
            raise Impossible  # the exception is one of the criterion's own metrics
        return replace(whole, series=(*whole.series, *more))

    return made
