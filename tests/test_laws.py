"""The laws that no single criterion shows: totality, and counting only what was written in this same evaluation."""

from collections.abc import Mapping
from typing import Any

import pytest
import yaml
from engines import Engine, promtool_test
from gates import recording_rules

METRICS = {
    "up_now": {"type": "gauge"},
    "bad_total": {"type": "counter"},
    "all_total": {"type": "counter"},
}
CRITERIA = [
    {"id": "level", "title": "Level", "measure": {"kind": "gauge", "metric": "up_now"}, "require": {"equals": 1}},
    {
        "id": "errors",
        "title": "Errors",
        "measure": {"kind": "ratio", "part": "bad_total", "total": "all_total"},
        "require": {"at_most": "1%"},
    },
]
PASS = 'gate:criterion:pass{{category="all",criterion="{}",gate="case"}}'


@pytest.fixture(scope="module")
def rules() -> str:
    """The rules of a gate with two criteria, judged every 30s and held for a minute."""
    return recording_rules(METRICS, CRITERIA, window="5m", stabilization="1m")


def _overall_only(rules: str) -> str:
    """The rules of the categories and the gate, without those that write the criteria's verdicts."""
    document = yaml.safe_load(rules)
    (group,) = document["groups"]
    group["rules"] = [rule for rule in group["rules"] if rule["record"].split(":")[1] in {"category", "overall"}]
    return yaml.safe_dump(document)


def _run(engine: Engine, rules: str, series: Mapping[str, str], at: str, expected: Mapping[str, float]) -> None:
    test: dict[str, Any] = {
        "interval": "30s",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [
            {"expr": expr, "eval_time": at, "exp_samples": [{"labels": "{}", "value": value}]}
            for expr, value in expected.items()
        ],
    }
    document = {"rule_files": ["r.yml"], "evaluation_interval": "30s", "tests": [test]}
    ok, output = promtool_test(engine, document, {"r.yml": rules})
    assert ok, output


def test_law_1_a_verdict_exists_when_nothing_else_does(engine: Engine, rules: str) -> None:
    """With no metric at all there is one verdict, 0, and one 0 for every criterion and category."""
    expected = {
        "count(gate:overall:pass)": 1,
        "sum(gate:overall:pass)": 0,
        "count(gate:criterion:pass == 0)": 2,
        "count(gate:category:pass == 0)": 1,
        "count(gate:criterion:state == 20)": 2,
    }

    _run(engine, rules, {}, "5m", expected)


def test_law_2_verdicts_of_this_evaluation_count(engine: Engine, rules: str) -> None:
    """When all criteria were written as passes in every evaluation, the gate opens after its stabilisation."""
    series = {PASS.format("level"): "1x20", PASS.format("errors"): "1x20"}

    _run(engine, _overall_only(rules), series, "5m", {"sum(gate:overall:met)": 1, "sum(gate:overall:pass)": 1})


def test_law_2_an_old_pass_does_not_count(engine: Engine, rules: str) -> None:
    """A pass that was last written one evaluation ago, and is still visible, closes the gate at once."""
    series = {PASS.format("level"): "1x9", PASS.format("errors"): "1x20"}
    visible = {'sum(gate:criterion:pass{criterion="level"})': 1.0}

    _run(
        engine,
        _overall_only(rules),
        series,
        "5m",
        visible | {"sum(gate:category:pass)": 0, "sum(gate:overall:met)": 0, "sum(gate:overall:pass)": 0},
    )


def test_law_2_a_criterion_that_is_not_there_closes_the_gate(engine: Engine, rules: str) -> None:
    """One pass of two is not two, whatever the minimum of what is there says."""
    series = {PASS.format("errors"): "1x20"}

    _run(engine, _overall_only(rules), series, "5m", {"sum(gate:overall:met)": 0, "sum(gate:overall:pass)": 0})


def test_law_2_a_pass_of_something_else_is_no_substitute(engine: Engine, rules: str) -> None:
    """A stray series of another gate or an older criterion that passes too is not one of the N."""
    stray = PASS.format("errors").replace('gate="case"', 'gate="other"')
    series = {PASS.format("errors"): "1x20", stray: "1x20"}

    _run(engine, _overall_only(rules), series, "5m", {"sum(gate:overall:met)": 0, "sum(gate:overall:pass)": 0})


def test_law_2_a_series_of_somebody_else_is_no_substitute(engine: Engine, rules: str) -> None:
    """A pass that another target or server claims for a criterion does not stand in for its own failure."""
    claimed = PASS.format("level").replace("}", ',job="federate"}')
    series = {PASS.format("level"): "0x20", PASS.format("errors"): "1x20", claimed: "1x20"}

    _run(engine, _overall_only(rules), series, "5m", {"sum(gate:overall:met)": 0, "sum(gate:overall:pass)": 0})


MET = 'gate:overall:met{gate="case"}'
CLAIMED = 'gate:overall:met{gate="case",job="federate"}'


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        ({MET: "1x70"}, 1),
        ({MET: "1x60 0 1x9"}, 1),
        ({MET: "1x66 0 1x3"}, 0),
        ({MET: "_x50 1x20"}, 1),
        ({MET: "1x20 _x11 1x39"}, 1),
        ({MET: "1x20 _x14 1x36"}, 0),
        ({MET: "1x70", CLAIMED: "1x69"}, 1),
        ({MET: "1x70", CLAIMED: "0x30"}, 1),
        ({MET: "1x66 0 1x3", CLAIMED: "1x69"}, 0),
        ({MET: "_x69 1", CLAIMED: "1x69"}, 0),
    ],
    ids=[
        "met at all times",
        "not met long ago",
        "not met within the stabilisation time",
        "a young gate",
        "a gap of less than a fifth of the window",
        "a gap of more than a fifth",
        "another says so too",
        "another says otherwise",
        "another hides a failure",
        "another has the history",
    ],
)
def test_what_a_history_allows(engine: Engine, history: Mapping[str, str], expected: int) -> None:
    """A single evaluation, after 70 of the past: the gate holds for two minutes, and looks at half an hour.

    What another has written, it has written at other times.
    """
    document = yaml.safe_load(recording_rules(METRICS, CRITERIA, window="30m", stabilization="2m"))
    (group,) = document["groups"]
    group["rules"] = [rule for rule in group["rules"] if rule["record"] == "gate:overall:pass"]
    test = {
        "interval": "30s",
        "input_series": [{"series": name, "values": values} for name, values in history.items()],
        "promql_expr_test": [
            {
                "expr": "sum(gate:overall:pass)",
                "eval_time": "35m",
                "exp_samples": [{"labels": "{}", "value": expected}],
            }
        ],
    }
    ok, output = promtool_test(
        engine,
        {"rule_files": ["r.yml"], "evaluation_interval": "35m", "tests": [test]},
        {"r.yml": yaml.safe_dump(document)},
    )

    assert ok, output
