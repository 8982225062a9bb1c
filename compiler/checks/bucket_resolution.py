"""A bound in the middle of a wide bucket.

What: a quantile is bounded by a value inside of a bucket that is wider than a quarter of that value.
Why: a histogram counts per bucket, so where in the bucket a quantile lies is an assumption (Prometheus draws a straight
line). The true value may be on the other side of the bound, anywhere in the bucket.
Use instead: a bound of one of the buckets; or a bucket at the bound, which makes the verdict exact.

Flagged:

    metrics:
      request_duration_seconds: {type: histogram, unit: seconds, buckets: [0.1, 0.25, 0.5, 1, 2.5]}
    categories:
      - id: requests
        title: Requests
        criteria:
          - id: latency
            title: Latency p95
            measure: {kind: quantile, histogram: request_duration_seconds, quantile: 95%}
            require: {at_most: 150ms}

Clean:

    metrics:
      request_duration_seconds: {type: histogram, unit: seconds, buckets: [0.1, 0.15, 0.25, 0.5, 1, 2.5]}
    categories:
      - id: requests
        title: Requests
        criteria:
          - id: latency
            title: Latency p95
            measure: {kind: quantile, histogram: request_duration_seconds, quantile: 95%}
            require: {at_most: 150ms}
"""

from bisect import bisect_left
from collections.abc import Iterator
from fractions import Fraction
from typing import Final

from compiler.checks.base import declared_here
from compiler.checks.constraints import Constraint, constraints
from compiler.diagnostics import Diagnostic, Severity
from compiler.fields import in_unit
from compiler.middle.context import Places
from compiler.spec.model import Gate

CODE: Final = "PG212"

_TOLERANCE: Final = Fraction(1, 4)


def check(gate: Gate, places: Places) -> Iterator[Diagnostic]:
    """Every bound that lies in a wide bucket."""
    for one in constraints(gate):
        bounds = one.criterion.measure.resolution(one.context)
        for limit in _limits(one):
            around = _bucket(limit, bounds)
            if around is None:
                continue
            low, high = (in_unit(end, one.unit) for end in around)
            metric = one.criterion.measure.uses()[0].selector.name
            yield Diagnostic(
                CODE,
                f"{in_unit(limit, one.unit)} lies inside of the bucket from {low} to {high}",
                places.span(one.where),
                f"use {f'{low} or ' if around[0] else ''}{high}, or give the histogram a bucket at "
                f"{in_unit(limit, one.unit)}",
                Severity.WARNING,
                declared_here(gate, places, metric, "its buckets are declared here"),
                f"whenever {one.measurand.text} is in that bucket, all that is known is that it is between {low} and "
                f"{high}; where, is a guess",
            )


def _limits(one: Constraint) -> Iterator[Fraction]:
    ends = (end for interval in one.intervals.values() for end in (interval.low, interval.high) if end)
    yield from dict.fromkeys(end.value for end in ends if isinstance(end.value, Fraction))


def _bucket(limit: Fraction, bounds: tuple[Fraction, ...]) -> tuple[Fraction, Fraction] | None:
    """The wide bucket that a limit lies inside of; the first one begins at zero."""
    index = bisect_left(bounds, limit)
    if index == len(bounds) or bounds[index] == limit or limit <= 0:
        return None
    low, high = bounds[index - 1] if index else Fraction(0), bounds[index]
    return (low, high) if high - low > _TOLERANCE * limit else None
