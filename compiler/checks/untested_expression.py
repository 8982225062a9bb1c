"""An expression of the author's own that no example tests.

What: a `promql` measure without an example that passes, or without one that fails.
Why: of every other measure the compiler knows which data passes, and writes tests of its rules; what an expression is
meant to say, only its author knows. A wrong label or a sum for a maximum is found by no one else.
Use instead: examples on both sides of the bound, as near to it as possible, with the value of the expression.

Flagged:

    metrics:
      jobs_waiting: {type: gauge}
    categories:
      - id: jobs
        title: Jobs
        criteria:
          - id: backlog
            title: Backlog
            measure: {kind: promql, expr: sum(jobs_waiting)}
            require: {at_most: 100}

Clean:

    metrics:
      jobs_waiting: {type: gauge}
    categories:
      - id: jobs
        title: Jobs
        criteria:
          - id: backlog
            title: Backlog
            measure: {kind: promql, expr: sum(jobs_waiting), examples: [
              {series: {jobs_waiting: 100}, value: 100, expect: pass},
              {series: {'jobs_waiting{queue="a"}': 60, 'jobs_waiting{queue="b"}': 41}, value: 101, expect: fail}]}
            require: {at_most: 100}
"""

from collections.abc import Iterator
from typing import Final

from compiler import states
from compiler.checks.base import each_criterion
from compiler.diagnostics import Diagnostic, Severity
from compiler.measures.situation import Impossible
from compiler.middle.context import Places
from compiler.spec.model import Gate

CODE: Final = "PG701"


def check(gate: Gate, places: Places) -> Iterator[Diagnostic]:
    """Every measure whose tests only its author can write, and has not."""
    for path, criterion, context in each_criterion(gate):
        measure = criterion.measure
        if not measure.whole_examples:
            continue
        told = set()
        for _, make in measure.examples(context):
            try:
                told.add(make().state)
            except Impossible:
                continue
        missing = [state.name for state in (states.PASS, states.FAIL) if state not in told]
        if missing:
            yield Diagnostic(
                CODE,
                f"no example of this expression says when it must {' or '.join(missing)}",
                places.span((*path, "measure")),
                "add `examples: [{series: {metric: 1}, value: 1, expect: pass}, …]`, on both sides of the bound",
                Severity.WARNING,
            )
