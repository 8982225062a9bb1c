"""Failures: from a gate's closing to its opening, with what was in the way."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from compiler.history.stretches import Samples, Stretch
from compiler.states import FIRST_FAILING


@dataclass(frozen=True, slots=True)
class Cause:
    """A criterion that did not pass in a failure, in one state, for so many seconds of it in all."""

    category: str
    criterion: str
    state: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Failure:
    """A time in which the gate did not pass. Gaps between closed times are part of it, and those at its ends are not.

    `begin_seen` and `end_seen` say whether the gate was seen passing just before and just after; `states` are the
    seconds in each of the gate's states, and `unknown` those in which nobody judged.
    """

    begin: float
    begin_seen: bool
    end: float
    end_seen: bool
    states: Mapping[int, float]
    unknown: float
    causes: tuple[Cause, ...]

    @property
    def seconds(self) -> float:
        """How long it lasted."""
        return self.end - self.begin


def is_closed(stretch: Stretch) -> bool:
    """Whether the gate is known not to have passed."""
    return stretch.state is not None and stretch.state >= FIRST_FAILING


def is_open(stretch: Stretch) -> bool:
    """Whether the gate is known to have passed."""
    return stretch.state is not None and stretch.state < FIRST_FAILING


def failures(
    stretches: Sequence[Stretch], criteria: Mapping[tuple[str, str], Samples], every: float
) -> tuple[Failure, ...]:
    """The failures in order of time.

    `criteria` are the codes of each (category, criterion) at the evaluations, `every` seconds apart, in which it did
    not pass.
    """
    return tuple(_failure(stretches, *span, criteria, every) for span in _spans(stretches))


def _spans(stretches: Sequence[Stretch]) -> Iterator[tuple[int, int]]:
    """The first and the last closed stretch of each failure, by index: those between which the gate never passed."""
    first = last = None
    for index, one in enumerate(stretches):
        if is_closed(one):
            first, last = index if first is None else first, index
        elif is_open(one) and first is not None and last is not None:
            yield first, last
            first = last = None
    if first is not None and last is not None:
        yield first, last


def _failure(
    stretches: Sequence[Stretch],
    first: int,
    last: int,
    criteria: Mapping[tuple[str, str], Samples],
    every: float,
) -> Failure:
    inside = stretches[first : last + 1]
    begin, end = inside[0].start, inside[-1].end
    states: dict[int, float] = {}
    for one in inside:
        if one.state is not None:
            states[one.state] = states.get(one.state, 0) + one.seconds
    return Failure(
        begin=begin,
        begin_seen=first > 0 and is_open(stretches[first - 1]),
        end=end,
        end_seen=last + 1 < len(stretches) and is_open(stretches[last + 1]),
        states=states,
        unknown=sum(one.seconds for one in inside if one.state is None),
        causes=tuple(_causes(begin, end, criteria, every)),
    )


def _causes(begin: float, end: float, criteria: Mapping[tuple[str, str], Samples], every: float) -> Iterable[Cause]:
    """The longest first."""
    found: dict[tuple[str, str, int], int] = {}
    for (category, criterion), samples in criteria.items():
        for at, code in samples:
            if begin <= at < end:
                key = category, criterion, round(code)
                found[key] = found.get(key, 0) + 1
    causes = [Cause(*key, count * every) for key, count in found.items()]
    return sorted(causes, key=lambda one: (-one.seconds, one.category, one.criterion, one.state))
