"""A number outside of what it can be.

What: a `min_coverage` that is no share of a window, a `max_error` above 5% of it, or buckets that do not rise.
Why: a coverage above 100% is never reached, and one of 0% protects from nothing; a large error makes another criterion
of it; and buckets out of order are usually a slip in one of them, which the checks of bounds would believe.
Use instead: a share above 0% and up to 100% (5% for an error); the buckets as the exporter has them, from low to high,
each once.

Flagged:

    metrics:
      request_duration_seconds: {type: histogram, unit: seconds, buckets: [0.1, 0.5, 0.25]}
    categories:
      - id: requests
        title: Requests
        criteria:
          - id: latency
            title: Latency p95
            measure: {kind: quantile, histogram: request_duration_seconds, quantile: 95%}
            require: {at_most: 250ms}

Clean:

    metrics:
      request_duration_seconds: {type: histogram, unit: seconds, buckets: [0.1, 0.25, 0.5]}
    categories:
      - id: requests
        title: Requests
        criteria:
          - id: latency
            title: Latency p95
            measure: {kind: quantile, histogram: request_duration_seconds, quantile: 95%}
            require: {at_most: 250ms}
"""

from collections.abc import Iterator
from typing import Final

from compiler.checks.base import each_criterion
from compiler.diagnostics import Diagnostic
from compiler.fields import Dimension, Quantity
from compiler.middle.context import Places
from compiler.spec.model import Gate
from compiler.spec.source import Path

CODE: Final = "PG227"

_LARGEST_ERROR: Final = 0.05


def check(gate: Gate, places: Places) -> Iterator[Diagnostic]:
    """Every number that is out of its range."""
    for path, coverage, error in _shares(gate):
        if coverage and not _is_share(coverage, 1):
            message = f"{coverage} is no share of a window"
            yield Diagnostic(CODE, message, places.span((*path, "min_coverage")), "write it like 80%")
        if error and not _is_share(error, _LARGEST_ERROR):
            message = f"{error} is no small share of a window"
            yield Diagnostic(CODE, message, places.span((*path, "max_error")), "write it like 0.1%, or at most 5%")
    for name, metric in gate.metrics.items():
        if metric.buckets != sorted(set(metric.buckets)):
            rising = f"buckets: [{', '.join(map(str, sorted(set(metric.buckets))))}]"
            yield Diagnostic(CODE, "the buckets do not rise", places.span(("metrics", name, "buckets")), rising)


def _shares(gate: Gate) -> Iterator[tuple[Path, Quantity | None, Quantity | None]]:
    yield ("defaults",), gate.defaults.min_coverage, gate.defaults.max_error
    yield from ((path, one.min_coverage, one.max_error) for path, one, _ in each_criterion(gate))


def _is_share(one: Quantity, most: float) -> bool:
    return one.unit.dimension in (Dimension.RATIO, Dimension.NUMBER) and 0 < one.base <= most
