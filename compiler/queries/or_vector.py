"""`or vector(0)` beside series that have labels.

What: `or vector(c)`, whose left side keeps labels, where the extra element changes the result.
Why: `or` adds what has other labels than everything on its left, and `vector(0)` has none. So the 0 does not stand in
for what is missing: it is there always, beside the others. A comparison that holds for it always gives an element,
the lowest of all is always 0, and a rule that sets the labels itself fails with a duplicate.
Use instead: aggregate to no labels first, `sum(x) or vector(0)`, or `or on () vector(0)`, which is there only if
nothing else is.

Flagged:

    groups:
      - name: example
        rules:
          - alert: NoTraffic
            expr: (sum by (job) (rate(requests_total[5m])) or vector(0)) == 0

Clean:

    groups:
      - name: example
        rules:
          - alert: NoTraffic
            expr: (sum(rate(requests_total[5m])) or vector(0)) == 0
"""

from collections.abc import Iterator
from typing import Final

from compiler.analysis.labels import NONE
from compiler.promql.mistakes import COMPARISONS
from compiler.promql.syntax import AggregateExpr, BinaryExpr, CallExpr, Syntax, bare, children
from compiler.queries.base import ERROR, WARNING, Finding, Query, listed, problem

CODE: Final = "PG313"

_CHANGED: Final = ("min", "count", "avg", "quantile", "bottomk", "stddev", "stdvar", "max")


def check(query: Query) -> Iterator[Finding]:
    """Every constant that is added beside series with labels, and matters."""
    parents = {id(bare(child)): node for node in query.nodes() for child in children(node)}
    for node in query.binaries():
        constant = bare(node.right)
        is_constant = isinstance(constant, CallExpr) and constant.function.text == "vector"
        if node.op.text == "or" and is_constant and node.matching.labels is None:
            labels = _labelled(query, node.left)
            effect = _effect(query, node, _meaningful(parents, node)) if labels else ""
            if effect:
                message = f"`or {query.source(constant)}` does not stand in for what is missing: {effect}"
                marks = ((node.left.start, node.left.end, f"keeps {listed(labels)}"),)
                hint = f"write `or on () {query.source(constant)}`, or aggregate the left side to no labels"
                severity = ERROR if query.purpose == "alert" else WARNING
                yield Finding(CODE, problem(message, node.op, hint, marks), severity)


def _labelled(query: Query, node: Syntax) -> tuple[str, ...]:
    """The labels that every kind of series on the left has; () if one of them may have none."""
    flow = query.flows.of(node)
    if any(one.labels == NONE or one.always for one in flow):
        return ()
    return flow[0].labels.there if flow and all(one.labels.there for one in flow) else ()


def _meaningful(parents: dict[int, Syntax], node: BinaryExpr) -> Syntax | None:
    """What the result is used in."""
    parent = parents.get(id(node))
    while parent is not None and bare(parent) is not parent:
        parent = parents.get(id(bare(parent)))
    return parent


def _effect(query: Query, node: BinaryExpr, parent: Syntax | None) -> str:
    """How the constant changes the result; "" if it does not."""
    value = query.flows.of(node.right)[0].values
    if parent is None:
        rules = query.purpose in ("record", "measure")
        return "it is there always, as one more element" if rules else ""
    if isinstance(parent, AggregateExpr) and parent.op.text in _CHANGED:
        return f"it is one more element of `{parent.op.text}`, always"
    if isinstance(parent, BinaryExpr) and parent.op.text in COMPARISONS and bare(parent.left) is node:
        bound = query.flows.of(parent.right)
        if query.flows.is_scalar(parent.right) and value.holds(parent.op.text, bound[0].values):
            return f"`{parent.op.text} {query.source(parent.right)}` is always true for it"
    return ""
