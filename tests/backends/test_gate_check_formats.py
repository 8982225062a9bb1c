"""gate-check.sh for people, programs and GitHub, with texts that would like to be more than text."""

import json
import re
from pathlib import Path

from gate_script import FAIL, GATE, PASS, REVISION, SLOW_REGIONS, Script, criterion, path_of
from plans import HOSTILE, gate, hostile_gate
from stub_prometheus import Reply, scene, vector


def test_json_is_one_document_on_every_path(script: Script, tmp_path: Path, shell: list[str]) -> None:
    """Pass, fail, unknown, wrong usage and a missing tool all print the same keys."""
    applets = ["env", f"PATH={path_of(tmp_path, 'tr', 'dash')}", "dash"]
    url = "http://127.0.0.1:9"
    runs = [
        script.ask(scene(PASS), "--format=json", shell=shell),
        script.ask(scene(FAIL), "--format=json", shell=shell),
        script.ask(scene(vector()), "--format=json", shell=shell),
        script.run("--format=json", shell=shell),
        script.run('--no"such\\option', "--format=json", "--prometheus", url, shell=shell),
        script.run("--log", "--format", "json", shell=shell),
        script.run("--prometheus", url, "--format", "json", shell=applets),
    ]

    assert [run.code for run in runs] == [0, 1, 3, 2, 2, 2, 3]
    for run in runs:
        assert run.document["exit"] == run.code
        assert (run.document["gate"], run.document["revision"]) == (GATE, REVISION)
        assert {"verdict", "reason", "replicas", "failing"} <= run.document.keys()


def test_github_gets_annotations_and_a_summary(script: Script, tmp_path: Path) -> None:
    """One annotation for the gate and one a failing criterion; the summary is appended."""
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")

    ran = script.ask(scene(FAIL, vector(*SLOW_REGIONS)), "--format", "github", GITHUB_STEP_SUMMARY=str(summary))

    first, second = ran.out.splitlines()
    assert ran.code == 1
    assert first.startswith("::error title=Readiness gate sample::FAIL: 1 of 4 criteria do not pass: latency%0Aowner: ")
    assert second.startswith(
        "::error title=Readiness gate sample::FAIL: Checkout latency p95%0Arequired: at most 250ms%0A"
        '312ms {region="eu"}, 62ms above 250ms%0A250.1ms'
    )
    heading = "before\n## Readiness gate sample: fail\n\n    FAIL: Sample Readiness Gate (sample, revision"
    assert summary.read_text().startswith(heading)
    assert (
        "\n      FAIL: Checkout latency p95 (web/latency), required: at most 250ms\n          312ms"
        in summary.read_text()
    )


def test_hostile_text_is_inert_in_every_format(tmp_path: Path, shell: list[str]) -> None:
    """Nothing runs, no control or direction character reaches a terminal, no line or annotation is forged."""
    evil = "\n::set-output name=x::1\r##[error]y ##vso[z]\x1b[31m\u202e\x07</script>|`id`" + HOSTILE
    facts = vector(*SLOW_REGIONS, criterion("value", "latency", 9, region=evil))
    script, summary = Script(tmp_path, hostile_gate()), tmp_path / "summary.md"
    bad = Reply(json.dumps({"status": "error", "error": evil}), 400)
    for answer in (scene(FAIL, facts), scene(bad)):
        for form in ("text", "json", "github"):
            ran = script.ask(
                answer, "--format", form, f"--log={tmp_path}/log", shell=shell, GITHUB_STEP_SUMMARY=str(summary)
            )
            everything = ran.out + summary.read_text() * summary.exists() if form == "github" else ran.out
            assert ran.code in {1, 3}
            assert ran.err == ""
            assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\u2028\x1b]", everything)
            assert "##[" not in everything
            assert "##vso[" not in everything
            assert "uid=" not in everything
            assert not re.search(r"^\s*::(?!error title=)", everything, re.MULTILINE)
    lines = (tmp_path / "log").read_text().splitlines()
    assert [json.loads(line)["exit"] for line in lines] == [1, 1, 1, 3, 3, 3]
    assert {line for line in summary.read_text().splitlines() if not line.startswith("    ")} == {
        "## Readiness gate sample: fail", "## Readiness gate sample: unknown", ""
    }  # all else is a block of code  # fmt: skip


def test_annotations_escape_what_github_would_read(tmp_path: Path) -> None:
    """Percent signs are text, and only our own line breaks break lines."""
    ran = Script(tmp_path, gate(owner="50%0A::error::x\ny")).ask(scene(vector()), "--format", "github")

    assert re.fullmatch(r"::error title=Readiness gate sample::CANNOT TELL: no verdict .*\n", ran.out)
    assert "%0Aowner: 50%250A::error::x y, on call" in ran.out
