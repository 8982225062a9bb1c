"""What of Prometheus decides a verdict: what it sees of a series at a time, and what its functions make of a range.

All of this is compared with promtool, function by function (test_reference_prometheus.py).

https://prometheus.io/docs/prometheus/latest/querying/basics/#staleness
https://prometheus.io/docs/prometheus/latest/querying/functions/
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import ClassVar, Final

from reference.series import Matrix, Series

LOOKBACK: Final = 300_000
_MOST: Final = 1.1  # how many intervals a range may begin before its first sample, and still be taken as covered

Window = tuple[Sequence[int], Sequence[float]]


@dataclass(frozen=True, slots=True)
class Prometheus:
    """One generation of Prometheus."""

    lag: ClassVar[int] = 0  # how many evaluations pass until a rule sees what its own group recorded
    has_nan: ClassVar[bool] = True  # whether a result can be NaN; otherwise it is none

    left_open: bool  # whether ranges begin after their beginning
    zero_counts_last: bool  # whether a counter's zero point shortens even a part that was shortened for being too long

    def stored(self, matrix: Matrix) -> Matrix:
        """The samples that are kept."""
        return matrix

    def probing(self, at: int, length: int, step: int) -> "Prometheus":
        """What evaluates the inside of a subquery, which probes a time every so often."""
        del at, length, step
        return self

    def newest(self, series: Series, at: int) -> int | None:
        """The time of the newest sample, as `timestamp` says it."""
        sample = self.latest(series, at)
        return sample[0] if sample else None

    def slope(self, times: Sequence[int], values: Sequence[float]) -> float | None:
        """`deriv`."""
        return slope(times, values)

    def quantile(self, q: float, buckets: Sequence[tuple[float, float]]) -> float:
        """`histogram_quantile` of (upper bound, cumulative count), ascending."""
        return quantile(q, buckets)

    def latest(self, series: Series, at: int) -> tuple[int, float] | None:
        """The sample that an instant selector shows: the newest, unless it is a marker or five minutes old."""
        i = bisect_right(series.times, at) - 1
        if i < 0 or series.values[i] is None:
            return None
        age = at - series.times[i]
        if age > LOOKBACK or (self.left_open and age == LOOKBACK):
            return None
        return series.times[i], _number(series.values[i])

    def window(self, series: Series, at: int, length: int) -> Window:
        """The samples of a range selector: those in the range, without staleness markers."""
        first = bisect_right if self.left_open else bisect_left
        start, end = first(series.times, at - length), bisect_right(series.times, at)
        kept = [i for i in range(start, end) if series.values[i] is not None]
        return [series.times[i] for i in kept], [_number(series.values[i]) for i in kept]

    def probes(self, at: int, length: int, step: int) -> range:
        """The times at which a subquery evaluates: the multiples of its step in the range."""
        start = at - length
        first = start // step * step
        if first < start or (self.left_open and first == start):
            first += step
        return range(first, at + 1, step)

    def rate(self, series: Series, at: int, length: int) -> float | None:
        """How fast a counter grows, per second of the range; nothing with fewer than two samples."""
        return self._extrapolated(series, at, length, per_second=True)

    def increase(self, series: Series, at: int, length: int) -> float | None:
        """By how much a counter grows."""
        return self._extrapolated(series, at, length, per_second=False)

    def _extrapolated(self, series: Series, at: int, length: int, *, per_second: bool) -> float | None:
        times, values = self.window(series, at, length)
        if len(times) < 2:
            return None
        risen = _risen(values)
        sampled = (times[-1] - times[0]) / 1000
        between = sampled / (len(times) - 1)
        to_end = (at - times[-1]) / 1000
        if to_end >= between * _MOST:
            to_end = between / 2
        to_start = self._to_start(times, values, (times[0] - (at - length)) / 1000, risen)
        factor = (sampled + to_start + to_end) / sampled
        return risen * (factor / (length / 1000) if per_second else factor)

    def _to_start(self, times: Sequence[int], values: Sequence[float], gap: float, risen: float) -> float:
        """For how many seconds before the first sample the counter is taken to have grown as it did after it.

        A counter was not below zero, so it cannot have grown for longer than since it was zero.
        """
        sampled = (times[-1] - times[0]) / 1000
        between = sampled / (len(times) - 1)
        to_zero = sampled * (values[0] / risen) if risen > 0 and values[0] >= 0 else math.inf
        if self.zero_counts_last:
            return min(gap if gap < between * _MOST else between / 2, to_zero)
        gap = min(gap, to_zero)
        return gap if gap < between * _MOST else between / 2


def of_version(version: tuple[int, ...]) -> Prometheus:
    """The generation that a version such as (2, 42) belongs to.

    https://github.com/prometheus/prometheus/pull/13725 (2.53), https://prometheus.io/docs/prometheus/3.0/migration/
    """
    return Prometheus(left_open=version >= (3,), zero_counts_last=version >= (2, 53))


def _number(value: float | None) -> float:
    assert value is not None
    return value


def _risen(values: Sequence[float]) -> float:
    """What a counter rose by between its first and its last sample; each drop is a restart from zero."""
    risen, before = values[-1] - values[0], values[0]
    for value in values[1:]:
        if value < before:
            risen += before
        before = value
    return risen


def slope(times: Sequence[int], values: Sequence[float]) -> float | None:
    """`deriv`: the slope per second of the least-squares line; nothing with fewer than two samples."""
    if len(times) < 2:
        return None
    if all(value == values[0] for value in values):
        return math.nan if math.isinf(values[0]) else 0.0
    seconds = [(time - times[0]) / 1000 for time in times]
    count, sum_x, sum_y = len(times), math.fsum(seconds), total(values)
    covariance = total(x * y for x, y in zip(seconds, values, strict=True)) - sum_x * sum_y / count
    variance = math.fsum(x * x for x in seconds) - sum_x * sum_x / count
    return divided(covariance, variance)


def total(values: Iterable[float]) -> float:
    """The sum, which is NaN where infinities of both signs meet."""
    result = 0.0
    for value in values:
        result += value
    return result


def divided(above: float, below: float) -> float:
    """Division as floats have it: x/0 is infinite, 0/0 is NaN."""
    if below != 0:
        return above / below
    if above == 0 or math.isnan(above):
        return math.nan
    return math.copysign(math.inf, above) * math.copysign(1, below)


def quotient(above: float, below: float) -> float:
    """The quotient of two numbers that are known: what is infinite is not, and nothing can be had from it."""
    return divided(above, below) if math.isfinite(above) and math.isfinite(below) else math.nan


def quantile(q: float, buckets: Sequence[tuple[float, float]]) -> float:
    """`histogram_quantile` of (upper bound, cumulative count), ascending: linear within the bucket that has the rank.

    No count is NaN. One that is lower than the one before it is taken to be that one.
    """
    if len(buckets) < 2 or not math.isinf(buckets[-1][0]):
        return math.nan
    bounds, counts = [bound for bound, _ in buckets], list(accumulate((count for _, count in buckets), max))
    if counts[-1] == 0:
        return math.nan
    rank = q * counts[-1]
    index = bisect_left(counts, rank, hi=len(counts) - 1)
    if index == len(counts) - 1:
        return bounds[-2]
    if index == 0 and bounds[0] <= 0:
        return bounds[0]
    start, before = (bounds[index - 1], counts[index - 1]) if index else (0.0, 0.0)
    return start + (bounds[index] - start) * divided(rank - before, counts[index] - before)
