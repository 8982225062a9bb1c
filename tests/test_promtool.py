"""What promtool and amtool say, on every generation, and what happens when they cannot be asked."""

import stat
from pathlib import Path, PurePosixPath

import pytest
from engines import Engine

from compiler import promtool
from compiler.backends.base import Artifact
from compiler.diagnostics import Diagnostic, Span
from compiler.promtool import Tools

RULES = """\
# a comment
groups:
  - name: gate:shop
    rules:
      - record: gate:overall:pass
        expr: {0}
      - record: gate:overall:met
        expr: {1}
      - record: {2}
        expr: up
"""
ORIGINS = tuple(Span("shop.yaml", line, 3, line, 9) for line in (10, 20, 30))
CONFIG = "route: {receiver: x}\nreceivers:\n  - name: x\n"


def rules(first: str = "up", second: str = "up", name: str = "gate:overall:override", gate: str = "shop") -> Artifact:
    """A rule file with three rules that come from lines 10, 20 and 30 of a spec."""
    path = PurePosixPath(gate, "recording_rules.yml")
    return Artifact(path, RULES.format(first, second, name), rule_origins=ORIGINS)


def config(text: str = CONFIG) -> Artifact:
    """An Alertmanager config."""
    return Artifact(PurePosixPath("alertmanager.yml"), text)


def validate(engine: Engine, *artifacts: Artifact) -> tuple[Diagnostic, ...]:
    """What the tools of an engine say."""
    return promtool.validate(artifacts, Tools(str(engine.promtool), str(engine.amtool)))


def lines(found: tuple[Diagnostic, ...]) -> list[str]:
    """Each diagnostic as `file:line code`."""
    return [f"{d.span.file}:{d.span.line} {d.code}" if d.span else d.code for d in found]


def test_good_artifacts_pass(engine: Engine) -> None:
    """Nothing is said of what the tools accept, nor when there is nothing to check."""
    assert validate(engine, rules(), rules(gate="other"), config()) == ()
    assert validate(engine) == ()


def test_a_bad_rule_is_shown_at_its_line_of_the_spec(engine: Engine) -> None:
    """All bad rules of all files at once, each at the place that it comes from, with the tool's words and version."""
    found = validate(engine, rules("sum(up", 'up{a="b"'), rules(second="up ==", gate="other"), rules(gate="third"))

    assert lines(found) == ["shop.yaml:10 PG413", "shop.yaml:20 PG413", "shop.yaml:20 PG413"]
    assert "unclosed left parenthesis" in found[0].message
    assert found[0].message.startswith(f"promtool, version {'.'.join(map(str, engine.version))}")
    assert "other/recording_rules.yml" in found[2].message


def test_a_rule_without_a_position_is_shown_at_its_line_too(engine: Engine) -> None:
    """A bad record name, which promtool reports with or without a position by its generation."""
    found = validate(engine, rules(name="'{bad}'"))

    assert lines(found) == [("shop.yaml:30 PG413")]


def test_a_file_that_is_no_rule_file_is_shown_itself(engine: Engine) -> None:
    """What concerns no single rule is shown at the line of the artifact."""
    broken = Artifact(PurePosixPath("shop/alert_rules.yml"), "groups:\n  - name: a\n    rulez: []\n")

    assert lines(validate(engine, broken, rules())) == ["shop/alert_rules.yml:3 PG414"]


def test_two_rules_with_one_name_are_refused(engine: Engine) -> None:
    """The tool only mentions them by default; here they are an error, since one would hide the other."""
    found = validate(engine, rules(name="gate:overall:met"))

    assert lines(found) == ["PG414"]
    assert "gate:overall:met" in found[0].message


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("route: {receiver: y}\nreceivers:\n  - name: x\n", 1, 'undefined receiver "y" used in route'),
        ("route:\n  receiver: x\n  foo: 1\nreceivers:\n  - name: x\n", 3, "field foo not found"),
    ],
)
def test_a_bad_alertmanager_config_is_shown_at_its_line(engine: Engine, text: str, line: int, words: str) -> None:
    """With amtool's words."""
    found = validate(engine, config(text))

    assert [f"alertmanager.yml:{line} PG414"] == lines(found)
    assert words in found[0].message


def test_missing_tools_cannot_tell() -> None:
    """Each missing tool says how to get it, and how to do without."""
    found = promtool.validate([rules(), config()], Tools(None, None))

    assert lines(found) == ["PG411", "PG411"]
    assert {"PG411"} <= set(promtool.CANNOT_TELL)
    assert "apt-get install prometheus (from Debian 13 on: promtool)" in found[0].hint
    assert "apt-get install prometheus-alertmanager" in found[1].hint
    assert all("--no-validate" in one.hint for one in found)


def script(path: Path, body: str) -> str:
    """An executable script; returns its path."""
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("exec sleep 30", "no answer within 0.5s"),
        ("echo out of cheese >&2; exit 7", "out of cheese"),
        ("exit 7", "it said nothing"),
        ("kill -9 $$", "it said nothing"),
    ],
)
def test_a_tool_that_gives_no_answer_cannot_tell(tmp_path: Path, body: str, words: str) -> None:
    """A tool that hangs, crashes or says nothing sensible is no proof that the artifacts are bad."""
    tool = script(tmp_path / "tool", body)

    found = promtool.validate([rules(), config()], Tools(tool, tool), timeout=0.5)

    assert {"PG412"} == {one.code for one in found}
    assert all(words in one.message for one in found)


def test_a_tool_that_is_no_program_cannot_tell(tmp_path: Path) -> None:
    """An executable file that cannot be run says so."""
    tool = tmp_path / "tool"
    tool.write_bytes(b"\x7fELF not really")
    tool.chmod(0o755)

    assert lines(promtool.validate([rules()], Tools(str(tool), None))) == ["PG412"]


def test_tools_are_found_by_option_then_environment_then_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The more particular wins; a name that leads nowhere is a missing tool, not another one."""
    for name in ("promtool", "amtool", "other", "third"):
        script(tmp_path / name, "exit 0")
    monkeypatch.chdir(tmp_path)
    environ = {"PATH": str(tmp_path), "AMTOOL": str(tmp_path / "other")}

    assert Tools(str(tmp_path / "promtool"), str(tmp_path / "other")) == promtool.find(environ)
    assert Tools(str(tmp_path / "third"), None) == promtool.find(environ, "./third", "/nowhere/amtool")
    assert Tools(None, None) == promtool.find({"PATH": str(tmp_path / "none")})


def test_nothing_goes_through_a_shell(tmp_path: Path, any_engine: Engine) -> None:
    """A file name that a shell would run is only a name."""
    hostile = Artifact(PurePosixPath(f"$(touch {tmp_path.name})`touch x`; touch y/recording_rules.yml"), rules().text)
    before = set(Path.cwd().iterdir())

    assert validate(any_engine, hostile) == ()
    assert before == set(Path.cwd().iterdir())
