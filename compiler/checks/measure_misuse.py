"""A measure that is used in a way it cannot be.

What: what a kind of measure finds wrong itself, such as a group without a word on how its series become one value, or a
baseline that is hardly longer than its period.
Why: the result would not be what the author means.
Use instead: see the hint; `compiler/measures` explains each kind at the top of its file.

Flagged:

    metrics:
      pool_used: {type: gauge, labels: [pool]}
    categories:
      - id: pools
        title: Pools
        criteria:
          - id: pool_used
            title: Connections in use
            measure: {kind: gauge, metric: pool_used}
            by: [pool]
            members: {listed: [orders, mails]}
            require: {at_most: 100}

Clean:

    metrics:
      pool_used: {type: gauge, labels: [pool]}
    categories:
      - id: pools
        title: Pools
        criteria:
          - id: pool_used
            title: Connections in use
            measure: {kind: gauge, metric: pool_used, across: sum}
            by: [pool]
            members: {listed: [orders, mails]}
            require: {at_most: 100}
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from compiler.checks.base import each_criterion
from compiler.diagnostics import Diagnostic
from compiler.middle.context import Places
from compiler.spec.model import Gate

CODE: Final = "PG210"


def check(gate: Gate, places: Places) -> Iterator[Diagnostic]:
    """Every problem that a kind reports."""
    required = tuple(
        read.name for _, one, context in each_criterion(gate) for read in one.measure.reads(context) if read.required
    )
    for path, criterion, context in each_criterion(gate):
        for key, message, hint in criterion.measure.problems(replace(context, watched=required)):
            where = (*path, "measure", key) if key else (*path, "measure")
            yield Diagnostic(CODE, message, places.span(where), hint)
