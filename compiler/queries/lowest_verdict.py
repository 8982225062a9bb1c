"""The lowest of all verdicts.

What: `min` or `max` of series that hold verdicts (0 or 1, named `…:pass` or the like), in a rule or a document.
Why: `min` takes what is there. A verdict that is missing, because its rule failed or its metric is gone, does not
lower it: what cannot be told passes.
Use instead: count the verdicts that are 1, and compare with how many there must be.

Flagged:

    groups:
      - name: example
        rules:
          - record: site:pass
            expr: min(service:pass)

Clean:

    groups:
      - name: example
        rules:
          - record: site:pass
            expr: (count(service:pass == 1) or vector(0)) == bool 7
"""

import re
from collections.abc import Iterator
from typing import Final

from compiler.promql.syntax import Selector, bare
from compiler.queries.base import Finding, Query, problem

CODE: Final = "PG321"

_VERDICT: Final = re.compile(r":(?:pass|passed|ok|met|healthy|ready)$")


def check(query: Query) -> Iterator[Finding]:
    """Every extreme of verdicts."""
    for node in query.aggregates():
        vector = bare(node.vector)
        is_verdict = isinstance(vector, Selector) and _VERDICT.search(vector.metric)
        if node.op.text == "min" and is_verdict and query.purpose != "alert":
            message = "`min` passes over verdicts that are missing"
            hint = f"count them: `count({query.source(vector)} == 1) == bool N`"
            yield Finding(CODE, problem(message, node.op, hint))
