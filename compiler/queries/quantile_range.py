"""A quantile that is not between 0 and 1.

What: the first argument of `histogram_quantile`, `quantile` or `quantile_over_time` lies outside of 0 to 1.
Why: the result is then plus or minus infinity, and so always above or below every bound.
Use instead: a share: the 95th percentile is 0.95.

Flagged:

    groups:
      - name: example
        rules:
          - record: job:latency:p95
            expr: histogram_quantile(95, sum by (job, le) (rate(latency_seconds_bucket[5m])))

Clean:

    groups:
      - name: example
        rules:
          - record: job:latency:p95
            expr: histogram_quantile(0.95, sum by (job, le) (rate(latency_seconds_bucket[5m])))
"""

from collections.abc import Iterator
from typing import Final

from compiler.promql.syntax import Syntax
from compiler.queries.base import ERROR, Finding, Query, problem

CODE: Final = "PG311"

_PERCENT: Final = 100
_SHARE_IN_PERCENT: Final = 2  # from here on, a percentage is more likely than a slip


def check(query: Query) -> Iterator[Finding]:
    """Every quantile out of range."""
    for call in query.calls():
        if call.function.text in ("histogram_quantile", "quantile_over_time"):
            yield from _checked(query, call.args[0])
    for node in query.aggregates():
        if node.op.text == "quantile" and node.param:
            yield from _checked(query, node.param)


def _checked(query: Query, share: Syntax) -> Iterator[Finding]:
    value = query.flows.of(share)[0].values.point if query.flows.of(share) else None
    if value is not None and not 0 <= value <= 1:
        hint = f"write {value / _PERCENT:g}" if _SHARE_IN_PERCENT <= value <= _PERCENT else "write a share from 0 to 1"
        message = f"a quantile is between 0 and 1, and this is {value:g}"
        yield Finding(CODE, problem(message, share, hint), ERROR)
