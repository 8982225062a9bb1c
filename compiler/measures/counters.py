"""How counters are read, including those that an exporter creates only at their first event."""

from typing import Final

from compiler.fields import Duration
from compiler.measures.context import Context
from compiler.promql import build
from compiler.promql.expr import Binary, Expr, Number, Vector

# How far before a window a series is looked for, to tell whether it is older; as far as Prometheus itself looks back.
_BEFORE: Final = Duration.parse("5m")


def events_rate(selector: Vector, context: Context, by: tuple[str, ...]) -> Expr:
    """Events per second of the window, by group.

    Where `rate` is per second of the part that a series covers, an instance of a minute's age would weigh as much as if
    it had run for all of the window; there it is the increase that is divided by the window.
    """
    if context.evaluation.engine.rate_spans_window:
        return build.total("rate", selector, context.window, by)
    return Binary("/", build.total("increase", selector, context.window, by), Number(context.window.seconds))


def per_second(events: float, context: Context) -> float:
    """What `events_rate` makes of a counter with so many events in the window, to the last bit."""
    if context.evaluation.engine.rate_spans_window:
        return events * (1 / context.window.seconds)
    return events / context.window.seconds


def late_events(selector: Vector, window: Duration, by: tuple[str, ...]) -> Expr:
    """Events in the window of a counter that is created at its first event.

    `increase` counts nothing for the first sample of a series (7, 7, 7 is an increase of 0), so a series that did not
    exist when the window began counts with all it has shown since. An instant selector would not do to find that out: a
    scrape that failed just then leaves a staleness marker, and all that an old counter has ever counted would be new.
    One that did exist, and of which the window holds a single sample, has no increase, and counts with nothing.
    https://prometheus.io/docs/prometheus/latest/querying/functions/#increase
    """
    before = _before(selector, window)
    old = Binary("and", build.over("increase", selector, window), before)
    young = Binary("unless", build.over("max_over_time", selector, window), before)
    return build.aggregate("sum", Binary("or", old, young), by)


def _before(selector: Vector, window: Duration) -> Expr:
    """The series that were there when a window began."""
    return build.over("last_over_time", Vector(selector.name, selector.matchers, window), _BEFORE)


def or_nothing(expr: Expr, companion: Expr, by: tuple[str, ...]) -> Expr:
    """`expr`, or 0 for each group in which only the companion reports."""
    return Binary("or", expr, Binary("*", companion, Number(0)), on=by)
