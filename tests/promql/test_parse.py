"""Expressions of authors: what is read, and what is refused by name."""

import pytest

from compiler.fields import Duration
from compiler.promql.expr import Matcher, Vector
from compiler.promql.parse import parse, selectors
from compiler.promql.printer import show


@pytest.mark.parametrize(
    "text",
    [
        "sum by (a) (rate(x[5m])) / on (a) group_left (z) y",
        "x and ignoring (b) y unless on () z",
        "histogram_quantile(0.95, sum by (le) (rate(x_bucket[5m])))",
        "max_over_time(sum(x)[30m:1m] offset 1h)",
        'topk(3, x{a!="b",c=~"d.*"})',
        "-(x ^ 2) > bool 3",
        "sum without (a) (x)",
    ],
)
def test_round_trip(text: str) -> None:
    """What is read is printed as it was written."""
    assert show(parse(text)) == text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("sum(", "`[(]` is not closed"),
        ("x @ 5", "the @ modifier is not allowed"),
        ("x offset -5m", "a negative offset is not allowed"),
        ('{job="x"}', "a selector without a metric name"),
        ('{__name__=~"x.+"}', "not allowed"),
    ],
)
def test_refused(text: str, reason: str) -> None:
    """What the laws do not allow is refused with the reason."""
    with pytest.raises(ValueError, match=reason):
        parse(text)


def test_selectors_have_the_range_that_they_are_read_over() -> None:
    """A selector inside a subquery is read over the subquery's range."""
    expr = parse('rate(a[5m]) + max_over_time(sum(b{l="1"})[30m:1m]) + c')

    assert selectors(expr) == (
        (Vector("a"), Duration.parse("5m")),
        (Vector("b", (Matcher("l", "=", "1"),)), Duration.parse("30m")),
        (Vector("c"), None),
    )
