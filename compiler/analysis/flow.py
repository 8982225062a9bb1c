"""What every part of an expression can return, from its selectors upwards."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from compiler.analysis import calls
from compiler.analysis.domain import ANY, Clash, Word, any_clash, both
from compiler.analysis.facts import Facts
from compiler.analysis.interval import ANY as ANY_NUMBER
from compiler.analysis.interval import BOOLEAN, Interval, combined
from compiler.analysis.labels import NONE, LabelSet
from compiler.analysis.series import Lag, Series, merged
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
from compiler.promql.typecheck import Types

_SETS: Final = ("and", "unless")
_FLIPPED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


class Flows:
    """What each part of an expression returns: the kinds of series, by identity of the part."""

    def __init__(self, root: Syntax, facts: Facts) -> None:
        self.types = Types(root)
        self.facts = facts
        self._flows: dict[int, tuple[Series, ...]] = {}
        for node in walk(root):
            self._flows[id(node)] = merged(self._flow(node))

    def of(self, node: Syntax) -> tuple[Series, ...]:
        """The kinds of series that a part returns."""
        return self._flows[id(node)]

    def is_scalar(self, node: Syntax) -> bool:
        """Whether a part is a scalar."""
        return self.types.of(node) == "scalar"

    def _flow(self, node: Syntax) -> Sequence[Series]:
        match node:
            case NumberLiteral(value=value):
                point = Interval(nan=True) if value != value else Interval(value, value)  # noqa: PLR0124 - NaN
                return (Series(NONE, point, always=True),)
            case StringLiteral():
                return ()
            case Selector():
                return self._selected(node)
            case RangeSelector():
                return tuple(replace(one, lag=None) for one in self.of(node.selector))
            case ParenExpr() | SubqueryExpr():
                return self.of(node.expr)
            case UnaryExpr():
                return self.of(node.expr) if node.op.text == "+" else tuple(map(_negative, self.of(node.expr)))
            case CallExpr():
                return calls.flow(node, [self.of(arg) for arg in node.args])
            case AggregateExpr():
                return tuple(_aggregated(node, one) for one in self.of(node.vector))
            case BinaryExpr():
                return self._binary(node)

    def _selected(self, node: Selector) -> Sequence[Series]:
        found = []
        for labels in self.facts.labels(node.metric):
            known = dict(labels.known)
            for matcher in node.matchers:
                if matcher.label.text != "__name__":
                    before = known.get(matcher.label.text, labels.rest)
                    known[matcher.label.text] = before.matched(matcher.op, matcher.value.text)
            found.append(Series(LabelSet(known, labels.rest), self.facts.values(node.metric), node=node))
        return found

    def _binary(self, node: BinaryExpr) -> Sequence[Series]:
        left, right = self.of(node.left), self.of(node.right)
        if node.op.text == "or":
            return (*left, *right)
        if node.op.text in _SETS:
            kept = [
                one for one in left if node.op.text == "unless" or any(_can_match(node, one, other) for other in right)
            ]
            return tuple(replace(one, always=False) for one in kept)
        if self.is_scalar(node.left) or self.is_scalar(node.right):
            one_side = left if self.is_scalar(node.right) else right
            return [self._with_scalar(node, one, left[0], right[0]) for one in one_side]
        return [_matched(node, a, b) for a in left for b in right if _can_match(node, a, b)]

    def _with_scalar(self, node: BinaryExpr, series: Series, left: Series, right: Series) -> Series:
        """A vector and a scalar, or two scalars; `left` or `right` is the scalar."""
        a, b = (series, right) if self.is_scalar(node.right) else (left, series)
        if node.op.text not in COMPARISONS:
            return Series(series.labels, *_computed(node.op.text, a, b), always=a.always and b.always)
        if node.returns_bool:
            return Series(series.labels, BOOLEAN, always=series.always)
        op = node.op.text if self.is_scalar(node.right) else _FLIPPED[node.op.text]
        bound = (right if self.is_scalar(node.right) else left).values.point
        values = series.values if bound is None else series.values.filtered(op, bound)
        return replace(series, values=values, always=False)


def _negative(one: Series) -> Series:
    return Series(one.labels, Interval(-one.values.high, -one.values.low, nan=one.values.nan), always=one.always)


def _computed(op: str, left: Series, right: Series) -> tuple[Interval, Lag | None]:
    """The value of an operation, and how far it lags behind the time, if it is a time."""
    if op == "-" and left.lag and right.lag:
        return Interval(right.lag[0] - left.lag[1], right.lag[1] - left.lag[0]), None
    if op in "+-" and left.lag and right.values.point is not None:
        shift = right.values.point if op == "-" else -right.values.point
        return ANY_NUMBER, (left.lag[0] + shift, left.lag[1] + shift)
    return combined(op, left.values, right.values), None


def _aggregated(node: AggregateExpr, one: Series) -> Series:
    labels = node.grouping.texts if node.grouping else ()
    kept = one.labels.without(labels) if node.without else one.labels.by(labels)
    match node.op.text:
        case "count":
            return Series(kept, Interval(1), always=one.always)
        case "group":
            return Series(kept, Interval(1, 1), always=one.always)
        case "sum":
            low = one.values.low if one.values.low >= 0 else -ANY_NUMBER.high
            high = ANY_NUMBER.high if one.values.high > 0 else one.values.high
            return Series(kept, Interval(low, high, one.values.low_open, nan=one.values.nan), always=one.always)
        case "avg" | "min" | "max" | "quantile":
            return Series(kept, one.values, one.lag, always=one.always)
        case "topk" | "bottomk" | "limitk" | "limit_ratio":
            return replace(one, always=False)
        case "count_values":
            param = node.param
            name = param.value if isinstance(param, StringLiteral) else ""
            return Series(kept.having({name: ANY.meant(Word.AUTHOR)}), Interval(1), always=one.always)
        case _:
            return Series(kept, Interval(0, nan=one.values.nan), always=one.always)


def _matched(node: BinaryExpr, left: Series, right: Series) -> Series:
    """The result of a vector matched with another."""
    labels = matched_labels(node, left.labels, right.labels)
    if node.op.text in COMPARISONS:
        if node.returns_bool:
            return Series(labels, BOOLEAN)
        return Series(labels, left.values if node.matching.group != "right" else ANY_NUMBER)
    values, lag = _computed(node.op.text, left, right)
    return Series(labels, values, lag)


def _can_match(node: BinaryExpr, left: Series, right: Series) -> bool:
    return node.matching.filled or matching_clash(node, left.labels, right.labels)[0] is Clash.NONE


def matching_clash(node: BinaryExpr, left: LabelSet, right: LabelSet) -> tuple[Clash, str]:
    """How sure it is that two kinds of series never match, and by which label."""
    labels = node.matching.labels
    if labels and node.matching.on:
        meant = ((name, left.of(name).meant(Word.AUTHOR), right.of(name).meant(Word.AUTHOR)) for name in labels.texts)
        return any_clash(meant)
    ignored = labels.texts if labels else ()
    names = dict.fromkeys((*left.known, *right.known))
    return any_clash((name, left.of(name), right.of(name)) for name in names if name not in ignored)


def matched_labels(node: BinaryExpr, left: LabelSet, right: LabelSet) -> LabelSet:
    """The labels of the result of a match of two vectors."""
    matching = node.matching
    names = matching.labels.texts if matching.labels else ()
    if matching.group:
        many, one = (left, right) if matching.group == "left" else (right, left)
        shared = names if matching.on else [name for name in one.known if name not in names]
        known = {name: both(many.of(name), one.of(name)) for name in shared}
        extra = {name: one.of(name) for name in (matching.include.texts if matching.include else ())}
        return many.having({**known, **extra})
    joined = left.joined(right)
    return joined.by(names) if matching.on else joined.without(names)
