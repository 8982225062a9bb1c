"""A function of gauges on a counter.

What: `delta`, `idelta`, `deriv`, `avg_over_time` or the like of a metric that is a counter: declared as one, or named
like one.
Why: when its process restarts, a counter begins at 0 again. `delta` and `deriv` see a large negative change there, and
the average level of a counter says only when it was started.
Use instead: `increase` or `rate`, which know of restarts.

Flagged:

    groups:
      - name: example
        rules:
          - alert: Refused
            expr: delta(refused_connections_total[5m]) > 3

Clean:

    groups:
      - name: example
        rules:
          - alert: Refused
            expr: increase(refused_connections_total[5m]) > 3
"""

from collections.abc import Iterator
from typing import Final

from compiler.promql.syntax import RangeSelector
from compiler.queries.base import ERROR, WARNING, Finding, Query, bare, problem

CODE: Final = "PG308"

_OF_GAUGES: Final = {
    "delta": "increase",
    "idelta": "irate",
    "deriv": "rate",
    "avg_over_time": "rate",
    "quantile_over_time": "rate",
    "stddev_over_time": "rate",
    "stdvar_over_time": "rate",
    "sum_over_time": "increase",
}


def check(query: Query) -> Iterator[Finding]:
    """Every function of gauges that is used on a counter."""
    for node in query.calls():
        instead = _OF_GAUGES.get(node.function.text)
        ranged = bare(node.args[-1]) if instead and node.args else None
        if not isinstance(ranged, RangeSelector):
            continue
        name = ranged.selector.metric
        kind, is_declared = query.facts.kind(name)
        if kind == "counter":
            said = "is declared as a counter" if is_declared else "is a counter by its name"
            message = f"{node.function.text} takes a gauge, and {name} {said}"
            hint = f"write `{instead}({query.source(ranged)})`"
            yield Finding(CODE, problem(message, node.function, hint), ERROR if is_declared else WARNING)
