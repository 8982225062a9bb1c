"""Durations, units and quantities: exact, and strict about what they take."""

import pytest

from compiler.fields import UNITS, Duration, Quantity, base_unit


@pytest.mark.parametrize(
    ("text", "milliseconds", "printed"),
    [
        ("90s", 90_000, "1m30s"),
        ("30m", 1_800_000, "30m"),
        ("24h", 86_400_000, "24h"),
        ("7d", 604_800_000, "7d"),
        ("1w", 604_800_000, "7d"),
        ("1h30m", 5_400_000, "1h30m"),
        ("250ms", 250, "250ms"),
    ],
)
def test_durations(text: str, milliseconds: int, printed: str) -> None:
    """A duration is a whole number of milliseconds and is printed in Prometheus' own notation."""
    duration = Duration.parse(text)

    assert duration == Duration(milliseconds)
    assert str(duration) == printed


@pytest.mark.parametrize("text", ["", "30", "m", "1.5h", "-5m", "0s", "30 m", "99999d", "5M", "1h 5m"])
def test_what_is_no_duration(text: str) -> None:
    """Anything else is refused."""
    with pytest.raises(ValueError, match=r"duration"):
        Duration.parse(text)


@pytest.mark.parametrize(
    ("raw", "base", "unit"),
    [
        ("99.9%", 0.999, "percent"),
        ("150ms", 0.15, "milliseconds"),
        ("25h", 90_000.0, "hours"),
        ("0.02 USD", 0.02, "USD"),
        ("512MiB", 536_870_912.0, "mebibytes"),
        (100, 100.0, "number"),
        (0.7, 0.7, "number"),
        ("-3", -3.0, "number"),
    ],
)
def test_quantities(raw: str | float, base: float, unit: str) -> None:
    """A quantity becomes the float that is nearest to what was written, in base units."""
    quantity = Quantity.parse(raw)

    assert quantity.base == base
    assert quantity.unit.name == unit


@pytest.mark.parametrize("raw", ["", "99,9%", "nan", "inf", "1e999", "5 parsecs", "%", "1 2", "0x10"])
def test_what_is_no_quantity(raw: str) -> None:
    """Anything else is refused, NaN and infinity above all."""
    with pytest.raises(ValueError, match=r"quantity|unit"):
        Quantity.parse(raw)


def test_units_compare_within_their_dimension() -> None:
    """Only units of one dimension, and of one currency, fit each other."""
    assert UNITS["milliseconds"].fits(UNITS["hours"])
    assert not UNITS["seconds"].fits(UNITS["bytes"])
    assert not UNITS["USD"].fits(UNITS["EUR"])
    assert base_unit(UNITS["hours"]) == UNITS["seconds"]
    assert base_unit(UNITS["percent"]) == UNITS["ratio"]
