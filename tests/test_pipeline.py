"""The whole compiler on texts in memory: all problems or all artifacts."""

from dataclasses import replace
from pathlib import Path

import pytest

from compiler.comparing import MARKER
from compiler.pipeline import Result, compile_specs
from compiler.spec.text import SpecFile

ROOT = Path(__file__).resolve().parent.parent
SPECS = sorted((ROOT / "specs").glob("*.yaml"))

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
BASE = "route:\n  receiver: team\nreceivers:\n  - name: team\n"


def compiled(*texts: str | bytes, base: str | None = None) -> Result:
    """The result for specs that are named a.yaml, b.yaml and so on."""
    named = [SpecFile(f"{letter}.yaml", text) for letter, text in zip("abcdef", texts, strict=False)]
    return compile_specs(named, SpecFile("base.yml", base) if base is not None else None)


def said(result: Result) -> list[str]:
    """Each diagnostic as `file:line:column code`."""
    return [f"{d.span.file}:{d.span.line}:{d.span.column} {d.code}" for d in result.diagnostics if d.span]


def test_a_good_spec_gives_every_artifact() -> None:
    """One of each kind for the gate, and one Alertmanager config; ordered by path, each ending in a newline."""
    result = compiled(GATE)

    assert result.diagnostics == ()
    paths = [str(artifact.path) for artifact in result.artifacts]
    assert sorted(paths) == paths
    assert {
        "alertmanager.yml",
        "shop/GATE.md",
        "shop/alert_rules.yml",
        "shop/dashboard.json",
        "shop/gate-check.sh",
        "shop/recording_rules.yml",
    } <= set(paths)
    assert all(artifact.text.endswith("\n") for artifact in result.artifacts)


def test_artifacts_say_that_they_are_generated() -> None:
    """All but the dashboard, for which JSON has no comment, have the marker by which they are known as ours."""
    unmarked = [one.path.name for one in compiled(GATE).artifacts if MARKER not in one.text[:2048]]

    assert unmarked in ([], ["dashboard.json"])


def test_problems_of_all_files_and_stages_come_together() -> None:
    """A syntax error, a wrong model and a failed check in three files; nothing is made."""
    result = compiled("a: [", GATE.replace("1%", "one"), GATE.replace("part: bad_total", "part: worse_total"))

    assert result.artifacts == ()
    assert {"a.yaml PG001", "b.yaml PG105", "c.yaml PG201"} <= {line.split(":")[0] + line[-6:] for line in said(result)}


def test_two_gates_with_one_name_are_refused() -> None:
    """The second is shown, and where the first is."""
    result = compiled(GATE, "# moved down\n" + GATE)

    assert said(result) == ["b.yaml:4:18 PG110"]
    assert [f"{label.span.file}:{label.span.line}" for label in result.diagnostics[0].labels] == ["a.yaml:3"]
    assert result.artifacts == ()


def test_the_order_and_place_of_specs_do_not_matter() -> None:
    """Only the name of a file may reach the artifacts."""
    other = GATE.replace("name: shop", "name: other")
    here = [SpecFile("specs/a.yaml", GATE), SpecFile("specs/b.yaml", other)]
    there = [SpecFile("/somewhere/else/b.yaml", other), SpecFile("/x/a.yaml", GATE.encode())]

    assert compile_specs(here).artifacts == _with_origins_of("specs", compile_specs(there))


def _with_origins_of(directory: str, result: Result) -> tuple[object, ...]:
    return tuple(
        replace(
            one,
            rule_origins=tuple(replace(o, file=f"{directory}/{Path(o.file).name}") for o in one.rule_origins),
        )
        for one in result.artifacts
    )


@pytest.mark.skipif(not SPECS, reason="there are no specs")
def test_the_real_specs_compile_the_same_twice() -> None:
    """Without a word, to the same bytes, with no path in them."""
    read = [SpecFile(str(path), path.read_bytes()) for path in SPECS]

    result = compile_specs(read)

    assert result.diagnostics == ()
    assert result == compile_specs(list(reversed(read)))
    assert [artifact.path for artifact in result.artifacts if str(ROOT) in artifact.text] == []


def test_every_rule_has_a_place_in_the_spec() -> None:
    """So that what promtool says can be shown there."""
    files = [one for one in compiled(GATE).artifacts if one.path.name.endswith("_rules.yml")]

    assert files
    for one in files:
        rules = sum(line.lstrip(" -").startswith(("record:", "alert:")) for line in one.text.splitlines())
        assert len(one.rule_origins) == rules
        assert {"a.yaml"} == {origin.file for origin in one.rule_origins}


def test_a_base_is_merged_into_the_alertmanager_config() -> None:
    """The team's own receivers are in the result, beside those of the gates."""
    result = compiled(GATE, base=BASE)

    config = next(one for one in result.artifacts if one.path.name == "alertmanager.yml")
    assert result.diagnostics == ()
    assert "name: team" in config.text
    assert MARKER in config.text


def test_a_bad_base_stops_everything() -> None:
    """It is reported at its own place, and no artifact is made."""
    result = compiled(GATE, base="receivers: [")

    assert result.artifacts == ()
    assert [line for line in said(result) if line.startswith("base.yml:")] != []
