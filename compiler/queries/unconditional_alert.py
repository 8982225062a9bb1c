"""An alert without a condition.

What: the expression of an alert holds no comparison, no `and`, `or` or `unless`, and no `absent`.
Why: an alert fires for every element of its result, whatever its value. One that only calculates fires as long as the
metrics are there.
Use instead: compare with a bound. (`vector(1)`, which is meant to fire always, is not reported.)

Flagged:

    groups:
      - name: example
        rules:
          - alert: Errors
            expr: increase(errors_total[5m])

Clean:

    groups:
      - name: example
        rules:
          - alert: Errors
            expr: increase(errors_total[5m]) > 0
"""

from collections.abc import Iterator
from typing import Final

from compiler.promql.mistakes import COMPARISONS
from compiler.promql.syntax import BinaryExpr, CallExpr, Selector, bare
from compiler.queries.base import Finding, Query, problem, selectors_in

CODE: Final = "PG315"

_CONDITIONS: Final = (*COMPARISONS, "and", "or", "unless")
_ABSENT: Final = ("absent", "absent_over_time")


def check(query: Query) -> Iterator[Finding]:
    """The alert, if nothing in it is a condition."""
    if query.purpose != "alert" or isinstance(bare(query.parsed.tree), Selector):
        return  # a selector alone may be of a series that is only there when something is wrong
    selectors = selectors_in(query.parsed.tree)
    conditional = any(node.op.text in _CONDITIONS for node in query.binaries())
    conditional |= any(isinstance(node, CallExpr) and node.function.text in _ABSENT for node in query.nodes())
    # What rules record, and alerts themselves, may hold the condition.
    conditional |= any(":" in one.metric or one.metric.startswith("ALERTS") or not one.metric for one in selectors)
    if selectors and not conditional and not isinstance(bare(query.parsed.tree), BinaryExpr):
        message = "nothing here is a condition, so the alert fires as long as the metric is there"
        yield Finding(CODE, problem(message, query.parsed.tree, "compare with a bound, such as `> 0`"))
