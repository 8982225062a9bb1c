"""A limit that comes more than once for a member.

What: a limit is taken from a metric that has more labels than the criterion's `by`, so that a member may have several.
Why: the strictest of them counts, for all of the member; usually the criterion should be judged by those labels too, or
the limit was meant to be another one.
Use instead: add the label to `by`, or choose one limit with a matcher.

Flagged:

    metrics:
      cost_total: {type: counter, unit: USD, labels: [team, region]}
      orders_total: {type: counter, labels: [team, region]}
      cost_budget: {type: gauge, unit: USD, labels: [team, region]}
    categories:
      - id: cost
        title: Cost
        criteria:
          - id: cost_per_order
            title: Cost per order
            measure: {kind: unit_cost, cost: cost_total, units: orders_total}
            by: [team]
            members: {from: cost_budget}
            require: {at_most: {metric: cost_budget}}

Clean:

    metrics:
      cost_total: {type: counter, unit: USD, labels: [team, region]}
      orders_total: {type: counter, labels: [team, region]}
      cost_budget: {type: gauge, unit: USD, labels: [team, region]}
    categories:
      - id: cost
        title: Cost
        criteria:
          - id: cost_per_order
            title: Cost per order in Europe
            measure: {kind: unit_cost, cost: cost_total, units: orders_total}
            by: [team]
            members: {from: cost_budget}
            require: {at_most: {metric: 'cost_budget{region="eu"}'}}
"""

from collections.abc import Iterator
from typing import Final

from compiler.checks.base import declared, declared_here, each_criterion
from compiler.diagnostics import Diagnostic, Severity
from compiler.middle.context import Places
from compiler.middle.requirements import limit_metrics
from compiler.spec.model import Gate

CODE: Final = "PG217"


def check(gate: Gate, places: Places) -> Iterator[Diagnostic]:
    """Every limit with labels that neither a group nor a matcher fixes."""
    for path, criterion, _ in each_criterion(gate):
        groups = (*criterion.by, *criterion.measure.own_labels)
        for limit in limit_metrics(criterion.require):
            metric = declared(gate, limit.metric.name)
            fixed = {matcher.label for matcher in limit.metric.matchers if matcher.op == "="}
            labels = metric.labels if metric else []
            more = [label for label in labels if label not in groups and label not in fixed]
            if groups and more:
                yield Diagnostic(
                    CODE,
                    f"{limit.metric.name} may have several limits for one {' and '.join(groups)}, by {', '.join(more)}",
                    places.span((*path, "require", criterion.require.word, "metric")),
                    f"add {', '.join(more)} to `by`, or choose one limit with a matcher",
                    Severity.WARNING,
                    declared_here(gate, places, limit.metric.name, f"it has the labels {', '.join(labels)}"),
                    "where there are several, the strictest counts",
                )
