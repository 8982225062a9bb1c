"""How many series a selector has, and how many groups they make: as the spec declares it, or as a server counts."""

from collections.abc import Iterable
from math import ceil, prod
from typing import Final, Protocol

from compiler.promql.expr import Vector
from compiler.spec.model import Gate, Metric

INSTANCES: Final = 3  # of what exports a metric, where the spec says nothing
VALUES: Final = 4  # of a label
BUCKETS: Final = 12  # of a histogram, the infinite one included

_LE: Final = "le"
_BUCKET: Final = "_bucket"


class Cardinalities(Protocol):
    """What a prediction needs to know of raw series."""

    def series(self, selector: Vector) -> int:
        """How many series a selector has."""
        ...

    def groups(self, selector: Vector, labels: tuple[str, ...]) -> int:
        """How many combinations of values these labels have among its series; 0 if it has none."""
        ...


class Declared:
    """By the spec: `series` of a metric and `values` of a label. What it does not say is assumed, and named so.

    A matcher `label="value"` keeps its share of the series, as if all values had the same number; others keep all.
    """

    def __init__(self, gate: Gate) -> None:
        self._metrics = gate.metrics
        self._values = gate.cost.values

    def series(self, selector: Vector) -> int:
        """See Cardinalities."""
        metric = self._metric(selector)
        if metric is None:  # ALERTS, and what other gates record
            return 0
        equal = (matcher.label for matcher in selector.matchers if matcher.op == "=")
        return max(1, ceil(self._of(metric) / prod(self._of_label(label, metric) for label in equal)))

    def groups(self, selector: Vector, labels: tuple[str, ...]) -> int:
        """See Cardinalities."""
        metric, series = self._metric(selector), self.series(selector)
        if metric is None:
            return 0
        fixed = {matcher.label for matcher in selector.matchers if matcher.op == "="}
        return min(series, prod(self._of_label(label, metric) for label in labels if label not in fixed))

    def assumed(self) -> Iterable[str]:
        """The metrics whose number of series the spec does not say."""
        return (name for name, metric in self._metrics.items() if metric.series is None)

    def _metric(self, selector: Vector) -> Metric | None:
        name = selector.name
        return self._metrics.get(name) or self._metrics.get(name.removesuffix(_BUCKET))

    def _of(self, metric: Metric) -> int:
        if metric.series is not None:
            return metric.series
        of_labels = prod(self._of_label(label, metric) for label in metric.labels)
        return INSTANCES * of_labels * (self._of_label(_LE, metric) if metric.type == "histogram" else 1)

    def _of_label(self, label: str, metric: Metric) -> int:
        if label == _LE and metric.type == "histogram":
            return 1 if metric.native else len(metric.buckets) + 1 if metric.buckets else BUCKETS
        # A label that the vocabulary does not mention may be on any series; it tells nothing apart.
        return self._values.get(label, VALUES if label in metric.labels else 1)
