"""The synthesised tests of alert rules: they pass on every promtool, whatever the texts of a gate are."""

from dataclasses import replace
from pathlib import Path

import pytest
from engines import Engine, rule_tests_pass
from plans import gate, hostile_gate

from compiler.backends import alert_rules, alert_tests
from compiler.fields import Duration
from compiler.middle.plan import GatePlan

GENERATED = Path(__file__).resolve().parent.parent.parent / "generated"


@pytest.mark.parametrize("name", ["checkout-readiness", "routing-readiness"])
def test_the_generated_tests_pass(engine: Engine, name: str) -> None:
    """Plain promtool, in the directory that is committed."""
    ok, said = rule_tests_pass(engine, GENERATED / name / "alert_tests.yml")

    assert ok, said[:5000]


@pytest.mark.parametrize(
    "plan",
    [
        gate(),
        hostile_gate(),
        gate(evaluate_every=Duration.parse("2m")),
        gate(evaluate_every=Duration.parse("500ms")),
        gate(stabilization=Duration.parse("45s")),
    ],
    ids=["plain", "hostile, with overrides", "seldom", "often", "soon"],
)
def test_they_pass_for_any_gate(engine: Engine, tmp_path: Path, plan: GatePlan) -> None:
    """Whatever it is called, and however often it is evaluated."""
    for backend in (alert_rules, alert_tests):
        (artifact,) = backend.emit((plan,))
        (tmp_path / artifact.path.name).write_text(artifact.text)

    ok, said = rule_tests_pass(engine, tmp_path / "alert_tests.yml")

    assert ok, said[:5000]


def test_a_wrong_word_is_found_out(engine: Engine, tmp_path: Path) -> None:
    """The tests say what the spec says, and not what the rules do."""
    wrong = replace(gate(), owner="Somebody Else")
    for backend, plan in ((alert_rules, wrong), (alert_tests, gate())):
        (artifact,) = backend.emit((plan,))
        (tmp_path / artifact.path.name).write_text(artifact.text)

    ok, said = rule_tests_pass(engine, tmp_path / "alert_tests.yml")

    assert not ok
    assert "Somebody Else" in said
