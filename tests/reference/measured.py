"""What a measure says at one moment, whatever its kind."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from reference.moment import Groups
from reference.series import Labels

from compiler.promql.expr import Vector

Members = frozenset[Labels]


@dataclass(frozen=True, slots=True)
class Input:
    """A selector that must report now and, if there is a window, must have done so throughout it, in each group.

    An inventory says which groups there are: it must still have what it had in the window, and may have new ones.
    """

    selector: Vector
    window: int | None = None
    by: tuple[str, ...] = ()
    required: bool = True
    inventory: bool = False


@dataclass(frozen=True, slots=True)
class Setting:
    """What a measure is measured in: the criterion's words, its gate, how large each metric's unit is; times in ms."""

    window: int
    by: tuple[str, ...]
    absent_is_zero: bool
    wants_more: bool
    factors: Mapping[str, Decimal]
    scrape_interval: int
    gate: str
    watched: tuple[Vector, ...] = ()

    def in_base(self, selector: Vector, number: float) -> float:
        """A number of a metric in base units, rounded once."""
        return in_base(number, self.factors.get(selector.name, Decimal(1)))

    def all_in_base(self, selector: Vector, groups: Mapping[Labels, float]) -> Groups:
        """The same for each of some groups."""
        return {one: self.in_base(selector, number) for one, number in groups.items()}


def in_base(number: float, factor: Decimal) -> float:
    """A number of a unit in base units: the float that is nearest to it."""
    return float(Fraction(number) * Fraction(factor)) if math.isfinite(number) else number


@dataclass(frozen=True, slots=True)
class Measured:
    """The values of the members, and what else of them matters.

    - `members`: those that must be good; None means one for each group of the inputs (or just one, without groups).
    - `idle`: in which of them nothing happened, `events`: how much did, if the measure counts events.
    - `saturated`: those whose value is only known to be above all that can be measured.
    - `complete`: whether all that should have a value reports.
    - `exact`: whether the values are free of rounding, `scale`: how large the numbers were that they are made of.
    """

    values: Mapping[Labels, float]
    members: Members | None = None
    idle: Members = frozenset()
    events: Mapping[Labels, float] = field(default_factory=dict)
    saturated: Members = frozenset()
    complete: bool = True
    exact: bool = False
    scale: float = 0.0
