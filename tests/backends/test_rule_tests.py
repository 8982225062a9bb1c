"""The synthesised rule tests: they pass on every promtool, and they ask for what a person would ask for."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from engines import Engine, rule_tests_pass
from gates import plan as plan_of

from compiler.backends import recording_rules, rule_tests
from compiler.backends.rule_tests import emit
from compiler.middle.lower import lower
from compiler.middle.plan import GatePlan
from compiler.pipeline import compile_specs
from compiler.spec.load import load
from compiler.spec.text import SpecFile

ROOT = Path(__file__).resolve().parent.parent.parent
GENERATED = ROOT / "generated"
KINDS = ROOT / "tests" / "proof" / "gates" / "kinds.yaml"


def plan(spec: Path) -> GatePlan:
    """The plan of a spec file."""
    loaded = load(spec.read_text(), str(spec))
    assert loaded.gate, loaded.diagnostics
    assert loaded.source
    return lower(loaded.gate, loaded.source)


def passes(engine: Engine, directory: Path) -> None:
    """As a person runs it."""
    ok, output = rule_tests_pass(engine, directory / "rule_tests.yml")
    assert ok, output[:5000]


def test_the_checkout_gate_passes(engine: Engine) -> None:
    """Plain promtool, in the directory that is committed."""
    passes(engine, GENERATED / "checkout-readiness")


@pytest.mark.slow
def test_the_reference_gate_passes(engine: Engine) -> None:
    """With all of its 29 criteria, and windows of up to a week."""
    passes(engine, GENERATED / "routing-readiness")


@pytest.mark.slow
def test_every_kind_passes(engine: Engine, tmp_path: Path) -> None:
    """Of measures, policies and requirements."""
    result = compile_specs([SpecFile("kinds.yaml", KINDS.read_bytes())])
    for artifact in result.artifacts:
        if artifact.path.parent.name == "kinds":
            (tmp_path / artifact.path.name).write_text(artifact.text)

    passes(engine, tmp_path)


def of_a_month(window: str) -> GatePlan:
    """Objectives over a window: of a share, of each pool's latency, of a gauge."""
    metrics = {
        "failed_total": {"type": "counter"},
        "asked_total": {"type": "counter"},
        "seconds": {"type": "histogram", "unit": "seconds", "labels": ["pool"], "buckets": [0.1, 0.5, 1]},
        "level": {"type": "gauge", "unit": "percent"},
        "depth": {"type": "gauge"},
    }
    every = {"title": "One of them", "window": window}
    criteria = [
        {"id": "share", "measure": {"kind": "ratio", "bad": "failed_total", "total": "asked_total"}},
        {"id": "latency", "measure": {"kind": "quantile", "histogram": "seconds", "quantile": "95%"}, "by": ["pool"]},
        {"id": "level", "measure": {"kind": "gauge", "metric": "level", "over_time": "avg"}},
        {"id": "growth", "measure": {"kind": "growth", "metric": "depth"}},
    ]
    limits = [{"at_least": "99.9%"}, {"below": "500ms"}, {"at_most": "80%"}, {"at_most": 10}]
    return plan_of(metrics, [{**every, **one, "require": limit} for one, limit in zip(criteria, limits, strict=True)])


def test_windows_of_a_month_are_tested_like_those_of_an_hour() -> None:
    """But for what needs more series, or more exactness, than there can be."""
    hour, month = (
        {one.id: {(test.topic, test.clause) for test in one.scenarios()} for one in of_a_month(window).criteria}
        for window in ("1h", "30d")
    )
    for name in ("share", "level", "growth"):
        assert {topic for topic, _ in month[name]} == {topic for topic, _ in hour[name]}
    assert all(len(month[name]) > 0.75 * len(hour[name]) for name in hour)


@pytest.mark.slow
def test_a_gate_of_months_passes(engine: Engine, tmp_path: Path) -> None:
    """With more samples than promtool holds, if any test asked for them."""
    for backend in (recording_rules, rule_tests):
        for artifact in backend.emit((of_a_month("30d"),)):
            (tmp_path / artifact.path.name).write_text(artifact.text)

    passes(engine, tmp_path)


@pytest.mark.parametrize(
    ("stabilization", "every"), [("10m", "45s"), ("2m", "50s"), ("90s", "7s"), ("1m", "30s"), ("30s", "30s")]
)
def test_any_stabilisation_time_passes(any_engine: Engine, tmp_path: Path, stabilization: str, every: str) -> None:
    """One that is no multiple of the evaluations, and one of few of them."""
    metrics = {"level": {"type": "gauge"}}
    criterion = {"id": "level", "title": "Level", "require": {"at_most": 5}}
    measure = {"kind": "promql", "expr": "max(level) or vector(1)", "unit": "number"}
    gate = plan_of(metrics, [{**criterion, "measure": measure}], stabilization=stabilization, evaluate_every=every)
    for backend in (recording_rules, rule_tests):
        for artifact in backend.emit((gate,)):
            (tmp_path / artifact.path.name).write_text(artifact.text)

    passes(any_engine, tmp_path)


