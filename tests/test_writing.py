"""Writing artifacts all or nothing, without harm to anything that is not generated."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest
from engines import ROOT

from compiler import comparing, writing
from compiler.backends.base import Artifact
from compiler.comparing import MARKER, Changes
from compiler.diagnostics import Severity
from compiler.writing import Stage

HEAD = f"# {MARKER}x.yaml; do not edit.\n"


def artifact(path: str, text: str = HEAD + "new\n", *, executable: bool = False) -> Artifact:
    """An artifact with the marker in it."""
    return Artifact(PurePosixPath(path), text, executable)


GATE = (
    artifact("alertmanager.yml"),
    artifact("shop/GATE.md"),
    artifact("shop/dashboard.json", "{}\n"),
    artifact("shop/gate-check.sh", executable=True),
    artifact("shop/recording_rules.yml"),
)


def compared(out: Path, artifacts: tuple[Artifact, ...] = GATE, *, complete: bool = True) -> Changes:
    """What a check would find."""
    return comparing.compare(out, [comparing.look(out, one) for one in artifacts], complete=complete)


def generate(out: Path, artifacts: tuple[Artifact, ...] = GATE, *, complete: bool = True) -> None:
    """Write artifacts that no error speaks against."""
    with Stage(out) as stage:
        looked = [writing.settle(out, one, stage.directory) for one in artifacts]
        changes = comparing.compare(out, looked, complete=complete)
        assert {one.severity for one in changes.problems} <= {Severity.WARNING}
        writing.write(out, stage, changes)


def tree(out: Path) -> dict[str, str]:
    """Every file under a directory with its text, and every directory."""
    return {
        str(path.relative_to(out)): path.read_text() if path.is_file() else "directory"
        for path in sorted(out.rglob("*"))
    }


def said(out: Path, artifacts: tuple[Artifact, ...] = GATE, *, complete: bool = True) -> list[str]:
    """Drift and problems, as `path:line code severity`."""
    changes = compared(out, artifacts, complete=complete)
    found = [*changes.problems, *comparing.drift(out, changes)]
    spans = [(d, d.span) for d in found]
    return [f"{Path(s.file).relative_to(out)}:{s.line} {d.code} {d.severity.value}" for d, s in spans if s]


def test_everything_is_written_with_its_permissions(tmp_path: Path) -> None:
    """Directories are made, scripts are executable, nothing else is left behind; then nothing has drifted."""
    out = tmp_path / "deep" / "out"

    generate(out)

    assert {str(one.path): one.text for one in GATE} | {"shop": "directory"} == tree(out)
    assert [path.name for path in out.rglob("*.*") if os.access(path, os.X_OK)] == ["gate-check.sh"]
    assert said(out) == []


def test_a_file_that_has_not_changed_is_not_touched(tmp_path: Path) -> None:
    """Only what differs gets a new time stamp."""
    generate(tmp_path)
    for path in tmp_path.rglob("*"):
        os.utime(path, (1, 1))

    generate(tmp_path, (*GATE[:4], artifact("shop/recording_rules.yml", HEAD + "other\n")))

    touched = [path.name for path in tmp_path.rglob("*.*") if path.stat().st_mtime != 1]
    assert touched == ["recording_rules.yml"]


def test_drift_is_reported_at_the_first_line_that_differs(tmp_path: Path) -> None:
    """Missing, changed and left over files, wrong permissions; nothing is written."""
    generate(tmp_path, (*GATE, artifact("old/recording_rules.yml"), artifact("old/dashboard.json", "{}\n")))
    (tmp_path / "shop/GATE.md").write_text(HEAD + "edited\n")
    (tmp_path / "shop/dashboard.json").write_text("{}\n\n")
    (tmp_path / "shop/gate-check.sh").chmod(0o644)
    (tmp_path / "alertmanager.yml").unlink()
    before = tree(tmp_path)

    assert said(tmp_path) == [
        "alertmanager.yml:1 PG401 error",
        "shop/GATE.md:2 PG402 error",
        "shop/dashboard.json:2 PG402 error",
        "shop/gate-check.sh:1 PG402 error",
        "old/dashboard.json:1 PG403 error",
        "old/recording_rules.yml:1 PG403 error",
    ]
    assert before == tree(tmp_path)


def test_leftovers_go_and_what_is_not_ours_stays(tmp_path: Path) -> None:
    """A gate that is gone loses its generated files; other files in its directory, and other directories, stay."""
    generate(tmp_path, (*GATE, artifact("old/recording_rules.yml"), artifact("old/GATE.md")))
    (tmp_path / "old/notes.txt").write_text("mine")
    (tmp_path / "team").mkdir()
    (tmp_path / "team/recording_rules.yml").write_text("groups: []\n")
    (tmp_path / "team/dashboard.json").write_text("{}\n")

    generate(tmp_path)

    assert {"old", "old/notes.txt", "team", "team/recording_rules.yml", "team/dashboard.json"} == set(
        tree(tmp_path)
    ) - {str(one.path) for one in GATE} - {"shop"}


def test_a_gate_directory_that_becomes_empty_goes_too(tmp_path: Path) -> None:
    """Nothing reminds of a gate that is gone."""
    generate(tmp_path, (*GATE, artifact("old/recording_rules.yml"), artifact("old/dashboard.json", "{}\n")))

    generate(tmp_path)

    assert not (tmp_path / "old").exists()


def test_compiling_some_specs_removes_nothing_and_warns(tmp_path: Path) -> None:
    """Other gates in the output stay, with a warning that the Alertmanager config leaves them out."""
    generate(tmp_path, (*GATE, artifact("other/recording_rules.yml")))

    assert said(tmp_path, complete=False) == ["other/recording_rules.yml:1 PG405 warning"]
    generate(tmp_path, complete=False)
    assert (tmp_path / "other/recording_rules.yml").exists()


def test_a_gate_that_is_compiled_alone_loses_what_it_gives_no_more(tmp_path: Path) -> None:
    """Its own spec says so, whatever becomes of other gates."""
    generate(tmp_path, (*GATE, artifact("shop/rule_tests.yml"), artifact("other/recording_rules.yml")))

    assert said(tmp_path, complete=False) == [
        "other/recording_rules.yml:1 PG405 warning",
        "shop/rule_tests.yml:1 PG403 error",
    ]
    generate(tmp_path, complete=False)
    assert not (tmp_path / "shop/rule_tests.yml").exists()
    assert (tmp_path / "other/recording_rules.yml").exists()


@pytest.mark.parametrize(
    "path",
    ["alertmanager.yml", "shop/GATE.md", "shop/dashboard.json", "shop/gate-check.sh", "shop/recording_rules.yml"],
)
def test_a_file_that_is_not_ours_is_never_overwritten(tmp_path: Path, path: str) -> None:
    """A file that somebody else wrote under the name of an artifact is an error."""
    (tmp_path / path).parent.mkdir(exist_ok=True)
    (tmp_path / path).write_text("mine\n")

    changes = compared(tmp_path)

    assert [(one.code, one.severity) for one in changes.problems] == [("PG404", Severity.ERROR)]


def test_a_generated_file_that_was_edited_is_replaced(tmp_path: Path) -> None:
    """What says that it is generated is generated again, and so is a dashboard beside it."""
    generate(tmp_path)
    (tmp_path / "shop/dashboard.json").write_text('{"edited": true}\n')

    generate(tmp_path)

    assert (tmp_path / "shop/dashboard.json").read_text() == "{}\n"


@pytest.mark.parametrize("link", ["shop", "shop/GATE.md"])
def test_a_symbolic_link_is_not_followed_out(tmp_path: Path, link: str) -> None:
    """A link below the output directory is an error, to a directory or to a file, even to one that is not there."""
    elsewhere, out = tmp_path / "elsewhere", tmp_path / "out"
    (out / link).parent.mkdir(parents=True)
    (out / link).symlink_to(elsewhere)

    codes = {one.code for one in compared(out).problems}

    assert {"PG404"} == codes
    assert not elsewhere.exists()


def test_a_link_to_another_gate_is_no_leftover(tmp_path: Path) -> None:
    """Nothing behind a link is removed."""
    elsewhere, out = tmp_path / "elsewhere", tmp_path / "out"
    generate(elsewhere, (artifact("old/recording_rules.yml"),))
    generate(out)
    (out / "old").symlink_to(elsewhere / "old")

    generate(out)

    assert (elsewhere / "old/recording_rules.yml").exists()


@pytest.mark.parametrize("blocked", ["shop", "alertmanager.yml"])
def test_a_thing_in_the_way_is_an_error(tmp_path: Path, blocked: str) -> None:
    """A file where a directory must be, and a directory where a file must be."""
    if blocked == "shop":
        (tmp_path / blocked).write_text("")
    else:
        (tmp_path / blocked).mkdir()

    assert {"PG404"} == {one.code for one in compared(tmp_path).problems}


@pytest.fixture
def failing_rename(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The fourth rename into the output directory fails, as on a full disk."""
    rename, count = Path.replace, [0]

    def replace(self: Path, target: Path) -> Path:
        if "new" in self.parts:
            count[0] += 1
            if count[0] == 4:
                raise OSError(28, "No space left on device", str(target))
        return rename(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    yield 4
    assert count[0] == 4


@pytest.mark.usefixtures("failing_rename")
def test_a_failure_in_the_middle_leaves_the_old_files(tmp_path: Path) -> None:
    """Files that were already replaced come back as they were, the same files, and new ones go."""
    old = {
        "shop/GATE.md": HEAD + "old\n",
        "shop/recording_rules.yml": HEAD + "old\n",
        "alertmanager.yml": HEAD + "old\n",
    }
    for name, text in old.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    before, inode = tree(tmp_path), (tmp_path / "shop/GATE.md").stat().st_ino

    with pytest.raises(OSError, match="No space"):
        generate(tmp_path, (*GATE, artifact("two/recording_rules.yml")))

    assert before == tree(tmp_path)
    assert inode == (tmp_path / "shop/GATE.md").stat().st_ino


@pytest.mark.usefixtures("failing_rename")
def test_a_failure_in_the_middle_of_the_first_run_leaves_nothing(tmp_path: Path) -> None:
    """Directories that were made for it go too."""
    with pytest.raises(OSError, match="No space"):
        generate(tmp_path)

    assert tree(tmp_path) == {}


def test_the_stage_of_a_run_that_was_killed_goes_with_the_next_one(tmp_path: Path) -> None:
    """And that of a run that is still at work stays, as does what only has a name like it."""
    (tmp_path / ".promgate-cache").mkdir()
    begin = "import os, sys, time; from pathlib import Path; from compiler.writing import Stage\n"
    work = "stage = Stage(Path(sys.argv[1])); (stage.directory / 'text').write_text('new')\n"
    work += "time.sleep(60) if os.fork() else (print(flush=True), time.sleep(10))"  # a worker, which outlives it
    with subprocess.Popen([sys.executable, "-c", begin + work, tmp_path], cwd=ROOT, stdout=subprocess.PIPE) as other:
        try:
            assert other.stdout
            other.stdout.readline()
            (at_work,) = tmp_path.glob(".promgate-stage-*")
            with Stage(tmp_path) as ours:
                assert {at_work, ours.directory} == set(tmp_path.glob(".promgate-stage-*"))
        finally:
            other.kill()

    assert (at_work / "text").exists()
    with Stage(tmp_path) as ours:
        assert {ours.directory, tmp_path / ".promgate-cache"} == set(tmp_path.iterdir())
