"""The command line: what it prints where, its exit codes, and that it starts fast."""

import json
import os
import pty
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from engines import ROOT, Engine

from compiler import __version__
from compiler.cli import main

GATE = """\
apiVersion: promgate/v1
kind: Gate
metadata: {name: shop, title: Shop, owner: Shop Team}
metrics:
  bad_total: {type: counter}
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
NO_TOOLS = {"PATH": "/nowhere"}


def run(directory: Path, *arguments: str, **environ: str) -> tuple[int, str, str]:
    """Run promgate as its own process in a directory; returns exit code, standard output and standard error."""
    ran = subprocess.run(
        [sys.executable, "-m", "compiler", *arguments],
        cwd=directory,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return ran.returncode, ran.stdout, ran.stderr


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A directory with one good spec in `specs`."""
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs/shop.yaml").write_text(GATE)
    return tmp_path


def spoil(project: Path) -> None:
    """Put two mistakes into the spec."""
    spec = project / "specs/shop.yaml"
    spec.write_text(GATE.replace("at_most", "at_mots").replace("Shop Team", "7"))


def test_a_good_spec_is_generated_silently(project: Path, any_engine: Engine) -> None:
    """In a pipe there is no output at all; the artifacts are there, and a check finds no drift."""
    tools = {"PROMTOOL": str(any_engine.promtool), "AMTOOL": str(any_engine.amtool)}

    assert run(project, "generate", **tools) == (0, "", "")
    assert (project / "generated/shop/recording_rules.yml").exists()
    assert os.access(project / "generated/shop/gate-check.sh", os.X_OK)
    assert run(project, "generate", "--check", **tools) == (0, "", "")
    assert run(project, "lint") == (0, "", "")


def test_drift_fails_a_check_and_writes_nothing(project: Path) -> None:
    """Exit code 1, with the file, the line and the command that mends it."""
    assert run(project, "generate", "--no-validate", "--out", "out")[0] == 0
    page = project / "out/shop/GATE.md"
    page.write_text(page.read_text() + "edited\n")

    code, out, err = run(project, "generate", "--no-validate", "--out", "out", "--check")

    assert (code, out) == (1, "")
    assert re.match(r"out/shop/GATE\.md:\d+:1: error\[PG402\]: this file differs", err)
    assert "run `promgate generate`" in err
    assert page.read_text().endswith("edited\n")


def test_a_bad_spec_fails_and_nothing_is_written(project: Path) -> None:
    """Exit code 1, all problems on standard error with their source lines, and no output directory."""
    spoil(project)

    code, out, err = run(project, "generate")

    assert (code, out) == (1, "")
    assert "specs/shop.yaml:3:44: error[PG103]: 'owner' must be text, not a number (7)" in err
    assert "specs/shop.yaml:14:19: error[PG102]: unknown key 'at_mots'" in err
    assert "14 |         require: {at_mots: 1%}\n     |                   ^^^^^^^\n" in err
    assert err.endswith("2 errors\n")
    assert not (project / "generated").exists()


def test_a_bad_spec_is_no_drift(project: Path) -> None:
    """A check of a spec that does not compile speaks of the spec alone, not of files that would be left over."""
    assert run(project, "generate", "--no-validate")[0] == 0
    spoil(project)

    code, out, _ = run(project, "generate", "--no-validate", "--check", "--format", "json")

    assert (code, [row["code"] for row in json.loads(out)["diagnostics"]]) == (1, ["PG103", "PG102"])


@pytest.mark.parametrize("command", ["lint", "generate"])
def test_machines_read_standard_output(project: Path, command: str) -> None:
    """JSON and GitHub's commands go there, and nothing to standard error."""
    spoil(project)

    code, out, err = run(project, command, "--format", "json")
    assert (code, err) == (1, "")
    assert [row["code"] for row in json.loads(out)["diagnostics"]] == ["PG103", "PG102"]

    code, out, err = run(project, command, "--format", "github")
    assert (code, err) == (1, "")
    assert [line.partition(",")[0] for line in out.splitlines()] == ["::error file=specs/shop.yaml"] * 2


def test_json_of_a_good_spec_is_a_document_too(project: Path) -> None:
    """A machine always gets one."""
    code, out, _ = run(project, "lint", "--format", "json")

    assert (code, json.loads(out)) == (0, {"diagnostics": [], "acknowledged": [], "errors": 0, "warnings": 0})


