"""The whole way on real servers: the compiled reference gate, a simulated platform, Alertmanager and gate-check.sh.

The spec is a copy of the committed one in a hurry (see `demo/fast_spec.py`): the same criteria, judged more often.
"""

import json
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest
from engines import Engine
from web import wait_for

from demo.fast_spec import HURRY
from demo.run import CLOSED, OPEN, Stage
from demo.simulation import begin, recover

PATIENCE = 120.0
INCIDENT = "circuit_breaker"
BAD_SAMPLE = "router_circuit_breaker_state == 2"
DASHBOARD = "dashboard.json"


@pytest.fixture(scope="module")
def stage(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A healthy platform under a Prometheus and an Alertmanager of each generation."""
    one = Stage(tmp_path_factory.mktemp("stage"), engine)
    with one.running():
        yield one


@pytest.fixture(scope="module")
def story(stage: Stage) -> dict[str, Any]:
    """What happens: healthy, a bad sample, healthy again; with what the pipeline and the stand-ins saw meanwhile."""
    seen: dict[str, Any] = {}
    wait_for(lambda: stage.prometheus.query(OPEN), PATIENCE, "an open gate")
    seen["healthy"] = _gate_check(stage)
    seen["empty_panels"] = _empty_panels(stage)
    stage.exporter.platform = begin(stage.exporter.platform, INCIDENT, time.time())
    wait_for(lambda: stage.prometheus.query(CLOSED), PATIENCE, "a closed gate")
    seen["failing"] = _gate_check(stage)
    seen["bad_at"] = _first(stage, "router_circuit_breaker_state", 2)
    seen["closed_at"] = _first(stage, 'gate:overall:pass{gate="routing-readiness"}', 0, after=seen["bad_at"])
    wait_for(lambda: _slack(stage, "FAILING"), PATIENCE, "Slack's failing message")
    wait_for(lambda: _webhook(stage), PATIENCE, "the webhook's call")
    stage.exporter.platform = recover(stage.exporter.platform, time.time())
    wait_for(lambda: stage.prometheus.query(OPEN), PATIENCE, "a gate that opens again")
    seen["recovered"] = _gate_check(stage)
    wait_for(lambda: _slack(stage, "READY"), PATIENCE, "Slack's resolved message")
    seen["slack"] = [body for path, body in stage.inbox.posts if path == "slack"]
    return seen


def test_a_healthy_platform_opens_the_gate(story: dict[str, Any]) -> None:
    """gate-check.sh exits 0."""
    assert story["healthy"] == (0, "pass", [])


def test_a_bad_sample_closes_the_gate_in_the_next_evaluation(story: dict[str, Any]) -> None:
    """From the bad sample to `gate:overall:pass` = 0 passes one evaluation interval at most."""
    interval = float(HURRY["evaluate_every"].removesuffix("s"))

    assert 0 <= story["closed_at"] - story["bad_at"] <= interval


def test_the_pipeline_is_told_which_criterion_fails(story: dict[str, Any]) -> None:
    """gate-check.sh exits 1 and names the criterion; after the recovery it exits 0 again."""
    assert story["failing"] == (1, "fail", [INCIDENT])
    assert story["recovered"] == (0, "pass", [])


def test_slack_hears_of_both_changes(story: dict[str, Any]) -> None:
    """A message a person can act on when it fails, with the criterion's name; another when it is ready again."""
    texts = [json.dumps(body, ensure_ascii=False) for body in story["slack"]]

    assert any("FAILING" in text and "Circuit breaker" in text and "router-outage.md" in text for text in texts)
    assert any("READY" in text for text in texts)


def test_every_panel_has_what_it_shows(story: dict[str, Any]) -> None:
    """On the healthy platform every query runs and every panel gets series, but those of what is missing or overridden.

    What is counted by full hours has nothing yet; tests/backends/test_dashboard_history.py has hours.
    """
    assert sorted(story["empty_panels"]) == ["Missing inputs", "Overrides in force", "Re-tests"]


def _gate_check(stage: Stage) -> tuple[int, str, list[str]]:
    script = stage.directory / "generated" / "routing-readiness" / "gate-check.sh"
    command = ["/bin/sh", str(script), "--prometheus", stage.prometheus.url, "--format", "json"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    said = json.loads(ran.stdout)
    return ran.returncode, said["verdict"], [one["criterion"] for one in said["failing"]]


def _first(stage: Stage, selector: str, value: float, after: float = 0) -> float:
    """When a series first had the value, by the samples' own timestamps."""
    result = stage.prometheus.api("query", query=f"{selector}[5m]")["result"]
    moments = [float(at) for series in result for at, text in series["values"] if float(text) == value]
    return min(at for at in moments if at >= after)


def _slack(stage: Stage, word: str) -> bool:
    return any(path == "slack" and word in json.dumps(body) for path, body in stage.inbox.posts)


def _webhook(stage: Stage) -> bool:
    return any(path == "reevaluate" and body.get("status") == "firing" for path, body in stage.inbox.posts)


def _empty_panels(stage: Stage) -> list[str]:
    """The panels whose queries return nothing; a query that fails raises."""
    board = json.loads((stage.directory / "generated" / "routing-readiness" / DASHBOARD).read_text())
    panels = [panel for panel in board["panels"] if panel["type"] != "row"]
    hourly = [panel["title"] for panel in panels[_index(panels, "Gate over time") + 1 :]]
    return [
        panel["title"]
        for panel in panels
        if not sum(len(stage.prometheus.query(target["expr"])) for target in panel["targets"])
        and panel["title"] not in hourly
    ]


def _index(panels: list[dict[str, Any]], title: str) -> int:
    return [panel["title"] for panel in panels].index(title)
