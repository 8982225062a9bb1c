"""How values of a criterion are shown: units, the colours of its bounds, and how much of the axis is seen."""

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from compiler.backends.grafana import Json
from compiler.backends.grafana.verdicts import GREEN, RED, steps
from compiler.fields import UNITS, Dimension, Quantity, Unit
from compiler.middle.plan import Bound, CriterionPlan

_HOUR: Final = 3600
_TWO_DAYS: Final = 172_800
_EXTRA_DECIMALS: Final = 2  # a value that just misses its bound must not be rounded onto it
_MOST_DECIMALS: Final = 6
_UNKNOWN_DECIMALS: Final = 4
_SOME: Final = 0.01  # of a ratio, to be seen below a bound of 100%


@dataclass(frozen=True, slots=True)
class Reading:
    """How a value is written in a text: in `unit`, rounded to so many decimals."""

    unit: Unit
    decimals: int

    @property
    def suffix(self) -> str:
        """What follows the number."""
        symbol = self.unit.symbol
        return symbol if symbol in {"", "%"} else f" {symbol}"


def reading(criterion: CriterionPlan) -> Reading:
    """Values are read in the unit of the requirement, a little more precisely than it."""
    unit = _written_unit(criterion)
    digits = [_decimals(bound.limit, unit) for bound in criterion.bounds if bound.limit is not None]
    return Reading(unit, min(max(digits) + _EXTRA_DECIMALS, _MOST_DECIMALS) if digits else _UNKNOWN_DECIMALS)


def _decimals(limit: float, unit: Unit) -> int:
    exponent = (Decimal(repr(limit)) / unit.factor).normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _written_unit(criterion: CriterionPlan) -> Unit:
    """The unit in which the author wrote the bound; percent for every ratio."""
    if criterion.unit.dimension is Dimension.RATIO:
        return UNITS["percent"]
    for bound in criterion.bounds:
        try:
            unit = Quantity.parse(bound.text).unit
        except ValueError:  # a limit may also be the name of a metric
            continue
        if unit.fits(criterion.unit):
            return unit
    return criterion.unit


def grafana_unit(criterion: CriterionPlan) -> str:
    """Grafana's id of the unit of a criterion's axis."""
    match criterion.unit.dimension:
        case Dimension.RATIO:
            return "percentunit"
        case Dimension.TIME:
            return _time_unit(criterion)
        case Dimension.BYTES:
            return "bytes" if "i" in _written_unit(criterion).symbol else "decbytes"
        case Dimension.MONEY:
            return f"currency{criterion.unit.currency}"
        case _:
            return "short"


def _time_unit(criterion: CriterionPlan) -> str:
    """Grafana's `s` writes 25h as 1.04 days, so long times are written in hours (or days) and minutes."""
    longest = max((abs(bound.limit) for bound in criterion.bounds if bound.limit is not None), default=0)
    if longest < _HOUR:
        return "s"
    return "dthms" if longest < _TWO_DAYS else "dtdhms"


def bound_of(criterion: CriterionPlan, kind: str) -> Bound | None:
    """The lower ("min") or upper ("max") bound, if there is one."""
    return next((bound for bound in criterion.bounds if bound.kind == kind), None)


def drawn_from_series(criterion: CriterionPlan) -> tuple[Bound, ...]:
    """The bounds that are no single number, so that only `gate:criterion:threshold` knows them."""
    return tuple(bound for bound in criterion.bounds if bound.limit is None)


def bound_steps(criterion: CriterionPlan) -> Json:
    """Green where a value passes, red where it does not.

    Grafana colours from a step's value on, upwards. So an upper bound that may be reached, and a lower one that may
    not, start at the next float above the limit.
    """
    lower, upper = bound_of(criterion, "min"), bound_of(criterion, "max")
    low = lower.limit if lower else None
    high = upper.limit if upper else None
    rows: list[tuple[float, str]] = []
    if lower and low is not None:
        rows.append((_above(low) if lower.strict else low, GREEN))
    if upper and high is not None:
        rows.append((high if upper.strict else _above(high), RED))
    return steps(*rows, base=GREEN if low is None else RED)


def _above(limit: float) -> float:
    return math.nextafter(limit, math.inf)


def axis_range(criterion: CriterionPlan) -> tuple[float, float] | None:
    """Soft bounds of the axis around the limits, so that a ratio near 1 is not a flat line at the top."""
    limits = [bound.limit for bound in criterion.bounds if bound.limit is not None]
    if not limits or drawn_from_series(criterion):
        return None
    low, high = _two_sided(limits) if len(limits) > 1 else _one_sided(limits[0])
    if criterion.unit.dimension is Dimension.RATIO:
        limit = limits[0]
        if len(limits) == 1 and criterion.bounds[0].kind == "min" and limit <= 1:
            low, high = limit - (3 * (1 - limit) or _SOME), 1
        low, high = max(low, 0), min(high, max(1, *limits, 0))
    return _short(low), _short(high)


def _two_sided(limits: list[float]) -> tuple[float, float]:
    low, high = min(limits), max(limits)
    return (2 * low - high, 2 * high - low) if low < high else (min(0, 2 * low), max(1, 2 * low))


def _one_sided(limit: float) -> tuple[float, float]:
    reach = 1.1 * limit or 1
    return min(0, reach), max(0, reach)


def _short(value: float) -> float:
    return float(f"{value:.6g}")
