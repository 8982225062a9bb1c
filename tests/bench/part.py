"""What a part of the benchmarks is, and what it gives: rows of plain values, a table of them, and what is drawn."""

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

Value = str | int | float
Row = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Options:
    """What a run is asked for: the numbers of gates that are compiled, and the most series in a TSDB."""

    gates: tuple[int, ...] = (1, 10, 100, 1000)
    series: int = 1_000_000


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a part's table: the key of its values, its title, and how numbers are written."""

    key: str
    title: str
    form: str = ""


@dataclass(frozen=True, slots=True)
class Bars:
    """Values beside each other, from the least."""

    title: str
    unit: str
    values: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Lines:
    """Points on two logarithmic axes, so that what grows like a power is straight."""

    title: str
    x: str
    lines: tuple[tuple[str, tuple[tuple[float, float], ...]], ...]


Panel = Bars | Lines


class Part(Protocol):
    """A part module; its docstring is what the page says of it."""

    NAME: str  # what --only calls it
    TITLE: str
    COLUMNS: tuple[Column, ...]

    def measure(self, options: Options) -> list[Row]:
        """Measure; empty if what it takes is not here."""
        ...

    def findings(self, rows: Sequence[Row]) -> Iterable[str]:
        """What follows from the rows, in sentences."""
        ...

    def panels(self, rows: Sequence[Row]) -> Iterable[Panel]:
        """What is drawn."""
        ...


def number(row: Row, key: str) -> float:
    """A value that is a number."""
    return float(row[key])


def exponent(points: Iterable[tuple[float, float]]) -> float:
    """By which power of x a value grows: the slope of a line through the points in logarithms. Takes two points."""
    logarithms = [(math.log(x), math.log(y)) for x, y in points]
    xs, ys = zip(*logarithms, strict=True)
    return statistics.linear_regression(xs, ys).slope
