"""A comparison that is always true, or never.

What: the values that an expression can have all lie on one side of the bound. `count` is 1 or more, a share is between
0 and 1, the newest sample is at most as old as Prometheus looks back (5m).
Why: a comparison that is never true makes an alert that never fires; one that is always true is no check.
Use instead: a bound that the value can cross. To ask whether something is missing, use `absent`, or compare counts;
for the age of a metric, use a time that the system itself exports.

Flagged:

    groups:
      - name: example
        rules:
          - alert: NoServer
            expr: count by (service) (up) == 0

Clean:

    groups:
      - name: example
        rules:
          - alert: NoServer
            expr: sum by (service) (up) == 0
"""

import math
from collections.abc import Iterator
from typing import Final

from compiler.analysis.calls import LOOKBACK
from compiler.analysis.interval import Interval
from compiler.promql.mistakes import COMPARISONS
from compiler.promql.syntax import AggregateExpr, BinaryExpr, CallExpr, RangeSelector, Selector, Syntax, bare, walk
from compiler.queries.base import ERROR, WARNING, Finding, Query, is_filter, problem

CODE: Final = "PG306"

_EXISTENCE: Final = ("absent", "absent_over_time", "count_over_time", "present_over_time", "vector")


def check(query: Query) -> Iterator[Finding]:
    """Every comparison whose answer is known beforehand."""
    for node in query.binaries():
        if node.op.text not in COMPARISONS or (query.flows.is_scalar(node.left) and query.flows.is_scalar(node.right)):
            continue
        answers = [
            _value(node.left, left.values).holds(node.op.text, _value(node.right, right.values))
            for left in query.flows.of(node.left)
            for right in query.flows.of(node.right)
        ]
        # A comparison with infinity is there to drop what is no number, which any metric may hold.
        is_bounded = not any(math.isinf(one.values.point or 0) for one in query.flows.of(node.right))
        if is_bounded and answers and answers[0] is not None and len(set(answers)) == 1:
            if answers[0] and any(_asks_existence(side) for side in (node.left, node.right)):
                continue
            yield _finding(query, node, holds=answers[0])


def _asks_existence(node: Syntax) -> bool:
    """Whether a side is there or not, so that a comparison that is always true only says that it is there."""
    for one in walk(node):
        if isinstance(one, BinaryExpr) and (is_filter(one) or one.op.text in ("and", "or", "unless")):
            return True
        if isinstance(one, CallExpr) and one.function.text in _EXISTENCE:
            return True
        if isinstance(one, AggregateExpr) and one.op.text in ("count", "group", "count_values"):
            return True
    return False


def _value(node: Syntax, values: Interval) -> Interval:
    """The values of a side; a share of a part of a whole is at most 1."""
    inner = bare(node)
    if isinstance(inner, BinaryExpr) and inner.op.text == "/" and _is_part(bare(inner.left), bare(inner.right)):
        return Interval(0, 1, nan=True)
    return values


def _finding(query: Query, node: BinaryExpr, *, holds: bool) -> Finding:
    always = "always true" if holds else "never true"
    side = node.right if query.flows.is_scalar(node.left) else node.left
    values = _value(side, query.flows.of(side)[0].values)
    stamped = _is_age(side)
    text = f"`{query.source(side)}` is {_range(values)}"
    marks = ((side.start, side.end, f"is {_range(values)}"),)
    if stamped:
        note = f"Prometheus shows no sample older than its lookback of {LOOKBACK:g}s: a metric that stopped has no age"
        hint = "use `absent(metric)`, or `time() - max_over_time(timestamp(metric)[1h:])` for an age above 5m"
        return Finding(CODE, problem(f"this comparison is {always}: {text}", node.op, hint, marks), WARNING, note)
    missing_bool = is_filter(bare(side)) and values.point is None and not holds
    hint = "write `bool` after the inner comparison, to get 0 or 1" if missing_bool else ""
    is_whole = query.purpose == "alert" and bare(query.parsed.tree) is node
    severity = ERROR if not holds or is_whole else WARNING
    return Finding(CODE, problem(f"this comparison is {always}: {text}", node.op, hint, marks), severity)


def _is_age(node: Syntax) -> bool:
    return any(isinstance(one, CallExpr) and one.function.text == "timestamp" for one in walk(node))


def _range(values: Interval) -> str:
    if values.point is not None:
        return f"always {values.point:g}"
    if values.low == -Interval().high:
        return f"{'below' if values.high_open else 'at most'} {values.high:g}"
    if values.high == Interval().high:
        return f"{'above' if values.low_open else 'at least'} {values.low:g}"
    return f"between {values.low:g} and {values.high:g}"


def _is_part(part: Syntax, whole: Syntax) -> bool:
    """Whether the left side counts some of what the right side counts: the same query with more matchers."""
    match part, whole:
        case Selector(), Selector():
            narrow = {(m.label.text, m.op, m.value.text) for m in part.matchers}
            wide = {(m.label.text, m.op, m.value.text) for m in whole.matchers}
            same = part.metric == whole.metric != "" and part.modifiers == whole.modifiers
            return same and wide <= narrow and _is_counted(part.metric)
        case RangeSelector(), RangeSelector():
            same = part.window.milliseconds == whole.window.milliseconds
            return same and part.modifiers == whole.modifiers and _is_part(part.selector, whole.selector)
        case CallExpr(), CallExpr():
            same = part.function.text == whole.function.text in ("rate", "increase")
            return same and len(part.args) == len(whole.args) == 1 and _is_part(part.args[0], whole.args[0])
        case AggregateExpr(), AggregateExpr():
            labels = [one.grouping.texts if one.grouping else () for one in (part, whole)]
            same = part.op.text == whole.op.text in ("sum", "count") and part.without == whole.without
            inner = bare(part.vector), bare(whole.vector)
            return same and labels[0] == labels[1] and _is_part(*inner)
        case _:
            return False


def _is_counted(metric: str) -> bool:
    """Whether the values are not negative, as far as the name says."""
    return metric.endswith(("_total", "_count", "_bucket", "_sum"))
