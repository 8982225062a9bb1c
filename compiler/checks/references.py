"""Every selector that a gate uses, with the place where it is written and the types that fit there."""

from collections.abc import Iterator
from dataclasses import dataclass

from compiler.checks.base import each_criterion
from compiler.measures.context import MetricType
from compiler.promql.expr import Vector
from compiler.spec.model import Criterion, Gate
from compiler.spec.requirement import MetricLimit
from compiler.spec.source import Path

_ANY: tuple[MetricType, ...] = ("counter", "gauge", "histogram")


@dataclass(frozen=True, slots=True)
class Reference:
    """A metric used somewhere: which, where, and of which types it may be."""

    selector: Vector
    path: Path
    types: tuple[MetricType, ...]
    criterion: Criterion


def references(gate: Gate) -> Iterator[Reference]:
    """All metrics that the criteria use, in reading order."""
    for path, criterion, _ in each_criterion(gate):
        for use in criterion.measure.uses():
            yield Reference(use.selector, (*path, "measure", use.key), use.types, criterion)
        for limit in criterion.require.limits:
            if isinstance(limit, MetricLimit):
                where = (*path, "require", criterion.require.word, "metric")
                yield Reference(limit.metric, where, ("gauge",), criterion)
        if criterion.members and criterion.members.source:
            yield Reference(criterion.members.source, (*path, "members", "from"), _ANY, criterion)
        if criterion.waive_while:
            yield Reference(criterion.waive_while.metric, (*path, "waive_while", "metric"), ("gauge",), criterion)
