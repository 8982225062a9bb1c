"""What is committed in generated/ is what the specs give, and every tool of every generation accepts it."""

from pathlib import Path

import pytest
from engines import Engine, find_tool, require, run_tool

from compiler.cli import main

ROOT = Path(__file__).resolve().parent.parent
GENERATED = ROOT / "generated"
GATES = sorted(path.stem for path in (ROOT / "specs").glob("*.yaml"))


def test_nothing_has_drifted(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """`promgate generate --check` finds no difference and no leftover."""
    monkeypatch.chdir(ROOT)

    assert main(["generate", "--check", "--no-validate"]) == 0, capsys.readouterr().err


@pytest.mark.parametrize("gate", GATES)
def test_promtool_accepts_the_rules(engine: Engine, gate: str) -> None:
    """Recording and alert rules are valid, without a duplicate."""
    rules = [GENERATED / gate / name for name in ("recording_rules.yml", "alert_rules.yml")]

    ok, output = run_tool(engine.promtool, "check", "rules", "--lint=all", "--lint-fatal", *rules)
    assert ok, output


def test_amtool_accepts_the_config(engine: Engine) -> None:
    """The Alertmanager config is valid as it is."""
    ok, output = run_tool(engine.amtool, "check-config", GENERATED / "alertmanager.yml")
    assert ok, output


@pytest.mark.parametrize("gate", GATES)
def test_shellcheck_is_silent(gate: str) -> None:
    """The script is clean POSIX shell."""
    shellcheck = require(find_tool("bookworm", "shellcheck"), "there is no shellcheck: make setup installs it")

    assert run_tool(shellcheck, "--shell=sh", GENERATED / gate / "gate-check.sh") == (True, "")


@pytest.mark.parametrize("gate", GATES)
def test_alerts_reach_their_receivers(engine: Engine, gate: str) -> None:
    """A failing gate reaches those who hear of its status, and a failing criterion those on call."""
    for alert, wanted in (("GateFailing", "status"), ("GateCriterionFailing", "on_call")):
        ok, output = run_tool(
            engine.amtool,
            "config",
            "routes",
            "test",
            f"--config.file={GENERATED / 'alertmanager.yml'}",
            f"gate={gate}",
            f"alertname={alert}",
        )
        assert ok, output
        assert f"gate/{gate}/{wanted}" in output
