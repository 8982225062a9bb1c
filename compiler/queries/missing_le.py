"""A quantile of buckets whose bounds are gone.

What: `histogram_quantile` of an aggregation that does not keep the label `le` of its `_bucket` series.
Why: `le` says which bucket a number is of. Without it there are no buckets, and the result is always empty.
Use instead: keep it, `sum by (le) (…)`. (A native histogram, without `_bucket`, needs no `le`.)

Flagged:

    groups:
      - name: example
        rules:
          - record: job:latency:p95
            expr: histogram_quantile(0.95, sum by (job) (rate(latency_seconds_bucket[5m])))

Clean:

    groups:
      - name: example
        rules:
          - record: job:latency:p95
            expr: histogram_quantile(0.95, sum by (job, le) (rate(latency_seconds_bucket[5m])))
"""

from collections.abc import Iterator
from typing import Final

from compiler.promql.syntax import AggregateExpr, walk
from compiler.queries.base import ERROR, Finding, Query, problem, selectors_in

CODE: Final = "PG310"


def check(query: Query) -> Iterator[Finding]:
    """Every quantile whose buckets have lost `le`."""
    for node in query.calls():
        if node.function.text != "histogram_quantile":
            continue
        buckets = node.args[1]
        names = [one.metric for one in selectors_in(buckets)]
        if names and all(name.endswith("_bucket") for name in names):
            flow = query.flows.of(buckets)
            if flow and all(one.labels.of("le").never for one in flow):
                yield _finding(query, buckets)  # type: ignore[arg-type]


def _finding(query: Query, buckets: AggregateExpr) -> Finding:
    lost = next(
        (
            one
            for one in walk(buckets)
            if isinstance(one, AggregateExpr) and all(s.labels.of("le").never for s in query.flows.of(one))
        ),
        buckets,
    )
    kept = lost.grouping.texts if isinstance(lost, AggregateExpr) and lost.grouping and not lost.without else ()
    place = lost.grouping if isinstance(lost, AggregateExpr) and lost.grouping else lost
    hint = f"write `by ({', '.join((*kept, 'le'))})`"
    return Finding(CODE, problem("histogram_quantile needs the label `le`, which is dropped here", place, hint), ERROR)
