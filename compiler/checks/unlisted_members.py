"""Every member is judged, and nobody knows how many there are.

What: a criterion judges every series, or every group of `by`, and does not say which members there must be.
Why: a member that never reported, or that was gone for longer than the window, is not missed. Seven healthy machines of
eight pass, and so does a pool that lost its only bad one.
Use instead: `members`, as a list, or from a metric that has one series for each member.

Flagged:

    metrics:
      node_ready: {type: gauge, labels: [node]}
    categories:
      - id: nodes
        title: Nodes
        criteria:
          - id: nodes_ready
            title: Every node is ready
            measure: {kind: gauge, metric: node_ready}
            require: {equals: 1}

Clean:

    metrics:
      node_ready: {type: gauge, labels: [node]}
    categories:
      - id: nodes
        title: Nodes
        criteria:
          - id: nodes_ready
            title: Every node is ready
            measure: {kind: gauge, metric: node_ready}
            members: {label: node, listed: [a1, a2, b1]}
            require: {equals: 1}
"""

from collections.abc import Iterator
from typing import Final

from compiler.checks.base import declared, each_criterion
from compiler.diagnostics import Diagnostic, Severity
from compiler.middle.context import Places
from compiler.promql.printer import show
from compiler.spec.model import Criterion, Gate
from compiler.spec.requirement import MetricLimit, TableLimit

CODE: Final = "PG216"


def check(gate: Gate, places: Places) -> Iterator[Diagnostic]:
    """Every criterion that is for every member of an unknown number; a kind with members of its own knows them."""
    for path, criterion, context in each_criterion(gate):
        each = bool(criterion.by) or criterion.measure.lower(context).every_series
        if not each or criterion.members or criterion.measure.own_labels or not criterion.measure.uses():
            continue
        who = f"every {' and '.join(criterion.by)}" if criterion.by else "every series"
        yield Diagnostic(
            CODE,
            f"{criterion.id} judges {who} that reports, and does not know which must",
            places.span((*path, "by")) if criterion.by else places.span((*path, "measure")),
            _proposal(gate, criterion),
            Severity.WARNING,
        )


def _proposal(gate: Gate, criterion: Criterion) -> str:
    """The `members` that the criterion could have."""
    limit = criterion.require.limits[0]
    if isinstance(limit, TableLimit):
        return f"add `members: {{listed: [{', '.join(limit.by_member)}]}}`"
    if isinstance(limit, MetricLimit):
        return f"add `members: {{from: {show(limit.metric)}}}`, which has one series for each"
    selector = criterion.measure.uses()[0].selector
    metric = declared(gate, selector.name)
    one_value = {matcher.label for matcher in selector.matchers if matcher.op == "="}
    labels = criterion.by or [label for label in (metric.labels if metric else []) if label not in one_value]
    label = labels[0] if labels else "instance"
    return f"add `members: {{label: {label}, listed: [...]}}`, or `from: a_metric` that has one series for each"
