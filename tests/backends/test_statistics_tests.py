"""The synthesised tests of the statistics: they pass on every promtool, and a wrong rule fails them."""

from dataclasses import replace
from pathlib import Path

import pytest
from engines import Engine, rule_tests_pass
from plans import gate, hostile_gate

from compiler.backends import statistics_rules, statistics_tests
from compiler.engines import PROMETHEUS, VICTORIAMETRICS, EngineProfile
from compiler.fields import Duration
from compiler.middle.plan import GatePlan
from compiler.middle.statistics import statistics_rules as rules_of

GENERATED = Path(__file__).resolve().parent.parent.parent / "generated"


def often(every: str, engine: EngineProfile = PROMETHEUS) -> GatePlan:
    """The sample gate with its statistics, evaluated as often as that."""
    plan = replace(gate(evaluate_every=Duration.parse(every)), engine=engine)
    return replace(plan, statistics=tuple(rules_of(plan.name, plan.evaluation, plan.origin)))


def write(directory: Path, plan: GatePlan) -> Path:
    """Its rules and tests; the path of the tests."""
    for backend in (statistics_rules, statistics_tests):
        (artifact,) = backend.emit((plan,))
        (directory / artifact.path.name).write_text(artifact.text)
    return directory / "statistics_tests.yml"


@pytest.mark.parametrize("name", ["checkout-readiness", "routing-readiness"])
def test_the_generated_tests_pass(engine: Engine, name: str) -> None:
    """Plain promtool, in the directory that is committed."""
    ok, said = rule_tests_pass(engine, GENERATED / name / "statistics_tests.yml")

    assert ok, said[:5000]


@pytest.mark.parametrize("profile", [PROMETHEUS, VICTORIAMETRICS], ids=["prometheus", "victoriametrics"])
@pytest.mark.parametrize("every", ["2s", "7s", "32s", "1m", "96s", "150s", "1m1ms"])
def test_they_pass_however_often_a_gate_is_evaluated(
    engine: Engine, tmp_path: Path, every: str, profile: EngineProfile
) -> None:
    """Also where an hour holds so and a half evaluations, and where there is no half of one."""
    ok, said = rule_tests_pass(engine, write(tmp_path, often(every, profile)))

    assert ok, said[:5000]


def test_they_pass_with_hostile_names(engine: Engine, tmp_path: Path) -> None:
    """Titles that YAML and PromQL would take for something else."""
    plan = replace(hostile_gate(), statistics=tuple(rules_of(hostile_gate().name, gate().evaluation, gate().origin)))

    ok, said = rule_tests_pass(engine, write(tmp_path, plan))

    assert ok, said[:5000]


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("[1m])", "[30s])"),
        ("[1m])", "[2m])"),
        ("< bool 10", "< bool 11"),
        ("[1h30s:30s]", "[1h:30s]"),
        ("max(", "min("),
    ],
)
def test_a_wrong_rule_is_found_out(engine: Engine, tmp_path: Path, right: str, wrong: str) -> None:
    """The tests say what the words mean, and not what the rules do."""
    tests, rules = write(tmp_path, often("30s")), tmp_path / "statistics_rules.yml"
    assert right in rules.read_text()
    rules.write_text(rules.read_text().replace(right, wrong))

    ok, _ = rule_tests_pass(engine, tests)

    assert not ok


def test_there_is_none_where_promtool_cannot_hold_an_hour() -> None:
    """Its queries end at 10,000 samples; the rules are there all the same."""
    for every in ("1ms", "1999ms"):
        assert not list(statistics_tests.emit((often(every),)))
        assert list(statistics_rules.emit((often(every),)))
