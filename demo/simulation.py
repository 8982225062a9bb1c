"""A simulated LLM routing platform: a pure function of time and of the incidents that happen.

Counters are integrals of their rates, so a value at one moment never depends on which moments were asked before:
what is backfilled and what is scraped afterwards are one curve.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from demo.condition import HEALTHY, Condition
from demo.gauges import Moment, alerts, gauges
from demo.incidents import DAY, INCIDENTS
from demo.rates import Rated, counters

CREATED_AT_FIRST_EVENT = frozenset({"log_entries_dropped"})  # like most error counters
SWING = 0.2  # the load is 20% above its average once a day, and 20% below


@dataclass(frozen=True)
class Episode:
    """An incident of INCIDENTS while it lasts, in Unix seconds."""

    incident: str
    start: float
    end: float = math.inf


@dataclass(frozen=True)
class Platform:
    """A platform that started at `origin` (Unix seconds) with all counters at zero."""

    origin: float
    episodes: tuple[Episode, ...] = ()

    def samples(self, at: float) -> Iterator[Rated]:
        """Every series that a scrape sees at a moment, with its value."""
        moment = self._moment(at)
        silent = moment.condition.silent_metrics
        for series, value in (*self._counted(at), *gauges(moment)):
            exists = value > 0 or series.family not in CREATED_AT_FIRST_EVENT
            if exists and series.family not in silent:
                yield series, round(value, 6)

    def recorded(self, at: float) -> Iterator[Rated]:
        """The series that Prometheus writes itself at a moment, for a past that it has not seen."""
        yield from alerts(self._moment(at))

    def _counted(self, at: float) -> Iterator[Rated]:
        stretches = [(load(end) - load(start), counters(condition)) for start, end, condition in self._stretches(at)]
        for place, (series, _) in enumerate(counters(HEALTHY)):
            yield series, math.fsum(seconds * rated[place][1] for seconds, rated in stretches)

    def _moment(self, at: float) -> Moment:
        stretches = list(self._stretches(at))
        since, _, condition = stretches[-1]
        queued = sum((end - start) * condition.queue_inflow for start, end, condition in stretches)
        return Moment(at, condition, since, at - self.origin, queued)

    def _stretches(self, at: float) -> Iterator[tuple[float, float, Condition]]:
        """The past until `at` as (start, end, condition), each condition unchanged from start to end."""
        changes = {edge for episode in self.episodes for edge in (episode.start, episode.end)}
        edges = [self.origin, *sorted(edge for edge in changes if self.origin < edge <= at), at]
        for start, end in pairwise(edges):
            yield start, end, self._condition(start)

    def _condition(self, at: float) -> Condition:
        condition = HEALTHY
        for episode in self.episodes:
            if episode.start <= at < episode.end:
                condition = INCIDENTS[episode.incident].change(condition)
        return condition


def load(at: float) -> float:
    """Average-load seconds from the epoch until `at`: the integral of a load that swings once a day."""
    turn = 2 * math.pi / DAY
    return at - SWING / turn * math.cos(turn * at)


def begin(platform: Platform, incident: str, at: float) -> Platform:
    """The same platform, with an incident from `at` on."""
    return replace(platform, episodes=(*platform.episodes, Episode(incident, at)))


def recover(platform: Platform, at: float) -> Platform:
    """The same platform, with everything healthy from `at` on."""
    return replace(
        platform, episodes=tuple(replace(episode, end=min(episode.end, at)) for episode in platform.episodes)
    )
