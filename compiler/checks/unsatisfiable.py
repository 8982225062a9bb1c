"""A bound that no value can meet.

What: a requirement that cannot hold whatever happens: a share above 100%, an age below zero, a lower bound above the
upper one.
Why: the gate would never open.
Use instead: a bound that lies between what can be measured at least and at most.

Flagged:

    metrics:
      jobs_succeeded_total: {type: counter}
      jobs_total: {type: counter}
    categories:
      - id: jobs
        title: Jobs
        criteria:
          - id: job_success
            title: Job success
            measure: {kind: ratio, good: jobs_succeeded_total, total: jobs_total}
            require: {above: 100%}

Clean:

    metrics:
      jobs_succeeded_total: {type: counter}
      jobs_total: {type: counter}
    categories:
      - id: jobs
        title: Jobs
        criteria:
          - id: job_success
            title: Job success
            measure: {kind: ratio, good: jobs_succeeded_total, total: jobs_total}
            require: {equals: 100%}
"""

from collections.abc import Iterator
from typing import Final

from compiler.checks.constraints import Constraint, End, Interval, constraints
from compiler.diagnostics import Diagnostic
from compiler.fields import in_unit
from compiler.middle.context import Places
from compiler.spec.model import Gate

CODE: Final = "PG220"


def check(gate: Gate, places: Places) -> Iterator[Diagnostic]:
    """Every requirement that cannot hold."""
    for one in constraints(gate):
        for interval in dict.fromkeys(one.intervals.values()):
            if note := _reason(one, interval):
                message = f"{one.criterion.id} can never pass: {one.required} is impossible"
                yield Diagnostic(CODE, message, places.span(one.where), "move the bound", note=note)
                break


def _reason(one: Constraint, interval: Interval) -> str:
    """Why nothing is in the interval, or "" if something may be."""
    low, high, measurand = interval.low, interval.high, one.measurand
    if low and high and low.excludes(high):
        return "the lower bound lies above the upper one"
    if low and measurand.high is not None and low.excludes(End(measurand.high, strict=False)):
        return f"{measurand.text} is never more than {in_unit(measurand.high, one.unit)}"
    if high and measurand.low is not None and End(measurand.low, strict=False).excludes(high):
        return f"{measurand.text} is never less than {in_unit(measurand.low, one.unit)}"
    return ""
