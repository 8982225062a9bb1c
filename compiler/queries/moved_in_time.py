"""A rule that looks at a fixed time, or into the future.

What: in a rule, `@` with a time, or a negative offset.
Why: a rule is evaluated again and again, each time for now. A fixed time gives the same answer for ever, and then
nothing, when the data are too old; the future has no data yet.
Use instead: `offset 1h` to look back from now.

Flagged:

    groups:
      - name: example
        rules:
          - record: job:growth:rate
            expr: sum by (job) (queue_size - queue_size @ 1609746000)

Clean:

    groups:
      - name: example
        rules:
          - record: job:growth:rate
            expr: sum by (job) (queue_size - queue_size offset 1h)
"""

from collections.abc import Iterator
from typing import Final

from compiler.promql.syntax import RangeSelector, Selector, SubqueryExpr
from compiler.queries.base import Finding, Query, problem

CODE: Final = "PG319"


def check(query: Query) -> Iterator[Finding]:
    """Every fixed time and every look into the future, in rules."""
    if query.purpose == "document":
        return
    for node in query.nodes():
        if isinstance(node, (Selector, RangeSelector, SubqueryExpr)):
            at, offset = node.modifiers.at, node.modifiers.offset
            if at and not at.bound:
                yield Finding(
                    CODE, problem("a rule that looks at a fixed time never changes its answer", at, "remove it")
                )
            if offset and offset.milliseconds is not None and offset.milliseconds < 0:
                message = "a rule that looks into the future finds nothing there"
                yield Finding(CODE, problem(message, offset, "write how far back to look"))
