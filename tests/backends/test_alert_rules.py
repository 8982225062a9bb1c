"""The alerts of a gate, as promtool and Prometheus fill them in: when they fire, and every word that people read."""

from dataclasses import replace
from typing import Any

import pytest
import yaml
from alert_cases import (
    AVAILABILITY,
    AVAILABILITY_FACTS,
    CONTACT,
    COST,
    GATE_LABELS,
    LATENCY,
    MEMORY,
    RUNBOOK,
    check,
    run,
    series,
    state,
    text,
    value,
    verdict,
)
from engines import Engine, run_tool
from plans import HOSTILE, gate, hostile_gate, span

from compiler import states
from compiler.backends import alert_rules
from compiler.fields import UNITS
from compiler.middle.plan import Bound, GatePlan, ReviewPlan
from compiler.moment import Moment
from compiler.promql.parse import parse


@pytest.mark.parametrize("plan", [gate(), hostile_gate()], ids=["plain", "hostile"])
def test_promtool_accepts_the_rules(engine: Engine, plan: GatePlan, tmp_path: Any) -> None:
    """No error and no lint, whatever the texts are; the file knows where each rule comes from."""
    (artifact,) = alert_rules.emit((plan,))
    (tmp_path / "rules.yml").write_text(artifact.text)

    ok, said = run_tool(engine.promtool, "check", "rules", "--lint=all", "--lint-fatal", tmp_path / "rules.yml")

    assert ok, said
    of_overrides = 0 if plan.overrides is None else 2 * 3 + 2 * 8  # two overrides, eight alerts of criteria
    assert f"{11 + of_overrides} rules found" in said
    assert len(artifact.rule_origins) == 11 + of_overrides


def test_the_file_is_the_same_every_time_and_lies_beside_the_recording_rules() -> None:
    """One group a gate, evaluated as often as the gate; expressions parse and are not changed by YAML."""
    (artifact,) = alert_rules.emit((gate(),))
    (group,) = yaml.safe_load(artifact.text)["groups"]

    assert str(artifact.path) == "sample/alert_rules.yml"
    assert (group["name"], group["interval"]) == ("gate:sample:alerts", "30s")
    assert [rule["alert"] for rule in group["rules"]] == [
        "GateFailing",
        "GateNotEvaluated",
        *["GateCriterionFailing"] * 4,
        *["GateCriterionNoData"] * 4,
        "GateReviewDue",
    ]
    assert all(parse(rule["expr"]) for rule in group["rules"])
    assert text(gate()) == artifact.text


def test_a_failing_gate_lists_what_fails_with_value_requirement_and_runbook(engine: Engine) -> None:
    """Ratios exactly enough to see the failure, members worst first and not all of them, and the reason of each."""
    samples = [
        verdict("0"),
        state(AVAILABILITY, "10"),
        value(AVAILABILITY, "0.99899"),
        state(LATENCY, "10"),
        *(value(LATENCY, f"0.{number}", region=f"r{number}") for number in (31, 26, 35, 29)),
        state(MEMORY, "22"),
        value(MEMORY, "0.95", instance="a"),
        value(MEMORY, "0.8", instance="b"),
        state(COST, "0"),
    ]
    description = f"""\
These of 4 criteria do not pass:
- Shop availability: FAIL, 99.899% (required: at least 99.9%). Runbook: {RUNBOOK}
- Checkout latency p95: FAIL, region=r35 350ms, region=r31 310ms, region=r29 290ms (the worst 3 of 4) (required: at \
most 250ms). Runbook: {RUNBOOK}
- Database memory: MEMBER MISSING, instance=b 80%, instance=a 95% (required: between 70% and 90%)
Once all criteria pass, they must hold for 10m before the gate does."""

    check(
        engine,
        samples,
        "GateFailing",
        [
            (
                GATE_LABELS,
                {
                    "summary": "Sample Readiness Gate does not pass: 3 of 4 criteria do not pass",
                    "description": description,
                    **CONTACT,
                },
            )
        ],
    )


@pytest.mark.parametrize(
    ("held", "when"),
    [("0x10 30+30x60", "stabilising, 4m of 10m"), ("_x90", "stabilising, ? of 10m")],
    ids=["for a while", "not known"],
)
def test_a_stabilising_gate_says_how_long_it_has_held(engine: Engine, held: str, when: str) -> None:
    """When every criterion passes, the gate is held back by time alone, and says how much of it has passed."""
    own = {"gate": "sample"}
    samples = [verdict("0"), series("gate:overall:met", own, "1"), state(AVAILABILITY, "0")]
    samples.append(series("gate:overall:held", own, f"0x20 {held}" if "+" in held else f"{held} 0"))

    check(
        engine,
        samples,
        "GateFailing",
        [
            (
                GATE_LABELS,
                {
                    "summary": f"Sample Readiness Gate does not pass: {when}",
                    "description": f"All 4 criteria pass now and must hold for 10m without a break:\n{when}.",
                    **CONTACT,
                },
            )
        ],
    )


