"""Mutants of alert rules, of which each is noticed, and of gate-check.sh, which are what they should be."""

import re
from dataclasses import replace

from engines import Engine
from mutants import alerts, script
from plans import gate

from compiler.backends import gate_check


def test_each_mutant_of_an_alert_is_noticed(any_engine: Engine) -> None:
    """Of the gate, of its review and of a criterion."""
    plain = gate()
    category = plain.categories[0]
    plan = replace(plain, categories=(replace(category, criteria=category.criteria[:1]),))

    outcomes = list(alerts.run(any_engine.promtool, plan, list(alerts.mutants(plan))))

    assert len(outcomes) > 50
    assert [f"{one.mutant.place}: {one.mutant.change}" for one in outcomes if not one.killed] == []


def test_a_mutant_of_the_script_is_another_script_and_stays_in_its_directory() -> None:
    """One line of it differs, and never the one that makes the directory or removes it."""
    (artifact,) = gate_check.emit((gate(),))
    found = list(script.mutants())

    assert len(found) > 100
    assert len({one.id for one in found}) == len(found)
    assert {one.change.operator for one in found} == {
        *("comparison", "exit code", "and, or", "number", "query", "line left out")
    }
    for one in found:
        changed = re.sub(one.payload.pattern, one.payload.instead, artifact.text, flags=re.MULTILINE)
        lines = [
            line for line in zip(artifact.text.splitlines(), changed.splitlines(), strict=True) if len(set(line)) > 1
        ]
        assert len(lines) == 1
        assert not re.search(r"mktemp|rm -rf", lines[0][0])
