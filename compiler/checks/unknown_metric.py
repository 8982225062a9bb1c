"""A metric that is not declared.

What: a criterion, a limit, a waiver or a list of members names a metric that is not under `metrics`.
Why: a misspelt metric never reports, so the gate would be closed forever; and without its type and unit the compiler
cannot check how it is used.
Use instead: declare the metric under `metrics`, or correct its name.

Flagged:

    metrics:
      jobs_failed_total: {type: counter}
      jobs_total: {type: counter}
    categories:
      - id: jobs
        title: Jobs
        criteria:
          - id: job_failures
            title: Job failures
            measure: {kind: ratio, part: jobs_failed_total, total: job_total}
            require: {at_most: 1%}
          - id: jobs_run
            title: Jobs run
            measure: {kind: increase, metric: jobs_total}
            require: {at_least: 100}

Clean:

    metrics:
      jobs_failed_total: {type: counter}
      jobs_total: {type: counter}
    categories:
      - id: jobs
        title: Jobs
        criteria:
          - id: job_failures
            title: Job failures
            measure: {kind: ratio, part: jobs_failed_total, total: jobs_total}
            require: {at_most: 1%}
"""

from collections.abc import Iterator
from typing import Final

from compiler.checks.base import declared
from compiler.checks.references import references
from compiler.diagnostics import Diagnostic
from compiler.middle.context import Places
from compiler.spec.model import Gate
from compiler.suggest import near

CODE: Final = "PG201"


def check(gate: Gate, places: Places) -> Iterator[Diagnostic]:
    """Every use of an undeclared metric."""
    for reference in references(gate):
        name = reference.selector.name
        if declared(gate, name) is None:
            meant = near(name, gate.metrics)
            declare = f"declare it: metrics: {{{name}: {{type: {reference.types[0]}}}}}"
            message = f"the metric {name} is not declared under `metrics`"
            yield Diagnostic(CODE, message, places.span(reference.path), f"did you mean {meant}?" if meant else declare)
