"""How counters are read, including those that an exporter creates only at their first event."""

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Final

from compiler.fields import Duration
from compiler.measures.context import Context
from compiler.measures.situation import early, late
from compiler.promql import build
from compiler.promql.expr import Binary, Expr, Number, Vector
from compiler.promql.series import Piece, Series

# How far before a window a series is looked for, to tell whether it is older; as far as Prometheus itself looks back.
_BEFORE: Final = Duration.parse("5m")
_MINUTE: Final = Duration.parse("1m")


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


def late_events(selector: Vector, window: Duration, by: tuple[str, ...], *, generous: bool = True) -> Expr:
    """Events in the window of a counter that is created at its first event.

    `increase` counts nothing for the first sample of a series (7, 7, 7 is an increase of 0), so a series that did not
    exist when the window began counts with all it has shown since. An instant selector would not do to find that out: a
    scrape that failed just then leaves a staleness marker, and all that an old counter has ever counted would be new.
    One that did exist, and of which the window holds a single sample, has no increase, and counts with nothing.

    What a young series has shown is its largest sample. If it was reset since, that is of one of its lives, and no
    function tells its first sample: a `generous` count has the increase beside it, which is never too few, and another
    one has not, which is never too many.
    https://prometheus.io/docs/prometheus/latest/querying/functions/#increase
    """
    before = _there(selector, window)
    increase, largest = build.over("increase", selector, window), build.over("max_over_time", selector, window)
    old = Binary("and", increase, before)
    resets = build.over("resets", selector, window)
    is_reset = Binary(">", resets, Number(0), returns_bool=True) if generous else Number(0)
    # The largest sample skips what is NaN, and the increase does not; of a single sample there is none.
    shown = Binary("or", Binary("+", largest, Binary("*", increase, is_reset)), largest)
    return build.aggregate("sum", Binary("or", old, Binary("unless", shown, before)), by)


def _there(selector: Vector, window: Duration) -> Expr:
    """The series that were there when a window began."""
    return build.over("last_over_time", Vector(selector.name, selector.matchers, window), _BEFORE)


def counter_that_was_away(counted: Series, window: Duration, events: float) -> Series:
    """An old counter that was away when a window began, and has counted since it is back."""
    end, minute = window.milliseconds, _MINUTE.milliseconds
    old, back = Piece(end + _BEFORE.milliseconds + minute, 0.0), Piece(end - late(window) // 2, 0.0)
    return replace(counted, pieces=(old, Piece(_away(window), "stale"), back, Piece(early(window), events)))


def late_counters(
    counted: Series, window: Duration, apart: int, events: float, *, generous: bool = True
) -> Iterator[tuple[str, Series, float]]:
    """A counter that is created late, and such that look like it: each with a clause, and how many events count.

    Samples are so many milliseconds `apart`.
    """
    end, lookback, minute = window.milliseconds, _BEFORE.milliseconds, _MINUTE.milliseconds

    def with_pieces(*pieces: Piece) -> Series:
        return replace(counted, pieces=pieces)

    yield "the creation of its counter counts", with_pieces(Piece(early(window), events)), events
    reset = Piece(end * 3 // 5, 0.0)
    yield "even if it is 0 again", with_pieces(Piece(early(window), events), reset), events
    yield "even its only sample", with_pieces(Piece(0, events)), events
    yield "even if that is gone", with_pieces(Piece(early(window), events)).ended(early(window) - apart), events
    once = Piece(early(window), 0.0), Piece(end * 3 // 5, events)
    yield "what it counts after its creation counts once", with_pieces(*once), events
    two, all_of_two = _lives(window, events, 2), 3 * events if generous else events
    yield "one that was reset counts in both of its lives", with_pieces(*two), all_of_two
    gone = with_pieces(Piece(early(window), events)).ended(end * 8 // 15)
    yield "a counter that came and went has counted", gone, events
    old = with_pieces(Piece(end + lookback + minute, events))
    yield "an old counter that stands still counts nothing", old, 0.0
    away = _away(window)
    yield "nor does one that was away when the window began", old.hidden(away, end - late(window) // 2), 0.0
    yield "nor does one of which the window holds one sample", old.hidden(away, minute // 60), 0.0
    stale = end + lookback * 7 // 5
    risen = max((2 * end + stale) // 2, stale + minute)
    before = Piece(2 * risen, 0.0), Piece(risen, 10 * events), Piece(stale, "stale")
    yield "one that was away for longer counts anew", with_pieces(*before, *once), events
    three, all_of_three = _lives(window, events, 3), 4 * events if generous else events
    yield "and in all its lives since", with_pieces(*before, *three), all_of_three
    yield "even if it is just there again", with_pieces(*before, Piece(0, events)), events


def _lives(window: Duration, events: float, number: int) -> tuple[Piece, ...]:
    """A counter that is created as 0, and counts the events so many times, each time but the first after a reset."""
    begin = early(window)
    return tuple(Piece(begin * (8 - at) // 8, events if at % 2 else 0.0) for at in range(2 * number))


def risen(counted: Series, window: Duration) -> float:
    """What `increase` counts of a counter whose first sample in the window is 0, or that does not move."""
    levels = [one.value for one in counted.pieces if isinstance(one.value, float) and one.ago <= window.milliseconds]
    return sum(now - before if now >= before else now for before, now in pairwise(levels))


def no_number_any_more(counted: Series, window: Duration, events: float) -> Series:
    """A counter that is created late, and is not a number since."""
    return replace(counted, pieces=(Piece(early(window), events), Piece(late(window), math.nan)))


def _away(window: Duration) -> int:
    """Just after 3m before: however far apart samples are, the last one lies in the older half of the lookback."""
    return window.milliseconds + 3 * _MINUTE.milliseconds - 1


def or_nothing(expr: Expr, companion: Expr, by: tuple[str, ...]) -> Expr:
    """`expr`, or 0 for each group in which only the companion reports."""
    return Binary("or", expr, Binary("*", companion, Number(0)), on=by)
