"""Units that do not go together.

What: an expression adds or compares seconds and bytes, milliseconds and seconds, bytes and bytes per second; or its
result is in another unit than the measure says. The units are those under `metrics`.
Why: Prometheus knows no units. It adds the numbers, and the requirement is then met or not by chance.
Use instead: convert one of them, as in `x_milliseconds / 1000`, or divide so that the units cancel out; or correct the
`unit` of the metric or of the measure.

Flagged:

    metrics:
      sync_duration_ms: {type: gauge, unit: milliseconds}
      queue_wait_seconds: {type: gauge, unit: seconds}
    categories:
      - id: sync
        title: Sync
        criteria:
          - id: delay
            title: Delay until a change is seen
            measure:
              kind: promql
              expr: max(sync_duration_ms) + max(queue_wait_seconds)
              unit: seconds
              examples:
                - {series: {sync_duration_ms: 500, queue_wait_seconds: 1}, value: 1.5s, expect: pass}
                - {series: {sync_duration_ms: 500, queue_wait_seconds: 60}, value: 60.5s, expect: fail}
            require: {at_most: 1m}

Clean:

    metrics:
      sync_duration_ms: {type: gauge, unit: milliseconds}
      queue_wait_seconds: {type: gauge, unit: seconds}
    categories:
      - id: sync
        title: Sync
        criteria:
          - id: delay
            title: Delay until a change is seen
            measure:
              kind: promql
              expr: max(sync_duration_ms) / 1000 + max(queue_wait_seconds)
              unit: seconds
              examples:
                - {series: {sync_duration_ms: 500, queue_wait_seconds: 1}, value: 1.5s, expect: pass}
                - {series: {sync_duration_ms: 500, queue_wait_seconds: 60}, value: 60.5s, expect: fail}
            require: {at_most: 1m}
"""

from collections.abc import Iterator
from typing import Final

from compiler.analysis.units import Measured, Units, of_unit
from compiler.fields import NUMBER
from compiler.promql.mistakes import COMPARISONS
from compiler.queries.base import ERROR, WARNING, Finding, Query, problem

CODE: Final = "PG322"

_MIXING: Final = frozenset({"+", "-", *COMPARISONS})


def check(query: Query) -> Iterator[Finding]:
    """Every operation whose sides do not go together, and a result that is not what the measure says."""
    units = Units(query.parsed.tree, query.facts)
    for node in query.binaries():
        left, right = units.of(node.left), units.of(node.right)
        if node.op.text in _MIXING and left and right and left.clashes(right):
            message = f"the two sides of `{node.op.text}` are in different units: {left} and {right}"
            sides = ((side, unit) for side, unit in ((node.left, left), (node.right, right)))
            marks = tuple((side.start, side.end, f"is in {unit}") for side, unit in sides)
            yield Finding(CODE, problem(message, node.op, _converted(left, right), marks), ERROR)
    yield from _result(query, units.of(query.parsed.tree))


def _result(query: Query, result: Measured | None) -> Iterator[Finding]:
    if query.unit is None or result is None or not result.powers:
        return
    tree = query.parsed.tree
    if query.unit == NUMBER:
        if not result.nameable:  # there is no word for events per second
            return
        hint = "write the `unit` of the measure, so that its requirement and its dashboard have one"
        yield Finding(CODE, problem(f"the result is in {result}, and the measure has no unit", tree, hint), WARNING)
    elif (wanted := of_unit(query.unit)) != Measured() and result.clashes(wanted):
        message = f"the result is in {result}, and the measure is in {query.unit.name}"
        yield Finding(CODE, problem(message, tree, _converted(result, wanted)), ERROR)
    elif wanted == Measured():
        message = f"the result is in {result}, and the measure is a {query.unit.name}"
        yield Finding(CODE, problem(message, tree, "divide by something in the same unit"), ERROR)


def _converted(one: Measured, other: Measured) -> str:
    if one.powers == other.powers:
        return "multiply or divide one of them, so that both are in the same unit"
    return "divide so that the units cancel out, or correct the `unit` of a metric"
