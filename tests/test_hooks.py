"""The hooks for pre-commit run commands that are there, on the files that they name."""

import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from engines import ROOT
from gates import POLICY, override, overrides_text, spec_text
from test_cli import run

HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_a_hook_passes_on_this_repository(hook: dict[str, Any], tmp_path: Path) -> None:
    """And fails where a spec is wrong."""
    for name in ("specs", "generated"):
        shutil.copytree(ROOT / name, tmp_path / name)
    spec = "specs/checkout-readiness.yaml"
    files = [spec] if hook.get("pass_filenames", True) else []
    command, *arguments = shlex.split(hook["entry"])

    assert (command, bool(re.search(hook["files"], spec))) == ("promgate", True)
    assert run(tmp_path, *arguments, *files)[0] == 0

    (tmp_path / spec).write_text((tmp_path / spec).read_text().replace("at_least: 99.5%", "at_least: 99.5"))
    assert run(tmp_path, *arguments, *files)[0] == 1


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_a_hook_looks_at_overrides(hook: dict[str, Any], tmp_path: Path) -> None:
    """A change of that file alone is looked at, and an approver who is none is refused."""
    level = {
        "id": "level",
        "title": "Level",
        "measure": {"kind": "gauge", "metric": "level"},
        "require": {"at_most": 5},
    }
    spec, changed = tmp_path / "specs/case.yaml", tmp_path / "overrides/case.yaml"
    for path in (spec, changed):
        path.parent.mkdir()
    spec.write_text(spec_text({"level": {"type": "gauge"}}, [level]) + yaml.safe_dump({"overrides": dict(POLICY)}))
    changed.write_text(overrides_text(override("inc-1", "2026-11-24T12:00:00Z", "2026-11-24T13:00:00Z")))
    files = ["specs/case.yaml", "overrides/case.yaml"] if hook.get("pass_filenames", True) else []
    _, *arguments = shlex.split(hook["entry"])
    if not files:
        assert run(tmp_path, "generate", "--no-validate")[0] == 0

    assert re.search(hook["files"], "overrides/case.yaml")
    assert run(tmp_path, *arguments, *files)[0] == 0

    changed.write_text(changed.read_text().replace("ops-lead", "me"))
    assert run(tmp_path, *arguments, *files)[0] == 1