def test_a_missing_verdict_is_a_failing_gate(engine: Engine) -> None:
    """The alert does not look resolved because its series are gone."""
    unknown = "No criterion reports a failure and none of them a pass: see GateNotEvaluated."
    summary = "Sample Readiness Gate does not pass: no verdict"

    check(engine, [], "GateFailing", [(GATE_LABELS, {"summary": summary, "description": unknown, **CONTACT})], at="0m")


@pytest.mark.parametrize("at", ["0m", "10m", "10m30s", "15m", "30m"])
def test_a_passing_gate_is_silent_across_a_reload(engine: Engine, at: str) -> None:
    """The new revision appears when the old one goes stale; in between, neither gate alert fires."""
    samples = [verdict("1x20 stale"), verdict("_x20 1x60", revision="ffffffffffff")]
    plan = replace(gate(), revision="ffffffffffff")

    check(engine, samples, "GateFailing", [], at=at, plan=plan)
    if at != "10m":  # the old revision is too old for as long as `for` waits
        check(engine, samples[1:], "GateNotEvaluated", [], at="30m", plan=plan)


def test_a_failing_gate_keeps_failing_across_a_reload(engine: Engine) -> None:
    """The alert's labels name no revision, so a reload does not resolve it and fire another."""
    samples = [verdict("0x20 stale"), verdict("_x20 0x60", revision="ffffffffffff")]
    plan = replace(gate(), revision="ffffffffffff")
    firing = [
        {"labels": 'ALERTS{alertname="GateFailing",alertstate="firing",gate="sample",severity="critical"}', "value": 1}
    ]
    times = ("9m30s", "10m", "10m30s", "11m", "20m")
    alerts = 'ALERTS{alertname="GateFailing"}'

    passed, said = run(
        engine,
        samples,
        {"promql_expr_test": [{"expr": alerts, "eval_time": at, "exp_samples": firing} for at in times]},
        plan,
    )

    assert passed, said


@pytest.mark.parametrize(
    ("samples", "at", "description"),
    [
        (
            [],
            "1m",
            (
                "There is no verdict at all. Is sample/recording_rules.yml in rule_files of Prometheus, and was "
                "Prometheus reloaded?"
            ),
        ),
        (
            [verdict("1", revision="eeeeeeeeeeee")],
            "20m",
            (
                "Prometheus evaluates revision eeeeeeeeeeee, and these alerts belong to 0123456789ab. Deploy "
                "sample/recording_rules.yml of the same commit, and reload Prometheus."
            ),
        ),
        (
            [verdict("1x20 _x60")],
            "13m",
            "The last verdict is 3m 0s old. The rule group gate:sample fails or lags behind: see /rules of Prometheus.",
        ),
    ],
    ids=["nothing", "another revision", "stalled"],
)
def test_a_gate_that_is_not_evaluated_says_why(
    engine: Engine, samples: list[dict[str, str]], at: str, description: str
) -> None:
    """No verdict, a verdict of other rules and an old verdict are three different mistakes."""
    summary = "Sample Readiness Gate is not evaluated, so nothing may pass"

    check(
        engine,
        samples,
        "GateNotEvaluated",
        [(GATE_LABELS, {"summary": summary, "description": description, **CONTACT})],
        at=at,
    )


@pytest.mark.parametrize("at", ["0m", "30s", "11m30s", "13m"])
def test_an_evaluation_that_is_late_is_no_alarm(engine: Engine, at: str) -> None:
    """Rules that were just loaded, and three missed evaluations, are within what happens."""
    check(engine, [verdict("_ 1x20 _x60")], "GateNotEvaluated", [], at=at)


@pytest.mark.parametrize(
    ("code", "reason"),
    [("10", states.FAIL.meaning), ("11", states.IDLE_FAIL.meaning)],
)
def test_a_failing_criterion_says_what_a_person_needs(engine: Engine, code: str, reason: str) -> None:
    """Reason, value, requirement, measure, runbook, place in the spec, and whom to ask."""
    annotations = {
        "summary": "Failing: Shop availability (required: at least 99.9%)",
        "reason": reason,
        "value": "99.899%",
        **AVAILABILITY_FACTS,
        **CONTACT,
    }

    check(
        engine,
        [state(AVAILABILITY, code), value(AVAILABILITY, "0.99899")],
        "GateCriterionFailing",
        [(AVAILABILITY, annotations)],
    )


