"""A declaration against the name of the metric.

What: a metric whose name says its unit or type (`_seconds`, `_bytes`, `_total`) is declared with another.
Why: all other checks believe the declaration. A latency that is declared without its unit is compared with a bare
number, and a counter that is declared as a gauge is judged by how high it is, which says when its process started.
Use instead: declare the metric as it is. If the name is really wrong, acknowledge it.

Flagged:

    metrics:
      request_duration_seconds: {type: histogram}
    categories:
      - id: requests
        title: Requests
        criteria:
          - id: latency
            title: Latency p95
            measure: {kind: quantile, histogram: request_duration_seconds, quantile: 95%}
            require: {at_most: 150}

Clean:

    metrics:
      request_duration_seconds: {type: histogram, unit: seconds}
    categories:
      - id: requests
        title: Requests
        criteria:
          - id: latency
            title: Latency p95
            measure: {kind: quantile, histogram: request_duration_seconds, quantile: 95%}
            require: {at_most: 150ms}
"""

from collections.abc import Iterator
from typing import Final

from compiler.checks.base import spell
from compiler.diagnostics import Diagnostic, Severity
from compiler.fields import UNITS
from compiler.middle.context import Places
from compiler.spec.model import Gate, Metric

CODE: Final = "PG226"

# Base units and the others that exporters are seen to use. `_percent` may be 0..1 or 0..100, and `_hours` may be those
# of business, so neither is here.
_UNITS: Final = {
    "seconds": "seconds",
    "milliseconds": "milliseconds",
    "ms": "milliseconds",
    "microseconds": "microseconds",
    "nanoseconds": "nanoseconds",
    "bytes": "bytes",
    "ratio": "ratio",
}


def check(gate: Gate, places: Places) -> Iterator[Diagnostic]:
    """Every declaration that the name contradicts."""
    for name, metric in gate.metrics.items():
        said = _UNITS.get(name.removesuffix("_total").rpartition("_")[2])
        if said and UNITS[said] != metric.base:
            message = f"{name} is declared {_as(metric)}, and its name says {said}"
            where = ("metrics", name, "unit") if "unit" in metric.model_fields_set else ("metrics", name)
            place = places.span(where) if len(where) > 2 else places.key_span(where)  # noqa: PLR2004 - a path
            yield Diagnostic(CODE, message, place, f"`unit: {said}`", Severity.WARNING)
        if metric.type == "gauge" and name.endswith("_total"):
            message = f"{name} is declared as a gauge, and its name is that of a counter"
            place = places.span(("metrics", name, "type"))
            yield Diagnostic(CODE, message, place, "`type: counter`", Severity.WARNING)


def _as(metric: Metric) -> str:
    return spell(metric.base) if "unit" in metric.model_fields_set else "without a unit"
