"""Scenarios of the value and its requirement: healthy, at the bound, a step to either side, and what the kind adds."""

from collections.abc import Callable, Iterator
from typing import Final

from compiler import states
from compiler.measures.situation import Impossible, Precision, Situation
from compiler.middle.plan import Remains
from compiler.middle.scenarios.aims import quantum
from compiler.middle.scenarios.cast import Cast, Member
from compiler.middle.scenarios.draft import Draft, is_of, wholly

HEALTHY: Final = "Healthy data passes"
BAD: Final = "A value that clearly misses its requirement fails"
AT: Final = "A value is exactly at its bound"
STEP: Final = "A value is one step away from its bound"
OWN: Final = "What is special about a measure"
TOLD: Final = "An example of the author's"
_ABOUT: Final = 1.5  # times a step: still one
_CLEAR: Final = 2  # times the error of a value that is read coarsely
_FRACTION: Final = 10  # of the last decimal that the bound is written with
_PART: Final = 1000
_TOLD: Final = (states.PASS, states.FAIL)
# Where a measure tells no value, one that was left behind would.
_UNTOLD: Final = {
    states.SATURATED: Remains.HIGH,
    states.UNDEFINED: Remains.GOOD,
    states.MEMBER_MISSING: Remains.GOOD_INPUTS,
}


def healthy(cast: Cast) -> Iterator[Draft]:
    """All members are well, and then one is not."""
    covered = None if cast.judged.spec.measure.whole_examples else wholly
    yield Draft(HEALTHY, "all is well", cast.good, states.PASS, limits=True, covered=covered)
    yield Draft(BAD, "it is clearly missed", cast.bad, states.FAIL)
    if len(cast.judged.bounds) > 1:
        yield Draft(BAD, "on the other side", _other_side(cast), states.FAIL)
    for i, member in enumerate(cast.members[1:], 1):
        yield Draft(BAD, f"by {member.name} alone", _one_bad(cast, i), states.FAIL)


def _other_side(cast: Cast) -> Callable[[], Situation]:
    """As far from the good value as the bad one, in the other direction."""
    return lambda: cast.good({0: cast.situation(cast.members[0], 2 * cast.goods[0] - cast.bads[0])})


def _one_bad(cast: Cast, index: int) -> Callable[[], Situation]:
    return lambda: cast.good({index: cast.situation(cast.members[index], cast.bads[index])})


def bounds(cast: Cast) -> Iterator[Draft]:
    """Each bound of each member: exactly at it, and one step to either side."""
    words = cast.judged.requirement
    for i, member in enumerate(cast.members):
        if i > 0 and member.limits == cast.members[0].limits:
            continue
        who = f" for {member.name}" if member.name else ""
        for limit, step in steps(cast, member):
            yield Draft(AT, f"exactly {limit:.10g}{who}, required is {words}", _with_member(cast, i, at, limit))
            for sign, side in ((-1, "below"), (1, "above")):
                clause = f"one step {side} {limit:.10g}{who}, required is {words}"
                yield Draft(STEP, clause, _with_member(cast, i, near, limit, sign * step))


def _with_member(cast: Cast, index: int, make: Callable[..., Situation], *values: float) -> Callable[[], Situation]:
    return lambda: cast.good({index: make(cast, cast.members[index], *values)})


def steps(cast: Cast, member: Member) -> Iterator[tuple[float, float]]:
    """Each limit of a member once, and the last decimal that it is written with."""
    written = cast.judged.spec.require.limits
    limits = ((value, written[min(i, len(written) - 1)]) for i, value in enumerate(member.limits))
    yield from dict.fromkeys((value, quantum(limit, value)) for value, limit in limits)


def at(cast: Cast, member: Member, limit: float) -> Situation:
    """The member with just this value. Raises Impossible."""
    own = cast.situation(member, limit)
    exact = own.precision is Precision.EXACT and not cast.error
    if not exact or not any(value == limit for _, value in own.values or ()):
        raise Impossible
    return own


def near(cast: Cast, member: Member, limit: float, step: float) -> Situation:
    """The member a step beside its limit, the smallest that the measure can make. Raises Impossible.

    A tenth of the last decimal, that, one, or a thousandth of all.
    """
    sign = 1 if step > 0 else -1
    least = abs(limit) * cast.error * _CLEAR
    for size in (step / _FRACTION, step, float(sign), sign * least, sign * abs(limit) / _PART):
        if abs(size) < least:
            continue
        try:
            own = cast.situation(member, limit + size)
        except Impossible:
            continue
        if any(0 < (value - limit) * sign <= abs(size) * _ABOUT for _, value in own.values or ()):
            return own
    raise Impossible


def own(cast: Cast) -> Iterator[Draft]:
    """What the measure itself says, of the first member while the others are well."""
    try:
        aims = cast.aims()
    except Impossible:
        return
    first, measure = cast.members[0], cast.judged.spec.measure
    for clause, make in measure.telling(cast.judged.context, first.stage, aims):
        whole = _with(cast, make)
        try:
            state = cast.verdict(whole())
        except Impossible:
            continue
        absent = state.passes and _is_absent(cast, whole())
        nothing = absent or (state in _TOLD and _stands_still(whole()))
        yield Draft(OWN, clause, whole, remains=Remains.ZERO if nothing else _UNTOLD.get(state))
        if absent:
            yield Draft(OWN, f"{clause}, and was never recorded", whole)


def _is_absent(cast: Cast, whole: Situation) -> bool:
    """Whether there is nothing of an input that need not be there."""
    optional = [read.selector for read in cast.judged.reads if not read.required]
    return any(not any(is_of(one, series) for series in whole.series) for one in optional)


def _stands_still(whole: Situation) -> bool:
    """Whether some counter counts nothing, so that others that count nothing either could be taken for all."""
    return any(one.counter and not any(piece.value for piece in one.pieces) for one in whole.series)


def examples(cast: Cast) -> Iterator[Draft]:
    """What the author of the spec says of an expression."""
    for clause, make in cast.judged.spec.measure.examples(cast.judged.context):
        yield Draft(TOLD, clause, lambda make=make: cast.together((make(),)))  # type: ignore[misc]


def _with(cast: Cast, make: Callable[[], Situation]) -> Callable[[], Situation]:
    return lambda: cast.good({0: make()})
