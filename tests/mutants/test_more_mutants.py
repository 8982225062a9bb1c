"""Mutants of alerts and statistics, of which each is noticed, and of gate-check.sh, which are what they should be."""

import re
from dataclasses import replace

import pytest
from engines import Engine
from mutants import alerts, script, trial
from mutants.equivalent import reason
from mutants.rules import mutants, statistics_suite
from mutants.run import plan as compiled
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


def test_each_mutant_of_the_statistics_is_noticed(any_engine: Engine) -> None:
    """But for those that provably mean the same."""
    suite = statistics_suite(compiled("checkout-readiness"))

    outcomes = list(trial.run(any_engine.promtool, [suite], list(mutants(suite.gate, [suite])), lambda _: None))

    assert sum(one.killed for one in outcomes) > 30
    assert [one.mutant.change for one in outcomes if not one.killed and not reason(one.mutant)] == []


@pytest.mark.slow
def test_a_fork_of_the_tests_notices_what_they_are_about(monkeypatch: pytest.MonkeyPatch) -> None:
    """The exit code of a pass is tested in this file, and that of a wrong secret in another one."""
    monkeypatch.setattr(script, "_TESTS", ("backends/test_gate_check.py",))
    exits = [one for one in script.mutants() if one.change.operator == "exit code"]
    noticed = next(one for one in exits if "pass) code=1" in one.change.after)
    elsewhere = next(one for one in exits if "basic authentication" in one.change.after)

    outcomes = list(script.run([elsewhere, noticed, elsewhere], lambda _: None, 1))

    assert [one.killed for one in outcomes] == [False, True, False]
    assert outcomes[1].by.startswith("tests/backends/test_gate_check.py::")


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