def test_missing_tools_cannot_tell(project: Path) -> None:
    """Exit code 3, nothing is written, and the way out is named."""
    code, _, err = run(project, "generate", **NO_TOOLS)

    assert code == 3
    assert "apt-get install prometheus" in err
    assert "--no-validate" in err
    assert not (project / "generated").exists()
    assert run(project, "generate", "--no-validate", **NO_TOOLS)[0] == 0


def test_a_bad_spec_is_a_fail_even_without_tools(project: Path) -> None:
    """What is known to be wrong is said as such."""
    spoil(project)

    assert run(project, "generate", **NO_TOOLS)[0] == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["generate", "missing.yaml"], "missing.yaml"),
        (["lint", "empty"], "no spec, no rule file and no document in empty"),
        (["lint", "--format", "xml"], "'xml' is not one of"),
        (["generate", "--alertmanager-base", "missing.yml"], "missing.yml"),
        (["generate", "--out", "specs/shop.yaml"], "specs/shop.yaml"),
        (["generate", "--out", "specs"], "specs is a directory of specs; write to another one with --out"),
        (["generate", "--out", ".", "."], ". is a directory of specs"),
        (["unknown"], "No such command 'unknown'"),
        (["lint", "--unknown"], "No such option"),
    ],
)
def test_wrong_usage_is_exit_code_2(project: Path, arguments: list[str], words: str) -> None:
    """On standard error, with what is wrong."""
    (project / "empty").mkdir()

    code, out, err = run(project, *arguments)

    assert (code, out) == (2, "")
    assert words in err


def test_without_a_specs_directory_specs_must_be_named(tmp_path: Path) -> None:
    """The default directory is only a default."""
    code, _, err = run(tmp_path, "lint")

    assert code == 2
    assert "there is no directory 'specs' here" in err


def test_a_file_that_cannot_be_written_cannot_tell(project: Path) -> None:
    """Exit code 3, one line, no traceback."""
    (project / "file").write_text("")

    code, out, err = run(project, "generate", "--no-validate", "--out", "file/below")

    assert (code, out) == (3, "")
    assert err.startswith("promgate: file/below: ")
    assert err.count("\n") == 1


def test_who_is_told_to_end_leaves_nothing_behind(project: Path) -> None:
    """As by a pipeline that is cancelled, here while promtool checks: what was compiled so far is removed."""
    tool = project / "promtool"
    tool.write_text('#!/bin/sh\nif [ "$1" = check ]; then kill $PPID; fi\n')
    tool.chmod(0o755)

    code, _, err = run(project, "generate", PROMTOOL=str(tool), AMTOOL=str(tool))

    assert (code, err.strip()) == (3, "promgate: interrupted")
    assert not (project / "generated").exists()


def test_a_foreign_file_is_not_overwritten(project: Path) -> None:
    """A hand-written config under the name of an artifact stops everything."""
    (project / "alertmanager.yml").write_text("mine\n")

    code, _, err = run(project, "generate", "--no-validate", "--out", ".")

    assert code == 1
    assert "error[PG404]: this file was not generated by promgate" in err
    assert sorted(path.name for path in project.iterdir()) == ["alertmanager.yml", "specs"]


def test_a_base_is_merged(project: Path) -> None:
    """The team's receivers and the gate's are in one config."""
    (project / "base.yml").write_text("route:\n  receiver: team\nreceivers:\n  - name: team\n")

    assert run(project, "generate", "--no-validate", "--alertmanager-base", "base.yml")[0] == 0
    assert "name: team" in (project / "generated/alertmanager.yml").read_text()


def test_one_spec_of_several_removes_no_other_gate(project: Path) -> None:
    """Only who compiles all says that the others are gone."""
    (project / "specs/two.yaml").write_text(GATE.replace("name: shop", "name: two"))
    assert run(project, "generate", "--no-validate") == (0, "", "")

    code, _, err = run(project, "generate", "--no-validate", "specs/shop.yaml")
    assert code == 0
    assert "warning[PG405]" in err
    assert (project / "generated/two").exists()

    (project / "specs/two.yaml").unlink()
    assert run(project, "generate", "--no-validate") == (0, "", "")
    assert not (project / "generated/two").exists()


