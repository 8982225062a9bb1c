"""When the tests of a gate judge, and how far apart the samples of their series are.

All tests of a file are evaluated at multiples of one time, so every test judges at the same moment, `now`. It is chosen
so that no probe of a window falls on an end of the window: there, ranges of Prometheus 2 (closed) and 3 (left-open)
differ. Samples are as far apart as the windows allow, since promtool takes at most 10,000 of them into one expression.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, product
from math import lcm
from typing import Final, Protocol

from compiler.fields import Duration
from compiler.middle.inputs import probe_step

# What samples may lie apart: below Prometheus' lookback of five minutes.
_INTERVALS: Final = tuple(
    Duration.parse(text)
    for text in (
        *("4m", "3m", "2m", "90s", "1m", "45s", "30s", "20s", "15s", "12s", "10s", "6s", "5s", "4s", "3s", "2s", "1s"),
        *("500ms", "200ms", "100ms"),
    )
)
_LONGEST: Final = Duration.parse("4m30s")  # where four minutes would leave too many
_SAMPLES: Final = 28  # in a window, where that is possible
_MOST_SAMPLES: Final = 2600
_TOO_MANY: Final = 9900
_CHOICES: Final = 3
_ROUNDS: Final = 60
_ALIGNED: Final = 1200  # moments to choose among
_GRID: Final = 30_000  # points of a grid that promtool reads without effort
_LOOKS: Final = (150_000, 300_000, 600_000)  # milliseconds: how often long windows are read, and half and twice that
_EVENT: Final = 240_000  # milliseconds ago: when tests have something happen that the last of these looks must see
_LONG: Final = Duration.parse("14d")
_SLACK: Final = Duration.parse("10m")
_REMEMBERED: Final = 256  # sets of windows


@dataclass(frozen=True, slots=True)
class Timeline:
    """`now` is when the gate is judged, after the start of a test; `every` how often it is evaluated."""

    now: Duration
    every: Duration

    def interval(self, windows: Iterable[Duration]) -> Duration:
        """How far apart the samples are for measures that look back so far."""
        choices = [one for one in _choices(tuple(windows)) if self.now.milliseconds % one.milliseconds == 0]
        return choices[0] if choices else self.every

    def dividing(self, looks: Duration, windows: Iterable[Duration]) -> Duration:
        """The longest time between samples with which there is one at every look, and enough in each window."""
        both = [
            one
            for one in _INTERVALS
            if not (looks.milliseconds % one.milliseconds or self.now.milliseconds % one.milliseconds)
        ]
        shortest = min((window.milliseconds for window in windows), default=looks.milliseconds * _SAMPLES)
        enough = [one for one in both if one.milliseconds * _SAMPLES <= shortest]
        return next(iter((*enough, *both[-1:])), self.every)

    def halved(self, interval: Duration) -> Duration:
        """Half the time between samples, if such samples fall on `now` too."""
        half = interval.milliseconds // 2
        return interval if self.now.milliseconds % half else Duration(half)

    @property
    def long(self) -> bool:
        """Whether sums over so much time are off in more than their last bit."""
        return self.now > _LONG

    @property
    def late(self) -> bool:
        """Whether looks every 2.5, 5 and 10 minutes last see something else, those every 5 at most 4 minutes ago."""
        rarest, now = _LOOKS[-1], self.now.milliseconds
        return now % rarest > rarest - _LOOKS[0] and now % _LOOKS[1] <= _EVENT

    @property
    def grain(self) -> Duration:
        """The shortest time between samples that a test can afford."""
        fits = [one for one in _INTERVALS if self.now.milliseconds % one.milliseconds == 0]
        return next((one for one in reversed(fits) if self.now.milliseconds <= _GRID * one.milliseconds), self.every)

    def aligned(self, window: Duration) -> bool:
        """Whether every version of Prometheus probes the window at the same times."""
        return _aligned(self.now.milliseconds, window.milliseconds, probe_step(window).milliseconds)

    def probes(self, window: Duration) -> tuple[int, ...]:
        """How long ago (in milliseconds) a window is probed, the oldest first."""
        step, now = probe_step(window).milliseconds, self.now.milliseconds
        first = (now - window.milliseconds) // step + 1
        return tuple(now - step * number for number in range(first, now // step + 1))


class Pace(Protocol):
    """How often a gate's metrics are scraped, how often it is evaluated, and for how long it must hold."""

    @property
    def scrape_interval(self) -> Duration:
        """How far apart samples are."""
        ...

    @property
    def evaluate_every(self) -> Duration:
        """How far apart evaluations are."""
        ...

    @property
    def stabilization(self) -> Duration:
        """For how long all criteria must be met."""
        ...


def timeline(windows: Iterable[Duration], pace: Pace, looks: Iterable[Duration] = ()) -> Timeline:
    """The earliest moment that suits all windows, and at which there is a sample and an evaluation.

    Of the measures that look at their metrics only so often (`looks`), as few as possible look just then: what is there
    at this moment must count all the same.
    """
    distinct, every = sorted(set(windows)), pace.evaluate_every
    longest = max((*distinct, pace.stabilization)).milliseconds
    least = longest * 8 // 5 + _SLACK.milliseconds
    unit = lcm(every.milliseconds, pace.scrape_interval.milliseconds)
    probed = [(window.milliseconds, probe_step(window).milliseconds) for window in distinct]
    moments = _moments(distinct, unit, least)
    # There may be millions: as many as the product of the choices of all windows.
    suitable = islice((now for now in moments if all(_aligned(now, *one) for one in probed)), _ALIGNED)
    every_look = {look.milliseconds for look in looks}
    looking = {now: sum(now % look == 0 for look in every_look) for now in suitable}
    fewest = min(looking.values(), default=0)
    fitting = [Timeline(Duration(now), every) for now, number in looking.items() if number == fewest]
    fallback = Timeline(Duration(-(-least // unit) * unit), every)
    return next((one for one in fitting if one.late), fitting[0] if fitting else fallback)


def _aligned(now: int, window: int, step: int) -> bool:
    """Whether no probe falls on an end of the window."""
    return bool(now % step and (now - window) % step)


def _moments(windows: list[Duration], base: int, least: int) -> Iterator[int]:
    """Moments on which a sample of each grid can fall, and multiples of the base; those of the coarsest grids first."""
    for intervals in product(*(_choices((window,)) for window in windows)):
        unit = lcm(base, *(one.milliseconds for one in intervals))
        first = -(-least // unit)
        yield from (unit * number for number in range(first, first + _ROUNDS))


@lru_cache(maxsize=_REMEMBERED)  # asked for by each situation, of the few windows of its gate
def _choices(windows: tuple[Duration, ...]) -> tuple[Duration, ...]:
    """The longest intervals that leave enough samples in the shortest window, and not too many in the longest."""
    if not windows:
        return tuple(one for one in _INTERVALS if one <= Duration.parse("1m"))[:_CHOICES]
    least = max(windows).milliseconds // _MOST_SAMPLES
    most = max(min(windows).milliseconds // _SAMPLES, least)
    fits = tuple(one for one in _INTERVALS if least <= one.milliseconds <= most)
    if fits:
        return (*fits[:_CHOICES], *((_LONGEST,) if least <= _LONGEST.milliseconds <= most else ()))
    longest = _INTERVALS[0] if max(windows).milliseconds < _TOO_MANY * _INTERVALS[0].milliseconds else _LONGEST
    return (next((one for one in reversed(_INTERVALS) if one.milliseconds >= least), longest),)
