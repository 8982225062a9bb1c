"""The profile `victoriametrics` on real servers gives the same verdicts."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from engines import ROOT, Engine, run_tool
from gates import recording_rules
from truth.routing_platform import ALSO, BAD, END, HEALTHY, STEP
from victoria import Expectation, Victoria, require_victoria, rule_test

from compiler.backends import recording_rules as backend
from compiler.middle.lower import lower
from compiler.middle.plan import GatePlan
from compiler.promql.printer import show
from compiler.spec.load import load
from compiler.states import STATES

pytestmark = pytest.mark.engine

CASES = sorted((ROOT / "tests" / "measures" / "cases").glob("*.yaml"))
CODES = {state.name: state.code for state in STATES}
LONGEST_QUERY = 16 * 1024  # -search.maxQueryLen

# Cases whose verdict is another one than on Prometheus, with the state there; docs/engines.md has the reasons.
DIFFERENT = {
    "one series that is NaN is not overlooked": "pass",
    "a budget that is NaN is none": "pass",
    "what is no number now is seen at once, though the last look was eight seconds ago": "pass",
    "a bucket that is NaN is not passed over": "fail",
    "nor is it idleness": "idle",
    "a share of infinitely many events is not small": "fail",
    "fewer than no events are as far from a share of 0 as events are": "undefined",
    "buckets that fall below zero are not few observations, though the largest does not move": "saturated",
    "a group of whose total the window holds a single sample is not passed over": "partial",
    "an old one": "pass",
    "a young counter that is no number any more is unknown": "pass",
}


@pytest.fixture(scope="module")
def victoria() -> Victoria:
    """VictoriaMetrics, vmalert and vmalert-tool."""
    return require_victoria()


@pytest.mark.parametrize("path", CASES, ids=[path.stem for path in CASES])
def test_kind(victoria: Victoria, path: Path) -> None:
    """Every case of a measure kind has the state that it has on Prometheus, or the one that is listed here."""
    document = yaml.safe_load(path.read_text())
    problems = []
    metrics = {name: metric for name, metric in document["metrics"].items() if not metric.get("native")}
    for case in document["cases"]:
        if case["criterion"]["measure"].get("histogram", "") in document["metrics"].keys() - metrics.keys():
            continue  # the profile refuses native histograms
        ok, output = _judge(victoria, metrics, case)
        if not ok:
            problems.append(f"{case['title']}\n{output}")

    assert not problems, "\n".join(problems)


def test_every_difference_is_documented() -> None:
    """Each case that differs exists, and docs/engines.md names it."""
    titles = {case["title"] for path in CASES for case in yaml.safe_load(path.read_text())["cases"]}
    text = " ".join((ROOT / "docs" / "engines.md").read_text().split())

    assert set(DIFFERENT) <= titles
    assert [title for title in DIFFERENT if title not in text] == []


def test_healthy_passes(victoria: Victoria) -> None:
    """On a healthy platform all criteria of the reference gate pass."""
    _judge_reference(victoria, HEALTHY, failing=frozenset())


@pytest.mark.parametrize("criterion", [one for one in BAD if one != "metrics_fresh"])
def test_each_criterion_fails_alone(victoria: Victoria, criterion: str) -> None:
    """What makes one criterion of the reference gate bad fails it, and nothing else."""
    _judge_reference(
        victoria, {**HEALTHY, **BAD[criterion]}, failing=frozenset({criterion}) | ALSO.get(criterion, frozenset())
    )


@pytest.mark.parametrize(("level", "state"), [(5, "pass"), (6, "fail")])
def test_the_name_of_a_member_is_only_a_name(victoria: Victoria, level: int, state: str) -> None:
    """A limit finds its member whose name would mean something in a replacement or a template."""
    case = {
        "title": "names",
        "criterion": {
            "measure": {"kind": "gauge", "metric": "level", "across": "max"},
            "by": ["pool"],
            "require": {"at_most": {"by_member": {"a$1": 5, 'b"{{': 1}}},
        },
        "series": {'level{pool="a$1"}': f"{level}x60", r'level{pool="b\"{{"}': "1x60"},
        "state": state,
    }

    ok, output = _judge(victoria, {"level": {"type": "gauge", "labels": ["pool"]}}, case)

    assert ok, output


def test_rules_are_promql(engine: Engine, tmp_path: Path) -> None:
    """The rules of the reference gate for vmalert are PromQL that promtool accepts."""
    (tmp_path / "rules.yml").write_text(_reference_rules())

    ok, output = run_tool(engine.promtool, "check", "rules", tmp_path / "rules.yml")

    assert ok, output


def test_expressions_are_not_too_long() -> None:
    """VictoriaMetrics refuses a query of more than 16 KiB by default; the reference gate stays far below."""
    longest = max(len(show(rule.expr)) for rule in _reference_plan().rules)

    assert longest < LONGEST_QUERY / 4


def _judge(victoria: Victoria, metrics: dict[str, Any], case: dict[str, Any]) -> tuple[bool, str]:
    """Whether a case of tests/measures has its state after 60 steps, and its value unless the state is another."""
    criterion = {"id": "case", "title": case["title"], **case["criterion"]}
    rules = recording_rules(metrics, [*case.get("others", []), criterion], engine="victoriametrics")
    state = DIFFERENT.get(case["title"], case["state"])
    expected = [Expectation('max(gate:criterion:state{criterion="case"})', "30m", {"{}": CODES[state]})]
    if "value" in case and case["title"] not in DIFFERENT:
        close = f'abs(max(gate:criterion:value{{criterion="case"}}) - {case["value"]}) < bool 1e-9'
        expected.append(Expectation(close, "30m", {"{}": 1}))
    series = {name: str(values) for name, values in case["series"].items()}
    # What reads back what the group recorded has nothing to read in the first evaluation.
    every = "30s" if criterion["measure"]["kind"] == "freshness" else "30m"
    return rule_test(victoria, rules, series, every, expected)


def _reference_plan() -> GatePlan:
    loaded = load((ROOT / "specs" / "routing-readiness.yaml").read_text(), "routing-readiness.yaml")
    assert loaded.gate
    assert loaded.source
    defaults = loaded.gate.defaults.model_copy(update={"engine": "victoriametrics"})
    return lower(loaded.gate.model_copy(update={"defaults": defaults}), loaded.source)


def _reference_rules() -> str:
    return next(backend.emit((_reference_plan(),))).text


def _judge_reference(victoria: Victoria, series: Mapping[str, str | None], *, failing: frozenset[str]) -> None:
    """The criteria that fail at the end; metrics_fresh reads ages that no evaluation has recorded before."""
    given = {name: values for name, values in series.items() if values is not None}
    failed = 'count by (criterion) (gate:criterion:state{criterion!="metrics_fresh"} >= 10)'
    end = f"{END * STEP}s"
    expected = [
        Expectation(failed, end, {f'{{criterion="{one}"}}': 1 for one in sorted(failing)}),
        Expectation("count(gate:criterion:state)", end, {"{}": 29}),
    ]
    ok, output = rule_test(victoria, _reference_rules(), given, end, expected)

    assert ok, output
