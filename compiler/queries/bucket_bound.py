"""A bucket's bound that only some versions of Prometheus write so.

What: a matcher like `le="1"` or `quantile="1"`, with a whole number.
Why: Prometheus 2.x keeps the bound as the target writes it, often `1`; Prometheus 3.x makes it `1.0`. The matcher
selects nothing on one of them, and the query goes silent with an upgrade.
Use instead: a matcher that takes both: `le=~"1|1.0"`.

Flagged:

    groups:
      - name: example
        rules:
          - record: job:fast:rate5m
            expr: sum by (job) (rate(latency_seconds_bucket{le="1"}[5m]))

Clean:

    groups:
      - name: example
        rules:
          - record: job:fast:rate5m
            expr: sum by (job) (rate(latency_seconds_bucket{le=~"1|1.0"}[5m]))
"""

import re
from collections.abc import Iterator
from typing import Final

from compiler.promql.syntax import Selector
from compiler.queries.base import Finding, Query, problem

CODE: Final = "PG312"

_WHOLE: Final = re.compile(r"-?[0-9]+(?:\.0)?")


def check(query: Query) -> Iterator[Finding]:
    """Every bound that is a whole number, in one spelling only."""
    for node in query.nodes():
        for matcher in node.matchers if isinstance(node, Selector) else ():
            label, value = matcher.label.text, matcher.value.text
            if label in ("le", "quantile") and matcher.op in ("=", "!=") and _WHOLE.fullmatch(value):
                whole = value.removesuffix(".0")
                new = value != whole
                message = (
                    f'Prometheus {"2.x often has" if new else "3.x has"} {label}="{whole if new else whole + ".0"}"'
                )
                hint = f'write {label}{"=~" if matcher.op == "=" else "!~"}"{whole}|{whole}.0"'
                yield Finding(CODE, problem(f"{message}, which this does not match", matcher, hint))
