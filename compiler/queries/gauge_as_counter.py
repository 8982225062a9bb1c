"""`rate` or `increase` of a gauge.

What: `rate`, `irate` or `increase` of a metric that is a gauge: declared as one, or named like one.
Why: these functions take every drop for a restart of the counter and add what was there before it. A queue that
drains from 100 to 0 and fills again looks as if 100 had been added.
Use instead: `deriv` or `delta` for how a gauge changes, `avg_over_time` for its level; or correct the type under
`metrics`.

Flagged:

    groups:
      - name: example
        rules:
          - alert: QueueGrows
            expr: increase(batch_queue_depth[2h]) > 0

Clean:

    groups:
      - name: example
        rules:
          - alert: QueueGrows
            expr: deriv(batch_queue_depth[2h]) > 0
"""

from collections.abc import Iterator
from typing import Final

from compiler.promql.syntax import RangeSelector
from compiler.queries.base import ERROR, WARNING, Finding, Query, bare, problem

CODE: Final = "PG307"

_OF_COUNTERS: Final = {"rate": "deriv", "irate": "idelta", "increase": "delta"}


def check(query: Query) -> Iterator[Finding]:
    """Every function of counters that is used on a gauge."""
    for node in query.calls():
        instead = _OF_COUNTERS.get(node.function.text)
        ranged = bare(node.args[0]) if instead and node.args else None
        if not isinstance(ranged, RangeSelector):
            continue
        name = ranged.selector.metric
        kind, is_declared = query.facts.kind(name)
        if kind == "gauge":
            said = "is declared as a gauge" if is_declared else "is a gauge by its name"
            message = f"{node.function.text} takes a counter, and {name} {said}"
            hint = f"write `{instead}({query.source(ranged)})`"
            severity = ERROR if is_declared else WARNING
            yield Finding(CODE, problem(message, node.function, hint), severity, "every drop counts as a restart")
