"""A comparison with `bool` where one without is meant, or the other way round.

What: an alert whose condition is a comparison with `bool`; a series that is recorded as a verdict, by a comparison
without it; a measure of a gate that counts what meets one; or two comparisons without it that are added or multiplied.
Why: an alert fires for every element of its result, whether 0 or 1, so with `bool` it fires always. Without `bool` a
comparison drops what does not meet it and keeps the values of the rest: a verdict would then be the measured value, or
be missing.
Use instead: a comparison without `bool` in an alert, one with `bool` where 0 or 1 is wanted.

Flagged:

    groups:
      - name: example
        rules:
          - alert: Slow
            expr: job:latency:p95 > bool 0.5

Clean:

    groups:
      - name: example
        rules:
          - alert: Slow
            expr: job:latency:p95 > 0.5
"""

import re
from collections.abc import Iterator
from typing import Final

from compiler.promql.mistakes import COMPARISONS
from compiler.promql.syntax import BinaryExpr
from compiler.queries.base import ERROR, Finding, Query, bare, is_filter, problem

CODE: Final = "PG314"

# Names of verdicts: their last word says that they are true or false.
_VERDICT: Final = re.compile(r"(?:^|[:_])(?:pass|passed|ok|met|healthy|ready|success|compliant|good)$")


def check(query: Query) -> Iterator[Finding]:
    """Every comparison of the wrong sort."""
    top = bare(query.parsed.tree)
    if isinstance(top, BinaryExpr) and top.op.text in COMPARISONS:
        if query.purpose == "alert" and top.returns_bool:
            message = "an alert fires for every element, so it fires always: `bool` keeps those that are 0"
            yield Finding(CODE, problem(message, top.returns_bool, "remove `bool`"), ERROR)
        if query.purpose == "record" and is_filter(top) and _VERDICT.search(query.name):
            message = f"without `bool`, {query.name} is the measured value, or missing when the comparison fails"
            yield Finding(CODE, problem(message, top.op, f"write `{top.op.text} bool`, which gives 1 or 0"))
    yield from _counted(query)
    for node in query.binaries():
        if node.op.text in ("+", "*") and _is_condition(query, node.left) and _is_condition(query, node.right):
            message = f"`{node.op.text}` of two comparisons without `bool` calculates with the values that they keep"
            yield Finding(CODE, problem(message, node.op, "write `bool` in each, or join them by `and`"))


def _counted(query: Query) -> Iterator[Finding]:
    """In a gate, a count of what meets a comparison: there is none to judge when nothing does."""
    for node in query.aggregates() if query.purpose == "measure" else ():
        inner = bare(node.vector)
        if node.op.text in ("count", "sum") and isinstance(inner, BinaryExpr) and is_filter(inner):
            message = f"when nothing meets the comparison, `{node.op.text}` of it is empty and not 0: no data"
            hint = f"write `{inner.op.text} bool`, and `sum` to count"
            yield Finding(CODE, problem(message, inner.op, hint))


def _is_condition(query: Query, node: object) -> bool:
    """Whether a side is a comparison with a number that keeps whatever value meets it."""
    inner = bare(node)  # type: ignore[arg-type]
    if not (isinstance(inner, BinaryExpr) and is_filter(inner) and inner.op.text != "=="):
        return False
    return query.flows.is_scalar(inner.right) and not query.flows.is_scalar(inner.left)
