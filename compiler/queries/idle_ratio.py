"""A ratio of rare events without a word on the time when there are none.

What: a ratio whose divisor counts events that a healthy system does not have (fallbacks, retries, failures …) is
compared with a bound, and nothing keeps the divisor from being 0.
Why: 0 / 0 is NaN, and no comparison with NaN is true. As long as nothing of the kind happens, the result is neither a
pass nor a fail: it is empty.
Use instead: say what holds then, such as `… or on () sum(rate(fallback_total[30m])) == 0`; in a gate, a `ratio` measure
with `when_idle: pass`.

Flagged:

    groups:
      - name: example
        rules:
          - record: fallback:success:ok
            expr: sum(rate(fallback_success_total[30m])) / sum(rate(fallback_total[30m])) >= bool 0.95

Clean:

    groups:
      - name: example
        rules:
          - record: fallback:success:ok
            expr: >-
              (sum(rate(fallback_success_total[30m])) / (sum(rate(fallback_total[30m])) > 0) >= bool 0.95)
              or vector(1)
"""

import re
from collections.abc import Iterator
from typing import Final

from compiler.promql.mistakes import COMPARISONS
from compiler.promql.syntax import AggregateExpr, BinaryExpr, CallExpr, RangeSelector, Syntax, bare
from compiler.queries.base import Finding, Query, is_filter, problem

CODE: Final = "PG316"

_RARE: Final = re.compile(
    r"(?:^|_)(?:fallbacks?|failovers?|retry|retries|retried|errors?|failures?|failed|timeouts?|rejected|rejections?"
    r"|dropped|drops?|throttled|evicted|evictions?|restarts?|rollbacks?|aborted|aborts?|reconnects?|incidents?)_total$"
)


def check(query: Query) -> Iterator[Finding]:
    """Every ratio over rare events that is judged; an alert that does not fire for NaN is right."""
    if query.purpose == "alert" or any(node.op.text == "or" for node in query.binaries()):
        return
    for node in query.binaries():
        ratio = bare(node.left)
        if node.op.text not in COMPARISONS or not isinstance(ratio, BinaryExpr) or ratio.op.text != "/":
            continue
        name = _rare_counter(bare(ratio.right))
        if name and not any(is_filter(bare(side)) for side in (ratio.left, ratio.right)):
            message = f"without a single event in {name}, this is 0 / 0, which no comparison lets pass"
            hint = f"say what holds then, such as `or on () {query.source(ratio.right)} == 0`"
            marks = ((ratio.right.start, ratio.right.end, "is 0 as long as all is well"),)
            yield Finding(CODE, problem(message, ratio.op, hint, marks), note="0 / 0 is NaN")


def _rare_counter(node: Syntax) -> str:
    """The metric of `rate(rare_total[5m])`, or of a sum of it; "" for anything else."""
    if isinstance(node, AggregateExpr):
        node = bare(node.vector)
    if isinstance(node, CallExpr) and node.function.text in ("rate", "increase"):
        ranged = bare(node.args[0])
        if isinstance(ranged, RangeSelector) and _RARE.search(ranged.selector.metric):
            return ranged.selector.metric
    return ""
