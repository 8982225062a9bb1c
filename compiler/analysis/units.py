"""In which unit every part of an expression is, from its selectors upwards, as far as a vocabulary says.

A unit is a product of powers: bytes of `rate(received_bytes_total[5m])` are bytes per second. What is counted, and what
is only a share, has none. Where a number is multiplied, its scale is no longer known: `* 60` may be a conversion.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from compiler.analysis.facts import Facts
from compiler.fields import SECONDS, UNITS, Dimension, Unit
from compiler.promql.mistakes import COMPARISONS
from compiler.promql.syntax import (
    AggregateExpr,
    BinaryExpr,
    CallExpr,
    NumberLiteral,
    ParenExpr,
    RangeSelector,
    Selector,
    StringLiteral,
    SubqueryExpr,
    Syntax,
    UnaryExpr,
    walk,
)

_COUNTED: Final = frozenset({"count_over_time", "present_over_time", "changes", "resets", "histogram_count"})
_PER_SECOND: Final = frozenset({"rate", "irate", "deriv"})
_TIMES: Final = frozenset({"time", "timestamp"})
_KEEPING: Final = frozenset(
    {
        "increase", "delta", "idelta", "abs", "ceil", "floor", "round", "clamp", "clamp_min", "clamp_max", "scalar",
        "vector", "sort", "sort_desc", "label_replace", "label_join", "predict_linear", "avg_over_time",
        "min_over_time", "max_over_time", "sum_over_time", "last_over_time", "quantile_over_time",
        "stddev_over_time", "histogram_quantile", "histogram_sum", "histogram_avg",
    }
)  # fmt: skip
_KEEPING_AGGREGATES: Final = frozenset(
    {"sum", "avg", "min", "max", "topk", "bottomk", "quantile", "stddev", "limitk", "limit_ratio"}
)


@dataclass(frozen=True, slots=True)
class Measured:
    """Powers of base units by name, none of which is 0, and how many of them one is; None if that is not known."""

    powers: tuple[tuple[str, int], ...] = ()
    scale: Decimal | None = Decimal(1)

    def times(self, other: "Measured", power: int) -> "Measured":
        """The unit of a product (power 1) or of a quotient (-1)."""
        powers = dict(self.powers)
        for name, exponent in other.powers:
            powers[name] = powers.get(name, 0) + power * exponent
        kept = tuple(sorted((name, exponent) for name, exponent in powers.items() if exponent))
        if self.scale is None or other.scale is None:
            return Measured(kept, None)
        return Measured(kept, self.scale * other.scale if power > 0 else self.scale / other.scale)

    def clashes(self, other: "Measured") -> bool:
        """Whether numbers in both units cannot be added or compared. Of what has no unit, nobody knows."""
        if not self.powers or not other.powers:
            return False
        scaled = self.scale is not None and other.scale is not None and self.scale != other.scale
        return self.powers != other.powers or scaled

    @property
    def nameable(self) -> bool:
        """Whether a spec has a word for it."""
        return [exponent for _, exponent in self.powers] == [1]

    def __str__(self) -> str:
        """As people write it: `milliseconds`, `bytes per second`, `USD × seconds`."""
        if named := [unit.name for unit in UNITS.values() if self.powers and of_unit(unit) == self]:
            return named[0]
        above = " × ".join(_power(name, exponent) for name, exponent in self.powers if exponent > 0)
        below = " and ".join(
            _power(name, -exponent).removesuffix("s") for name, exponent in self.powers if exponent < 0
        )
        text = " per ".join(part for part in (above or "events" * bool(below), below) if part)
        times = "" if self.scale in {None, Decimal(1)} else f"{self.scale.normalize():f} × "
        return times + text


def of_unit(unit: Unit) -> Measured:
    """A unit of the vocabulary."""
    if unit.dimension in {Dimension.NUMBER, Dimension.RATIO}:
        return Measured()
    names = {Dimension.TIME: "seconds", Dimension.BYTES: "bytes"}
    return Measured(((names.get(unit.dimension, unit.currency), 1),), unit.factor)


_SECONDS: Final = of_unit(SECONDS)
# A number that is written in the expression fits all units.
_WRITTEN: Final = Measured((), None)


class Units:
    """The unit of each part of an expression; None where it is not known."""

    def __init__(self, root: Syntax, facts: Facts) -> None:
        self._facts = facts
        self._units: dict[int, Measured | None] = {}
        for node in walk(root):
            self._units[id(node)] = self._unit(node)

    def of(self, node: Syntax) -> Measured | None:
        """The unit of a part."""
        return self._units[id(node)]

    def _unit(self, node: Syntax) -> Measured | None:
        match node:
            case NumberLiteral():
                return _WRITTEN
            case StringLiteral():
                return None
            case Selector():
                return self._selected(node.metric)
            case RangeSelector():
                return self.of(node.selector)
            case ParenExpr() | SubqueryExpr() | UnaryExpr():
                return self.of(node.expr)
            case CallExpr():
                return self._called(node.function.text, node.args)
            case AggregateExpr():
                return self._aggregated(node)
            case BinaryExpr():
                return self._binary(node)

    def _selected(self, metric: str) -> Measured | None:
        """Buckets are in the unit of their bounds, which is what a quantile of them is in."""
        entry = self._facts.entry(metric)
        if entry is None or entry.unit is None:
            return None
        is_count = metric.endswith("_count") and metric not in self._facts.declared
        return Measured() if is_count else of_unit(entry.unit)

    def _called(self, function: str, args: Sequence[Syntax]) -> Measured | None:
        if function in _TIMES:
            return _SECONDS
        if function in _COUNTED:
            return Measured()
        found = [unit for arg in args if not isinstance(arg, StringLiteral) and (unit := self.of(arg)) is not _WRITTEN]
        unit = found[0] if found else _WRITTEN
        if function in _KEEPING:
            return unit
        return unit.times(_SECONDS, -1) if unit and function in _PER_SECOND else None

    def _aggregated(self, node: AggregateExpr) -> Measured | None:
        if node.op.text in _KEEPING_AGGREGATES:
            return self.of(node.vector)
        return Measured() if node.op.text in {"count", "count_values", "group"} else None

    def _binary(self, node: BinaryExpr) -> Measured | None:
        left, right, op = self.of(node.left), self.of(node.right), node.op.text
        if op in COMPARISONS:
            return Measured() if node.returns_bool else left
        if op in {"and", "unless", "%"}:
            return left
        if left is None or right is None:
            return None
        if op in {"*", "/"}:
            return left.times(right, 1 if op == "*" else -1)
        if op in {"+", "-", "or"}:
            return right if left is _WRITTEN else left if right is _WRITTEN or left == right else _alike(left, right)
        return None


def _alike(left: Measured, right: Measured) -> Measured | None:
    """Of two units that differ at most in that the scale of one is not known."""
    return replace(left, scale=None) if left.powers == right.powers else None


def _power(name: str, exponent: int) -> str:
    return name if exponent == 1 else f"{name}^{exponent}"
