"""Which numbers a value can be: an interval, whose ends may be open."""

import math
from dataclasses import dataclass
from typing import Final

_INF: Final = math.inf


@dataclass(frozen=True, slots=True)
class Interval:
    """From `low` to `high`. `nan`: it may also be no number, which no comparison but `!=` lets pass."""

    low: float = -_INF
    high: float = _INF
    low_open: bool = False
    high_open: bool = False
    nan: bool = False

    @property
    def point(self) -> float | None:
        """The only number that it can be."""
        return self.low if self.low == self.high and not self.nan else None

    def holds(self, op: str, other: "Interval") -> bool | None:
        """Whether a comparison is always true (True) or never (False); None if it depends."""
        if op in ("==", "!="):
            return self._equal(other) if op == "==" else _negated(self._equal(other), self.nan or other.nan)
        if op in (">", ">="):
            return other.holds({">": "<", ">=": "<="}[op], self)
        below = self.high < other.low or (self.high == other.low and (op == "<=" or self.high_open or other.low_open))
        above = self.low > other.high or (self.low == other.high and (op == "<" or self.low_open or other.high_open))
        if above:
            return False
        return True if below and not (self.nan or other.nan) else None

    def _equal(self, other: "Interval") -> bool | None:
        if self._apart(other):
            return False
        points = self.point, other.point
        return True if points[0] is not None and points[0] == points[1] else None

    def _apart(self, other: "Interval") -> bool:
        touching = self.high == other.low and (self.high_open or other.low_open)
        touching |= self.low == other.high and (self.low_open or other.high_open)
        return self.high < other.low or self.low > other.high or touching

    def filtered(self, op: str, bound: float) -> "Interval":
        """What is left after a comparison with a number."""
        low, high, low_open, high_open = self.low, self.high, self.low_open, self.high_open
        if op in (">", ">=", "==") and bound >= low:
            low, low_open = bound, op == ">" or (bound == low and low_open)
        if op in ("<", "<=", "==") and bound <= high:
            high, high_open = bound, op == "<" or (bound == high and high_open)
        return Interval(low, high, low_open, high_open, self.nan and op == "!=")


def _negated(answer: bool | None, nan: bool) -> bool | None:  # noqa: FBT001 - internal
    """The answer of `!=`, which is true for NaN."""
    if answer is None:
        return None
    return not answer if not (nan and answer) else None


ANY: Final = Interval()
NOT_NEGATIVE: Final = Interval(0)
POSITIVE_COUNT: Final = Interval(1)
ONE: Final = Interval(1, 1)
BOOLEAN: Final = Interval(0, 1)


def combined(op: str, left: Interval, right: Interval) -> Interval:
    """The interval of an arithmetic operation, as wide as it must be."""
    nan = left.nan or right.nan
    ends = (left.low, left.high, right.low, right.high)
    match op:
        case "+":
            return _between(left.low + right.low, left.high + right.high, nan=nan)
        case "-":
            return _between(left.low - right.high, left.high - right.low, nan=nan)
        case "*" if left.low >= 0 and right.low >= 0 and not any(math.isinf(end) for end in ends):
            return _between(left.low * right.low, left.high * right.high, nan=nan)
        case "*" if left.low >= 0 and right.low >= 0:
            return Interval(0, nan=True)
        case "/" if left.low >= 0 and right.low >= 0 and right.high > 0:
            may_be_zero = right.low == 0 and not right.low_open
            high = _INF if right.low == 0 else left.high / right.low
            low = left.low / right.high if right.high < _INF else 0.0
            return _between(low, high, nan=nan or (may_be_zero and left.low == 0))
        case _:
            return Interval(nan=True)


def _between(low: float, high: float, *, nan: bool) -> Interval:
    """An interval, unless an end of it is an infinity minus an infinity."""
    if math.isnan(low) or math.isnan(high):
        return Interval(nan=True)
    return Interval(low, high, nan=nan)
