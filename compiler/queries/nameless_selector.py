"""A selector without the name of a metric, in a rule.

What: a selector that names no metric: `{job="x"}`, or one by a pattern, `{__name__=~"job:.+"}`.
Why: it reads from every metric there is. And Prometheus 2.51 to 3.0 cannot tell then which rules depend on which, and
with concurrent evaluation runs those of a group in any order, so that some read old results.
Use instead: the names of the metrics, joined by `or` if there are several.

Flagged:

    groups:
      - name: example
        rules:
          - record: job:errors:rate5m
            expr: sum by (job) ({__name__=~"errors:.+:rate5m"})

Clean:

    groups:
      - name: example
        rules:
          - record: job:errors:rate5m
            expr: sum by (job) (errors:api:rate5m or errors:web:rate5m)
"""

from collections.abc import Iterator
from typing import Final

from compiler.promql.syntax import CallExpr, Selector
from compiler.queries.base import Finding, Query, problem

CODE: Final = "PG318"


def check(query: Query) -> Iterator[Finding]:
    """Every selector without a metric, in rules."""
    if query.purpose == "document":
        return
    exempt = {
        id(arg)
        for node in query.nodes()
        if isinstance(node, CallExpr) and node.function.text == "info"
        for arg in node.args[1:]
    }
    for node in query.nodes():
        if isinstance(node, Selector) and not node.metric and id(node) not in exempt:
            message = "this selector names no metric, so it reads all of them"
            yield Finding(CODE, problem(message, node, "name the metric"))
