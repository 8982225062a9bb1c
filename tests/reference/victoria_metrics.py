"""What of VictoriaMetrics and vmalert decides a verdict, where it is not as in Prometheus (docs/engines.md).

Compared with vmalert-tool, function by function (test_reference_victoria.py).

https://docs.victoriametrics.com/victoriametrics/metricsql/
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import isinf, isnan, nan
from typing import ClassVar, Final

from reference import prometheus
from reference.prometheus import Prometheus
from reference.series import Matrix, Series

_STEP: Final = 300_000  # vmalert's -datasource.queryStep
_SILENCE: Final = 300_000  # so much before a range is read along with it
_INTERVALS: Final = 20
_TENFOLD: Final = 10
_PARTIAL: Final = 8


@dataclass(frozen=True, slots=True)
class VictoriaMetrics(Prometheus):
    """`step`: how far an instant selector looks back at least.

    The samples from `since` to `until` say how often there are some.
    """

    step: int = _STEP
    since: int = 0
    until: int = 0
    lag: ClassVar[int] = 1
    has_nan: ClassVar[bool] = False

    def stored(self, matrix: Matrix) -> Matrix:
        """NaN is not stored."""
        return Matrix({name: tuple(map(_stored, each)) for name, each in matrix.by_name.items()})

    def probing(self, at: int, length: int, step: int) -> "VictoriaMetrics":
        """Within a subquery the step is that of the subquery."""
        start, end = (at - length - step - _SILENCE) // step * step, -(-(at + step) // step) * step
        return replace(self, step=step, since=start - _SILENCE - step, until=end)

    def latest(self, series: Series, at: int) -> tuple[int, float] | None:
        """The newest sample of the step, or of a little more than the usual time between two, if that is longer."""
        i = bisect_right(series.times, at) - 1
        if i < 0 or (value := series.values[i]) is None or series.times[i] <= at - self._looks_back(series):
            return None
        return series.times[i], value

    def newest(self, series: Series, at: int) -> int | None:
        """`timestamp` overlooks staleness markers."""
        times, _ = self.window(series, at, self.step)
        return times[-1] if times else None

    def _looks_back(self, series: Series) -> int:
        if self.step >= _STEP:
            return self.step
        times = [time for time in series.times if self.since <= time <= self.until]
        return max(self.step, _usual(times, self.step))

    def increase(self, series: Series, at: int, length: int) -> float | None:
        """Without extrapolation, from the last sample before the range; a new series began at 0, unless it jumped."""
        long = max(length, self.step) + _SILENCE + 1
        times, values = self.window(series, at, long)
        values = _without_resets(values)
        first = bisect_right(times, at - length)
        within = values[first:]
        if not within:
            return None
        if not first and len(within) == 1:
            return within[0] if _is_new(within) else 0.0
        before = values[first - 1] if first else 0.0 if _is_new(within) else within[0]
        return None if isnan(increase := within[-1] - before) else increase

    def rate(self, series: Series, at: int, length: int) -> float | None:
        """What the rules take for it: the increase, divided by the range."""
        increase = self.increase(series, at, length)
        return None if increase is None else increase / (length / 1000)

    def slope(self, times: Sequence[int], values: Sequence[float]) -> float | None:
        """One sample is a level line."""
        kept = [(time, value) for time, value in zip(times, values, strict=True) if not isnan(value)]
        if not kept or all(value == kept[0][1] for _, value in kept):
            return 0.0 if kept else None
        return prometheus.slope([time for time, _ in kept], [value for _, value in kept])

    def quantile(self, q: float, buckets: Sequence[tuple[float, float]]) -> float:
        """Any highest bucket counts all; without a count there is nothing."""
        if not any(count for _, count in buckets):
            return nan
        if not isinf(buckets[-1][0]):
            buckets = [*buckets, (float("inf"), buckets[-1][1])]
        return prometheus.quantile(q, buckets) if len(buckets) > 1 else 0.0


def _stored(series: Series) -> Series:
    kept = [i for i, value in enumerate(series.values) if value is None or not isnan(value)]
    return replace(series, times=tuple(series.times[i] for i in kept), values=tuple(series.values[i] for i in kept))


def _usual(times: Sequence[int], otherwise: int) -> int:
    """Somewhat more than the time between two samples: a new one is expected by then."""
    between = sorted(later - earlier for earlier, later in pairwise(times[: _INTERVALS + 1]))
    interval = int(_quantile(0.6, between)) if between else otherwise
    for most, share in ((2_000, 4.0), (4_000, 2.0), (8_000, 1.0), (16_000, 0.5), (32_000, 0.25)):
        if interval <= most:
            return interval + int(interval * share)
    return interval + interval // 8


def _quantile(q: float, ascending: Sequence[int]) -> float:
    rank = q * (len(ascending) - 1)
    lower = int(rank)
    upper = min(lower + 1, len(ascending) - 1)
    return ascending[lower] * (1 - (rank - lower)) + ascending[upper] * (rank - lower)


def _without_resets(values: Sequence[float]) -> list[float]:
    """A counter that never falls; a small fall is one by that much, and no restart."""
    correction, result = 0.0, list[float]()
    for i, value in enumerate(values):
        before = values[i - 1] if i else value
        if value < before:
            correction += before - value if (before - value) * _PARTIAL < before else before
        result.append(max(value + correction, result[-1]) if result else value + correction)
    return result


def _is_new(values: Sequence[float]) -> bool:
    """Whether the first value of a series is taken for events: it is not large beside the next step."""
    step = abs(values[1] - values[0]) if len(values) > 1 else 0.0
    return abs(values[0]) < _TENFOLD * (step + 1)
