"""The laws as they hold with the profile `victoriametrics`, where a rule sees what was written an evaluation before."""

import time
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml
from gates import recording_rules
from victoria import Expectation, Victoria, VictoriaMetrics, VMAlert, require_victoria, rule_test
from web import MetricsServer

from compiler.naming import CRITERION_STATE, OVERALL_PASS
from compiler.states import FAIL

pytestmark = pytest.mark.engine

METRICS = {"level": {"type": "gauge"}, "flow_total": {"type": "counter"}}
CRITERIA = [
    {"id": "level", "title": "Level", "measure": {"kind": "gauge", "metric": "level"}, "require": {"at_most": 5}},
    {
        "id": "flow",
        "title": "Flow",
        "measure": {"kind": "increase", "metric": "flow_total"},
        "require": {"at_most": 1000},
    },
]
AT = "10m"  # when a history is judged that has a value for each of 20 steps before
STATE = 'gate:criterion:state{{category="all",criterion="{}",gate="case"}}'
BEFORE = 19


@pytest.fixture(scope="module")
def victoria() -> Victoria:
    """VictoriaMetrics, vmalert and vmalert-tool."""
    return require_victoria()


@pytest.fixture(scope="module")
def rules() -> str:
    """The rules of a gate with two criteria, judged every 30s and held for two minutes."""
    return recording_rules(METRICS, CRITERIA, engine="victoriametrics", window="5m", stabilization="2m")


def test_law_1_a_verdict_exists_when_nothing_else_does(victoria: Victoria, rules: str) -> None:
    """With no metric at all there is one verdict, 0, and one 0 for every criterion and category."""
    expected = {
        "count(gate:overall:pass)": 1,
        "sum(gate:overall:pass)": 0,
        "count(gate:criterion:pass == 0)": 2,
        "count(gate:category:pass == 0)": 1,
        "count(gate:criterion:state == 20)": 2,
    }

    _check(victoria, rules, {"other": "1x20"}, "30s", {("10m", expr): value for expr, value in expected.items()})


def test_a_bad_sample_closes_the_gate_in_the_second_evaluation(victoria: Victoria, rules: str) -> None:
    """The evaluation that sees it fails the criterion, the next one closes the gate, which opens 2m after that."""
    state, verdict = 'max(gate:criterion:state{criterion="level"})', "max(gate:overall:pass)"
    expected = {
        ("12m30s", state): 0,
        ("13m", state): 10,
        ("13m", verdict): 1,
        ("13m30s", state): 0,
        ("13m30s", verdict): 0,
        ("15m30s", verdict): 0,
        ("16m", verdict): 1,
    }

    _check(victoria, rules, {"level": "1x25 9 1x14", "flow_total": "0+1x40"}, "30s", expected)


def test_a_member_that_comes_fails_nothing(victoria: Victoria) -> None:
    """A new series is judged by one rule that sees it all at once, so no evaluation takes it for a missing one."""
    metrics = {
        "bad_total": {"type": "counter", "labels": ["zone"]},
        "all_total": {"type": "counter", "labels": ["zone"]},
    }
    criterion = {
        "id": "errors",
        "title": "Errors",
        "measure": {"kind": "ratio", "part": "bad_total", "total": "all_total"},
        "by": ["zone"],
        "require": {"at_most": "1%"},
        "min_coverage": "1%",
        "when_idle": "pass",
    }
    rules = recording_rules(metrics, [criterion], engine="victoriametrics", window="5m")
    series = {
        'bad_total{zone="a"}': "0x40",
        'all_total{zone="a"}': "0+5x40",
        'bad_total{zone="b"}': "_x20 0x20",
        'all_total{zone="b"}': "_x20 0+5x20",
    }
    states = {(f"{minute}m{second}s", "max(gate:criterion:state)"): 0 for minute in range(6, 16) for second in (0, 30)}

    _check(victoria, rules, series, "30s", states)


def _history(rules: str) -> dict[str, str]:
    """What the rules would have written in the evaluations before `AT`."""
    return {
        STATE.format("level"): f"0x{BEFORE}",
        STATE.format("flow"): f"0x{BEFORE}",
        'gate:overall:met{gate="case"}': f"1x{BEFORE}",
        f'{OVERALL_PASS}{{gate="case",revision="{_revision(rules)}"}}': f"0x{BEFORE}",
    }


def _verdict(victoria: Victoria, rules: str, history: Mapping[str, str], expected: int) -> None:
    """What a single evaluation at `AT` makes of the history."""
    _check(victoria, _overall_only(rules), history, AT, {(AT, "max(gate:overall:pass)"): expected})


def _overall_only(rules: str) -> str:
    """The rules of the categories and the gate, without those that write the criteria's verdicts."""
    document = yaml.safe_load(rules)
    (group,) = document["groups"]
    group["rules"] = [rule for rule in group["rules"] if rule["record"].split(":")[1] in {"category", "overall"}]
    return yaml.safe_dump(document)


def test_law_2_states_of_the_last_evaluation_count(victoria: Victoria, rules: str) -> None:
    """When every criterion passed in the evaluations before, and for long enough, the gate is open."""
    _verdict(victoria, rules, _history(rules), 1)


