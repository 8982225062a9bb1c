"""What is known of one gate in the last days: Prometheus' own history and the log of decisions, together."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from compiler.history.decisions import Decision
from compiler.history.failures import Failure, failures
from compiler.history.figures import Figures, figures
from compiler.history.overrides import Override, overrides
from compiler.history.stretches import Samples, Stretch

WINDOWS: Final = (7, 30)  # days
DAY: Final = 86_400


@dataclass(frozen=True, slots=True)
class Recorded:
    """What Prometheus recorded of a gate: its states in time, the criteria that did not pass, and its overrides.

    `every` is the time between the evaluations at which criteria and overrides were asked for, in seconds.
    """

    stretches: tuple[Stretch, ...]
    criteria: Mapping[tuple[str, str], Samples]
    overrides: Sequence[tuple[Mapping[str, str], Samples]]
    every: float


@dataclass(frozen=True, slots=True)
class Story:
    """A gate from `start` until `end`. Without `figures`, Prometheus was not asked."""

    gate: str
    start: float
    end: float
    failures: tuple[Failure, ...]
    overrides: tuple[Override, ...]
    unknown: tuple[Stretch, ...]
    figures: tuple[Figures, ...]
    decisions: tuple[Decision, ...]

    def during(self, failure: Failure) -> tuple[Decision, ...]:
        """What pipelines were told in a failure."""
        return tuple(one for one in self.decisions if failure.begin <= one.time < failure.end)


def story(gate: str, days: int, now: float, recorded: Recorded | None, logged: Iterable[Decision]) -> Story:
    """The story of a gate in the last `days` days."""
    start = now - days * DAY
    known = recorded.stretches if recorded else ()
    return Story(
        gate=gate,
        start=start,
        end=now,
        failures=failures(known, recorded.criteria, recorded.every) if recorded else (),
        overrides=overrides(recorded.overrides, known, recorded.every) if recorded else (),
        unknown=tuple(one for one in known if one.state is None),
        figures=tuple(figures(known, window, now) for window in _windows(days)) if recorded else (),
        decisions=tuple(one for one in logged if one.gate == gate and start < one.time <= now),
    )


def _windows(days: int) -> tuple[int, ...]:
    """The windows that the days hold, and the days themselves if those are others."""
    return tuple(sorted({*(window for window in WINDOWS if window < days), days}))
