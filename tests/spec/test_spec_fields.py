"""The types of spec keys."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compiler.promql.expr import Matcher, Vector
from compiler.promql.parse import parse_selector
from compiler.spec_fields import simple_selector


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("up", Vector("up")),
        ('up{job="a"}', Vector("up", (Matcher("job", "=", "a"),))),
        ('up{job="b",code="a,}"}', Vector("up", (Matcher("code", "=", "a,}"), Matcher("job", "=", "b")))),
        ('up{job=~"a"}', None),
        ('up{ job="a"}', None),
        ('up{job="a",}', None),
        ('up{job="\\n"}', None),
        ('up{__name__="a"}', None),
        ("up{}", None),
        ("sum(up)", None),
        ("", None),
    ],
)
def test_plain_selectors_need_no_parser(text: str, expected: Vector | None) -> None:
    """All others are for the parser."""
    assert simple_selector(text) == expected


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(st.from_regex(r'\A[a-z:_]{1,3}(\{([a-z]{1,2}="[^"\\\n]{0,3}",?){1,3}\})?\Z'))
def test_both_ways_of_reading_a_selector_agree(text: str) -> None:
    """Whatever is read without the parser is what the parser reads."""
    simple = simple_selector(text)

    assert simple is None or simple == parse_selector(text)
