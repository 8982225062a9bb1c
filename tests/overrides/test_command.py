"""`promgate override` adds an entry that compiles, and touches nothing else."""

import contextlib
import io
from dataclasses import dataclass
from pathlib import Path

import pytest
from gates import spec_text

from compiler.cli import main
from compiler.spec.load_overrides import load_overrides

METRICS = {name: {"type": "gauge"} for name in ("level", "load")}
CRITERIA = [
    {"id": name, "title": name, "measure": {"kind": "gauge", "metric": name}, "require": {"at_most": 5}}
    for name in METRICS
]
POLICY = """\
overrides:
  reasons:
    p0_incident: {title: A P0 incident}
    maintenance_window: {title: Maintenance, asks_for: [risk_acceptance]}
  approvers: {ops-lead: {}}
  max_duration: 2h
"""
NOW = "2026-11-24T12:00:00Z"
ASKED = ("--gate", "case", "--reason", "p0_incident", "--ticket", "INC-1", "--approver", "ops-lead", "--for", "2h")
HOSTILE = "a\"b'c`id`$(id)\\n\n{{ .x }} # no: comment\t- [x]: {y} é😀 ]]> --"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with a spec whose gate may be overridden; it is the working directory."""
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "case.yaml").write_text(spec_text(METRICS, CRITERIA) + POLICY)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@dataclass(frozen=True)
class Ran:
    """What the command did."""

    exit_code: int
    stdout: str
    stderr: str


def run(*arguments: str) -> Ran:
    """Ask for an override at noon."""
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
        code = main(["override", *ASKED, "--now", NOW, *arguments])
    return Ran(code, out.getvalue(), err.getvalue())


def entries(project: Path) -> list[dict[str, object]]:
    """What is in the file of the gate, by the reader of the compiler."""
    path = project / "overrides" / "case.yaml"
    loaded = load_overrides(path.read_bytes(), str(path))
    assert loaded.approved is not None, loaded.diagnostics
    return [dict(one) for one in loaded.approved.file.overrides]


def test_the_first_one_makes_the_file(project: Path) -> None:
    """Named after its ticket, from now on, for as long as was asked; with what to do next."""
    ran = run()

    assert (ran.exit_code, ran.stderr.count("error")) == (0, 0)
    assert ran.stdout == (
        "overrides/case.yaml: added inc-1, in force from 2026-11-24T12:00:00Z until 2026-11-24T14:00:00Z.\n"
        "Next: `promgate generate`, commit both for review, and reload Prometheus when it is approved.\n"
    )
    (one,) = entries(project)
    assert (one["id"], one["reason"], one["ticket"], one["approver"]) == ("inc-1", "p0_incident", "INC-1", "ops-lead")
    assert (str(one["start"]), str(one["expires"])) == (NOW, "2026-11-24T14:00:00Z")
    assert list((project / "overrides").iterdir()) == [project / "overrides" / "case.yaml"]


def test_the_next_one_comes_behind_and_all_else_stays(project: Path) -> None:
    """Comments, blank lines, odd spacing and what follows are the same bytes as before."""
    run()
    path = project / "overrides" / "case.yaml"
    before = path.read_text().replace("    ticket:", "    # why\n\n    ticket:   ") + "# the end\n"
    path.write_text(before)
    path.chmod(0o640)

    ran = run("--start", "2026-11-24T14:00:00Z", "--scope", "level,load", "--scope", "load2", "--note", "x")
    assert ran.exit_code == 1  # there is no load2
    assert path.read_text() == before

    ran = run("--start", "2026-11-24T14:00:00Z", "--scope", "level", "--note", "No: really")
    assert ran.exit_code == 0, ran.stderr
    after = path.read_text()
    assert after.startswith(before.removesuffix("# the end\n"))
    assert after.endswith("    scope: [level]\n# the end\n")
    assert path.stat().st_mode & 0o777 == 0o640
    assert [one["id"] for one in entries(project)] == ["inc-1", "inc-1-2"]


@pytest.mark.parametrize("text", ["overrides: []\n", "overrides: [ ] # none\n# more\n", "overrides: []"])
def test_an_empty_list_is_filled(project: Path, text: str) -> None:
    """As a file may be left when it is begun."""
    (project / "overrides").mkdir()
    (project / "overrides" / "case.yaml").write_text(f"apiVersion: promgate/v1\nkind: Overrides\ngate: case\n{text}")

    assert run().exit_code == 0
    assert [one["id"] for one in entries(project)] == ["inc-1"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--approver", "me"), "'me' may not approve this override"),
        (("--reason", "boredom"), "'boredom' is no reason to override"),
        (("--for", "3h"), "it lasts 3h, and the gate allows 2h"),
        (("--gate", "other"), "there is no gate 'other'"),
        (("--reason", "maintenance_window"), "an override for 'maintenance_window' needs 'risk_acceptance'"),
        (("--id", "Not An Id"), "'id' cannot be 'Not An Id'"),
        (("--start", "2026-11-24T11:00:00Z", "--for", "30m"), "this override ended 30m ago"),
    ],
)
def test_what_would_not_compile_is_not_written(project: Path, arguments: tuple[str, ...], words: str) -> None:
    """The reason is shown at its place in the file that would have been; a warning does not forbid."""
    ran = run(*arguments)

    assert words in ran.stderr or "ended" in words
    assert (project / "overrides").exists() == (ran.exit_code == 0) == ("ended" in words)


def test_what_overlaps_is_not_written(project: Path) -> None:
    """The first stays as it is."""
    run()
    before = (project / "overrides" / "case.yaml").read_text()

    ran = run("--for", "1h")

    assert ran.exit_code == 1
    assert "it overlaps with 'inc-1'" in ran.stderr
    assert (project / "overrides" / "case.yaml").read_text() == before


@pytest.mark.parametrize("text", ["overrides: [{id: x}]\n", "overrides:\n", "not yaml: ["])
def test_a_file_that_cannot_be_added_to_is_left_alone(project: Path, text: str) -> None:
    """With what is in the way."""
    (project / "overrides").mkdir()
    path = project / "overrides" / "case.yaml"
    path.write_text(f"apiVersion: promgate/v1\nkind: Overrides\ngate: case\n{text}")
    before = path.read_text()

    ran = run()

    assert ran.exit_code == 2
    assert "cannot add to overrides/case.yaml" in ran.stderr
    assert path.read_text() == before


def test_hostile_words_are_only_words(project: Path) -> None:
    """Whatever is typed comes back from the file as it was."""
    line = HOSTILE.replace("\n", " ").replace("\t", " ")
    ran = run("--ticket", line, "--note", HOSTILE.replace("\t", " "), "--risk-acceptance", line, "--id", "x")

    assert ran.exit_code == 0, ran.stderr
    (one,) = entries(project)
    assert (one["ticket"], one["note"], one["risk_acceptance"]) == (line, HOSTILE.replace("\t", " "), line)


def test_wrong_usage_is_told(project: Path) -> None:
    """A time without a zone and a length that is none are wrong usage."""
    for arguments in (("--start", "2026-11-24T12:00:00"), ("--for", "soon")):
        ran = run(*arguments)
        assert ran.exit_code == 2
    assert not (project / "overrides").exists()


def test_lint_of_the_file_alone_knows_the_policy(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By the spec beside it, of which it tells errors alone; without specs, only what the file itself says."""
    run("--id", "x")
    path = project / "overrides" / "case.yaml"
    command = ["lint", "overrides/case.yaml", "--now", NOW]
    assert (main(command), capsys.readouterr().err) == (0, "")

    path.write_text(path.read_text().replace("ops-lead", "me"))
    assert main(command) == 1
    assert [line for line in capsys.readouterr().err.splitlines() if "error[" in line] == [
        "overrides/case.yaml:10:15: error[PG504]: 'me' may not approve this override"
    ]

    (project / "specs" / "case.yaml").unlink()
    assert main(command) == 0
