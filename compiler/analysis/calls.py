"""What functions return."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from compiler.analysis.domain import ANY, Domain, Word
from compiler.analysis.interval import NOT_NEGATIVE, ONE, POSITIVE_COUNT, Interval
from compiler.analysis.labels import NONE, LabelSet
from compiler.analysis.series import Series
from compiler.promql.syntax import CallExpr, RangeSelector, Selector, StringLiteral, bare

LOOKBACK: Final = 300.0  # seconds that Prometheus shows a sample for, unless --query.lookback-delta says otherwise

_NOT_NEGATIVE: Final = frozenset({"rate", "irate", "increase", "changes", "resets", "abs", "stddev_over_time",
                                  "stdvar_over_time", "histogram_count", "sqrt", "mad_over_time"})  # fmt: skip
_SAME_VALUES: Final = frozenset({"avg_over_time", "min_over_time", "max_over_time", "last_over_time", "first_over_time",
                                 "quantile_over_time", "sort", "sort_desc", "sort_by_label", "sort_by_label_desc",
                                 "label_replace", "label_join", "info"})  # fmt: skip
_CLOCK: Final = {"hour": (0, 23), "minute": (0, 59), "month": (1, 12), "day_of_month": (1, 31), "day_of_week": (0, 6),
                 "day_of_year": (1, 366), "days_in_month": (28, 31)}  # fmt: skip


def flow(node: CallExpr, args: Sequence[Sequence[Series]]) -> Sequence[Series]:
    """The kinds of series that a call returns; `args` are those of its arguments."""
    name = node.function.text
    match name:
        case "time":
            return (Series(NONE, Interval(0), (0.0, 0.0), always=True),)
        case "vector":
            return tuple(replace(one, node=None) for one in args[0])
        case "scalar":
            return (Series(NONE, replace(args[0][0].values, nan=True) if args[0] else Interval(), always=True),)
        case "absent" | "absent_over_time":
            return (Series(_of_absent(node), ONE),)
        case "timestamp":
            return [_timestamp(node, one) for one in args[0]]
        case _ if not args:
            low, high = _CLOCK.get(name, (float("-inf"), float("inf")))
            return (Series(NONE, Interval(low, high), always=True),)
    vector = next((arg for arg in args if arg and not all(one.always and one.labels == NONE for one in arg)), args[0])
    return [_called(node, name, one) for one in vector]


def _called(node: CallExpr, name: str, one: Series) -> Series:
    labels = one.labels
    if name in ("label_replace", "label_join"):
        labels = _relabelled(node, labels)
    elif name in ("histogram_quantile", "histogram_fraction"):
        labels = labels.without(["le"])
    elif name == "info":
        labels = replace(labels, rest=ANY)
    if name in _SAME_VALUES:
        return replace(one, labels=labels, lag=None, node=None)
    return Series(labels, _values(name, one.values), always=one.always and not name.endswith("_over_time"))


def _values(name: str, inner: Interval) -> Interval:
    if name in _NOT_NEGATIVE:
        return NOT_NEGATIVE
    if name == "sum_over_time" and inner.low >= 0:
        return Interval(0, nan=inner.nan)
    if name in _CLOCK:
        low, high = _CLOCK[name]
        return Interval(low, high, nan=inner.nan)
    known = {"count_over_time": POSITIVE_COUNT, "present_over_time": ONE, "sgn": Interval(-1, 1),
             "histogram_fraction": Interval(0, 1, nan=True)}  # fmt: skip
    return known.get(name, Interval(nan=True))


def _timestamp(node: CallExpr, one: Series) -> Series:
    """The time of the newest sample, for a selector; for any other expression, the time of the evaluation."""
    selector = bare(node.args[0])
    if not isinstance(selector, Selector):
        return Series(one.labels, Interval(0), (0.0, 0.0))
    if selector.modifiers.at:
        return Series(one.labels, Interval(0))
    offset = selector.modifiers.offset
    back = (offset.milliseconds or 0) / 1000 if offset else 0.0
    return Series(one.labels, Interval(0), (back, back + LOOKBACK))


def _of_absent(node: CallExpr) -> LabelSet:
    """Only what the selector's matchers say exactly, each label once."""
    inner = bare(node.args[0])
    selector = inner.selector if isinstance(inner, RangeSelector) else inner
    if not isinstance(selector, Selector):
        return NONE
    names = [matcher.label.text for matcher in selector.matchers]
    exact = {
        matcher.label.text: Domain(frozenset({matcher.value.text}), empty=False, word=Word.AUTHOR)
        for matcher in selector.matchers
        if matcher.op == "="
        and matcher.value.text
        and names.count(matcher.label.text) == 1
        and matcher.label.text != "__name__"
    }
    return LabelSet(exact, NONE.rest)


def _relabelled(node: CallExpr, labels: LabelSet) -> LabelSet:
    target = node.args[1]
    if not isinstance(target, StringLiteral):
        return replace(labels, rest=ANY)
    replacement = node.args[2] if node.function.text == "label_replace" else None
    if isinstance(replacement, StringLiteral) and not replacement.value:
        return labels.having({target.value: replace(labels.of(target.value), values=None, empty=True, tests=())})
    return labels.having({target.value: ANY.meant(Word.AUTHOR)})
