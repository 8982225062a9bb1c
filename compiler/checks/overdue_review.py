"""A gate whose review is due.

What: the day in `next_review` has come.
Why: bounds that were right when a gate was written let through what hurts now, or stop what is good; a gate that nobody
looks at any more is obeyed until it is wrong, and then ignored.
Use instead: look at what has closed the gate since the last review (`promgate log`), and at what should have; change
the criteria, and write the day of the next review.

Flagged:

    apiVersion: promgate/v1
    kind: Gate
    metadata: {name: jobs, title: Nightly jobs, owner: Batch Team, next_review: 2020-06-30}
    metrics:
      jobs_failed_total: {type: counter}
    categories:
      - id: jobs
        title: Jobs
        criteria:
          - id: failures
            title: Failures
            measure: {kind: increase, metric: jobs_failed_total}
            require: {equals: 0}

Clean:

    apiVersion: promgate/v1
    kind: Gate
    metadata: {name: jobs, title: Nightly jobs, owner: Batch Team, next_review: 2999-06-30}
    metrics:
      jobs_failed_total: {type: counter}
    categories:
      - id: jobs
        title: Jobs
        criteria:
          - id: failures
            title: Failures
            measure: {kind: increase, metric: jobs_failed_total}
            require: {equals: 0}
"""

from collections.abc import Iterator
from typing import Final

from compiler.diagnostics import Diagnostic, Severity
from compiler.middle.context import Places
from compiler.moment import Moment
from compiler.spec.model import Gate

CODE: Final = "PG241"


def check(gate: Gate, places: Places, now: Moment) -> Iterator[Diagnostic]:
    """Whether the review is due. It can be acknowledged by nothing but another date."""
    day = gate.metadata.next_review
    if day and Moment.of_day(day) <= now:
        message = f"the review of this gate was due on {day}"
        hint = "review it, and write the day of the next one"
        yield Diagnostic(CODE, message, places.span(("metadata", "next_review")), hint, Severity.WARNING)
