"""Examples of an author's own expression become tests, and the series of all other tests."""

from typing import Any

import pytest
from engines import Engine, promtool_test
from gates import plan, spec_text

from compiler.backends import recording_rules, rule_tests
from compiler.spec.load import load

METRICS = {"used": {"type": "gauge", "labels": ["pool"]}, "size": {"type": "gauge"}, "hits_total": {"type": "counter"}}
EXAMPLES: list[dict[str, Any]] = [
    {"series": {'used{pool="a"}': 3, 'used{pool="b"}': 4, "size": 10}, "value": "70%", "expect": "pass"},
    {"title": "full", "series": {"used": "0+1x10", "size": 10}, "value": "100%", "expect": "fail"},
    {"title": "no size", "series": {"used": 3}, "expect": "no_data"},
    {"series": {"used": 0, "size": 0}, "expect": "undefined"},
]


def criterion(examples: list[dict[str, Any]], expr: str = "sum(used) / sum(size)") -> dict[str, Any]:
    """A criterion that judges an expression with examples."""
    measure = {"kind": "promql", "expr": expr, "unit": "ratio", "examples": examples}
    return {"id": "usage", "title": "Usage", "measure": measure, "require": {"at_most": "80%"}}


def judged(engine: Engine, examples: list[dict[str, Any]], expr: str = "sum(used) / sum(size)") -> tuple[bool, str]:
    """What promtool says of the synthesised tests."""
    gate = plan(METRICS, [criterion(examples, expr)], window="10m", evaluate_every="30s")
    (rules,) = recording_rules.emit((gate,))
    (tests,) = rule_tests.emit((gate,))
    return promtool_test(engine, tests.text, {"recording_rules.yml": rules.text})


def test_examples_that_are_true_pass(engine: Engine) -> None:
    """With what follows from them for every other test of the criterion."""
    ok, output = judged(engine, EXAMPLES)

    assert ok, output


@pytest.mark.parametrize(
    ("examples", "expr", "words"),
    [
        ([{**EXAMPLES[0], "expect": "fail"}], "sum(used) / sum(size)", "number 1: fail"),
        ([{**EXAMPLES[0], "value": "71%"}], "sum(used) / sum(size)", "number 1: value"),
        (EXAMPLES, "max(used) / sum(size)", "number 1: value"),
        (EXAMPLES, "sum(used) / (sum(size) > 0 or vector(1))", "number 4: undefined"),
        (EXAMPLES, "sum(rate(used[5m])) / sum(size)", "number 2, full: fail"),
    ],
)
def test_examples_that_are_not_true_fail(any_engine: Engine, examples: list[Any], expr: str, words: str) -> None:
    """Whether it is the example that is wrong, or the expression."""
    ok, output = judged(any_engine, examples, expr)

    assert not ok
    assert words in output


def test_an_example_is_used_for_everything_else() -> None:
    """With a value it says what is good and what is bad; without, it stands for itself alone."""
    with_values = {s.topic for s in plan(METRICS, [criterion(EXAMPLES)]).criteria[0].scenarios()}
    alone = {s.topic for s in plan(METRICS, [criterion(EXAMPLES[2:])]).criteria[0].scenarios()}

    assert {"Healthy data passes", "An input has just gone away, and its window still holds data"} <= with_values
    assert alone == {
        "An example of the author's",
        "An input is missing, and what is left of it elsewhere does not count",  # nothing at all: that needs no example
    }


@pytest.mark.parametrize(
    ("examples", "message"),
    [
        ([{"series": {'used{pool=~"a"}': 1}, "expect": "pass"}], "its labels have values"),
        ([{"series": {"used": "1y3"}, "expect": "pass"}], "is no value of a series"),
        ([{"series": {"used": True}, "expect": "pass"}], "expected a number"),
        ([{"series": {}, "expect": "pass"}], "at least 1"),
        ([{"series": {"used": 1}, "expect": "maybe"}], "maybe"),
        ([{"series": {"used": 1}}], "expect"),
    ],
)
def test_bad_examples_are_refused(examples: list[dict[str, Any]], message: str) -> None:
    """With a place and a word on how to write them."""
    loaded = load(spec_text(METRICS, [criterion(examples)]), "case.yaml")

    assert loaded.gate is None
    assert any(message in f"{one.message} {one.hint}" for one in loaded.diagnostics), loaded.diagnostics
