"""docs/source-document.md: every sentence has an artifact that does it and a test that shows it, and both are there.

`tests/test_docs.py` looks for the tests that a page names; here, for the artifacts, and for what they hold.
"""

import re

import pytest
from engines import ROOT

PAGE = (ROOT / "docs" / "source-document.md").read_text()
# The sentences of the document's sections, by their headings there.
SENTENCES = {
    "Failure Response Actions": 11,
    "Emergency Overrides": 8,
    "Automation Integration": 7,
    "Metrics Dashboard": 7,
}
_CELL = re.compile(r"(?<!\\) \| ")
_HELD = re.compile(r"`((?:generated|specs|docs|action)/[\w./-]+)`: ((?:`[^`]+`(?:, )?)+)")
_SHOWN = re.compile(r"`tests/[\w/.]+\.py::\w+`")


def rows(section: str) -> list[list[str]]:
    """The table of a section, without its head: sentence, artifacts, tests."""
    text = PAGE.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    return [_CELL.split(line.removeprefix("| ").removesuffix(" |")) for line in lines[1:]]


@pytest.mark.parametrize("section", SENTENCES)
def test_no_sentence_is_missing(section: str) -> None:
    """Each is there once, with three cells."""
    table = rows(section)

    assert len({sentence for sentence, *_ in table}) == len(table) == SENTENCES[section]
    assert [row for row in table if len(row) != 3] == []


@pytest.mark.parametrize("section", SENTENCES)
def test_every_sentence_has_an_artifact_and_a_test(section: str) -> None:
    """The file that is named is there, and holds each of the texts behind it."""
    for sentence, does, shown in rows(section):
        held = [(file, re.findall("`([^`]+)`", texts)) for file, texts in _HELD.findall(does)]
        assert held, sentence
        assert _SHOWN.findall(shown), sentence
        for file, texts in held:
            content = (ROOT / file).read_text()
            assert [text for text in texts if text.replace("\\|", "|") not in content] == [], sentence