def test_what_is_not_tested_is_said() -> None:
    """Nobody takes the tests of the rest for those of all."""
    (of_a_year,) = rule_tests.emit((of_a_month("365d"),))
    (of_an_hour,) = rule_tests.emit((of_a_month("1h"),))

    assert "# NOT TESTED is when these pass, and by which values: share, latency, level.\n" in of_a_year.text
    assert "NOT TESTED" not in of_an_hour.text


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The tests of the gate with every kind."""
    (artifact,) = emit((plan(KINDS),))
    read = yaml.safe_load(artifact.text)
    assert isinstance(read, dict)
    return read


def asked(document: dict[str, Any]) -> Iterator[str]:
    """What each expression asks, in its own words."""
    for test in document["tests"]:
        for one in test["promql_expr_test"]:
            yield one["expr"].splitlines()[0].removeprefix("# ")


def test_every_test_is_a_sentence_and_every_question_is_one_of_a_kind(document: dict[str, Any]) -> None:
    """Promtool names nothing but the expression when it fails, so that must tell which one it is."""
    names = [test["name"] for test in document["tests"]]
    questions = list(asked(document))

    assert len(names) == len(set(names))
    assert len(questions) == len(set(questions))
    assert all(re.search(r"\(kinds\.yaml:\d+\): .", question) for question in questions)


@pytest.mark.parametrize(
    ("criterion", "questions"),
    [
        (
            "Good of all by tier",
            [
                "Healthy data passes; all is well: pass",
                "A value is one step away from its bound; one step above 0.9 for tier_0, required is above 90%: pass",
                "A value is exactly at its bound; exactly 0.9 for tier_0, required is above 90%: fail",
                "What is special about a measure; what happened in the older half of the window counts: fail",
                "Nothing happens to one member; tier_1: pass",
                "Just as many events as min_events are judged; 50 events: fail",
                "Fewer events than min_events are idle, however bad; 49 events: pass",
                "An input has just gone away, and its window still holds data; all_total goes away: no_data",
                "An input reported in just enough of its window; 5 of 6 probes in 15m of good_total are there: pass",
                "An input reported in too little of its window; 4 of 6 probes in 15m of good_total are there: partial",
                "A member has just gone away; tier_1 goes away: member_missing",
                "A counter starts anew within the window; a reset is no event, and loses none: pass",
            ],
        ),
        (
            "Latency of each pool",
            [
                "An expected member does not report; c never reported: member_missing",
                "A member has no limit; one more member: no_limit",
                "What is special about a measure; above the highest finite bucket it is unknown: saturated",
                'The newest sample of an input is NaN; latency_ms_bucket{le="+Inf"} is NaN: undefined',
            ],
        ),
        (
            "Disks of the inventory",
            [
                "A declared exception is in force; however bad: waived",
                "An exception that is not in force changes nothing; with another value: fail",
                "What is special about a measure; one bad series among good ones fails: fail",
                "An input is missing, and what is left of it elsewhere does not count; no inventory: no_data",
            ],
        ),
    ],
)
def test_what_a_person_would_ask(document: dict[str, Any], criterion: str, questions: list[str]) -> None:
    """Of some criteria, with the reason that must be given."""
    found = [re.sub(r"^.*?\(kinds\.yaml:\d+\): ", "", text) for text in asked(document) if text.startswith(criterion)]

    assert [one for one in questions if one not in found] == []


def test_every_criterion_has_tests() -> None:
    """Of health, of failure where it can fail, and of what is missing."""
    for criterion in plan(KINDS).criteria:
        states = {scenario.state.name for scenario in criterion.scenarios()}
        assert {"pass", "fail", "no_data"} <= states, criterion.id


def test_what_cannot_be_is_not_asked() -> None:
    """No series gives a share above one, an age below zero or half an alert."""
    clauses = {one.id: [scenario.clause for scenario in one.scenarios()] for one in plan(KINDS).criteria}

    assert not any(clause.startswith("one step above 1 ") for clause in clauses["weights"])
    assert [clause for clause in clauses["alerts"] if "one step" in clause] == [
        "one step below 1, required is at most 1",
        "one step above 1, required is at most 1",
    ]
    assert [
        s.values
        for s in next(one for one in plan(KINDS).criteria if one.id == "alerts").scenarios()
        if "one step" in s.clause
    ] == [(((), 0.0),), (((), 2.0),)]