@pytest.mark.parametrize("code", ["0", "1", "2"])
def test_a_criterion_that_passes_is_silent(engine: Engine, code: str) -> None:
    """Idle and waived are passes."""
    check(engine, [state(AVAILABILITY, code)], "GateCriterionFailing", [])
    check(engine, [state(AVAILABILITY, code)], "GateCriterionNoData", [])


def test_a_criterion_without_data_is_another_alert(engine: Engine) -> None:
    """A state from 20 on fires the one and not the other."""
    check(engine, [state(AVAILABILITY, "20")], "GateCriterionFailing", [])


def test_members_have_whatever_labels_the_measure_keeps(engine: Engine) -> None:
    """Between two bounds, the ten members farthest from the middle are shown, and how many there are."""
    tenths = {number: 703 + 10 * number for number in range(20)}
    members = [value(MEMORY, f"0.{tenths[number]}", job="db", instance=f"i{number:02}") for number in tenths]
    shown = [0, 1, 2, 3, 4, 15, 16, 17, 18, 19]
    values = ", ".join(f"instance=i{number:02} job=db {tenths[number] / 10}%" for number in shown)

    check(
        engine,
        [state(MEMORY, "10"), *members],
        "GateCriterionFailing",
        [
            (
                MEMORY,
                {
                    "summary": "Failing: Database memory (required: between 70% and 90%)",
                    "reason": "The requirement is not met.",
                    "value": f"{values} (the worst 10 of 20)",
                    "requirement": "between 70% and 90%",
                    "measure": "1 − errors / requests",
                    "category": "Data stores",
                    "spec": "sample.yaml:40",
                    **CONTACT,
                },
            )
        ],
    )


def test_limits_that_differ_by_member_are_shown_beside_the_values(engine: Engine) -> None:
    """The budget of each tier, in the currency."""
    own = {k: v for k, v in COST.items() if k != "severity"}
    limit = [series("gate:criterion:threshold", {**own, "bound": "max", "tier": tier}, x) for tier, x in
             (("a", "0.02"), ("b", "0.5"))]  # fmt: skip

    check(
        engine,
        [state(COST, "10"), value(COST, "0.0213", tier="a"), value(COST, "0.4", tier="b"), *limit],
        "GateCriterionFailing",
        [
            (
                COST,
                {
                    "summary": "Failing: Cost per order (required: at most the budget)",
                    "reason": "The requirement is not met.",
                    "value": "tier=b 0.4 USD, tier=a 0.0213 USD",
                    "limits": "bound=max tier=a 0.02 USD, bound=max tier=b 0.5 USD",
                    "requirement": "at most the budget",
                    "measure": "1 − errors / requests",
                    "category": "Data stores",
                    "spec": "sample.yaml:50",
                    **CONTACT,
                },
            )
        ],
    )


@pytest.mark.parametrize(
    ("unit", "raw", "shown"),
    [
        ("ratio", "0.5", "50%"),
        ("seconds", "90", "1m 30s"),
        ("bytes", "1536", "1.5kiB"),
        ("EUR", "12345.6", "12345.6 EUR"),
        ("number", "120", "120"),
    ],
)
def test_values_are_shown_in_their_unit(engine: Engine, unit: str, raw: str, shown: str) -> None:
    """Nobody reads base units."""
    plain = gate()
    web = plain.categories[0]
    one = replace(web.criteria[0], unit=UNITS[unit], bounds=(Bound("min", False, 1, "1"),))  # noqa: FBT003
    plan = replace(plain, categories=(replace(web, criteria=(one,)),))

    check(
        engine,
        [state(AVAILABILITY, "10"), value(AVAILABILITY, raw)],
        "GateCriterionFailing",
        [
            (
                AVAILABILITY,
                {
                    "summary": "Failing: Shop availability (required: at least 99.9%)",
                    "reason": "The requirement is not met.",
                    "value": shown,
                    **AVAILABILITY_FACTS,
                    **CONTACT,
                },
            )
        ],
        plan=plan,
    )


