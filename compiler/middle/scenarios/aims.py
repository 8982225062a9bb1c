"""Values to aim at: such as meet a requirement clearly, or miss it clearly, and the least that may lie between two.

They are sought: not every value that a requirement allows can be had by a measure.
"""

from collections.abc import Iterator
from decimal import Decimal

from compiler.fields import Quantity
from compiler.middle.plan import Bound
from compiler.spec.requirement import MetricLimit, TableLimit


def good_values(bounds: tuple[Bound, ...], limits: tuple[float, ...]) -> Iterator[float]:
    """Values that may meet the bounds clearly, the clearest first."""
    ends = dict(zip((bound.kind for bound in bounds), limits, strict=True))
    low, high = ends.get("min"), ends.get("max")
    if low is not None and high is not None:
        yield (low + high) / 2
    elif high is not None:
        yield from (high / 2, high - 1, high * 0.9, high)
    elif low is not None:
        yield from ((1 + low) / 2 if 0 < low < 1 else low * 2, low + 1, (1 + low) / 2, low)


def bad_values(bounds: tuple[Bound, ...], limits: tuple[float, ...]) -> Iterator[float]:
    """Values that may miss the bounds clearly, the clearest first."""
    ends = dict(zip((bound.kind for bound in bounds), limits, strict=True))
    low, high = ends.get("min"), ends.get("max")
    if high is not None:
        yield from (high * 2, high + 1, (1 + high) / 2, high * 1.1)
    if low is not None:
        yield from (low / 2, low - 1, low * 0.9)


def quantum(limit: Quantity | MetricLimit | TableLimit, value: float) -> float:
    """The last decimal of a limit, as it is written or in base units; a hundredth of one that a metric says."""
    if isinstance(limit, Quantity):
        return min(float(limit.unit.factor) * _last_digit(limit.number), _last_digit(Decimal(repr(value))))
    return abs(value) / 100 or 1.0


def _last_digit(number: Decimal) -> float:
    exponent = number.normalize().as_tuple().exponent
    return 10.0 ** min(0, exponent) if isinstance(exponent, int) else 1.0
