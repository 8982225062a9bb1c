"""Overrides with the profile `victoriametrics`: vmalert begins and ends them on time as well."""

import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from gates import overridden_plan, override
from victoria import Expectation, Victoria, VictoriaMetrics, VMAlert, require_victoria, rule_test
from web import MetricsServer

from compiler.backends import recording_rules
from compiler.history.words import iso

pytestmark = pytest.mark.engine

NAMES = ("level", "load")
METRICS = {name: {"type": "gauge"} for name in NAMES}
CRITERIA = [
    {"id": name, "title": name.title(), "measure": {"kind": "gauge", "metric": name}, "require": {"at_most": 5}}
    for name in NAMES
]
POLICY = {"max_duration": "10m", "retest_within": "15m"}
GOOD, BAD = "1x60", "9x60"
PASS, MET, OVERRIDE = "max(gate:overall:pass)", "max(gate:overall:met)", "max(gate:overall:override)"
END, RETEST = "max(gate:override:end)", "max(gate:override:retest)"

Expected = Mapping[tuple[str, str], float]


@pytest.fixture(scope="module")
def victoria() -> Victoria:
    """VictoriaMetrics, vmalert and vmalert-tool."""
    return require_victoria()


def rules(*entries: Mapping[str, object], policy: Mapping[str, object] = POLICY, **times: str) -> str:
    """The rules of a gate of two criteria with overrides."""
    profile = {"engine": "victoriametrics", "stabilization": "2m", **times}
    return next(recording_rules.emit((overridden_plan(METRICS, CRITERIA, *entries, policy=policy, **profile),))).text


def check(victoria: Victoria, text: str, series: Mapping[str, str], expected: Expected) -> None:
    """Evaluate rules every 30s over series of 30-second steps; an expression has that value at its time."""
    expectations = [Expectation(expr, at, {"{}": value}) for (at, expr), value in expected.items()]
    ok, output = rule_test(victoria, text, series, "30s", expectations)
    assert ok, output


def test_an_override_opens_a_failing_gate_and_ends(victoria: Victoria) -> None:
    """In the evaluation of its start and of its end, although results are read one later; met stays honest."""
    expected = {
        ("7m30s", PASS): 0,
        ("7m30s", OVERRIDE): 0,
        ("8m", PASS): 1,
        ("8m", OVERRIDE): 1,
        ("8m30s", END): 720,
        ("10m", MET): 0,
        ("10m", "min(gate:criterion:pass)"): 0,
        ("11m30s", PASS): 1,
        ("11m30s", OVERRIDE): 1,
        ("12m", PASS): 0,
        ("12m", OVERRIDE): 0,
        ("12m", RETEST): 23 * 60,
    }

    check(victoria, rules(override("inc-1", "00:08:00", "00:12:00")), {"level": BAD, "load": GOOD}, expected)


def test_a_scope_covers_its_criteria_only(victoria: Victoria) -> None:
    """What is not in it closes the gate: its state is read one evaluation later."""
    entry = override("inc-1", "00:08:00", "00:16:00", scope=["level"])
    expected = {
        ("7m30s", PASS): 0,
        ("8m", PASS): 1,
        ("10m", PASS): 1,
        ("10m30s", PASS): 0,
        ("10m30s", OVERRIDE): 1,
        ("14m", PASS): 1,
        ("16m", PASS): 0,
    }

    check(victoria, rules(entry), {"level": BAD, "load": "1x19 9 1x60"}, expected)


def test_a_retest_is_done_by_what_is_stable_after_the_end(victoria: Victoria) -> None:
    """Good from 13m on, seen in the next evaluation, and held for two minutes: then the gate passes by itself."""
    expected = {
        ("15m", RETEST): 23 * 60,
        ("15m", PASS): 0,
        ("16m", RETEST): 0,
        ("16m", PASS): 1,
        ("25m", RETEST): 0,
    }
    series = {"level": "9x25 1x14 9x20", "load": GOOD}

    check(victoria, rules(override("inc-1", "00:08:00", "00:12:00")), series, expected)


@pytest.mark.slow
def test_a_live_override_opens_and_ends(victoria: Victoria, tmp_path: Path) -> None:
    """On running servers a failing gate is open from the start of the override until just before its end."""
    starts = int(time.time()) + 5
    ends = starts + 15
    times = {"window": "10s", "scrape_interval": "1s", "evaluate_every": "1s", "stabilization": "3s"}
    policy = {"max_duration": "1m", "retest_within": "1m"}
    (tmp_path / "rules.yml").write_text(rules(override("inc-1", iso(starts), iso(ends)), policy=policy, **times))
    with (
        MetricsServer("level 9\nload 1\n") as target,
        VictoriaMetrics(victoria, scrape={"job": [target.target]}) as store,
        VMAlert(victoria, store, [tmp_path / "rules.yml"]),
    ):
        store.until("gate:overall:pass == 1", seconds=60)
        store.until("gate:overall:pass == 0", seconds=60)
        verdicts = store.samples("gate:overall:pass", 120)
        overridden = store.samples("gate:overall:override", 120)
        met = store.samples("gate:overall:met", 120)

    assert [at for at, value in verdicts if value == 1] == [at for at, value in overridden if value == 1]
    assert all((starts <= at < ends) == (value == 1) for at, value in verdicts)
    assert {value for _, value in met} == {0}
