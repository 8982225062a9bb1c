"""gate-check.sh on real Prometheus servers, with rules that record what a compiled gate would."""

import json
import re
import time
from collections.abc import Mapping
from pathlib import Path

from engines import Engine, backfill
from gate_script import GATE, REVISION, SLOW_REGIONS, Run, Script, states
from plans import gate
from servers import Prometheus
from web import MetricsServer, wait_for

OVERALL = "gate:overall:pass"


def rule(record: str, expr: str, **labels: str) -> dict[str, object]:
    """One recording rule of the sample gate."""
    return {"record": record, "expr": expr, "labels": {"gate": GATE, **labels}}


def facts() -> list[dict[str, object]]:
    """The rules that record what SLOW_REGIONS says (its first row is an age, which no rule records)."""
    return [
        rule(
            labels["__name__"], f"vector({value})", **{k: v for k, v in labels.items() if k not in {"__name__", "gate"}}
        )
        for labels, value in SLOW_REGIONS[1:]
    ]


def write(path: Path, *rules: Mapping[str, object]) -> Path:
    """A rule file (JSON is YAML)."""
    path.write_text(json.dumps({"groups": [{"name": f"gate:{GATE}", "interval": "200ms", "rules": rules}]}))
    return path


def test_a_recorded_verdict_is_read(engine: Engine, script: Script, tmp_path: Path) -> None:
    """Pass is 0; fail is 1 and explained by what the rules recorded; a script of another commit cannot tell."""
    rules = write(tmp_path / "rules.yml", rule(OVERALL, "vector(1)", revision=REVISION))
    with Prometheus(engine, rules=[rules]) as server:
        server.until(OVERALL, seconds=20)
        passed = script.run("--prometheus", server.url)
        wrong = Script(tmp_path, gate(revision="fedcba987654")).run("--prometheus", server.url)
        write(
            rules,
            *facts(),
            rule("gate:criterion:pass", "vector(0)", category="web", criterion="latency"),
            rule(OVERALL, "vector(0)", revision=REVISION),
        )
        server.reload()
        server.until(f"{OVERALL} == 0", seconds=20)
        failed = Script(tmp_path, gate()).run("--prometheus", server.url)

    assert passed.code == 0, passed
    assert "says pass, written " in passed.out
    assert wrong.code == 3
    assert f"the rules are of revision {REVISION}, this script is of fedcba987654" in wrong.out
    assert failed.code == 1
    assert "1 of 4 criteria do not pass" in failed.out
    assert '312ms {region="eu"}, 62ms above 250ms\n' in failed.out


def test_a_pass_that_its_rule_no_longer_renews_is_not_believed(engine: Engine, script: Script, tmp_path: Path) -> None:
    """A rule that errors leaves its last 1 visible for minutes; the script sees its age."""
    rules = write(tmp_path / "rules.yml", rule(OVERALL, "max(switch) * on () switch", revision=REVISION))
    with (
        MetricsServer("switch 1\n") as target,
        Prometheus(engine, rules=[rules], scrape={"switch": [target.target]}, interval="200ms") as server,
    ):
        server.until(f"{OVERALL} == 1", seconds=20)
        passed = script.run("--prometheus", server.url)
        target.text = 'switch{a="1"} 1\nswitch{a="2"} 1\n'
        (stale,) = wait_for(lambda: _unless_passing(script, server), 30, "a verdict too old")
        visible = server.value(OVERALL)

    assert passed.code == 0
    assert visible == 1
    assert stale.code == 3
    assert "the verdict is stale, it was written " in stale.out


def _unless_passing(script: Script, server: Prometheus) -> list[Run]:
    ran = script.run("--prometheus", server.url, "--max-age=1s")
    return [] if ran.code == 0 else [ran]


def test_a_server_without_the_gate_cannot_tell(engine: Engine, script: Script) -> None:
    """An empty Prometheus is exit 3, and it says what to load."""
    with Prometheus(engine) as server:
        ran = script.run("--prometheus", server.url)

    assert ran.code == 3
    assert "no verdict of this gate, of any revision: the rules are not loaded" in ran.out


def test_since_when_comes_from_the_record(engine: Engine, script: Script, tmp_path: Path) -> None:
    """The last pass of a failing criterion is found in the samples of the past; how long all are met is recorded."""
    latency = {"gate": GATE, "category": "web", "criterion": "latency"}
    samples = tmp_path / "samples.txt"
    now = time.time()
    samples.write_text(_history("gate:criterion:pass", latency, now, minutes=14) + "# EOF\n")
    verdict = rule(OVERALL, "vector(0)", revision=REVISION)
    not_met, *others = facts()
    held = rule("gate:overall:held", "vector(390)")
    rules = write(tmp_path / "rules.yml", *others, verdict)
    backfill(engine, samples, tmp_path / "data")
    with Prometheus(engine, rules=[rules], data_dir=tmp_path / "data") as server:
        server.until(OVERALL, seconds=20)
        failed = script.run("--prometheus", server.url)
        write(rules, not_met | {"expr": "vector(1)"}, held, *passing_states(), verdict)
        server.reload()
        server.until('gate:criterion:state{criterion="latency"} == 0', seconds=20)
        stabilising = script.run("--prometheus", server.url)

    assert re.search(r"^      since \d\d:\d\dZ \(1[45]m\)$", failed.out, re.MULTILINE), failed
    assert re.search(r"stabilising, 6m of 10m$", stabilising.out, re.MULTILINE), stabilising


def passing_states() -> list[dict[str, object]]:
    """The rules that record that every criterion passes."""
    return [
        rule(labels["__name__"], "vector(0)", category=labels["category"], criterion=labels["criterion"])
        for labels, _ in states()
    ]


def _history(name: str, labels: Mapping[str, str], now: float, *, minutes: int) -> str:
    """OpenMetrics text: a series of two hours that changed from 1 to 0 so many minutes ago."""
    text = ",".join(f'{label}="{value}"' for label, value in labels.items())
    rows = (f"{name}{{{text}}} {int(ago > minutes * 60)} {now - ago:.0f}\n" for ago in range(7200, 30, -15))
    return f"# TYPE {name} gauge\n" + "".join(rows)
