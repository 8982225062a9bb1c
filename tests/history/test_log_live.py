"""promgate log on real servers: five days of a gate, and what pipelines were told in them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from backfilled import FOREVER, NOW, Samples, openmetrics, recorded
from engines import Engine, backfill
from servers import Prometheus

from compiler.cli import main
from compiler.history.words import iso

STEP = 30
DAYS = 5
STEPS = DAYS * 86_400 // STEP
READY, OVERRIDDEN, FAILING, STABILISING = 0, 1, 10, 11
# What happened, as (first, last] evaluation before NOW.
FAILED, SETTLED = (9000, 8946), (8946, 8926)  # latency, and for a part of it availability
GAP = (6000, 5960)  # Prometheus was down; afterwards it had to see the gate for the stabilisation time
AGAIN = (5960, 5940)
EXCUSED = (3000, 2880)
NOW_FAILING = (10, 0)
OVERRIDE = {"override": "2023-11-13-hotfix", "reason": "p0_incident", "ticket": "INC-7", "approver": "ops_lead"}


def within(step: int, span: tuple[int, int]) -> bool:
    """Whether an evaluation, counted back from NOW, is in a span."""
    return span[0] >= step > span[1]


def state(step: int) -> int | None:
    """The state of the gate in an evaluation."""
    if within(step, GAP):
        return None
    if within(step, FAILED) or within(step, NOW_FAILING):
        return FAILING
    if within(step, SETTLED) or within(step, AGAIN):
        return STABILISING
    return OVERRIDDEN if within(step, EXCUSED) else READY


def five_days() -> Samples:
    """What the rules recorded."""
    steps = [step for step in range(STEPS, -1, -1) if state(step) is not None]
    latency = [10 if within(s, FAILED) or within(s, EXCUSED) or within(s, NOW_FAILING) else 0 for s in steps]
    availability = [20 if within(step, (8960, 8946)) else 0 for step in steps]
    web = ("category", "web")
    labels = [part for pair in OVERRIDE.items() for part in pair]
    ends = float(NOW - EXCUSED[1] * STEP)
    return {
        recorded("overall:state"): [(s * STEP, float(state(s) or 0)) for s in steps],
        recorded("criterion:state", *web, "criterion", "latency"): _at(steps, latency),
        recorded("criterion:state", *web, "criterion", "availability"): _at(steps, availability),
        recorded("override:end", *labels): [(s * STEP, ends) for s in steps if within(s, EXCUSED)],
        'gate:overall:state{gate="other"}': [(s * STEP, 0.0) for s in steps[-100:]],
    }


def _at(steps: list[int], values: list[int]) -> list[tuple[int, float]]:
    return [(step * STEP, float(value)) for step, value in zip(steps, values, strict=True)]


@pytest.fixture(scope="module")
def server(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """A Prometheus with these days."""
    directory = tmp_path_factory.mktemp("days")
    (directory / "samples").write_text(openmetrics(five_days()))
    backfill(engine, directory / "samples", directory / "data")
    with Prometheus(engine, data_dir=directory / "data", flags=FOREVER) as running:
        yield running


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log with decisions in and out of failures, of another gate, and a line that was cut off."""
    rows = [(8990, "fail", 1, "sample"), (8950, "fail", 1, "sample"), (8000, "pass", 0, "sample")]
    rows += [(2950, "pass", 0, "sample"), (50, "pass", 0, "third"), (STEPS + 9, "fail", 1, "sample")]
    lines = [_line(*row) for row in rows]
    path = tmp_path / "DECISIONS.log"
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines) + '{"time":"2023-\n')
    return path