def test_missing_data_names_the_inputs_that_do_not_report(engine: Engine) -> None:
    """Which input is gone, which was there for a part of the window only, and that this is not a pass."""
    errors, requests = "http_errors_total", r"http_requests_total{code=\"200\"}"
    samples = [
        state(AVAILABILITY, "20"),
        series("gate:input:series", {"gate": "sample", "input": errors}, "0"),
        series("gate:input:series", {"gate": "sample", "input": requests}, "3"),
        series("gate:input:coverage", {"gate": "sample", "input": requests, "window": "30m"}, "0.5"),
    ]
    description = """\
Missing data is not a pass. Check that the targets are up, that they export these metrics, and that nothing renamed \
them.
- http_errors_total does not report
- http_requests_total{code="200"} reported in 50% of the window=30m \
"""

    check(
        engine,
        samples,
        "GateCriterionNoData",
        [
            (
                AVAILABILITY,
                {
                    "summary": "Cannot judge: Shop availability (NO DATA)",
                    "reason": "An input metric does not report.",
                    "description": description,
                    "value": "no value",
                    **AVAILABILITY_FACTS,
                    **CONTACT,
                },
            )
        ],
    )


def test_hostile_texts_are_read_as_they_are(engine: Engine) -> None:
    """Braces, quotes and line breaks in a spec are text in an alert: nothing is executed, nothing breaks a template."""
    line = " ".join(HOSTILE.split())
    contact = {"owner": line, "on_call": line}
    plan = replace(hostile_gate(), dashboard_url="", runbook_base_url="")

    check(
        engine,
        [state(AVAILABILITY, "10"), value(AVAILABILITY, "0.5")],
        "GateCriterionFailing",
        [
            (
                AVAILABILITY,
                {
                    "summary": f"Failing: {line} (required: {line})",
                    "reason": "The requirement is not met.",
                    "value": "50%",
                    "requirement": line,
                    "measure": line,
                    "category": line,
                    "runbook": line,
                    "spec": "sample.yaml:20",
                    **contact,
                },
            )
        ],
        plan=plan,
    )
    check(
        engine,
        [verdict("0"), state(AVAILABILITY, "10"), value(AVAILABILITY, "0.5")],
        "GateFailing",
        [
            (
                GATE_LABELS,
                {
                    "summary": f"{line} does not pass: 1 of 4 criteria do not pass",
                    "description": "These of 4 criteria do not pass:\n"
                    f"- {line}: FAIL, 50% (required: {line}). Runbook: {line}\n"
                    "Once all criteria pass, they must hold for 10m before the gate does.",
                    **contact,
                },
            )
        ],
        plan=plan,
    )


def test_a_hostile_input_is_found_by_its_name(engine: Engine) -> None:
    """The selector's text is PromQL in a Go string in a template, and still matches the recorded series."""
    line = " ".join(HOSTILE.split())
    plan = replace(hostile_gate(), dashboard_url="", runbook_base_url="")
    name = plan.criteria[0].inputs[0].name
    quoted = name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")

    check(
        engine,
        [state(AVAILABILITY, "20"), series("gate:input:series", {"gate": "sample", "input": quoted}, "0")],
        "GateCriterionNoData",
        [
            (
                AVAILABILITY,
                {
                    "summary": f"Cannot judge: {line} (NO DATA)",
                    "reason": "An input metric does not report.",
                    "description": "Missing data is not a pass. Check that the targets are up, that they export these "
                    f"metrics, and that nothing renamed them.\n- {' '.join(name.split())} does not report",
                    "value": "no value",
                    "requirement": line,
                    "measure": line,
                    "category": line,
                    "runbook": line,
                    "spec": "sample.yaml:20",
                    "owner": line,
                    "on_call": line,
                },
            )
        ],
        plan=plan,
    )


def test_a_review_is_due_from_its_day_on(engine: Engine) -> None:
    """To the second, and until the rules say another day; nothing needs to be deployed for it."""
    plan = replace(gate(), review=ReviewPlan("1970-01-01", Moment(3600), span(4)))
    recorded = [{"series": 'gate:review:due{gate="sample"}', "values": "3600x300"}]
    due = {
        "summary": "Sample Readiness Gate: its review was due on 1970-01-01",
        "description": "Do the criteria and their bounds still say what production needs? Look at what has closed the "
        "gate, and at what should have; then write the next date into next_review of sample.yaml.",
        **CONTACT,
    }
    labels = {"gate": "sample", "severity": "info"}

    check(engine, recorded, "GateReviewDue", [], at="59m30s", plan=plan)
    check(engine, recorded, "GateReviewDue", [(labels, due)], at="1h", plan=plan)
    check(engine, recorded, "GateReviewDue", [], at="2h", plan=replace(plan, review=None))
