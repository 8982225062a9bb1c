"""What unquoted words mean, and which are refused because YAML's versions read them differently."""

from decimal import Decimal

import pytest

from compiler.fields import Quantity
from compiler.spec.scalars import Number, Trap, resolve


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("true", True),
        ("False", False),
        ("0", 0),
        ("-17", -17),
        ("+5", 5),
        ("30m", "30m"),
        ("99.9%", "99.9%"),
        ("2025-09-30", "2025-09-30"),
        ("2025-09-30T10:00:00Z", "2025-09-30T10:00:00Z"),
        ("12.0.1", "12.0.1"),
        ("localhost:9090", "localhost:9090"),
        ("10.0.0.1:9090", "10.0.0.1:9090"),
        ("y", "y"),
        ("N", "N"),
        ("tRUE", "tRUE"),
        ("=", "="),
        ("0x", "0x"),
        ("e5", "e5"),
        ("-", "-"),
    ],
)
def test_a_word_that_all_readers_agree_on_means_what_it_says(text: str, meaning: object) -> None:
    """Text stays text (dates too), numbers are numbers, and only true, false and null are special."""
    assert (type(meaning), meaning) == (type(resolve(text)), resolve(text))


@pytest.mark.parametrize("text", ["99.9", "99.90", "0.02", ".5", "5.", "-0.1", "1.5e+3", "0.1000000000000000055"])
def test_a_decimal_keeps_its_digits(text: str) -> None:
    """A decimal is a float that prints as it was written, so that a quantity of it is exact."""
    number = resolve(text)

    assert isinstance(number, Number)
    assert (text, float(text)) == (str(number), number)
    assert Decimal(text) == Quantity.parse(number).number


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("on", 'write true, or "on" in quotes if you mean the text'),
        ("Off", 'write false, or "Off" in quotes if you mean the text'),
        ("YES", 'write true, or "YES" in quotes if you mean the text'),
        ("no", 'write false, or "no" in quotes if you mean the text'),
        ("010", 'write 10 or 8, or "010" in quotes if you mean the text'),
        ("0o17", 'write 15, or "0o17" in quotes if you mean the text'),
        ("089", 'write 89, or "089" in quotes if you mean the text'),
        ("00", 'write 0, or "00" in quotes if you mean the text'),
        ("0x10", 'write 16, or "0x10" in quotes if you mean the text'),
        ("0b101", 'write 5, or "0b101" in quotes if you mean the text'),
        ("1_000", 'write 1000, or "1_000" in quotes if you mean the text'),
        ("1_0.5", 'write 10.5, or "1_0.5" in quotes if you mean the text'),
        ("1:30", 'write a duration like 90s, or "1:30" in quotes if you mean the text'),
        ("1:30:00.5", 'write a duration like 90s, or "1:30:00.5" in quotes if you mean the text'),
        ("1e3", 'write 1000, or "1e3" in quotes if you mean the text'),
        ("25e-4", 'write 0.0025, or "25e-4" in quotes if you mean the text'),
        ("1e400", 'write the number in decimal digits, or "1e400" in quotes if you mean the text'),
        ("9" * 31, "use at most 30 digits"),
        ("1.0e+999", "use at most 30 digits"),
        (".inf", 'write a finite number, or ".inf" in quotes if you mean the text'),
        (".NaN", 'write a finite number, or ".NaN" in quotes if you mean the text'),
    ],
)
def test_a_word_with_two_meanings_is_refused(text: str, hint: str) -> None:
    """Neither meaning is chosen silently; the hint says how to write either."""
    trap = resolve(text)

    assert isinstance(trap, Trap)
    assert hint == trap.hint


@pytest.mark.parametrize("prefix", ["0", "0x", "0b", "1_", "1:", "1e", "-0", "+0x", "0o"])
@pytest.mark.parametrize("rest", ["", "_", "0" * 5000, "1" * 5000, "_" * 5000, "-", ":00" * 2000])
def test_no_word_is_too_long(prefix: str, rest: str) -> None:
    """A word of any length gets an answer, and a message that can be read."""
    meaning = resolve(prefix + rest)

    assert not isinstance(meaning, Trap) or len(meaning.message + meaning.hint) < 300
