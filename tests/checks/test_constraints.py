"""What is concluded about two requirements is true of every value, and what is true of every value is concluded."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from gates import spec_text
from hypothesis import given, settings
from hypothesis import strategies as st

from compiler.checks.constraints import Constraint, constraints
from compiler.fields import Duration, Unit, in_unit
from compiler.measures.base import Measurand
from compiler.spec.load import load

METRICS = {
    "bad": {"type": "counter"},
    "all": {"type": "counter"},
    "delay": {"type": "histogram", "unit": "seconds"},
}
WORDS: dict[str, Callable[[Fraction, Fraction], bool]] = {
    "at_least": lambda value, bound: value >= bound,
    "at_most": lambda value, bound: value <= bound,
    "above": lambda value, bound: value > bound,
    "below": lambda value, bound: value < bound,
    "equals": lambda value, bound: value == bound,
}
GRID = [Fraction(i, 20) for i in range(21)]  # finer than the bounds, so that a difference shows
BOUNDS = [Fraction(i, 5) for i in range(6)]

_Ratio = tuple[str, tuple[str, Fraction]]  # key, word, bound

requirements = st.tuples(st.sampled_from(sorted(WORDS)), st.sampled_from(BOUNDS))
ratios = st.tuples(st.sampled_from(["bad", "part", "good"]), requirements)
quantiles = st.tuples(st.sampled_from([0.1, 0.5, 0.9]), requirements)


def pair(first: dict[str, Any], second: dict[str, Any]) -> tuple[Constraint, Constraint]:
    """The constraints of two criteria, each with a measure and a requirement."""
    criteria = [{"id": name, "title": "T", **one} for name, one in (("a", first), ("b", second))]
    gate = load(spec_text(METRICS, criteria), "x.yaml").gate
    assert gate is not None
    one, other = constraints(gate)
    assert one.what == other.what
    return one, other


def required(word: str, bound: Fraction) -> dict[str, Any]:
    """A `require`."""
    return {word: float(bound)}


@settings(max_examples=120, deadline=None, derandomize=True, database=None)
@given(ratios, ratios)
def test_two_bounds_on_a_ratio(first: _Ratio, second: _Ratio) -> None:
    """A share, and what is left of it, over every share from 0 to 1."""

    def holds(one: _Ratio, share: Fraction) -> bool:
        key, (word, bound) = one
        return WORDS[word](1 - share if key == "bad" else share, bound)

    measured = [
        {"measure": {"kind": "ratio", key: "bad", "total": "all"}, "require": required(*requirement)}
        for key, requirement in (first, second)
    ]
    one, other = pair(*measured)

    within = [share for share in GRID if holds(first, share)]
    none, every = not any(holds(second, share) for share in within), all(holds(second, share) for share in within)
    assert one.excludes(other) <= none
    assert not within or one.implies(other) <= every
    if within and not _reaches_an_end(first, second):
        assert (one.excludes(other), one.implies(other)) == (none, every)


def _reaches_an_end(*ratios: _Ratio) -> bool:
    """Whether a bound is one that every share meets, or only the last: then more follows than the two bounds say."""
    return any(bound in (0, 1) for _, (_, bound) in ratios)


@settings(max_examples=120, deadline=None, derandomize=True, database=None)
@given(quantiles, quantiles)
def test_two_bounds_on_quantiles(
    first: tuple[float, tuple[str, Fraction]], second: tuple[float, tuple[str, Fraction]]
) -> None:
    """A greater quantile is never the lesser value; that is all that is known."""
    measured = [
        {
            "measure": {"kind": "quantile", "histogram": "delay", "quantile": rank},
            "require": {word: in_seconds(bound)},
        }
        for rank, (word, bound) in (first, second)
    ]
    one, other = pair(*measured)
    possible = [
        (x, y)
        for x in GRID
        for y in GRID
        if (first[0] != second[0] or x == y) and (x <= y or first[0] > second[0]) and (x >= y or first[0] < second[0])
    ]
    good = [(x, y) for x, y in possible if WORDS[first[1][0]](x, first[1][1])]

    assert one.excludes(other) <= (not any(WORDS[second[1][0]](y, second[1][1]) for _, y in good))
    assert not good or one.implies(other) <= all(WORDS[second[1][0]](y, second[1][1]) for _, y in good)


def in_seconds(bound: Fraction) -> str:
    """A bound as an author writes it."""
    return f"{float(bound)}s"


def test_numbers_are_told_in_the_authors_unit() -> None:
    """Exactly where that is short, and as a rounded number where it is not."""
    from compiler.fields import UNITS  # noqa: PLC0415

    rows: list[tuple[Fraction, Unit, str]] = [
        (Fraction(1, 1000), UNITS["percent"], "0.1%"),
        (Fraction(3, 20), UNITS["milliseconds"], "150ms"),
        (Fraction(1, 3), UNITS["percent"], "about 33.3333%"),
        (Fraction(1, 50), UNITS["USD"], "0.02 USD"),
        (Fraction(5), UNITS["number"], "5"),
    ]
    assert [in_unit(value, unit) for value, unit, _ in rows] == [text for _, _, text in rows]


def test_a_normal_form_is_the_same_however_it_is_written() -> None:
    """The order of matchers, blanks and units do not matter; the window and the groups do."""
    first = {"measure": {"kind": "ratio", "part": 'bad{a="1",b="2"}', "total": "all"}, "require": {"at_most": "1%"}}
    second = {"measure": {"kind": "ratio", "part": 'bad{b="2", a="1"}', "total": "all"}, "require": {"at_most": 0.01}}
    one, other = pair(first, second)

    assert one.implies(other)
    assert other.implies(one)
    assert one.measurand == other.measurand
    assert isinstance(one.measurand, Measurand)
    assert one.measurand.window == Duration.parse("30m")
