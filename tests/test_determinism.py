"""The same specs give the same bytes: whatever the hash seed, the locale, the directory or the order of the files."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SPECS = ROOT / "specs"


def _generate(directory: Path, *specs: str, **environment: str) -> dict[str, bytes]:
    """Compile in a process of its own, with another environment, and return every file."""
    command = [sys.executable, "-P", "-m", "compiler", "generate", "--no-validate", "--out", "out", *specs]
    ran = subprocess.run(
        command,
        cwd=directory,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    out = directory / "out"
    return {str(path.relative_to(out)): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}


@pytest.fixture(scope="module")
def committed() -> dict[str, bytes]:
    """What is in generated/."""
    generated = ROOT / "generated"
    return {str(p.relative_to(generated)): p.read_bytes() for p in sorted(generated.rglob("*")) if p.is_file()}


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONHASHSEED": "1", "LC_ALL": "C", "TZ": "UTC"},
        {"PYTHONHASHSEED": "4242", "LC_ALL": "C.UTF-8", "TZ": "Asia/Tokyo", "PYTHONUTF8": "0"},
        {"PYTHONHASHSEED": "7", "LC_ALL": "tr_TR.UTF-8", "LANG": "de_DE.UTF-8", "HOME": "/nonexistent"},
    ],
    ids=["C", "UTF-8", "Turkish"],
)
def test_the_environment_does_not_matter(
    tmp_path: Path, committed: dict[str, bytes], environment: dict[str, str]
) -> None:
    """Hash seed, locale, time zone and home change nothing, and what they give is what is committed."""
    shutil.copytree(SPECS, tmp_path / "specs")

    assert _generate(tmp_path, **environment) == committed


def test_the_order_and_the_place_of_the_files_do_not_matter(tmp_path: Path, committed: dict[str, bytes]) -> None:
    """Files given in another order, from another directory and by absolute paths, give the same bytes."""
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(SPECS, elsewhere)
    paths = sorted((str(path) for path in elsewhere.glob("*.yaml")), reverse=True)

    assert _generate(tmp_path, *paths) == committed


def test_the_order_of_keys_does_not_change_the_revision(tmp_path: Path, committed: dict[str, bytes]) -> None:
    """Comments and blank lines move every line of the spec, and the rules stay the same revision."""
    (tmp_path / "specs").mkdir()
    for path in SPECS.glob("*.yaml"):
        (tmp_path / "specs" / path.name).write_text("# moved\n\n" + path.read_text())

    script = "routing-readiness/gate-check.sh"
    assert _generate(tmp_path)[script] == committed[script]
