"""One kind of series that an expression can return."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from compiler.analysis.interval import ANY, Interval
from compiler.analysis.labels import LabelSet
from compiler.promql.syntax import Selector

Lag = tuple[float, float]  # seconds that a time may be behind the evaluation, at least and at most

_MOST: Final = 16


@dataclass(frozen=True, slots=True)
class Series:
    """Labels and values. `lag`: the value is a time, so much before the evaluation. `always`: it is never missing."""

    labels: LabelSet
    values: Interval = ANY
    lag: Lag | None = None
    always: bool = False
    node: Selector | None = None  # the selector itself, as long as nothing was done to its series


def merged(series: Iterable[Series]) -> tuple[Series, ...]:
    """The kinds of series, each once; if there are too many to follow, nothing is known of the rest."""
    found: list[Series] = []
    for one in series:
        if one not in found:
            found.append(one)
        if len(found) > _MOST:
            return (Series(LabelSet()),)
    return tuple(found)