def test_the_schema_is_printed(tmp_path: Path) -> None:
    """A JSON Schema, from anywhere."""
    code, out, err = run(tmp_path, "schema")

    assert (code, err) == (0, "")
    assert json.loads(out)["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """One line with name and version; `main` returns the exit code."""
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"promgate {__version__}\n"


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["generate", "--help"]])
def test_help_loads_none_of_the_compiler(arguments: list[str]) -> None:
    """The large libraries are only imported by the commands that need them."""
    code = (
        "import sys; from compiler.cli import main; main(sys.argv[1:]); "
        "print(sorted({'pydantic', 'grafanalib', 'jinja2', 'yaml', 'subprocess'} & set(sys.modules)))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert ran.stdout.splitlines()[-1] == "[]"


def loaded(project: Path, *arguments: str) -> set[str]:
    """The modules that a command loads."""
    code = "import sys; from compiler.cli import main; main(sys.argv[1:]); print(*sys.modules)"
    environ = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code, *arguments]
    ran = subprocess.run(command, cwd=project, env=environ, capture_output=True, text=True, check=True, timeout=120)
    return set(ran.stdout.split())


def test_lint_loads_only_what_it_needs() -> None:
    """A typo should cost seconds: no back end, no pass over rules, no parser of PromQL where selectors are plain."""
    ours = "backends middle.lower middle.plan middle.optimise documents queries promql.grammar promtool"
    slow = {*(f"compiler.{name}" for name in ours.split()), "subprocess", "jinja2", "grafanalib"}

    modules = loaded(ROOT, "lint", "specs/routing-readiness.yaml")

    assert "compiler.frontend" in modules
    assert sorted(modules & slow) == []
    assert "compiler.backends" in loaded(ROOT, "generate", "--check", "--no-validate", "--no-cache")


def on_terminal(project: Path, *arguments: str, **environ: str) -> str:
    """What promgate prints to standard error when that is a terminal."""
    ours, theirs = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-m", "compiler", *arguments],
        cwd=project,
        env=os.environ | {"PYTHONPATH": str(ROOT), "TERM": "xterm"} | environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
    )
    os.close(theirs)
    said = b""
    with suppress(OSError):  # which is how Linux ends a terminal
        while chunk := os.read(ours, 4096):
            said += chunk
    os.close(ours)
    child.wait(timeout=60)
    return said.decode()


def test_a_terminal_gets_progress_and_colour(project: Path) -> None:
    """Who waits sees what happens; NO_COLOR and a dumb terminal are honoured."""
    spoil(project)

    assert "promgate: checking 1 file" in on_terminal(project, "lint")
    assert "\x1b[1;31merror[PG102]\x1b[0m" in on_terminal(project, "lint")
    assert "\x1b" not in on_terminal(project, "lint", NO_COLOR="1")
    assert "\x1b" not in on_terminal(project, "lint", TERM="dumb")


def test_a_reader_that_leaves_causes_no_traceback(project: Path) -> None:
    """`promgate schema | true` ends quietly."""
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "compiler", "schema"]
    environ = os.environ | {"PYTHONPATH": str(ROOT)}
    ran = subprocess.run(command, cwd=project, env=environ, stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)

    assert (ran.returncode, ran.stderr) == (3, b"")


def test_lint_takes_rule_files_and_documents_wherever_they_are(tmp_path: Path) -> None:
    """A directory is searched; YAML of other programs and what package managers fetched are left alone."""
    texts = {
        "rules/web.yml": "groups: [{name: a, rules: [{alert: A, expr: 'count(x) == 0'}]}]\n",
        "docs/gate.md": "```promql\nx >= 1 and <= 2\n```\n",
        "deploy/service.yaml": "apiVersion: v1\nkind: Service\n",
        "compose.yml": "services: {web: {image: web}}\n",
        "node_modules/x/README.md": "```promql\n)\n```\n",
    }
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)

    code, out, _ = run(tmp_path, "lint", "--format", "json", ".")

    rows = [(one["file"], one["line"], one["column"], one["code"]) for one in json.loads(out)["diagnostics"]]
    assert (code, rows) == (1, [("docs/gate.md", 2, 12, "PG301"), ("rules/web.yml", 1, 55, "PG306")])
