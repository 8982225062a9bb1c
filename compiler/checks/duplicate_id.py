"""Two criteria, or two categories, with one id.

What: an id occurs twice in one gate.
Why: recorded series are told apart by the id, so the two would write one series: the first wins, the other is lost.
Use instead: an id of its own for each.

Flagged:

    metrics:
      jobs_failed_total: {type: counter}
    categories:
      - id: jobs
        title: Jobs
        criteria:
          - id: failures
            title: Failures of the last hour
            measure: {kind: increase, metric: jobs_failed_total}
            window: 1h
            require: {equals: 0}
          - id: failures
            title: Failures of the last day
            measure: {kind: increase, metric: jobs_failed_total}
            window: 24h
            require: {at_most: 5}

Clean:

    metrics:
      jobs_failed_total: {type: counter}
    categories:
      - id: jobs
        title: Jobs
        criteria:
          - id: failures_1h
            title: Failures of the last hour
            measure: {kind: increase, metric: jobs_failed_total}
            window: 1h
            require: {equals: 0}
          - id: failures_24h
            title: Failures of the last day
            measure: {kind: increase, metric: jobs_failed_total}
            window: 24h
            require: {at_most: 5}
"""

from collections.abc import Iterator
from typing import Final

from compiler.checks.base import each_criterion
from compiler.diagnostics import Diagnostic, Label
from compiler.middle.context import Places
from compiler.spec.model import Gate
from compiler.spec.source import Path

CODE: Final = "PG205"


def check(gate: Gate, places: Places) -> Iterator[Diagnostic]:
    """Every id that occurs again."""
    categories: list[tuple[str, Path]] = [
        (category.id, ("categories", i, "id")) for i, category in enumerate(gate.categories)
    ]
    criteria: list[tuple[str, Path]] = [(criterion.id, (*path, "id")) for path, criterion, _ in each_criterion(gate)]
    yield from _repeated("category", categories, places)
    yield from _repeated("criterion", criteria, places)


def _repeated(what: str, rows: list[tuple[str, Path]], places: Places) -> Iterator[Diagnostic]:
    first: dict[str, Path] = {}
    for identifier, path in rows:
        if identifier in first:
            yield Diagnostic(
                CODE,
                f"the {what} id {identifier!r} is taken already",
                places.span(path),
                f"call it {identifier}_2, or better what tells the two apart",
                labels=(Label(places.span(first[identifier]), "it is taken here"),),
            )
        first.setdefault(identifier, path)
