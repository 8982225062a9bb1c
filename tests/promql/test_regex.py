"""Regular expressions of matchers: which are valid, and what they match."""

import pytest

from compiler.promql.regex import Pattern, RegexError, check, matches


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("abc", Pattern(frozenset({"abc"}), empty=False)),
        ("a|bc|", Pattern(frozenset({"a", "bc", ""}), empty=True)),
        ("(?:a|b)c?", Pattern(frozenset({"ac", "bc", "a", "b"}), empty=False)),
        (r"a\.b", Pattern(frozenset({"a.b"}), empty=False)),
        (".*", Pattern(None, empty=True)),
        (".+", Pattern(None, empty=False)),
        ("(?i)a", Pattern(None, empty=False)),
        ("[a-c]", Pattern(None, empty=False)),
        (r"\Qa.b\E", Pattern(frozenset({"a.b"}), empty=False)),
        ("", Pattern(frozenset({""}), empty=True)),
        ("x{2}", Pattern(None, empty=False)),
        ("x{,2}", Pattern(frozenset({"x{,2}"}), empty=False)),
        ("^a$", Pattern(None, empty=False)),
    ],
)
def test_what_a_pattern_matches(pattern: str, expected: Pattern) -> None:
    """The list of texts, where there is one, and whether the empty text is among what it matches."""
    assert check(pattern) == expected


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("(a", "`(` is not closed"),
        ("a)", "nothing is open that `)` could close"),
        ("[a", "`[` is not closed"),
        ("*a", "there is nothing that `*`, `+`, `?` or `{}` could repeat"),
        ("a**", "a repetition cannot be repeated"),
        ("a{3,2}", "the counts of `{3,2}` must rise and not exceed 1000"),
        ("(a{100}){100}", "its nested repetitions exceed 1000"),
        ("(?!a)", "it has look-ahead `(?!`"),
        ("(?<=a)b", "it has look-behind `(?<=`"),
        (r"(a)\1", r"`\1` is no escape"),
        (r"\y", r"`\y` is no escape"),
        ("[z-a]", "`z-a` goes backwards"),
        ("[[:foo:]]", "it has an unknown class of characters"),
        ("(?P<n>a)(?P<n>b)", "the group n is there twice"),
        ("a\\", "it ends in a backslash"),
        ("(" * 100, "it nests too deeply"),
    ],
)
def test_a_pattern_that_is_not_valid(pattern: str, message: str) -> None:
    """What is wrong with it, in words."""
    with pytest.raises(RegexError) as caught:
        check(pattern)

    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("pattern", "value", "expected"),
    [("5..", "503", True), ("5..", "5033", False), ("a|b", "b", True), ("a.*", "", False), (r"\pL", "a", None)],
)
def test_whether_a_pattern_matches_a_value(pattern: str, value: str, expected: bool | None) -> None:  # noqa: FBT001
    """The whole value, as matchers do; what Python reads otherwise is left open."""
    assert matches(pattern, value) is expected
