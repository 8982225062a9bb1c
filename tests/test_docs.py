"""What the documents point to is there."""

import ast
import re
from pathlib import Path

import pytest
import yaml

from compiler.catalogue import EXPLANATIONS

ROOT = Path(__file__).resolve().parent.parent
DOCS = sorted((ROOT / "docs").glob("*.md"))
_CODE = re.compile(r"\bPG\d{3}\b")
_TEST = re.compile(r"`(tests/[\w/.]+\.py)::(\w+)`")
_CASE = re.compile(r"`(tests/[\w/.]+\.yaml): ([^`]+)`")


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.stem)
def test_codes_are_known(path: Path) -> None:
    """Each is one that `promgate explain` explains."""
    assert set(_CODE.findall(path.read_text())) - set(EXPLANATIONS) == set()


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.stem)
def test_tests_are_there(path: Path) -> None:
    """A test that a document calls as a witness exists, under that name."""
    text = path.read_text()
    for file, name in _TEST.findall(text):
        tree = ast.parse((ROOT / file).read_text())
        assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, f"{file}::{name}"
    for file, title in _CASE.findall(text):
        assert title in {case["title"] for case in yaml.safe_load((ROOT / file).read_text())["cases"]}, title


def test_every_mistake_of_the_list_has_an_answer() -> None:
    """A check, a test, or both; the one that has neither says so."""
    lines = (ROOT / "docs/rule-mistakes.md").read_text().splitlines()
    rows = [line.split(" | ") for line in lines if re.match(r"\| \d+ \|", line)]

    assert len(rows) == 26
    assert [row[1] for row in rows if not re.search(r"\bPG\d{3}\b|`tests/", "".join(row[2:]))] == []
