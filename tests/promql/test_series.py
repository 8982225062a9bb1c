"""Series over time: how they are changed, and how they are written for promtool."""

import math

import pytest

from compiler.backends.input_series import number, selector, values
from compiler.fields import Duration
from compiler.promql.series import Histogram, Piece, Series, Stale, Value, counter, steady

MINUTE = Duration.parse("1m")
NOW = Duration.parse("10m")


def minutes(count: float) -> int:
    """In milliseconds."""
    return int(60_000 * count)


def written(series: Series) -> str:
    """As promtool reads it, a sample a minute."""
    return values(series.pieces, MINUTE, NOW)


def pieces(*each: tuple[float, Value | Stale | None, float]) -> Series:
    """A series of (minutes ago, value, slope)."""
    return Series("m", (), tuple(Piece(minutes(ago), value, slope) for ago, value, slope in each))


COUNTER = counter("m", (), ((minutes(6), 5), (minutes(2), 3)), minutes(9))


def test_a_counter_jumps() -> None:
    """It is 0 until its first event; a step ago is the sample before the newest."""
    assert written(COUNTER) == "_x1 0x2 5x3 8x2"


@pytest.mark.parametrize(
    ("series", "text"),
    [
        (steady("m", (), 1.5, minutes(10)), "1.5x10"),
        (steady("m", (), 1.5, minutes(99)), "1.5x10"),
        (steady("m", (), 1.5, 0), "_x10 1.5"),
        (pieces((3, 2.0, 0.5)), "_x7 2+30x3"),
        (pieces((3, 2.0, -0.5)), "_x7 2-30x3"),
        (pieces((2.5, 1.0, 0.0)), "_x8 1x2"),
        (pieces((3, math.nan, 0.0)), "_x7 NaN NaN NaN NaN"),
        (pieces((1, -math.inf, 0.0), (0, math.inf, 0.0)), "_x9 -Inf +Inf"),
        (pieces((4, 1.0, 0.0), (2, None, 0.0)), "_x6 1x1 _x3"),
        (pieces((1, Histogram(4, 95, 100), 0.0)), "_x9 {{schema:0 sum:100 count:100 offset:2 buckets:[95 5]}}x1"),
    ],
)
def test_notation(series: Series, text: str) -> None:
    """What promtool reads, of ten minutes with a sample a minute."""
    assert written(series) == text


@pytest.mark.parametrize(
    ("series", "text"),
    [
        (COUNTER.ended(), "_x1 0x2 5x3 8x1 stale"),
        (COUNTER.ended(minutes(4)), "_x1 0x2 5x1 stale _x4"),
        (COUNTER.begun(minutes(4)), "_x6 5x1 8x2"),
        (COUNTER.hidden(minutes(7), minutes(1)), "_x1 0x1 stale _x5 8x1"),
        (COUNTER.newest(math.nan), "_x1 0x2 5x3 8x1 NaN"),
        (COUNTER.scaled(0.5), "_x1 0x2 2.5x3 4x2"),
        (pieces((4, 1.0, 1.0)).begun(minutes(2)), "_x8 121+60x2"),
    ],
)
def test_changes(series: Series, text: str) -> None:
    """A series that ends has a stale marker; one that is hidden goes on as if it had been there."""
    assert written(series) == text


def test_labels() -> None:
    """Sorted, and quoted as PromQL quotes them."""
    labelled = steady("m", (("z", "1"),), 1, 0).labelled(a='"x"')

    assert selector(labelled.name, labelled.labels) == 'm{a="\\"x\\"",z="1"}'
    assert selector("m", ()) == "m"
    assert selector("", ()) == "{}"


def test_numbers_have_no_exponent() -> None:
    """Which promtool would read as something else; and they are the same number."""
    for value in (1e-9, 1e22, 0.1 + 0.2, -1e-7, 5e-324, 123456789.125):
        assert "e" not in number(value)
        assert float(number(value)) == value
