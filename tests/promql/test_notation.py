"""Values of a series in promtool's notation, read and written."""

import math

import pytest

from compiler.backends.input_series import values
from compiler.fields import Duration
from compiler.promql.notation import Run, parse_values, pieces
from compiler.promql.series import Series

MINUTE = Duration.parse("1m")


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("5", [Run(5, 0, 1)]),
        ("-1.5x3", [Run(-1.5, 0, 4)]),
        ("0+2.5x10", [Run(0, 2.5, 11)]),
        ("9-1x2", [Run(9, -1, 3)]),
        ("_ _x3 1e3 stale", [Run(None, 0, 1), Run(None, 0, 3), Run(1000, 0, 1), Run("stale", 0, 1)]),
        ("+Inf -Inf", [Run(math.inf, 0, 1), Run(-math.inf, 0, 1)]),
    ],
)
def test_reading(text: str, runs: list[Run]) -> None:
    """Every form that promtool knows."""
    assert list(parse_values(text)) == runs


@pytest.mark.parametrize("text", ["", "x3", "1x", "1+x3", "1x3x3", "one", "1+2", "1x9999999", "1x9999 1x9999"])
def test_what_is_no_notation(text: str) -> None:
    """Nor are more samples than promtool takes."""
    with pytest.raises(ValueError, match="value"):
        parse_values(text)


@pytest.mark.parametrize("text", ["0+2x4", "_x2 5x1 stale", "9-1.5x3 7", "1"])
def test_what_is_read_is_written_again(text: str) -> None:
    """The last value is the newest, at the judged moment."""
    series = Series("m", (), tuple(pieces(parse_values(text), MINUTE.milliseconds)))
    count = sum(run.count for run in parse_values(text))

    assert values(series.pieces, MINUTE, Duration(MINUTE.milliseconds * (count - 1))) == text
