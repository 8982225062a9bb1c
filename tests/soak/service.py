"""A healthy service as it is on a good day: noise, restarts one after the other, a failed scrape now and then.

Three targets export all of it. Times are ticks, one a scrape; what happens is the same in every run.
"""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

TARGETS: Final = 3
_DOWN: Final = 3  # ticks that a restart takes
_CYCLE: Final = 60  # ticks in which every target is restarted once
_MISS: Final = 47  # ticks in which every target misses a scrape once
_OLD: Final = 4000.0  # what a counter has counted before the first tick

Page = dict[str, float]


@dataclass(frozen=True)
class Noise:
    """Draws of one series of one target, one a tick, and their sums."""

    draws: tuple[float, ...]
    sums: tuple[float, ...]

    @classmethod
    def of(cls, name: str, target: int, mean: float, ticks: int) -> "Noise":
        """Numbers around a mean, with a slow wave in them, that never fall below zero."""
        source = random.Random(f"{name} {target}")
        wave = (1 + 0.2 * math.sin(2 * math.pi * n / 90 + target) for n in range(ticks))
        draws = tuple(max(0.0, source.gauss(mean * now, 0.1 * mean)) for now in wave)
        return cls(draws, tuple(accumulate(draws)))


class Service:
    """The pages of all targets over so many ticks."""

    def __init__(self, ticks: int) -> None:
        self._ticks = ticks
        self._noise: dict[tuple[str, int, float], Noise] = {}

    def page(self, target: int, tick: int, now: float) -> Page | None:
        """What a target exports at a tick, whose Unix time is `now`; None while it is down."""
        if not up(target, tick):
            return None
        return dict(self._series(target, tick, now))

    def _series(self, target: int, tick: int, now: float) -> Iterator[tuple[str, float]]:
        for tier, each in (("gold", 100.0), ("silver", 40.0)):
            yield f'requests_total{{tier="{tier}"}}', self._count("requests" + tier, each, target, tick)
            yield f'errors_total{{tier="{tier}"}}', self._count("errors" + tier, each / 1000, target, tick)
            yield f'cost_total{{tier="{tier}"}}', self._count("cost" + tier, each / 1000, target, tick)
            yield f'budget{{tier="{tier}"}}', 2.0
        yield "tasks_total", self._count("tasks", 20.0, target, tick)
        yield "entries_total", self._count("entries", 50.0, target, tick)
        if started(target, tick) <= 0:
            yield "dropped_total", 7.0  # long ago, and created anew at its next event only
        fast, slow = self._count("fast", 60.0, target, tick), self._count("slow", 38.0, target, tick)
        for bound, count in (("0.25", fast), ("0.5", fast + slow), ("1", fast + slow + 1), ("+Inf", fast + slow + 1)):
            yield f'latency_seconds_bucket{{le="{bound}"}}', count
        for zone, share in (("a", 0.5), ("b", 0.3), ("c", 0.2)):
            yield f'hits_total{{zone="{zone}"}}', self._count("hits" + zone, 1000.0 * share, target, tick)
            yield f'weight{{zone="{zone}"}}', share
            yield f'healthy{{zone="{zone}"}}', 1.0
        yield "memory_ratio", 0.6 + 0.02 * self._draw("memory", target, tick)
        yield "queue_depth", 100 + 10 * self._draw("queue", target, tick)
        yield "last_success_timestamp_seconds", now
        for pool in ("x", "y"):
            yield f'used{{pool="{pool}",target="{target}"}}', 20 + self._draw("used" + pool, target, tick)
            yield f'size{{pool="{pool}",target="{target}"}}', 40.0

    def _count(self, name: str, mean: float, target: int, tick: int) -> float:
        """A counter that begins anew whenever its process does."""
        sums, born = self._of(name, target, mean).sums, started(target, tick)
        return sums[tick] + _OLD if born <= 0 else sums[tick] - sums[born - 1]

    def _draw(self, name: str, target: int, tick: int) -> float:
        return self._of(name, target, 1.0).draws[tick]

    def _of(self, name: str, target: int, mean: float) -> Noise:
        key = name, target, mean
        if key not in self._noise:
            self._noise[key] = Noise.of(name, target, mean, self._ticks)
        return self._noise[key]


def up(target: int, tick: int) -> bool:
    """Whether a scrape of the target succeeds: not while it restarts, and not always."""
    return _since_restart(target, tick) >= _DOWN and (tick + 16 * target) % _MISS != _MISS - 1


def started(target: int, tick: int) -> int:
    """At which tick the process began that runs at a tick; zero or less if it was there before the first."""
    return tick - _since_restart(target, tick) + _DOWN


def _since_restart(target: int, tick: int) -> int:
    return (tick - _CYCLE // 2 - target * _CYCLE // TARGETS) % _CYCLE
