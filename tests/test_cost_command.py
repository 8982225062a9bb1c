"""`promgate cost`: what it prints, what its exit code says, and a comparison with a real server."""

import json
from pathlib import Path
from typing import Any

import pytest
from engines import Engine
from servers import Prometheus
from web import MetricsServer, free_port

from compiler.cli import main

SPEC = """\
apiVersion: promgate/v1
kind: Gate
metadata: {name: shop, title: Shop, owner: Shop Team}
defaults: {window: 10s, scrape_interval: 1s, evaluate_every: 1s, stabilization: 2s}
cost: {budget: 1000}
metrics:
  bad_total: {type: counter, series: 2}
  all_total: {type: counter}
categories:
  - id: web
    title: Web
    criteria:
      - id: errors
        title: Errors
        measure: {kind: ratio, part: bad_total, total: all_total}
        require: {at_most: 1%}
"""
EXPORTED = 'bad_total{path="/a"} 1\nbad_total{path="/b"} 1\nall_total 1000\n'


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    """A spec with a budget."""
    path = tmp_path / "shop.yaml"
    path.write_text(SPEC)
    return path


def _json(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    (gate,) = json.loads(capsys.readouterr().out)["gates"]
    return dict(gate)


def test_the_table(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The gate, its criteria, the most expensive one, and what was assumed."""
    assert main(["cost", str(spec)]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "shop: 193 samples an evaluation (every 1s), within the budget of 1,000"
    assert lines[3].split() == ["156", "156", "10", "errors"]
    assert lines[4:] == [
        "  the most expensive is errors, for all_total over 10s (3 series, 30 samples)",
        "  cheaper: a selector with fewer than its 3 series, or a shorter window",
        "  assumed of 1 metric whose `series` is not declared: 3 instances, 4 values of a label, 12 buckets",
    ]


def test_machines_read_json(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The sums of the rules are those of the gate."""
    assert main(["cost", str(spec), "--format", "json"]) == 0

    gate = _json(capsys)
    assert gate["samples"] == sum(rule["samples"] for rule in gate["rules"])
    assert gate["counted_by_prometheus"] == sum(rule["counted_by_prometheus"] for rule in gate["rules"])
    assert (gate["assumed"], gate["over_budget"]) == (["all_total"], False)


def test_above_the_budget(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The costs are shown all the same, and the exit code says that they are too high; to compile is an error."""
    spec.write_text(SPEC.replace("budget: 1000", "budget: 100"))

    assert main(["cost", str(spec)]) == 1
    assert "above the budget of 100" in capsys.readouterr().out
    assert main(["generate", str(spec), "--no-validate", "--out", str(spec.parent / "out")]) == 1
    said = capsys.readouterr().err
    assert "error[PG601]: an evaluation reads 193 samples, 1.9 times the budget of 100" in said
    assert "156 of them are for this criterion alone" in said


def test_an_unsound_spec_costs_nothing(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its problems are reported as by `lint`."""
    spec.write_text(SPEC.replace("part: bad_total", "part: bad"))

    assert main(["cost", str(spec)]) == 1
    assert "PG201" in capsys.readouterr().err


def test_no_server(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing can be told."""
    assert main(["cost", str(spec), "--prometheus", f"http://127.0.0.1:{free_port()}"]) == 3
    assert "does not answer" in capsys.readouterr().err


def test_a_server_without_the_gate(spec: Path, any_engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    """Its series are counted, and nothing is measured."""
    with Prometheus(any_engine) as prometheus:
        assert main(["cost", str(spec), "--prometheus", prometheus.url]) == 3

    assert "does not evaluate revision" in capsys.readouterr().out


def test_a_server_with_the_gate(
    spec: Path, tmp_path: Path, any_engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every rule is measured; those that read what is there now read exactly what is predicted."""
    main(["generate", str(spec), "--no-validate", "--out", str(tmp_path / "out")])
    rules = [tmp_path / "out/shop/recording_rules.yml"]
    with (
        MetricsServer(EXPORTED) as exporter,
        Prometheus(any_engine, rules=rules, scrape={"shop": [exporter.target]}) as prometheus,
    ):
        prometheus.until('gate:input:series{input="bad_total"} == 2 and on () gate:overall:pass', seconds=30)
        main(["cost", str(spec), "--prometheus", prometheus.url, "--format", "json"])

    found = [rule for rule in _json(capsys)["rules"] if rule["record"] == "gate:input:series"]
    assert [(rule["counted_by_prometheus"], rule["measured"]) for rule in found] == [(2, 2), (1, 1)]
