"""A label that is not there is asked for.

What: `by`, `on` or `group_left` names a label that an aggregation inside has dropped, or that a function does not give.
Why: grouping by it puts everything into one group, matching on it compares nothing with nothing, and copying it gives
an empty label.
Use instead: keep the label in the aggregation inside, or leave it out here.

Flagged:

    groups:
      - name: example
        rules:
          - record: zone:requests:rate5m
            expr: sum by (zone) (sum by (job) (rate(requests_total[5m])))

Clean:

    groups:
      - name: example
        rules:
          - record: zone:requests:rate5m
            expr: sum by (zone) (sum by (job, zone) (rate(requests_total[5m])))
"""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Final

from compiler.analysis.series import Series
from compiler.promql.syntax import BinaryExpr, Syntax, Word
from compiler.queries.base import ERROR, WARNING, Finding, Query, problem

CODE: Final = "PG305"


def check(query: Query) -> Iterator[Finding]:
    """Every label that is named where it cannot be."""
    for node in query.aggregates():
        for name in node.grouping.names if node.grouping and not node.without else ():
            if _nowhere(name.text, query.flows.of(node.vector)):
                yield _finding(query, name, "by", node.vector)
    for binary in query.binaries():
        yield from _of_binary(query, binary)


def _of_binary(query: Query, node: BinaryExpr) -> Iterator[Finding]:
    matching = node.matching
    left, right = query.flows.of(node.left), query.flows.of(node.right)
    for name in matching.labels.names if matching.labels and matching.on else ():
        if _nowhere(name.text, left) and _nowhere(name.text, right):
            yield _finding(query, name, "on", node.left)
    one, flow = (node.right, right) if matching.group == "left" else (node.left, left)
    for name in matching.include.names if matching.include else ():
        if _nowhere(name.text, flow):
            yield _finding(query, name, f"group_{matching.group}", one)


def _nowhere(label: str, flow: Sequence[Series]) -> bool:
    return bool(flow) and all(one.labels.of(label).never for one in flow)


def _finding(query: Query, name: Word, clause: str, inner: Syntax) -> Finding:
    message = f"`{clause} ({name.text})` names a label that is not there"
    marks = ((inner.start, inner.end, f"has no label {name.text}"),)
    there = sorted({label for one in query.flows.of(inner) for label in one.labels.there})
    near = get_close_matches(name.text, there, n=1)
    hint = f"keep {name.text} in `{query.source(inner)}`, or leave it out here"
    severity = ERROR if query.purpose == "measure" else WARNING
    return Finding(CODE, problem(message, name, f"did you mean {near[0]}?" if near else hint, marks), severity)
