"""The state of a gate as a whole: one code, always, that agrees with the verdict."""

from collections.abc import Mapping
from typing import Any

import pytest
import yaml
from engines import Engine, promtool_test
from gates import recording_rules
from victoria import Expectation, require_victoria, rule_test

from compiler.states import GATE_STATES, STATES

METRICS = {"level": {"type": "gauge"}, "depth": {"type": "gauge"}}
CRITERIA = [
    {"id": name, "title": name, "measure": {"kind": "gauge", "metric": name}, "require": {"at_most": 5}}
    for name in METRICS
]
PASS = 'gate:criterion:pass{{category="all",criterion="{}",gate="case"}}'
STATE = "sum(gate:overall:state)"  # an empty answer would be no 0
READY, OVERRIDDEN, FAILING, STABILISING, NO_DATA = (state.code for state in GATE_STATES)


@pytest.fixture(scope="module")
def rules() -> str:
    """The rules of a gate with two criteria, judged every 30s and held for a minute."""
    return recording_rules(METRICS, CRITERIA, window="5m", stabilization="1m")


def without(rules: str, *records: str) -> str:
    """The rules without these, whose series a test gives itself."""
    document = yaml.safe_load(rules)
    (group,) = document["groups"]
    group["rules"] = [rule for rule in group["rules"] if rule["record"] not in records]
    return yaml.safe_dump(document)


def check(engine: Engine, rules: str, series: Mapping[str, str], expected: Mapping[str, float]) -> None:
    """The state at these times; and at each of them exactly one state, which passes if and only if the gate does."""
    same = "(sum(gate:overall:pass) == bool 1) == sum(gate:overall:state < bool 10)"
    agrees = f"count(gate:overall:state) == 1 and on () {same}"
    test: dict[str, Any] = {
        "interval": "30s",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [
            one
            for at, value in expected.items()
            for one in (
                {"expr": STATE, "eval_time": at, "exp_samples": [{"labels": "{}", "value": value}]},
                {"expr": f"count({agrees})", "eval_time": at, "exp_samples": [{"labels": "{}", "value": 1}]},
            )
        ],
    }
    document = {"rule_files": ["r.yml"], "evaluation_interval": "30s", "tests": [test]}
    ok, output = promtool_test(engine, document, {"r.yml": rules})
    assert ok, output


def test_a_gate_fails_stabilises_and_is_ready(engine: Engine, rules: str) -> None:
    """In this order, and missing data, even beside a failure, is a state of its own."""
    series = {"level": "9x9 1x50 _x30", "depth": "1x19 _x19 9x60"}
    states = {
        "4m30s": FAILING,
        "5m": STABILISING,
        "5m30s": STABILISING,
        "6m": READY,
        "14m": READY,  # depth was last seen at 9m30s, which is within Prometheus' lookback
        "15m": NO_DATA,
        "19m30s": FAILING,  # depth is back, and too high
        "36m": NO_DATA,  # level has gone
    }

    check(engine, rules, series, states)


def test_nothing_known_is_no_data(engine: Engine, rules: str) -> None:
    """With no metric at all; and where the rules of a criterion write nothing."""
    check(engine, rules, {}, {"5m": NO_DATA})
    only_level = without(rules, "gate:criterion:state", "gate:criterion:pass")
    passing = {'gate:criterion:state{criterion="level",gate="case"}': "0x20"}
    check(engine, only_level, passing, {"5m": NO_DATA})


def test_an_override_is_told_from_a_pass(engine: Engine, rules: str) -> None:
    """A gate that passes while an override is in force is overridden; one that does not pass, is not."""
    override = {'gate:overall:override{gate="case"}': "0x5 1x5 0x9", "level": "9x20", "depth": "1x20"}
    pass_ = recording_pass(rules)
    opened = without(rules, "gate:overall:override", "gate:overall:pass")

    check(engine, opened, override | {pass_: "0x5 1x5 0x9"}, {"2m30s": FAILING, "3m": OVERRIDDEN, "6m": FAILING})
    check(engine, opened, override | {pass_: "0x20"}, {"2m30s": FAILING, "3m": FAILING, "6m": FAILING})


def recording_pass(rules: str) -> str:
    """The series of the verdict."""
    (labels,) = (r["labels"] for r in yaml.safe_load(rules)["groups"][0]["rules"] if r["record"] == "gate:overall:pass")
    return f'gate:overall:pass{{gate="case",revision="{labels["revision"]}"}}'


def test_an_old_verdict_is_none(engine: Engine, rules: str) -> None:
    """What was last written one evaluation ago, and is still visible, is not a reason to be ready."""
    series = {recording_pass(rules): "1x5", "level": "9x20", "depth": "1x20"}
    opened = without(rules, "gate:overall:pass")
    document = {
        "rule_files": ["r.yml"],
        "evaluation_interval": "30s",
        "tests": [
            {
                "interval": "30s",
                "input_series": [{"series": name, "values": values} for name, values in series.items()],
                "promql_expr_test": [
                    {"expr": STATE, "eval_time": at, "exp_samples": [{"labels": "{}", "value": value}]}
                    for at, value in (("2m30s", READY), ("3m", FAILING))
                ],
            }
        ],
    }

    ok, output = promtool_test(engine, document, {"r.yml": opened})
    assert ok, output


@pytest.mark.engine
def test_vmalert_says_the_same_an_evaluation_later() -> None:
    """It reads the verdict that was written before."""
    rules = recording_rules(METRICS, CRITERIA, engine="victoriametrics", window="5m", stabilization="1m")
    series = {"level": "1x10 9x9 1x30", "depth": "1x50"}
    states = {"5m": READY, "6m30s": FAILING, "9m30s": FAILING, "13m": READY}
    expected = [Expectation(STATE, at, {"{}": value}) for at, value in states.items()]

    ok, output = rule_test(require_victoria(), rules, series, "30s", expected)
    assert ok, output


def test_codes_are_those_of_a_criterion_where_they_mean_the_same() -> None:
    """Below 10 passes and from 20 on nobody could judge, in both tables; each table has its codes once."""
    for table in (STATES, GATE_STATES):
        assert len({state.code for state in table}) == len({state.name for state in table}) == len(table)
        assert {state.passes for state in table} == {state.no_data for state in table} == {True, False}
