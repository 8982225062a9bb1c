"""What a measure kind says for the tests of its rules: series, and the value that it has over them.

Every number is such that the value can be told exactly: counters start from 0 within the window and jump, so nothing is
extrapolated, and `rate` is the increase times 1/window on every Prometheus. A bound can then be met exactly, and a rule
that has `>` for `>=` be told from a right one.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from fractions import Fraction
from math import ceil
from typing import Final, TypeVar

from compiler.fields import Duration
from compiler.promql.expr import Vector
from compiler.promql.matching import Unmatchable, labels_beside, labels_of
from compiler.promql.series import Labels, Series, Value, counter, steady
from compiler.states import State

T = TypeVar("T")

_WINDOWS: Final = 2  # how much of the past a series has, counted in windows
_DENOMINATOR: Final = 10**6
_TRIES: Final = 200
_MANY: Final = 1000
_USUAL: Final = 10_000
_NEAR: Final = 4


class Impossible(Exception):  # noqa: N818 - no error: many values just cannot be had
    """No series give the measure this value."""


class Precision(IntEnum):
    """How well a value can be told: to the last bit, but for the last bits, or only about."""

    EXACT = 0
    CLOSE = 1
    ROUGH = 2


@dataclass(frozen=True, slots=True)
class Situation:
    """Series, and what is recorded over them.

    `values` are the recorded values by the labels that they have beside gate, category and criterion; None says nothing
    about them. `state` is the reason that applies, where it is not for the values and the bounds to say. `fine` asks
    for samples twice as close as the windows do.
    """

    series: tuple[Series, ...]
    values: tuple[tuple[Labels, float], ...] | None = ()
    state: State | None = None
    precision: Precision = Precision.EXACT
    fine: bool = False

    def __add__(self, other: "Situation") -> "Situation":
        """Both at once."""
        values = None if self.values is None or other.values is None else self.values + other.values
        return Situation(
            self.series + other.series,
            values,
            self.state or other.state,
            max(self.precision, other.precision),
            self.fine or other.fine,
        )


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a situation is set.

    - `now`: the Unix time at which it is judged, and `grain`: how far apart samples can be at least; both in seconds.
    - `interval`: how far apart they are, if nothing else is asked for; in milliseconds.
    - `member`: the `by` labels with the values of the member that it is about.
    - `extra`: labels that tell members apart without being in `by`.
    - `events`: at least so many events happen, where a measure counts them; just the `number`, if that is given.
    - `precise`: the value must be met to the last bit, since it is a bound.
    - `own`: values of the measure's own label, where the spec names some: those with a limit.
    """

    now: float = 0
    grain: float = 1
    interval: int = 60_000
    member: Labels = ()
    extra: Labels = ()
    events: float = 1
    number: float | None = None
    precise: bool = False
    own: tuple[str, ...] = ()

    def of(self, selector: Vector, *more: tuple[str, str]) -> Labels:
        """The labels of a series of this member that the selector matches. Raises Impossible."""
        try:
            return labels_of(selector, (*self.member, *self.extra, *more))
        except Unmatchable as error:
            raise Impossible(str(error)) from None

    def seek(self, value: float, candidates: Iterable[T], compute: Callable[[T], float]) -> T:
        """The first candidate, or the first that gives just this value where that matters. Raises Impossible."""
        if self.precise:
            return exactly(value, candidates, compute)
        for candidate in candidates:
            return candidate
        raise Impossible

    def beside(self, selector: Vector, other: Vector) -> Labels:
        """The labels of a series of this member that the selector matches and the other one does not."""
        try:
            return labels_beside(selector, other, (*self.member, *self.extra))
        except Unmatchable as error:
            raise Impossible(str(error)) from None

    @property
    def many(self) -> float:
        """A number of events that is enough for any policy."""
        return float(max(_MANY, ceil(self.events)))

    def steady(self, selector: Vector, value: Value, window: Duration, *more: tuple[str, str]) -> Series:
        """A gauge that has not changed for some windows."""
        return steady(selector.name, self.of(selector, *more), value, past(window))

    def counts(self, selector: Vector, events: float, window: Duration, *more: tuple[str, str]) -> Series:
        """A counter with so many events in the window, all in its older half."""
        return jumped(Vector(selector.name), self.of(selector, *more), ((early(window), events),), window)

    def totals(self, share: Fraction) -> Iterator[float]:
        """Numbers of all events of which that share is a whole number; first the one that suits most measures.

        Measures that agree on what happens to a metric can share a test.
        """
        if self.number is not None:
            yield self.number
            return
        step = share.denominator
        if _USUAL % step == 0 and self.events <= _USUAL:
            yield float(_USUAL)
        first = max(1, ceil(self.events / step))
        yield from (float(step * times) for times in range(first, first + _TRIES))


Telling = Iterator[tuple[str, Callable[[], Situation]]]


@dataclass(frozen=True, slots=True)
class Aims:
    """Values that meet the requirement clearly, and that miss it clearly."""

    good: float
    bad: float


def past(window: Duration) -> int:
    """How long ago a series begins."""
    return _WINDOWS * window.milliseconds


def early(window: Duration) -> int:
    """A moment in the older half of the window."""
    return window.milliseconds * 3 // 4


def late(window: Duration) -> int:
    """A moment in the younger half of the window."""
    return window.milliseconds // 4


def before(window: Duration) -> int:
    """A moment before the window, within as much time again."""
    return window.milliseconds * 3 // 2


def jumped(selector: Vector, labels: Labels, events: Iterable[tuple[int, float]], window: Duration) -> Series:
    """A counter with events at those times; a jump to 0 before the window begins is a reset."""
    return counter(selector.name, labels, events, past(window))


def fraction(value: float) -> Fraction:
    """The number as a person reads it: 999/1000 for 0.999."""
    return Fraction(repr(value)).limit_denominator(_DENOMINATOR)


def neighbours(value: float) -> Iterator[float]:
    """The number and those nearest to it, for a product that is to be rounded to just one number."""
    yield value
    for direction in (math.inf, -math.inf):
        near = value
        for _ in range(_NEAR):
            near = math.nextafter(near, direction)
            yield near


def exactly(value: float, candidates: Iterable[T], compute: Callable[[T], float]) -> T:
    """The first candidate from which exactly this value is computed, in floats as Prometheus does; or just the first.

    Raises Impossible if there is no candidate.
    """
    first: list[T] = []
    for candidate in candidates:
        if compute(candidate) == value:
            return candidate
        first = first or [candidate]
    if not first:
        raise Impossible(f"nothing gives {value}")
    return first[0]
