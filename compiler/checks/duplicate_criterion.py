"""The same criterion twice.

What: two criteria measure the same and require the same, perhaps in two categories.
Why: one cause then fails two lines of the gate and sends two alerts; when the bound is changed in one place, the other
is forgotten.
Use instead: keep one of the two, in the category whose people can act on it.

Flagged:

    metrics:
      queue_depth: {type: gauge}
    categories:
      - id: queue
        title: Queue
        criteria:
          - id: queue_depth
            title: Queue depth
            measure: {kind: gauge, metric: queue_depth, over_time: max, across: max}
            require: {at_most: 100}
      - id: capacity
        title: Capacity
        criteria:
          - id: backlog
            title: Backlog
            measure: {kind: gauge, metric: queue_depth, over_time: max, across: max}
            require: {at_most: 100}

Clean:

    metrics:
      queue_depth: {type: gauge}
    categories:
      - id: queue
        title: Queue
        criteria:
          - id: queue_depth
            title: Queue depth
            measure: {kind: gauge, metric: queue_depth, over_time: max, across: max}
            require: {at_most: 100}
      - id: capacity
        title: Capacity
        criteria:
          - id: backlog
            title: Backlog
            measure: {kind: growth, metric: queue_depth}
            require: {at_most: 0}
"""

from collections.abc import Iterator
from typing import Final

from compiler.checks.constraints import meaning, passes_with, related
from compiler.diagnostics import Diagnostic, Label, Severity
from compiler.middle.context import Places
from compiler.spec.model import Gate

CODE: Final = "PG224"


def check(gate: Gate, places: Places) -> Iterator[Diagnostic]:
    """Every criterion that an earlier one repeats, once."""
    said: set[str] = set()
    for one, other in related(gate):
        alike = one.implies(other) and other.implies(one) and passes_with(one, other, gate)
        if alike and other.criterion.id not in said:
            said.add(other.criterion.id)
            yield Diagnostic(
                CODE,
                f"{other.criterion.id} is the same criterion as {one.criterion.id}",
                places.span((*other.path, "measure")),
                "keep one of the two",
                Severity.WARNING,
                (Label(places.span((*one.path, "measure")), "the same measure"),),
                f"{meaning(one, other.unit)};\n{meaning(other, one.unit)}",
            )
