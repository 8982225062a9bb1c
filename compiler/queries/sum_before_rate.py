"""Counters are added up before `rate`.

What: `rate`, `irate` or `increase` of a sum of counters: in a subquery, or of a series that a rule records as a sum.
Why: when one of the processes restarts, the sum drops by what that one had counted. `rate` takes this for a restart of
everything, and adds the whole sum.
Use instead: the other order, `sum(rate(counter[5m]))`.

Flagged:

    groups:
      - name: example
        rules:
          - record: job:requests:increase1h
            expr: increase(sum(requests_total)[1h:1m])

Clean:

    groups:
      - name: example
        rules:
          - record: job:requests:increase1h
            expr: sum(increase(requests_total[1h]))
"""

from collections.abc import Iterator
from typing import Final

from compiler.promql.syntax import AggregateExpr, RangeSelector, SubqueryExpr
from compiler.queries.base import Finding, Query, bare, problem, selectors_in

CODE: Final = "PG309"

_RATES: Final = ("rate", "irate", "increase")
_SUMS: Final = ("sum", "avg")


def check(query: Query) -> Iterator[Finding]:
    """Every rate of a sum."""
    for node in query.calls():
        ranged = bare(node.args[0]) if node.function.text in _RATES and node.args else None
        message = f"{node.function.text} of a sum of counters: a restart of one of them looks like one of all"
        if isinstance(ranged, SubqueryExpr):
            inner = bare(ranged.expr)
            if isinstance(inner, AggregateExpr) and inner.op.text in _SUMS and _of_counters(query, inner):
                marks = ((inner.start, inner.end, "summed here"),)
                hint = f"write `{inner.op.text}({node.function.text}(…))`"
                yield Finding(CODE, problem(message, node.function, hint, marks))
        elif isinstance(ranged, RangeSelector) and ranged.selector.metric in query.facts.summed:
            note = f"{ranged.selector.metric} is recorded as a sum of counters"
            hint = f"record the rate: `sum({node.function.text}(…))`"
            yield Finding(CODE, problem(message, node.function, hint), note=note)


def _of_counters(query: Query, inner: AggregateExpr) -> bool:
    """Whether what is summed is nothing but counters."""
    vector = bare(inner.vector)
    names = [one.metric for one in selectors_in(vector)] if vector is not None else []
    return (
        len(names) == 1 and bare(inner.vector) is selectors_in(vector)[0] and query.facts.kind(names[0])[0] == "counter"
    )
