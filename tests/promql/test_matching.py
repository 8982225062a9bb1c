"""Labels that a selector matches, and such that it does not."""

import re

import pytest

from compiler.promql.matching import Unmatchable, example, labels_beside, labels_of, selects, strangers
from compiler.promql.parse import parse_selector


@pytest.mark.parametrize(
    "pattern",
    [
        "5..",
        "a|b",
        "|x",
        "CostAnomaly.*",
        "(foo|bar)-[0-9]{3}x+",
        r"[^a-z]\d+",
        "^x$",
        "(?:a|)(?P<n>c)?",
        "[]a]b",
        r"\.x",
    ],
)
def test_an_example_matches(pattern: str) -> None:
    """Of every usual part of a regular expression."""
    made = example(pattern)

    assert made is not None
    assert re.fullmatch(pattern, made)


def test_readable_examples() -> None:
    """As short and as usual as they can be."""
    assert [example(one) for one in ("5..", "cart|checkout", "eu-[a-z]+")] == ["500", "cart", "eu-a"]


@pytest.mark.parametrize("pattern", ["[", "(a", r"a\b.", "(?=x)y"])
def test_no_example(pattern: str) -> None:
    """Of what is no expression, or beyond what is looked for."""
    assert example(pattern) is None


def test_labels_that_match() -> None:
    """Every matcher is satisfied, and the wanted labels are kept."""
    selector = parse_selector('m{a="1",b!="x",c=~"x.+",d!~"o.*"}')

    labels = labels_of(selector, (("z", "q"), ("c", "xyz")))

    assert labels == (("a", "1"), ("b", "x_"), ("c", "xyz"), ("d", "another"), ("z", "q"))
    assert selects(selector, labels)


def test_an_absent_label_is_empty() -> None:
    """`l=""` is satisfied by a series without the label."""
    assert labels_of(parse_selector('m{a=""}')) == ()


@pytest.mark.parametrize(("selector", "wanted"), [('m{a="1"}', "2"), ('m{a!="1"}', "1"), ('m{a=~"1.*"}', "2")])
def test_what_is_wanted_may_not_match(selector: str, wanted: str) -> None:
    """Then there are no labels."""
    with pytest.raises(Unmatchable):
        labels_of(parse_selector(selector), (("a", wanted),))


def test_strangers_violate_one_matcher_each() -> None:
    """All other matchers are satisfied, so that each stranger tells one matcher from its absence."""
    selector = parse_selector('m{a="1",b!="x",c=~"x.+"}')

    found = list(strangers(selector, (("z", "q"),)))

    assert len(found) == 3
    assert all(not selects(selector, labels) and ("z", "q") in labels for labels in found)
    for i, labels in enumerate(found):
        rest = tuple(one for j, one in enumerate(selector.matchers) if j != i)
        assert all(dict(labels).get(one.label, "") != "" for one in rest)


def test_beside_another_selector() -> None:
    """Server errors are requests; these are requests and no server errors."""
    total, errors = parse_selector("m"), parse_selector('m{code=~"5.."}')

    labels = labels_beside(total, errors, (("tier", "a"),))

    assert selects(total, labels)
    assert not selects(errors, labels)
    with pytest.raises(Unmatchable):
        labels_beside(errors, total)
