"""Hostile texts in every field of a spec reach every artifact as texts: the real tools accept all of them."""

import json
import subprocess
from pathlib import Path

import pytest
import yaml
from engines import Engine, find_tool, require, run_tool
from plans import HOSTILE

from compiler.backends.base import Artifact
from compiler.pipeline import Result, compile_specs
from compiler.spec.text import SpecFile

# What a reader cannot see (direction marks, line separators) is refused in specs; everything else is welcome.
TEXT = "".join(c for c in HOSTILE if c.isprintable() or c == "\n")
LINE = TEXT.replace("\n", " ")
GATE = "routing-readiness"
LONG = ("`{{ $(id) }}` | " * 250)[:4000]  # as long as a text may be


def _override(number: int, **texts: str) -> dict[str, str]:
    """An override of the reference gate, each an hour after the one before."""
    words = {"ticket": LINE, "risk_acceptance": TEXT, "note": TEXT, **texts}
    times = {"start": f"2026-11-24T{number:02}:00:00Z", "expires": f"2026-11-24T{number:02}:59:59Z"}
    return {"id": f"x.{number}", "reason": "maintenance_window", "approver": LINE, **words, **times}


OVERRIDES = [
    _override(1),
    _override(2, note=LONG, risk_acceptance=LONG),
    _override(3, ticket="'\"" * 100, note="\u4e2d\u6587 \u05e9\u05dc\u05d5\u05dd\n# 1\n- [x](y)\nJQ\nPLAN\nEND\nEOF"),
]


class _Loader(yaml.SafeLoader):
    """YAML in which dates are texts, as they are in specs."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in rows if not tag.endswith(":timestamp")]
    for first, rows in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _hostile(value: object, key: str = "", text: str = TEXT) -> object:
    """The spec with every free text replaced; names, ids, types and units have their own narrow syntax.

    What an override or an example says is one line, and so is the name of an approver.
    """
    if isinstance(value, dict) and key == "approvers":
        (only,) = value.values()
        return {LINE: _hostile(only, "", LINE)}
    if isinstance(value, dict):
        return {k: _hostile(v, k, LINE if k in {"overrides", "examples"} else text) for k, v in value.items()}
    if isinstance(value, list):
        return [_hostile(item, key, text) for item in value]
    if key in {"title", "description", "owner", "on_call", "runbook", "notes", "tags", "channel"}:
        return text
    if key in {"dashboard_url", "runbook_base_url", "url"}:
        return f"https://example.org/?q='\"`$(id){{{{.}}}}</script>{value}"
    if key.endswith("_file"):
        return f"/etc/{TEXT}"
    return value


@pytest.fixture(scope="module")
def result() -> Result:
    """The shipped gates with hostile texts, one of them with hostile overrides as well."""
    files = []
    for path in sorted((Path(__file__).resolve().parent.parent / "specs").glob("*.yaml")):
        spec = _hostile(yaml.load(path.read_text(), Loader=_Loader))
        assert isinstance(spec, dict)
        files.append(SpecFile(path.name, yaml.safe_dump(spec, allow_unicode=True).encode()))
    exceptions = {"apiVersion": "promgate/v1", "kind": "Overrides", "gate": GATE, "overrides": OVERRIDES}
    written = SpecFile(f"overrides/{GATE}.yaml", yaml.safe_dump(exceptions, allow_unicode=True).encode())
    return compile_specs(files, overrides=[written])


def _artifact(result: Result, name: str) -> list[Artifact]:
    return [one for one in result.artifacts if one.path.name == name]


def test_it_compiles(result: Result) -> None:
    """Nothing in a text is an error."""
    assert result.diagnostics == ()
    assert len(result.artifacts) == 1 + 9 * 2  # Alertmanager's, and nine a gate


def test_promtool_and_amtool_accept_it(result: Result, engine: Engine, tmp_path: Path) -> None:
    """Rules, their Go templates and the Alertmanager config are valid on every generation."""
    for number, one in enumerate(result.artifacts):
        if one.path.name.endswith("_rules.yml"):
            (tmp_path / f"{number}.yml").write_text(one.text)
    (tmp_path / "alertmanager.conf").write_text(_artifact(result, "alertmanager.yml")[0].text)

    ok, output = run_tool(engine.promtool, "check", "rules", *sorted(tmp_path.glob("*.yml")))
    assert ok, output
    ok, output = run_tool(engine.amtool, "check-config", tmp_path / "alertmanager.conf")
    assert ok, output


def test_the_dashboard_is_json(result: Result) -> None:
    """It reads back as JSON, with the gate's name as its uid."""
    uids = [json.loads(one.text)["uid"] for one in _artifact(result, "dashboard.json")]

    assert uids == ["checkout-readiness", "routing-readiness"]


def test_the_script_is_clean(result: Result, tmp_path: Path) -> None:
    """The shell reads it without a complaint, runs nothing of the texts, and --help works."""
    shellcheck = require(find_tool("bookworm", "shellcheck"), "there is no shellcheck: make setup installs it")
    for one in _artifact(result, "gate-check.sh"):
        script = tmp_path / "gate-check.sh"
        script.write_text(one.text)
        ok, output = run_tool(shellcheck, "-s", "sh", script)
        assert ok, output
        ran = subprocess.run(["/bin/sh", script, "--help"], capture_output=True, text=True, check=False, cwd=tmp_path)
        assert ran.returncode == 0
        assert ran.stderr == ""


def test_an_override_says_what_was_written(result: Result) -> None:
    """Its texts are in the script's plan as they were, and each is one item of the page."""
    (script,) = (one for one in _artifact(result, "gate-check.sh") if one.path.parts[0] == GATE)
    (page,) = (one for one in _artifact(result, "GATE.md") if one.path.parts[0] == GATE)
    lines = script.text.splitlines()
    plan = json.loads(lines[lines.index("  cat >\"$tmp/plan\" <<'PLAN'") + 1])

    told = [{key: one[key] for key in OVERRIDES[0] if key in one} for one in plan["overrides"]]
    assert told == OVERRIDES
    items = [line for line in page.text.splitlines() if line.startswith("- **x.")]
    assert len(items) == len(OVERRIDES)
    assert all("<b>" not in line and "[y](javascript" not in line for line in items)
