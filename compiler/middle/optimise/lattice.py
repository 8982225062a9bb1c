"""Record the finest grouping that any criterion needs, and have the coarser ones from it.

A sum of sums is the sum: `a` by provider and `a` in total are one reading of `a`, if the total is summed from the
providers. The same holds for counts (summed), for the largest and the smallest. Averages are left alone. Sums of floats
depend on their order in the last digits; rules that are had this way say so, with a bound.

Before: `sum(rate(x[30m]))` in one rule and `sum by (zone) (rate(x[30m]))` in another.
After: `sum(sum by (zone) (rate(x[30m])))` in the first, so that both hold the same part, which `share` records.

Where no grouping holds all labels of the others, they are had from one by all labels, if a window is read: that saves a
sample per scrape of the window for one per group. Instant readings are not worth it.
"""

from collections.abc import Iterable
from typing import Final

from compiler.middle.optimise.base import Frame, is_ours, parts, replaced, rewritten
from compiler.middle.plan import Rule
from compiler.promql.expr import Aggregate, AggregateOp, Expr, Matrix, Subquery
from compiler.promql.walk import children

_OF_GROUPS: Final[dict[AggregateOp, AggregateOp]] = {
    "sum": "sum",
    "count": "sum",
    "min": "min",
    "max": "max",
    "group": "group",
}

_Labels = tuple[str, ...]


def run(rules: tuple[Rule, ...], frame: Frame) -> tuple[Rule, ...]:
    """The rules with every aggregation of raw series by the finest grouping of those that there are."""
    del frame
    found = dict.fromkeys(part for rule in rules if is_ours(rule) for part in parts(rule.expr))
    finest = _finest(found)
    names: dict[Expr, Expr] = {part: by for part in found if (by := _by_finest(part, finest)) != part}
    return rewritten(rules, lambda expr: replaced(expr, names)) if names else rules


def _finest(found: Iterable[Aggregate]) -> dict[tuple[AggregateOp, Expr], _Labels]:
    groupings: dict[tuple[AggregateOp, Expr], dict[_Labels, None]] = {}
    for part in found:
        if part.op in _OF_GROUPS:
            groupings.setdefault((part.op, part.expr), {})[part.labels] = None
    return {key: labels for key, of in groupings.items() if (labels := _join(tuple(of), key[1])) is not None}


def _join(groupings: tuple[_Labels, ...], inner: Expr) -> _Labels | None:
    """The grouping that all can be had from; None if there is none that is worth it."""
    every = tuple(dict.fromkeys(label for labels in groupings for label in labels))
    for labels in groupings:
        if set(labels) == set(every):
            return labels
    return every if _reads_window(inner) else None


def _reads_window(expr: Expr) -> bool:
    return isinstance(expr, (Matrix, Subquery)) or any(_reads_window(child) for child in children(expr))


def _by_finest(part: Aggregate, finest: dict[tuple[AggregateOp, Expr], _Labels]) -> Aggregate:
    labels = finest.get((part.op, part.expr), part.labels)
    if labels == part.labels:
        return part
    return Aggregate(_OF_GROUPS[part.op], Aggregate(part.op, part.expr, labels), part.labels)
