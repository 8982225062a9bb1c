"""Two criteria that can never both pass.

What: two criteria bound one quantity, and no value meets both. Bounds on a share and on what is left of it (an error
rate and an availability) are bounds on one quantity, and so are those on two quantiles of one histogram.
Why: a gate passes only if all criteria pass, so this one would never open.
Use instead: correct the bound that is wrong, or remove one of the criteria.

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
            require: {at_least: 99%}
          - id: failures_seen
            title: Failures are injected
            measure: {kind: ratio, part: requests_failed_total, total: requests_total}
            require: {above: 5%}
            acknowledge:
              - {code: PG214, reason: Failures are injected on purpose.}

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
            require: {at_least: 90%}
          - id: failures_seen
            title: Failures are injected
            measure: {kind: ratio, part: requests_failed_total, total: requests_total}
            require: {above: 5%}
            acknowledge:
              - {code: PG214, reason: Failures are injected on purpose.}
"""

from collections.abc import Iterator
from typing import Final

from compiler.checks.constraints import meaning, related
from compiler.diagnostics import Diagnostic, Label
from compiler.middle.context import Places
from compiler.spec.model import Gate

CODE: Final = "PG222"


def check(gate: Gate, places: Places) -> Iterator[Diagnostic]:
    """Every pair that excludes each other; with a waiver they may be meant for different times."""
    for one, other in related(gate):
        if one.criterion.waive_while or other.criterion.waive_while or not one.excludes(other):
            continue
        yield Diagnostic(
            CODE,
            f"{other.criterion.id} and {one.criterion.id} can never both pass",
            places.span(other.where),
            "correct one of the two bounds",
            labels=(Label(places.span(one.where), "the other bound"),),
            note=f"{meaning(one, other.unit)};\n{meaning(other, one.unit)}",
        )
