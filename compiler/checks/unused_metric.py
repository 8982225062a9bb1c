"""A metric that is declared and not used.

What: `metrics` has an entry that nothing refers to.
Why: usually a criterion was meant to use it, or was removed; `metrics` should say what the gate reads.
Use instead: use the metric, or remove its entry.

Flagged:

    metrics:
      jobs_failed_total: {type: counter}
      jobs_total: {type: counter}
    categories:
      - id: jobs
        title: Jobs
        criteria:
          - id: failures
            title: Failures
            measure: {kind: increase, metric: jobs_failed_total}
            require: {equals: 0}

Clean:

    metrics:
      jobs_failed_total: {type: counter}
      jobs_total: {type: counter}
    categories:
      - id: jobs
        title: Jobs
        criteria:
          - id: failures
            title: Failures
            measure: {kind: increase, metric: jobs_failed_total, alive: jobs_total}
            require: {equals: 0}
"""

from collections.abc import Iterator
from typing import Final

from compiler.checks.base import entry
from compiler.checks.references import references
from compiler.diagnostics import Diagnostic, Severity
from compiler.middle.context import Places
from compiler.spec.model import Gate
from compiler.suggest import near

CODE: Final = "PG206"


def check(gate: Gate, places: Places) -> Iterator[Diagnostic]:
    """Every entry without a use."""
    names = {reference.selector.name for reference in references(gate)}
    used = {entry(gate, name) for name in names}
    meant = {near(name, gate.metrics) for name in names if entry(gate, name) is None}
    for name in gate.metrics:
        if name not in used and name not in meant:
            place, message = places.key_span(("metrics", name)), f"no criterion uses the metric {name}"
            yield Diagnostic(CODE, message, place, "remove it, or use it", Severity.WARNING)
