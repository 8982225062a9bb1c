"""What can be known of the metrics at one moment: which series report, how much of a window they cover, how they move.

Groups are keyed by their labels, sorted and without those that are empty: the labels of what Prometheus would return.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from reference.prometheus import Prometheus, total
from reference.series import Labels, Matrix, Series

from compiler.promql.expr import Vector

_CLOSE: Final = 1e-9

Groups = dict[Labels, float]


class Doubts:
    """Whether a comparison was so close that rounding decides it, and the order of additions with it."""

    def __init__(self) -> None:
        self.any = False

    def compared(self, one: float, other: float, scale: float = 0.0) -> None:
        """Note a comparison of two numbers that were calculated from numbers as large as `scale`."""
        largest = max(abs(one), abs(other), scale)
        if largest and math.isfinite(largest) and abs(one - other) <= _CLOSE * largest:
            self.any = True

    def zero(self, value: float, scale: float) -> bool:
        """Whether a sum is zero: not a difference that rounding left of large numbers."""
        if scale and not math.isnan(scale):
            self.compared(value, 0, scale)
        return value == 0


@dataclass(frozen=True, slots=True)
class Moment:
    """The metrics at a time, as an engine sees them."""

    engine: Prometheus
    matrix: Matrix
    at: int
    doubts: Doubts = field(default_factory=Doubts)
    every: int = 0  # how far apart the evaluations are

    def earlier(self, at: int) -> "Moment":
        """The same metrics at another time."""
        return Moment(self.engine, self.matrix, at, self.doubts, self.every)

    def probes(self, length: int, step: int) -> "tuple[Moment, ...]":
        """The moments at which a subquery looks."""
        engine = self.engine.probing(self.at, length, step)
        probes = engine.probes(self.at, length, step)
        return tuple(Moment(engine, self.matrix, at, self.doubts, self.every) for at in probes)

    def recorded(self) -> Iterator[int]:
        """When what a rule can read back may have been recorded, the newest first."""
        lag = self.engine.lag
        yield from ((self.at - n * self.every for n in (lag, lag + 1)) if lag else (self.at,))

    def now(self, selector: Vector) -> Iterator[tuple[Series, int, float]]:
        """Every series that reports, with the time and the value of its newest sample."""
        for series in self.matrix.select(selector):
            if sample := self.engine.latest(series, self.at):
                yield series, *sample

    def reporting(self, selector: Vector, by: Sequence[str] = ()) -> frozenset[Labels]:
        """The groups in which any series reports."""
        return frozenset(group(series, by) for series, _, _ in self.now(selector))

    def coverage(self, selector: Vector, by: Sequence[str], window: int, step: int) -> Groups:
        """In which share of the probes of a window each group reported; groups that no probe saw are not there."""
        probes = self.probes(window, step)
        seen: dict[Labels, int] = {}
        for probe in probes:
            for one in probe.reporting(selector, by):
                seen[one] = seen.get(one, 0) + 1
        return {one: count / len(probes) for one, count in seen.items()}

    def each(self, selector: Vector, number: Callable[[Series], float | None]) -> list[tuple[Series, float]]:
        """A number of each series, for those that have it."""
        rows = ((series, number(series)) for series in self.matrix.select(selector))
        return [(series, value) for series, value in rows if value is not None]

    def rates(self, selector: Vector, window: int, by: Sequence[str]) -> Groups:
        """Events per second of the window in each group."""
        return summed(self.each(selector, lambda one: self.engine.rate(one, self.at, window)), by)

    def increases(self, selector: Vector, window: int, by: Sequence[str]) -> Groups:
        """Events in the window in each group."""
        return summed(self.each(selector, lambda one: self.engine.increase(one, self.at, window)), by)


def group(series: Series, by: Sequence[str]) -> Labels:
    """The group of a series: those of the labels that it has."""
    return tuple((name, value) for name, value in series.labels if name in by)


def grouped(rows: Iterable[tuple[Series, float]], by: Sequence[str]) -> dict[Labels, list[float]]:
    """The numbers of each group."""
    groups: dict[Labels, list[float]] = {}
    for series, value in rows:
        groups.setdefault(group(series, by), []).append(value)
    return groups


def summed(rows: Iterable[tuple[Series, float]], by: Sequence[str]) -> Groups:
    """The sum of each group."""
    return {one: total(values) for one, values in grouped(rows, by).items()}


def certain(values: Iterable[float]) -> bool:
    """Whether all numbers are known: what is NaN or infinite says nothing."""
    return all(math.isfinite(value) for value in values)


def known(values: Mapping[Labels, float]) -> Groups:
    """The numbers that are known."""
    return {one: value for one, value in values.items() if math.isfinite(value)}