def _line(step: int, verdict: str, code: int, gate: str) -> dict[str, Any]:
    return {
        "time": iso(NOW - step * STEP),
        "gate": gate,
        "revision": "0123456789ab",
        "verdict": verdict,
        "exit": code,
        "reason": "because",
        "failing": [{"criterion": "latency"}] if code else [],
        "overrides": [{"id": OVERRIDE["override"]}] if step == 2950 else [],
        "commit": "c0ffee",
        "job": None,
    }


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """The exit code of promgate log, five days back from NOW, and what it printed."""
    code = main(["log", "--now", iso(NOW), "--days", f"{DAYS}", *arguments])
    out, err = capsys.readouterr()
    return code, out, err


def at(step: int) -> str:
    """When an evaluation was."""
    return iso(NOW - step * STEP)


def test_history_and_log_are_one_story(server: Prometheus, log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Failures with causes and decisions, the override, the gap, the figures: to the evaluation."""
    arguments = ("--prometheus", server.url, "--log", str(log), "--gate", "sample", "--format", "json")
    code, out, err = run(capsys, *arguments)
    document = json.loads(out)
    (gate,) = document["gates"]
    first, second, third = gate["failures"]

    assert (code, err, document["bad_lines"]) == (0, "", [{"line": 7, "why": "it is not whole"}])
    assert (first["begin"], first["end"]) == (at(9000), at(8926))
    assert (first["begin_seen"], first["end_seen"], first["seconds"]) == (True, True, 74 * STEP)
    assert first["states"] == {"failing": 54 * STEP, "stabilising": 20 * STEP}
    assert [(c["category"], c["criterion"], c["state"], c["seconds"]) for c in first["causes"]] == [
        ("web", "latency", "fail", 54 * STEP),
        ("web", "availability", "no_data", 14 * STEP),
    ]
    assert first["decisions"] == 2
    assert (second["begin"], second["begin_seen"], second["end"]) == (at(5960), False, at(5940))
    assert (second["states"], second["causes"]) == ({"stabilising": 20 * STEP}, [])
    assert (third["begin"], third["end"], third["decisions"]) == (at(10), None, 0)
    assert gate["not_observed"] == [{"begin": at(6000), "end": at(5960)}]
    (override,) = gate["overrides"]
    assert override == {
        "id": OVERRIDE["override"],
        "reason": "p0_incident",
        "ticket": "INC-7",
        "approver": "ops_lead",
        "begin": at(3000),
        "end": at(2880),
        "expires": at(2880),
        "opened": 120 * STEP,
    }
    known = STEPS - 40
    assert gate["figures"].keys() == {"5d"}
    assert gate["figures"]["5d"] == pytest.approx(
        {
            "days": 5,
            "closed": 104 * STEP,
            "closings": 3,
            "time_to_green": 104 * STEP / 3,
            "overridden": 120 / known,
            "no_data": 0,
            "unobserved": 40 / STEPS,
        }
    )
    assert [(one["verdict"], bool(one["overrides"])) for one in gate["decisions"]] == [
        ("fail", False),
        ("fail", False),
        ("pass", False),
        ("pass", True),
    ]


def test_every_gate_that_is_known_is_told(server: Prometheus, log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Those that Prometheus judged, and those that only the log knows; what was left out is said."""
    code, out, err = run(capsys, "--prometheus", server.url, "--log", str(log))
    lines = out.splitlines()
    headings = [lines[n - 1].partition(",")[0] for n, line in enumerate(lines) if line.startswith("===")]

    assert code == 0
    assert err == f"promgate: {log}:7: left out: it is not whole\n"
    assert headings == ["other", "sample", "third"]


def test_without_a_log_prometheus_tells_alone(server: Prometheus, capsys: pytest.CaptureFixture[str]) -> None:
    """And a gate that it does not know is nothing to tell of."""
    code, out, _ = run(capsys, "--prometheus", server.url, "--gate", "sample")
    assert (code, out.count("latency FAIL 27m"), "decisions: none" in out) == (0, 1, True)

    code, out, err = run(capsys, "--prometheus", server.url, "--gate", "typo")
    assert (code, out, err) == (3, "", "promgate: nothing is known of typo in the last 5 days\n")
