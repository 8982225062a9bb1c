"""A bound above the highest bucket.

What: a quantile is bounded by a value above the highest finite bucket that the histogram is declared with.
Why: above that bucket Prometheus cannot say where a quantile lies, so such a value is never a pass. An upper bound
there allows less than it says, and a lower bound can never be met.
Use instead: a bound up to the highest bucket, or a histogram with higher buckets.

Flagged:

    metrics:
      request_duration_seconds: {type: histogram, unit: seconds, buckets: [0.1, 0.25, 0.5, 1, 2.5]}
    categories:
      - id: requests
        title: Requests
        criteria:
          - id: latency
            title: Latency p99
            measure: {kind: quantile, histogram: request_duration_seconds, quantile: 99%}
            require: {at_most: 5s}

Clean:

    metrics:
      request_duration_seconds: {type: histogram, unit: seconds, buckets: [0.1, 0.25, 0.5, 1, 2.5]}
    categories:
      - id: requests
        title: Requests
        criteria:
          - id: latency
            title: Latency p99
            measure: {kind: quantile, histogram: request_duration_seconds, quantile: 99%}
            require: {at_most: 2.5s}
"""

from collections.abc import Iterator
from fractions import Fraction
from typing import Final

from compiler.checks.base import declared_here
from compiler.checks.constraints import Constraint, constraints
from compiler.diagnostics import Diagnostic
from compiler.fields import in_unit
from compiler.middle.context import Places
from compiler.spec.model import Gate

CODE: Final = "PG211"


def check(gate: Gate, places: Places) -> Iterator[Diagnostic]:
    """Every bound that the buckets cannot show."""
    for one in constraints(gate):
        bounds = one.criterion.measure.resolution(one.context)
        if bounds and (found := _found(one, bounds[-1])):
            metric = one.criterion.measure.uses()[0].selector.name
            yield Diagnostic(
                CODE,
                found[0],
                places.span(one.where),
                f"{found[1]}, or give the histogram higher buckets",
                labels=declared_here(gate, places, metric, "its buckets are declared here"),
                note=f"{one.measurand.text} above {in_unit(bounds[-1], one.unit)} is unknown, which is never a pass",
            )


def _found(one: Constraint, top: Fraction) -> tuple[str, str] | None:
    """What is wrong with the bounds, and what to do."""
    highest = in_unit(top, one.unit)
    for interval in one.intervals.values():
        low, high = interval.low, interval.high
        if low and isinstance(low.value, Fraction) and (low.value > top or (low.strict and low.value == top)):
            message = f"{one.criterion.id} can never pass: the highest bucket is {highest}"
            return message, f"require less than {highest}"
        if high and isinstance(high.value, Fraction) and high.value > top:
            message = f"{in_unit(high.value, one.unit)} is above the highest bucket, {highest}"
            return message, f"require at most {highest}"
    return None
