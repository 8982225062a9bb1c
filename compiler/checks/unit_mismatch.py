"""A bound in a unit that does not fit what is measured.

What: a bound in percent on seconds, a bare number on a latency, 99.9 where a ratio between 0 and 1 is measured.
Why: the comparison would be made with a number that means something else, and would nearly always or never hold.
Use instead: the unit of what is measured, as in 150ms, 99.9% or 0.02 USD.

Flagged:

    metrics:
      request_duration_seconds: {type: histogram, unit: seconds}
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

from compiler.checks.base import declared, declared_here, each_criterion, fits, spell
from compiler.diagnostics import Diagnostic, Label
from compiler.fields import NUMBER, RATIO, Dimension, Quantity, Unit
from compiler.middle.context import Places
from compiler.spec.model import Criterion, Gate
from compiler.spec.requirement import MetricLimit, TableLimit
from compiler.spec.source import Path

CODE: Final = "PG203"

_EXAMPLES: Final = {
    Dimension.NUMBER: "100",
    Dimension.RATIO: "99.9%",
    Dimension.TIME: "150ms",
    Dimension.BYTES: "512MiB",
    Dimension.MONEY: "0.02 USD",
}


def check(gate: Gate, places: Places) -> Iterator[Diagnostic]:
    """Every bound that cannot be compared with its measure."""
    for path, criterion, context in each_criterion(gate):
        if any(declared(gate, use.selector.name) is None for use in criterion.measure.uses()):
            continue  # its unit is unknown, and unknown_metric says so
        unit = criterion.measure.unit(context)
        for where, bound in _bounds(gate, path, criterion.require.word, criterion.require.limits):
            if found := _mismatch(bound, unit):
                labels = _unit_comes_from(gate, places, criterion, unit)
                yield Diagnostic(CODE, found[0], places.span(where), found[1], labels=labels)


def _unit_comes_from(gate: Gate, places: Places, criterion: Criterion, unit: Unit) -> tuple[Label, ...]:
    """The metric that gives the measure its unit, unless the kind of measure alone does."""
    names = [use.selector.name for use in criterion.measure.uses()]
    source = next((name for name in names if (metric := declared(gate, name)) and metric.base == unit), None)
    if source is None or unit == RATIO:
        return ()
    return declared_here(gate, places, source, f"it is {spell(unit)}, as declared here")


def _bounds(
    gate: Gate, path: Path, word: str, limits: tuple[Quantity | MetricLimit | TableLimit, ...]
) -> Iterator[tuple[Path, Quantity | Unit]]:
    for index, limit in enumerate(limits):
        where: Path = (*path, "require", word)
        match limit:
            case MetricLimit():
                metric = gate.metrics.get(limit.metric.name)
                if metric:
                    yield (*where, "metric"), metric.base
            case TableLimit():
                for member, quantity in limit.by_member.items():
                    yield (*where, "by_member", member), quantity
            case _:
                yield ((*where, index) if len(limits) > 1 else where), limit


def _mismatch(bound: Quantity | Unit, unit: Unit) -> tuple[str, str] | None:
    """The message and the hint, or None if the bound fits."""
    if isinstance(bound, Unit):
        message = f"the limit is {spell(bound)}, and the measure is {spell(unit)}"
        return None if bound.fits(unit) else (message, "use a metric in the same unit")
    if fits(bound, unit):
        return None
    if bound.unit == NUMBER and unit.dimension is Dimension.RATIO:
        return f"{bound} is not a ratio between 0 and 1", f"did you mean {bound}%?"
    return (
        f"{bound} is {spell(bound.unit)}, and the measure is {spell(unit)}",
        f"write it as {spell(unit).removeprefix('in ')}, like {_EXAMPLES[unit.dimension]}",
    )
