"""The engines that evaluate rules, as far as the compiler must know them apart (docs/engines.md has the measurements).

What differs is what a rule sees of its own group. Prometheus writes the result of a rule before it evaluates the next
one. vmalert sends results to a server of their own, so a rule sees what was written in an evaluation before. Rules for
such an engine are collapsed: a criterion is judged by one rule that reads metrics only, all at one time, and what is
read back is bounded in age.
"""

from dataclasses import dataclass
from typing import Final, Literal

from compiler.fields import Duration

EngineName = Literal["prometheus", "victoriametrics"]

# All rules of one group iteration share one timestamp, to the millisecond. A window of 1ms therefore holds a sample
# only if it was written in this same evaluation, on closed (2.x) and left-open (3.x) ranges alike. It is the guard
# `x and timestamp(x) == time()` of DESIGN law 2 in one reading instead of two (measured equal on 2.42, 2.53 and 3.5).
SAME_EVALUATION: Final = Duration(1)


@dataclass(frozen=True, slots=True)
class EngineProfile:
    """One engine. Lengths are counted in evaluations of the gate.

    - `name`: the word of the spec, `title`: what people call it.
    - `lag`: how many evaluations old the newest result is that a rule sees of its own group.
    - `memory`: how old a result may be that is read back; 0 means that only this same evaluation counts.
    - `shortest`: evaluations that are closer to each other than this would not see each other's results.
    - `rate_spans_window`: whether `rate` is per second of the window, or of the part of it that a series covers.
    - `native_histograms`: whether expressions can read a native histogram as the one series that it is.
    - `lookback`: how old a sample may be to be seen; None where that depends on how often there is one.
    """

    name: EngineName
    title: str
    lag: int
    memory: int
    shortest: Duration
    rate_spans_window: bool
    native_histograms: bool
    lookback: Duration | None

    @property
    def collapses(self) -> bool:
        """Whether rules read metrics themselves instead of what other rules of the group record."""
        return self.lag > 0

    @property
    def closes_after(self) -> int:
        """Evaluations from the first that can see a bad sample until `gate:overall:pass` is 0."""
        return 1 + self.lag


@dataclass(frozen=True, slots=True)
class Evaluation:
    """By which engine, and how often, a gate is evaluated."""

    engine: EngineProfile
    every: Duration

    @property
    def within(self) -> Duration:
        """The range in which a recorded series must have been written to count."""
        memory = self.engine.memory
        return Duration(memory * self.every.milliseconds) if memory else SAME_EVALUATION


PROMETHEUS: Final = EngineProfile(
    "prometheus",
    "Prometheus",
    lag=0,
    memory=0,
    shortest=Duration.parse("1ms"),
    rate_spans_window=True,
    native_histograms=True,
    lookback=Duration.parse("5m"),
)
VICTORIAMETRICS: Final = EngineProfile(
    "victoriametrics",
    "vmalert",
    lag=1,
    # Ranges are left-open there, so that three evaluations hold the two before this one: one may be missed.
    memory=3,
    # vmalert sends results every 2s, and VictoriaMetrics shows what it was sent within 2s more.
    shortest=Duration.parse("5s"),
    rate_spans_window=False,
    native_histograms=False,
    lookback=None,
)

ENGINES: Final = (PROMETHEUS, VICTORIAMETRICS)


def engine_profile(name: EngineName) -> EngineProfile:
    """The profile of that name."""
    return next(profile for profile in ENGINES if profile.name == name)
