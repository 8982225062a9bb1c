"""A metric that is used as another type than it has.

What: a measure needs a counter, and the metric is declared as a gauge, or the other way round.
Why: `increase` and `rate` take every drop of a gauge for a counter reset, so a draining queue looks like growth; and
the level of a counter says nothing but when its process started.
Use instead: another kind of measure, or the right type under `metrics`.

Flagged:

    metrics:
      queue_depth: {type: gauge}
    categories:
      - id: queue
        title: Queue
        criteria:
          - id: queue_growth
            title: Queue growth
            measure: {kind: increase, metric: queue_depth}
            require: {at_most: 0}

Clean:

    metrics:
      queue_depth: {type: gauge}
    categories:
      - id: queue
        title: Queue
        criteria:
          - id: queue_growth
            title: Queue growth
            measure: {kind: growth, metric: queue_depth}
            require: {at_most: 0}
"""

from collections.abc import Iterator
from typing import Final

from compiler.checks.base import declared, declared_here
from compiler.checks.references import references
from compiler.diagnostics import Diagnostic
from compiler.middle.context import Places
from compiler.spec.model import Gate

CODE: Final = "PG202"

_KINDS: Final = {
    "counter": "ratio, increase and the shares take counters",
    "gauge": "gauge, growth and age take gauges",
    "histogram": "quantile takes histograms",
}


def check(gate: Gate, places: Places) -> Iterator[Diagnostic]:
    """Every use of a metric as another type than it is declared."""
    for reference in references(gate):
        name, wanted = reference.selector.name, " or a ".join(reference.types)
        metric = declared(gate, name)
        if metric and metric.type not in reference.types:
            yield Diagnostic(
                CODE,
                f"{name} is a {metric.type}, and a {wanted} is needed here",
                places.span(reference.path),
                f"{_KINDS[metric.type]}; or correct its type under `metrics`",
                labels=declared_here(gate, places, name, f"declared as a {metric.type} here"),
            )
