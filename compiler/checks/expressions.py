"""The PromQL that authors write themselves, looked through like any other, and with what the gate knows of its metrics.

The findings have the codes of `compiler.queries`; each lies at the part of the expression that it is about.
"""

from collections.abc import Iterator
from dataclasses import replace

from compiler.checks.base import each_criterion
from compiler.diagnostics import Diagnostic
from compiler.middle.context import Places
from compiler.spec.model import Gate


def check(gate: Gate, places: Places) -> Iterator[Diagnostic]:
    """Everything that is found in the expressions of a gate."""
    written = [
        (places.excerpt((*path, "measure", key), text), text, criterion.measure.unit(context))
        for path, criterion, context in each_criterion(gate)
        for key, text in criterion.measure.expressions.items()
    ]
    if not written:
        return
    # Most gates have none, and need not wait for the analysis to be loaded.
    from compiler.analysis.facts import Declared, Facts  # noqa: PLC0415
    from compiler.queries import findings, understand  # noqa: PLC0415
    from compiler.queries.base import Query  # noqa: PLC0415
    from compiler.queries.inspect import diagnostics  # noqa: PLC0415

    vocabulary = {
        name: Declared(metric.type, tuple(metric.labels), metric.native, metric.base)
        for name, metric in gate.metrics.items()
    }
    for excerpt, text, unit in written:
        query = understand(text, "measure", Facts(vocabulary))
        if isinstance(query, Query):
            yield from diagnostics(findings(replace(query, unit=unit)), excerpt)