@pytest.mark.parametrize(("missing", "expected"), [(1, 1), (2, 0), (9, 0)])
def test_law_2_an_old_state_counts_for_one_more_evaluation(
    victoria: Victoria, rules: str, missing: int, expected: int
) -> None:
    """A criterion may miss one evaluation; when it has missed two, its last pass does not count any more."""
    history = _history(rules) | {STATE.format("level"): f"0x{BEFORE - missing}"}

    _verdict(victoria, rules, history, expected)


@pytest.mark.parametrize(("ago", "expected"), [(6, 1), (5, 0), (3, 0), (2, 0)])
def test_law_2_a_criterion_is_judged_in_every_evaluation(
    victoria: Victoria, rules: str, ago: int, expected: int
) -> None:
    """One evaluation in which its rule failed closes the gate for the stabilisation time, as soon as that is sure."""
    gap = _with_gap("0", ago)

    _verdict(victoria, rules, _history(rules) | {STATE.format("level"): gap}, expected)


def test_law_2_an_evaluation_that_did_not_happen_is_nobodys_failure(victoria: Victoria, rules: str) -> None:
    """An evaluation that vmalert skips, as it has no time for it, is one of which no rule has written anything."""
    history = {name: _with_gap(values[0], 3) for name, values in _history(rules).items()}

    _verdict(victoria, rules, history, 1)


def _with_gap(value: str, ago: int) -> str:
    """The same value in all evaluations before `AT` but for the one that was so many ago."""
    return f"{value}x{BEFORE - ago} _ {value}x{ago - 2}"


def test_law_2_a_criterion_that_is_not_there_closes_the_gate(victoria: Victoria, rules: str) -> None:
    """One pass of two is not two."""
    history = {name: values for name, values in _history(rules).items() if name != STATE.format("level")}

    _verdict(victoria, rules, history, 0)


def test_law_2_a_pass_of_something_else_is_no_substitute(victoria: Victoria, rules: str) -> None:
    """A state of a criterion that the spec does not have any more is not one of the N, and disturbs nothing."""
    history = _history(rules)
    history[STATE.format("removed")] = history[STATE.format("level")]
    without = {name: values for name, values in history.items() if name != STATE.format("level")}

    _verdict(victoria, rules, history, 1)
    _verdict(victoria, rules, without, 0)


def test_law_8_a_new_revision_does_not_answer_with_the_states_of_the_old_one(victoria: Victoria, rules: str) -> None:
    """Where another revision judged until now, this one is closed, whatever those states say."""
    history = {name.replace(_revision(rules), "0" * 12): values for name, values in _history(rules).items()}

    _verdict(victoria, rules, history, 0)


def test_a_short_stabilisation_can_be_reached(victoria: Victoria) -> None:
    """A gate that must hold for one evaluation opens although a rule sees nothing of its own evaluation."""
    rules = recording_rules(METRICS, CRITERIA, engine="victoriametrics", window="5m", stabilization="30s")

    _check(victoria, rules, {"level": "1x40", "flow_total": "0+1x40"}, "30s", {("10m", "max(gate:overall:pass)"): 1})


@pytest.mark.slow
def test_a_live_gate_opens_and_closes(victoria: Victoria, tmp_path: Path) -> None:
    """On running servers the gate opens, stays open while all is well, and closes within two evaluations."""
    every = 5
    rules = tmp_path / "rules.yml"
    rules.write_text(
        recording_rules(
            METRICS,
            CRITERIA,
            engine="victoriametrics",
            window="30s",
            scrape_interval="1s",
            evaluate_every=f"{every}s",
            stabilization="20s",
        )
    )
    with (
        MetricsServer("level 1\nflow_total 7\n") as target,
        VictoriaMetrics(victoria, scrape={"job": [target.target]}) as store,
        VMAlert(victoria, store, [rules]),
    ):
        store.until("gate:overall:pass == 1", seconds=180)
        time.sleep(4 * every)
        target.text = "level 9\nflow_total 7\n"
        store.until("gate:overall:pass == 0", seconds=60)
        verdicts = store.samples(OVERALL_PASS, 300)
        states = store.samples(f'{CRITERION_STATE}{{criterion="level"}}', 300)

    opened = next(at for at, value in verdicts if value == 1)
    failed = next(at for at, value in states if at > opened and value >= FAIL.code)
    closed = next(at for at, value in verdicts if at > opened and value == 0)
    assert failed < closed <= failed + 2 * every
    assert closed - opened >= 4 * every


def _revision(rules: str) -> str:
    (group,) = yaml.safe_load(rules)["groups"]
    return str(next(rule["labels"]["revision"] for rule in group["rules"] if rule["record"] == OVERALL_PASS))


def _check(
    victoria: Victoria, rules: str, series: Mapping[str, str], every: str, expected: Mapping[tuple[str, str], float]
) -> None:
    expectations = [Expectation(expr, at, {"{}": value}) for (at, expr), value in expected.items()]
    ok, output = rule_test(victoria, rules, series, every, expectations)

    assert ok, output
