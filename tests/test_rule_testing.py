"""`promgate test`: the tests of a spec on the rules that are there, on every promtool."""

import json
from pathlib import Path, PurePosixPath

import pytest
from engines import Engine

from compiler.backends.base import Artifact
from compiler.cli import main
from compiler.rule_testing import TESTS, Suite, parts

SPEC = """\
apiVersion: promgate/v1
kind: Gate
metadata: {name: queue, title: The "queue" (small), owner: Tests}
defaults: {window: 5m, stabilization: 2m}
metrics:
  depth: {type: gauge}
categories:
  - id: all
    title: All
    criteria:
      - id: level
        title: Level
        measure: {kind: gauge, metric: depth, across: sum}
        require: {at_most: 100}
"""
BOUND = "<= 100"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with a spec and what it compiles to."""
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "queue.yaml").write_text(SPEC)
    monkeypatch.chdir(tmp_path)
    assert main(["generate", "--no-validate"]) == 0
    return tmp_path


def rules(home: Path) -> Path:
    """The generated rules."""
    return home / "generated" / "queue" / "recording_rules.yml"


def test_generated_rules_pass(engine: Engine, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All tests of the spec, which are said to have been run."""
    files = [home / "generated" / "queue" / name for name, _ in TESTS]
    tests, of_alerts, of_statistics = (file.read_text().count("\n  - name: ") for file in files)
    capsys.readouterr()

    assert main(["test", "--promtool", str(engine.promtool)]) == 0

    all_pass = f"{tests + of_alerts + of_statistics} tests of 1 gate pass\n"
    assert capsys.readouterr().out == all_pass
    assert tests > 20
    assert min(of_alerts, of_statistics) > 5

    assert main(["generate", "--no-validate", "--no-tests"]) == 0
    assert not any(file.exists() for file in files)
    assert main(["test", "--promtool", str(engine.promtool)]) == 0
    assert capsys.readouterr().out == all_pass


@pytest.mark.parametrize(
    ("place", "change"),
    [
        (("GateFailing", 3), ("severity: critical", "severity: page")),
        (("GateCriterionFailing", 11), ("(required: at most 100)", "(required: at most 10)")),
    ],
)
def test_an_alert_that_fails_is_shown_where_it_comes_from(
    engine: Engine, home: Path, capsys: pytest.CaptureFixture[str], place: tuple[str, int], change: tuple[str, str]
) -> None:
    """Labels and words that were edited: what was expected of the alert, and what fired."""
    alerts = home / "generated" / "queue" / "alert_rules.yml"
    alerts.write_text(alerts.read_text().replace(*change))
    expected, got = (text.replace(": ", '="') if "severity" in text else text for text in change)
    capsys.readouterr()

    assert main(["test", "--promtool", str(engine.promtool), "--format", "json"]) == 1

    found = json.loads(capsys.readouterr().out)["diagnostics"]
    assert {one["code"] for one in found} == {"PG415"}
    alert, line = place
    mine = [one for one in found if one["message"].startswith(f"a test fails: queue: {alert}: ")]
    assert {(one["file"], one["line"]) for one in mine} == {("specs/queue.yaml", line)}
    for one in mine:
        wanted, _, fired = one["note"].partition("; got ")
        assert expected in wanted
        assert got in fired


def test_what_fails_is_shown_at_its_criterion(engine: Engine, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A bound that was edited in the rules: what was expected, what was recorded, and where the spec says so."""
    text = rules(home).read_text()
    assert text.count(BOUND) == 1
    rules(home).write_text(text.replace(BOUND, "<= 200"))
    capsys.readouterr()

    assert main(["test", "--promtool", str(engine.promtool), "--format", "json"]) == 1

    found = json.loads(capsys.readouterr().out)["diagnostics"]
    assert {(one["code"], one["file"], one["line"], one["column"]) for one in found} == {
        ("PG415", "specs/queue.yaml", 11, 7)
    }
    assert any(
        one["message"].startswith("a test fails: queue: Level: A value is one step away from its bound")
        and 'gate:criterion:state{category="all", criterion="level", gate="queue"} 10'
        in one["note"].partition("got")[0]
        for one in found
    )


@pytest.mark.parametrize(("wrong", "code"), [(3, 0), (1000, 1)])
def test_what_fails_now_and_then_is_promtools_doing(
    engine: Engine, home: Path, capsys: pytest.CaptureFixture[str], wrong: int, code: int
) -> None:
    """Each test that fails is asked again by itself, and again; what is wrong with rules is wrong each time."""
    asked, promtool = home / "asked", home / "promtool"
    promtool.write_text(
        f"#!/bin/sh\n[ $(grep -c '^  - name' *_tests.yml) = 1 ] && echo >>{asked}\n"  # by itself
        f"[ -e {asked} ] && [ $(wc -l <{asked}) -gt {wrong} ] || sed -i 's/{BOUND}/<= 200/' *_rules.yml\n"
        f'exec {engine.promtool} "$@"\n'
    )
    promtool.chmod(0o755)
    capsys.readouterr()

    assert main(["test", "--promtool", str(promtool)]) == code

    assert ("pass" in capsys.readouterr().out) == (code == 0)


def test_rules_that_cannot_be_loaded(engine: Engine, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """They are no failure of a single test."""
    rules(home).write_text("groups: [{name: x, rules: [{record: y, expr: 'sum('}]}]\n")

    assert main(["test", "--promtool", str(engine.promtool)]) == 1

    assert "error[PG416]: promtool refuses the rules of queue" in capsys.readouterr().err


def test_without_rules_or_promtool_nothing_is_said_to_pass(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither is an approval."""
    assert main(["test", "--promtool", "no-such-tool"]) == 3
    assert main(["test", "--promtool", "/bin/true", "--out", "elsewhere"]) == 2
    rules(home).unlink()
    assert main(["test", "--promtool", "/bin/true"]) == 2
    said = capsys.readouterr()
    assert "pass" not in said.out
    assert "--no-validate" not in said.err
    assert "there is no generated/queue/recording_rules.yml" in said.err


def test_parts_are_whole_files_and_lose_no_test(home: Path) -> None:
    """Each begins as the file does."""
    text = (home / "generated" / "queue" / "rule_tests.yml").read_text()
    head = text[: text.index("  - name: ")]
    tests, rules = (Artifact(PurePosixPath("queue", name), text) for name in ("rule_tests.yml", "recording_rules.yml"))

    some = parts(Suite("queue", tests, rules, there=""))

    assert len(some) > 1
    assert head + "".join(part.text.removeprefix(head) for part in some) == text
    assert all(part.text.startswith(head) for part in some)
    assert sum(part.count for part in some) == text.count("  - name: ")


def test_the_spec_is_that_of_the_gate(engine: Engine, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Not another one whose file has the same name."""
    (home / "more").mkdir()
    (home / "more" / "queue.yaml").write_text(SPEC.replace("name: queue", "name: other"))
    specs = ["specs/queue.yaml", "more/queue.yaml"]
    assert main(["generate", "--no-validate", *specs]) == 0
    for gate in ("queue", "other"):
        there = home / "generated" / gate / "recording_rules.yml"
        there.write_text(there.read_text().replace(BOUND, "<= 200"))
    capsys.readouterr()

    assert main(["test", "--promtool", str(engine.promtool), "--format", "json", *specs]) == 1

    found = json.loads(capsys.readouterr().out)["diagnostics"]
    assert {(one["file"], one["message"].split(": ")[1]) for one in found} == {
        ("specs/queue.yaml", "queue"),
        ("more/queue.yaml", "other"),
    }
