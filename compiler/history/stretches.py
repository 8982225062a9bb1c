"""From samples of a state to stretches of time in which it was the same.

A sample stands for the time until the next evaluation. Where that is missing, nothing is known, which is a state too:
a gap is neither a pass nor a failure. One missed evaluation is no gap, as for the gate's own stabilisation.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import floor
from statistics import median
from typing import Final

LOOKBACK: Final = 300.0  # seconds; evaluations that are further apart are not allowed
_MISSED: Final = 2.0  # evaluations; and a little, since an evaluation may be late
_LATE: Final = 0.5

Samples = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Stretch:
    """From `start` until `end` the state had this code; None where nothing is known."""

    start: float
    end: float
    state: int | None

    @property
    def seconds(self) -> float:
        """How long it lasted."""
        return self.end - self.start


def stretches(samples: Samples, start: float, end: float) -> tuple[Stretch, ...]:
    """All the time between two times, in order, without overlap or hole; neighbours differ."""
    return tuple(_joined(_clipped(_pieces(samples, start, end), start, end)))


def interval(samples: Samples) -> float:
    """How often the gate is usually evaluated, in seconds; 30 if that cannot be seen."""
    apart = [after - before for (before, _), (after, _) in pairwise(samples)]
    return median(apart) if apart else 30.0


def aligned(at: float, samples: Samples, every: float) -> float:
    """The first time from `at` on that is a multiple of `every` away from the newest sample, to the millisecond."""
    if not samples:
        return at
    newest = samples[-1][0]
    return round(newest - floor(round((newest - at) / every, 6)) * every, 3)


def merged(series: Iterable[Samples]) -> Samples:
    """The samples of several series as one; of two at the same time, the greater, which is the worse state."""
    found: dict[float, float] = {}
    for samples in series:
        for at, value in samples:
            found[at] = max(value, found.get(at, value))
    return sorted(found.items())


def _pieces(samples: Samples, start: float, end: float) -> Iterator[Stretch]:
    """A piece for each sample and each gap."""
    usual, seen = interval(samples), start
    times = [at for at, _ in samples]
    apart = [after - before for before, after in pairwise(times)]
    for index, (at, value) in enumerate(samples):
        if at > seen:
            yield Stretch(seen, at, None)
        after = times[index + 1] if index + 1 < len(times) else end
        # Beside a gap, and where evaluations become more frequent or less, the shortest tells how often there are any.
        every = min(apart[max(0, index - 1) : index + 2], default=usual)
        every = every if every <= LOOKBACK else usual
        lasts = after if after - at <= (_MISSED + _LATE) * every else at + every
        yield Stretch(at, lasts, round(value))
        seen = lasts
    if seen < end:
        yield Stretch(seen, end, None)


def _clipped(pieces: Iterable[Stretch], start: float, end: float) -> Iterator[Stretch]:
    for one in pieces:
        first, last = max(one.start, start), min(one.end, end)
        if first < last:
            yield Stretch(first, last, one.state)


def _joined(pieces: Iterable[Stretch]) -> Iterator[Stretch]:
    current: Stretch | None = None
    for one in pieces:
        if current and current.state == one.state:
            current = Stretch(current.start, one.end, one.state)
            continue
        if current:
            yield current
        current = one
    if current:
        yield current
