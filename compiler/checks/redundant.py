"""A criterion that can never fail first.

What: whenever another criterion passes, this one passes too: both bound one quantity, and the other bound is tighter.
Bounds on a share and on what is left of it (an error rate and an availability) are bounds on one quantity, and so are
those on two quantiles of one histogram.
Why: the criterion looks like a protection and adds none; often one of the two bounds is not what was meant.
Use instead: correct the bound, measure something else, or remove the criterion.

Flagged:

    metrics:
      requests_failed_total: {type: counter}
      requests_total: {type: counter}
    categories:
      - id: requests
        title: Requests
        criteria:
          - id: availability
            title: Availability
            measure: {kind: ratio, bad: requests_failed_total, total: requests_total}
            require: {at_least: 99.9%}
          - id: error_rate
            title: Error rate
            measure: {kind: ratio, part: requests_failed_total, total: requests_total}
            require: {at_most: 1%}

Clean:

    metrics:
      requests_failed_total: {type: counter}
      requests_total: {type: counter}
    categories:
      - id: requests
        title: Requests
        criteria:
          - id: availability
            title: Availability
            measure: {kind: ratio, bad: requests_failed_total, total: requests_total}
            require: {at_least: 99.9%}
          - id: error_rate
            title: Error rate of the last minutes
            measure: {kind: ratio, part: requests_failed_total, total: requests_total}
            window: 5m
            require: {at_most: 1%}
"""

from collections.abc import Iterator
from typing import Final

from compiler.checks.constraints import Constraint, meaning, passes_with, related
from compiler.diagnostics import Diagnostic, Label, Severity
from compiler.middle.context import Places
from compiler.spec.model import Gate

CODE: Final = "PG223"


def check(gate: Gate, places: Places) -> Iterator[Diagnostic]:
    """Every criterion that another one implies, once; what implies each other is a duplicate."""
    said: set[str] = set()
    for pair in related(gate):
        for one, other in (pair, pair[::-1]):
            implied = (
                one.implies(other) and passes_with(one, other, gate) and _severity(one, gate) == _severity(other, gate)
            )
            if implied and not other.implies(one) and other.criterion.id not in said:
                said.add(other.criterion.id)
                yield _found(one, other, places)


def _severity(one: Constraint, gate: Gate) -> str:
    """A second bound may be there for another severity of its alert."""
    return one.criterion.severity or gate.categories[one.category].severity or gate.defaults.severity


def _found(one: Constraint, other: Constraint, places: Places) -> Diagnostic:
    return Diagnostic(
        CODE,
        f"{other.criterion.id} can never fail before {one.criterion.id} does",
        places.span(other.where),
        f"make it tighter than {one.criterion.id}, measure something else, or remove it",
        Severity.WARNING,
        (Label(places.span(one.where), "this bound is the tighter one"),),
        f"{meaning(one, other.unit)};\n{meaning(other, one.unit)}, which then always holds",
    )
