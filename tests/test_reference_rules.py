"""docs/reference-rules.md is about the rules that there are: all of them, and no others."""

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "reference-rules.md").read_text()
_FILE = yaml.safe_load((ROOT / "generated" / "routing-readiness" / "recording_rules.yml").read_text())
RULES = [rule for group in _FILE["groups"] for rule in group["rules"]]


def test_the_page_names_every_series_and_no_other() -> None:
    """By the names in code spans."""
    assert set(re.findall(r"`(gate\w*:\w+:\w+)`", PAGE)) == {rule["record"] for rule in RULES}


def test_the_page_names_every_criterion() -> None:
    """So that a reader finds how each is measured."""
    criteria = {rule["labels"]["criterion"] for rule in RULES if "criterion" in rule["labels"]}

    assert criteria - set(re.findall(r"\w+", PAGE)) == set()


def test_the_page_counts_right() -> None:
    """The rules, the inputs and the criteria whose series are judged one by one."""
    results = {rule["labels"]["criterion"] for rule in RULES if rule["record"] == "gate:criterion:result"}
    (named,) = re.findall(r"These criteria have one: ([^.]+)\.", PAGE)

    assert f"has {len(RULES)} rules" in PAGE
    assert f"each of the {sum(rule['record'] == 'gate:input:series' for rule in RULES)} selectors" in PAGE
    assert set(re.findall(r"`(\w+)`", named)) == results
