"""A label that a metric does not have.

What: `by`, `of`, `members`, a matcher or a limit per member names a label that is not among the metric's `labels`.
Why: grouping by a label that is not there puts everything into one group without a name, a join on it is empty, and a
matcher on it selects nothing.
Use instead: one of the metric's labels; or add the label under `metrics`, if the metric has it.

Flagged:

    metrics:
      request_duration_seconds: {type: histogram, unit: seconds, labels: [handler]}
    categories:
      - id: requests
        title: Requests
        criteria:
          - id: latency
            title: Latency p95
            measure: {kind: quantile, histogram: request_duration_seconds, quantile: 95%}
            by: [handlers]
            members: {listed: [cart, payment]}
            require: {at_most: 150ms}

Clean:

    metrics:
      request_duration_seconds: {type: histogram, unit: seconds, labels: [handler]}
    categories:
      - id: requests
        title: Requests
        criteria:
          - id: latency
            title: Latency p95
            measure: {kind: quantile, histogram: request_duration_seconds, quantile: 95%}
            by: [handler]
            members: {listed: [cart, payment]}
            require: {at_most: 150ms}
"""

from collections.abc import Iterator
from typing import Final

from compiler import naming
from compiler.checks.base import declared, declared_here, each_criterion, entry
from compiler.checks.references import references
from compiler.diagnostics import Diagnostic
from compiler.measures.context import Context
from compiler.middle.context import Places
from compiler.spec.model import Criterion, Gate
from compiler.spec.requirement import MetricLimit
from compiler.spec.source import Path
from compiler.suggest import near

CODE: Final = "PG204"

# Prometheus adds these to every series that it scrapes.
_ALWAYS: Final = frozenset({"instance", "job"})


def check(gate: Gate, places: Places) -> Iterator[Diagnostic]:
    """Every label that a metric does not have, once a place."""
    for path, criterion, context in each_criterion(gate):
        for name, label, where in dict.fromkeys(_used(path, criterion, context)):
            if not _has(gate, name, label):
                yield _missing(gate, places, name, label, where)
    for reference in references(gate):
        for matcher in reference.selector.matchers:
            if not _has(gate, reference.selector.name, matcher.label):
                yield _missing(gate, places, reference.selector.name, matcher.label, reference.path)


def _has(gate: Gate, name: str, label: str) -> bool:
    metric = declared(gate, name)
    if metric is None or label in metric.labels or label in _ALWAYS:
        return True
    if name.startswith(naming.OWN_PREFIXES):  # what promgate records has labels that nobody declares
        return label in naming.RESERVED_LABELS
    return label == "le" and metric.type == "histogram"


def _missing(gate: Gate, places: Places, name: str, label: str, where: Path) -> Diagnostic:
    metric = declared(gate, name)
    labels = metric.labels if metric else []
    meant = near(label, labels)
    has = f"it has {', '.join(labels)}" if labels else "it is declared without labels"
    hint = f"did you mean {meant}?" if meant else f"{has}; add the label under `metrics` if it is there"
    known = declared_here(gate, places, name, f"{has}, as declared here")
    return Diagnostic(CODE, f"{entry(gate, name)} has no label {label!r}", places.span(where), hint, labels=known)


def _used(path: Path, criterion: Criterion, context: Context) -> Iterator[tuple[str, str, Path]]:
    """Which metric must have which label, and where the spec says so."""
    read = tuple(dict.fromkeys(r.selector.name for r in criterion.measure.reads(context)))
    for index, label in enumerate(criterion.by):
        yield from ((name, label, (*path, "by", index)) for name in read)
        for limit in criterion.require.limits:
            if isinstance(limit, MetricLimit):
                yield limit.metric.name, label, (*path, "require", criterion.require.word, "metric")
    for key, label in criterion.measure.label_keys.items():
        yield from ((name, label, (*path, "measure", key)) for name in read)
    members = criterion.members
    if members and members.label:
        names = (*read[:1], *((members.source.name,) if members.source else ()))
        yield from ((name, members.label, (*path, "members", "label")) for name in names)
    elif members and members.source:
        yield from ((members.source.name, label, (*path, "members", "from")) for label in criterion.by)
