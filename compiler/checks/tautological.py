"""A bound that every value meets.

What: a requirement that cannot fail whatever is measured: a share of at least 0%, an increase of at least 0.
Why: only missing data can fail such a criterion; it looks like a protection, and is none.
Use instead: a bound that a bad value breaks. If the presence of the data is all that matters, acknowledge it.

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
            require: {at_least: 0%}

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
            require: {at_least: 90%}
"""

from collections.abc import Iterator
from typing import Final

from compiler.checks.constraints import Constraint, End, Interval, constraints
from compiler.diagnostics import Diagnostic, Severity
from compiler.fields import in_unit
from compiler.middle.context import Places
from compiler.spec.model import Gate

CODE: Final = "PG221"


def check(gate: Gate, places: Places) -> Iterator[Diagnostic]:
    """Every requirement that always holds."""
    for one in constraints(gate):
        reasons = [_reason(one, interval) for interval in one.intervals.values()]
        if all(reasons):
            message = f"{one.criterion.id} is never failed by its value: {one.required} always holds"
            hint = "make the bound tighter"
            yield Diagnostic(CODE, message, places.span(one.where), hint, Severity.WARNING, note=reasons[0])


def _reason(one: Constraint, interval: Interval) -> str:
    """Why everything is in the interval, or "" if something may be outside."""
    measurand = one.measurand
    least = End(measurand.low, strict=False) if measurand.low is not None else None
    most = End(measurand.high, strict=False) if measurand.high is not None else None
    if (interval.low and not (least and least.at_least(interval.low))) or (
        interval.high and not (most and most.at_most(interval.high))
    ):
        return ""
    said = [f"less than {in_unit(measurand.low, one.unit)}"] if interval.low and measurand.low is not None else []
    said += [f"more than {in_unit(measurand.high, one.unit)}"] if interval.high and measurand.high is not None else []
    return f"{measurand.text} is never {' or '.join(said)}"
