"""A time that is too short, or too long, for what it must hold.

What: a window shorter than four scrapes, a scrape or evaluation interval above half of Prometheus' lookback of 5m, a
stabilisation time shorter than two evaluations, or evaluations closer to each other than the engine can bear.
Why: `rate` needs at least two samples, and a missed scrape must not empty the window; verdicts that are written less
often than the lookback vanish in between; and a time that holds one evaluation stabilises nothing.
Use instead: a longer window, a shorter interval.

Flagged:

    defaults: {scrape_interval: 30s}
    metrics:
      jobs_failed_total: {type: counter}
    categories:
      - id: jobs
        title: Jobs
        criteria:
          - id: failures
            title: Failures
            measure: {kind: increase, metric: jobs_failed_total}
            window: 1m
            require: {equals: 0}

Clean:

    defaults: {scrape_interval: 30s}
    metrics:
      jobs_failed_total: {type: counter}
    categories:
      - id: jobs
        title: Jobs
        criteria:
          - id: failures
            title: Failures
            measure: {kind: increase, metric: jobs_failed_total}
            window: 2m
            require: {equals: 0}
"""

from collections.abc import Iterator
from typing import Final

from compiler.checks.base import each_criterion
from compiler.diagnostics import Diagnostic, Label, Span
from compiler.engines import engine_profile
from compiler.fields import Duration
from compiler.measures.context import LEAST_SCRAPES
from compiler.middle.context import Places
from compiler.spec.model import Criterion, Gate
from compiler.spec.source import Path

CODE: Final = "PG207"

_LONGEST_INTERVAL: Final = Duration.parse("2m30s")


def check(gate: Gate, places: Places) -> Iterator[Diagnostic]:
    """Every time that is too short (or an interval that is too long)."""
    yield from _gate_times(gate, places)
    shortest = Duration(LEAST_SCRAPES * gate.defaults.scrape_interval.milliseconds)
    for path, criterion, context in each_criterion(gate):
        for window in dict.fromkeys(r.window for r in criterion.measure.reads(context) if r.window):
            if window >= shortest:
                continue
            where = (*path, "window") if criterion.window else (*path, "measure")
            for span in (*_written(criterion, path, places, window),) or (places.span(where),):
                yield Diagnostic(
                    CODE,
                    f"a window of {window} holds fewer than {LEAST_SCRAPES} scrapes "
                    f"({gate.defaults.scrape_interval} apart)",
                    span,
                    f"make it at least {shortest}",
                    labels=_interval(gate, places),
                )


def _written(criterion: Criterion, path: Path, places: Places, window: Duration) -> Iterator[Span]:
    """Where a window stands in expressions of the author's own."""
    if not criterion.measure.expressions:
        return
    # Few gates have any, and need not wait for the parser to be loaded.
    from compiler.promql.grammar import read  # noqa: PLC0415
    from compiler.promql.syntax import RangeSelector, walk  # noqa: PLC0415

    for key, text in criterion.measure.expressions.items():
        excerpt = places.excerpt((*path, "measure", key), text)
        for node in walk(read(text).tree):
            if isinstance(node, RangeSelector) and node.window.milliseconds == window.milliseconds:
                yield excerpt.span(node.window.start, node.window.end)


def _interval(gate: Gate, places: Places) -> tuple[Label, ...]:
    """Where the scrape interval is given, if it is."""
    if "scrape_interval" not in gate.defaults.model_fields_set:
        return ()
    return (Label(places.span(("defaults", "scrape_interval")), "the scrape interval is given here"),)


def _gate_times(gate: Gate, places: Places) -> Iterator[Diagnostic]:
    defaults = gate.defaults
    if defaults.evaluate_every > _LONGEST_INTERVAL:
        yield Diagnostic(
            CODE,
            f"with an evaluation every {defaults.evaluate_every}, verdicts vanish between evaluations",
            places.span(("defaults", "evaluate_every")),
            f"Prometheus looks back 5m; evaluate at least every {_LONGEST_INTERVAL}",
        )
    profile = engine_profile(defaults.engine)
    if defaults.evaluate_every < profile.shortest:
        yield Diagnostic(
            CODE,
            f"an evaluation every {defaults.evaluate_every} is too often for {profile.title}, which would not see the "
            "results of the one before",
            places.span(("defaults", "evaluate_every")),
            f"`evaluate_every: {profile.shortest}` or more",
        )
    if defaults.scrape_interval > _LONGEST_INTERVAL:
        yield Diagnostic(
            CODE,
            f"with a scrape every {defaults.scrape_interval}, a missed one leaves no sample in the lookback of 5m",
            places.span(("defaults", "scrape_interval")),
            f"scrape at least every {_LONGEST_INTERVAL}",
        )
    if defaults.stabilization < defaults.evaluate_every:
        yield Diagnostic(
            CODE,
            f"a stabilization of {defaults.stabilization} is shorter than one evaluation interval",
            places.span(("defaults", "stabilization")),
            f"make it at least {defaults.evaluate_every}",
        )
