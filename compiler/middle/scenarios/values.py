"""Scenarios of the value and its requirement: healthy, at the bound, a step to either side, and what the kind adds."""

from collections.abc import Callable, Iterator
from typing import Final

from compiler import states
from compiler.measures.context import Read
from compiler.measures.situation import Impossible, Precision, Situation
from compiler.middle.scenarios.cast import Cast, Member, quantum
from compiler.middle.scenarios.draft import Draft

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


def healthy(cast: Cast) -> Iterator[Draft]:
    """All members are well, and then one is not."""
    covered = None if cast.judged.spec.measure.whole_examples else _wholly
    yield Draft(HEALTHY, "all is well", cast.good, states.PASS, limits=True, covered=covered)
    yield Draft(BAD, "it is clearly missed", cast.bad, states.FAIL)
    for i, member in enumerate(cast.members[1:], 1):
        yield Draft(BAD, f"by {member.name} alone", _one_bad(cast, i), states.FAIL)


def _wholly(read: Read) -> float:
    """Every input was there throughout its window."""
    del read
    return 1.0


def _one_bad(cast: Cast, index: int) -> Callable[[], Situation]:
    return lambda: cast.good({index: cast.situation(cast.members[index], cast.bads[index])})


def bounds(cast: Cast) -> Iterator[Draft]:
    """Each bound of each member: exactly at it, and one step to either side."""
    words = cast.judged.requirement
    for i, member in enumerate(cast.members):
        if i > 0 and member.limits == cast.members[0].limits:
            continue
        who = f" for {member.name}" if member.name else ""
        for limit, step in dict.fromkeys(_limits(cast, member)):
            yield Draft(AT, f"exactly {limit:.10g}{who}, required is {words}", _at(cast, i, limit))
            for sign, side in ((-1, "below"), (1, "above")):
                clause = f"one step {side} {limit:.10g}{who}, required is {words}"
                yield Draft(STEP, clause, _near(cast, i, limit, sign * step))


def _limits(cast: Cast, member: Member) -> Iterator[tuple[float, float]]:
    """Each limit of a member, and the last decimal that it is written with."""
    written = cast.judged.spec.require.limits
    for i, value in enumerate(member.limits):
        limit = written[min(i, len(written) - 1)]
        yield value, quantum(limit, value)


def _at(cast: Cast, index: int, limit: float) -> Callable[[], Situation]:
    def make() -> Situation:
        own = cast.situation(cast.members[index], limit)
        if (
            cast.error
            or own.precision is not Precision.EXACT
            or not any(value == limit for _, value in own.values or ())
        ):
            raise Impossible
        return cast.good({index: own})

    return make


def _near(cast: Cast, index: int, limit: float, step: float) -> Callable[[], Situation]:
    """The smallest step that the measure can make: a tenth of the last decimal, that, one, or a thousandth of all."""

    def make() -> Situation:
        sign = 1 if step > 0 else -1
        least = abs(limit) * cast.error * _CLEAR
        for size in (step / _FRACTION, step, float(sign), sign * least, sign * abs(limit) / _PART):
            if abs(size) < least:
                continue
            try:
                own = cast.situation(cast.members[index], limit + size)
            except Impossible:
                continue
            if any(0 < (value - limit) * sign <= abs(size) * _ABOUT for _, value in own.values or ()):
                return cast.good({index: own})
        raise Impossible

    return make


def own(cast: Cast) -> Iterator[Draft]:
    """What the measure itself says, of the first member while the others are well."""
    try:
        aims = cast.aims()
    except Impossible:
        return
    first, measure = cast.members[0], cast.judged.spec.measure
    for clause, make in measure.telling(cast.judged.context, first.stage, aims):
        yield Draft(OWN, clause, _with(cast, make))


def examples(cast: Cast) -> Iterator[Draft]:
    """What the author of the spec says of an expression."""
    for clause, make in cast.judged.spec.measure.examples(cast.judged.context):
        yield Draft(TOLD, clause, lambda make=make: cast.together((make(),)))  # type: ignore[misc]


def _with(cast: Cast, make: Callable[[], Situation]) -> Callable[[], Situation]:
    return lambda: cast.good({0: make()})
