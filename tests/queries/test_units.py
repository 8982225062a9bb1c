"""The units of expressions: what goes together, and what does not."""

from dataclasses import replace

import pytest

from compiler.analysis.facts import Declared, Facts
from compiler.fields import UNITS
from compiler.queries import findings, mixed_units, understand
from compiler.queries.base import Query

FACTS = Facts(
    {
        "ms": Declared("gauge", unit=UNITS["milliseconds"]),
        "age": Declared("gauge", unit=UNITS["seconds"]),
        "size": Declared("gauge", unit=UNITS["bytes"]),
        "sent_total": Declared("counter", unit=UNITS["bytes"]),
        "paid_total": Declared("counter", unit=UNITS["USD"]),
        "served_total": Declared("counter", unit=UNITS["number"]),
        "full": Declared("gauge", unit=UNITS["ratio"]),
        "took_seconds": Declared("histogram", unit=UNITS["seconds"]),
    }
)
GOOD = [
    ("max(age) + max(age)", "seconds"),
    ("max(ms) / 1000 + max(age)", "seconds"),
    ("time() - max(age)", "seconds"),
    ("time() - max(age) > 60", "seconds"),
    ("sum(rate(took_seconds_sum[5m])) / sum(rate(took_seconds_count[5m]))", "seconds"),
    ("histogram_quantile(0.9, sum by (le) (rate(took_seconds_bucket[5m])))", "seconds"),
    ("clamp_min(max(size), 1)", "bytes"),
    ("sum(increase(sent_total[1h]))", "bytes"),
    ("sum(size) / sum(size)", "ratio"),
    ("sum(rate(served_total[5m]))", "number"),
    ("count(age)", "number"),
    ("sum(rate(paid_total[1h])) / sum(rate(served_total[1h]))", "USD"),
    ("avg(full) * sum(size)", "bytes"),
    ("sum(unknown) + sum(size)", "number"),
    ("sum(size) > bool 5", "ratio"),
    ("max_over_time(sum(size)[1h:1m])", "bytes"),
    ("-max(age) or vector(0)", "seconds"),
    ("(size and on () age) % 10", "bytes"),
    ("age ^ 2", "seconds"),
]
BAD = [
    ("max(ms) + max(age)", "seconds", "+", "the two sides of `+` are in different units: milliseconds and seconds"),
    ("age > on () size", "seconds", ">", "the two sides of `>` are in different units: seconds and bytes"),
    (
        "rate(sent_total[5m]) < on () size",
        "number",
        "<",
        "the two sides of `<` are in different units: bytes per second and bytes",
    ),
    ("max(ms)", "seconds", "max(ms)", "the result is in milliseconds, and the measure is in seconds"),
    (
        "rate(sent_total[5m])",
        "bytes",
        "rate(sent_total[5m])",
        "the result is in bytes per second, and the measure is in bytes",
    ),
    ("sum(size)", "ratio", "sum(size)", "the result is in bytes, and the measure is a ratio"),
    ("sum(size)", "USD", "sum(size)", "the result is in bytes, and the measure is in USD"),
    ("max(age)", "number", "max(age)", "the result is in seconds, and the measure has no unit"),
    (
        "rate(served_total[5m]) > on () age",
        "number",
        ">",
        "the two sides of `>` are in different units: events per second and seconds",
    ),
    (
        "max(size * on () age)",
        "bytes",
        "max(size * on () age)",
        "the result is in bytes × seconds, and the measure is in bytes",
    ),
]


def found(text: str, unit: str) -> list[tuple[str, str]]:
    """Where something is found, and what."""
    query = understand(text, "measure", FACTS)
    assert isinstance(query, Query)
    return [
        (text[one.problem.start : one.problem.end], one.problem.message)
        for one in findings(replace(query, unit=UNITS[unit]))
        if one.code == mixed_units.CODE
    ]


@pytest.mark.parametrize(("text", "unit"), GOOD)
def test_what_goes_together(text: str, unit: str) -> None:
    """Nothing is said of it, nor of what is not known."""
    assert found(text, unit) == []


@pytest.mark.parametrize(("text", "unit", "at", "message"), BAD)
def test_what_does_not(text: str, unit: str, at: str, message: str) -> None:
    """It is named where it is."""
    assert (at, message) in found(text, unit)


def test_a_rule_file_has_no_vocabulary() -> None:
    """So nothing is said."""
    query = understand("node_time_seconds > node_memory_bytes", "alert", Facts())
    assert isinstance(query, Query)
    assert findings(query) == ()
