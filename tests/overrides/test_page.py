"""The example of docs/overrides.md, run again: what promgate printed there is what it prints."""

import contextlib
import io
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from engines import ROOT

from compiler.cli import main
from compiler.spec.override_policy import OverridePolicy

PAGE = (ROOT / "docs" / "overrides.md").read_text()
NOW = "2026-11-24T19:04:36Z"


def sessions() -> Iterator[tuple[str, str]]:
    """Each command of the page with all that it printed."""
    for block in re.findall(r"^```console\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL):
        yield from re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE)


def test_the_example_is_what_is_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In order, at the time of the page, for the reference gate before its review is due."""
    monkeypatch.chdir(tmp_path)
    spec = (ROOT / "specs" / "routing-readiness.yaml").read_text()
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "routing-readiness.yaml").write_text(
        re.sub("next_review: .*", "next_review: 2999-01-01", spec)
    )
    ran = [(printed(*shlex.split(command)), expected) for command, expected in sessions()]
    told = [(said, expected) for said, expected in ran if said is not None]

    assert len(told) == 3
    assert [said for said, _ in told] == [expected for _, expected in told]


def printed(program: str, *arguments: str) -> str | None:
    """What a command prints; None for the script, whose words are those of a real gate."""
    if program == "cat":
        return Path(*arguments).read_text()
    if program != "promgate":
        return None
    with contextlib.redirect_stdout(io.StringIO()) as said, contextlib.redirect_stderr(said):
        main([*arguments, "--now", NOW])
    return said.getvalue()


def test_the_policy_of_the_page_is_one() -> None:
    """With all of its keys."""
    (block,) = re.findall(r"^```yaml\n(overrides:.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    policy = OverridePolicy.model_validate(yaml.safe_load(block)["overrides"])

    assert policy.model_fields_set == set(OverridePolicy.model_fields)


def test_every_finding_about_overrides_is_listed() -> None:
    """Each PG5xx that there is."""
    there = {path.stem for path in (ROOT / "docs" / "checks").glob("PG5*.md")}

    assert there <= set(re.findall(r"\[(PG\d{3})\]", PAGE))
