"""A policy that means nothing for the measure.

What: `when_idle` or `min_events` on a measure that counts no events, `when_absent: zero` on one whose absence proves
nothing, `window` or `min_coverage` on one that looks at the present only, `max_error` on one that has no window of
counters so long that it could be read cheaper within it.
Why: the author believes in a protection, or in an exception, that is not there.
Use instead: remove the key, or give what it needs.

Flagged:

    metrics:
      queue_depth: {type: gauge}
    categories:
      - id: queue
        title: Queue
        criteria:
          - id: queue_depth
            title: Queue depth
            measure: {kind: gauge, metric: queue_depth, across: max}
            window: 10m
            require: {at_most: 100}

Clean:

    metrics:
      queue_depth: {type: gauge}
    categories:
      - id: queue
        title: Queue
        criteria:
          - id: queue_depth
            title: Queue depth
            measure: {kind: gauge, metric: queue_depth, over_time: max, across: max}
            window: 10m
            require: {at_most: 100}
"""

from collections.abc import Iterator
from fractions import Fraction
from typing import Final

from compiler.checks.base import each_criterion
from compiler.diagnostics import Diagnostic
from compiler.fields import Duration
from compiler.measures.context import Context
from compiler.middle.coarse_step import step_of
from compiler.middle.context import Places
from compiler.spec.model import Criterion, Gate

CODE: Final = "PG208"

_Found = tuple[str, str, str]  # key, message, hint


def check(gate: Gate, places: Places) -> Iterator[Diagnostic]:
    """Every policy without a meaning."""
    for path, criterion, context in each_criterion(gate):
        for key, message, hint in (
            *_of_events(criterion),
            *_of_windows(criterion, context),
            *_of_absence(criterion),
            *_of_bound(criterion, context),
            *_of_error(criterion, context, gate.defaults.scrape_interval),
        ):
            yield Diagnostic(CODE, message, places.key_span((*path, key)), hint)


def _of_events(criterion: Criterion) -> Iterator[_Found]:
    measure = criterion.measure
    for key in ("when_idle", "min_events"):
        if key in criterion.model_fields_set and not measure.counts_events:
            yield key, f"a measure of kind {measure.kind} counts no events, so `{key}` means nothing", "remove it"


def _of_windows(criterion: Criterion, context: Context) -> Iterator[_Found]:
    own, reads = criterion.measure, criterion.measure.reads(context)
    if "window" in criterion.model_fields_set and not any(read.window == context.window for read in reads):
        yield "window", f"a measure of kind {own.kind}, as it is here, has no window", "remove it"
    if "min_coverage" in criterion.model_fields_set and not any(read.window for read in reads):
        message = f"a measure of kind {own.kind}, as it is here, has no window that could be covered"
        yield "min_coverage", message, "remove it"


def _of_bound(criterion: Criterion, context: Context) -> Iterator[_Found]:
    """A budget is a share of the window, so there must be one that the bound leaves."""
    measurand = criterion.measure.measurand(context)
    bears = criterion.measure.tail is None and criterion.measure.tolerance(Fraction(0), Fraction(1, 2)) is not None
    if criterion.budget and not (bears and measurand and measurand.window):
        yield "budget", f"a measure of kind {criterion.measure.kind} leaves no budget of its window", "remove it"


def _of_absence(criterion: Criterion) -> Iterator[_Found]:
    measure = criterion.measure
    if criterion.when_absent != "zero":
        return
    if not measure.absence_of:
        message = f"a measure of kind {measure.kind} has no counter that is created at its first event"
        yield "when_absent", message, "remove `when_absent`"
    elif measure.needs_companion:
        hint = f"name a metric of the same exporter in the measure: `{measure.needs_companion}: some_metric_total`"
        yield "when_absent", "an absent counter proves nothing by itself", hint


def _of_error(criterion: Criterion, context: Context, scrape_interval: Duration) -> Iterator[_Found]:
    if criterion.max_error is None:
        return
    counts = any(kind != "gauge" for use in criterion.measure.uses() for kind in use.types)
    windows = [read.window for read in criterion.measure.reads(context) if read.window and counts]
    if context.evaluation.engine.collapses:
        message = f"for {context.evaluation.engine.title}, every window is read exactly, so `max_error` means nothing"
        yield "max_error", message, "remove it"
    elif not windows:
        message = f"a measure of kind {criterion.measure.kind}, as it is here, has no window of counters"
        yield "max_error", message, "remove it; a gauge is read at every sample, since it may do anything in between"
    elif not any(step_of(window, scrape_interval, criterion.max_error.base) for window in windows):
        message = f"within {criterion.max_error} of {max(windows)}, no reading is cheaper than the exact one"
        yield "max_error", message, "remove it, or allow a larger error"
