"""The alerts about overrides, as promtool fills them in: when they fire, and every word that people read."""

from dataclasses import replace

import pytest
from alert_cases import AVAILABILITY, AVAILABILITY_FACTS, CONTACT, check, run, series, state, value, verdict
from engines import Engine
from plans import HOSTILE, gate, hostile_override, override, overrides

from compiler.middle.plan import GatePlan

OVERRIDE = {
    "gate": "sample", "override": "inc-1", "reason": "p0_incident", "ticket": "INC-1", "approver": "ops-lead",
}  # fmt: skip
FACTS = (
    "override inc-1, approved by Ops Lead (ops-lead), from 1970-01-01T00:10:00Z until 1970-01-01T00:20:00Z, "
    "ticket INC-1: A P0 incident"
)
FAILING = (
    "\n- Shop availability: FAIL, 99.8% (required: at least 99.9%). "
    "Runbook: https://runbooks.example.org/srv/runbooks/web.md"
)
IN_FORCE = series("gate:override:end", OVERRIDE, "_x20 1200x19 _x60")
OWED = series("gate:override:retest", OVERRIDE, "_x20 2400x80 0x30")
BAD = [verdict("0"), state(AVAILABILITY, "10"), value(AVAILABILITY, "0.998")]


def plan(**changes: object) -> GatePlan:
    """The sample gate with one override."""
    return gate(overrides=overrides(override(), **changes))


@pytest.mark.parametrize("at", ["9m30s", "21m"])
def test_nothing_fires_before_and_after(engine: Engine, at: str) -> None:
    """Not before it begins, and not once it has been over for two evaluations."""
    check(engine, [IN_FORCE, OWED, *BAD], "GateOverridden", [], at=at, plan=plan())


@pytest.mark.parametrize("at", ["10m", "19m30s", "20m"])
def test_an_override_in_force_says_what_it_covers(engine: Engine, at: str) -> None:
    """Who, why, until when, what fails now and when all must be well again; a little longer than it is in force."""
    annotations = {
        "summary": "Sample Readiness Gate is OVERRIDDEN until 1970-01-01T00:20:00Z: A P0 incident",
        "description": f"{FACTS}\nIt hides nothing. Of 4 criteria, these do not pass now:{FAILING}\n"
        "By 1970-01-01T00:40:00Z, all must pass and have held for 10m, once it has ended.",
        **CONTACT,
    }
    labels = {**OVERRIDE, "severity": "warning"}

    check(engine, [IN_FORCE, OWED, *BAD], "GateOverridden", [(labels, annotations)], at=at, plan=plan())


@pytest.mark.parametrize(
    ("at", "due", "overdue"),
    [("29m30s", 0, 0), ("30m", 1, 0), ("39m30s", 1, 0), ("40m", 0, 1), ("50m", 0, 1), ("51m", 0, 0)],
)
def test_a_retest_is_due_and_then_overdue(engine: Engine, at: str, due: int, overdue: int) -> None:
    """First a reminder, from the deadline on the grave one, and silence when the re-test is done."""
    facts = f"{FACTS}\nOf 4 criteria, these do not pass:{FAILING}\nAll must pass, and hold for 10m."
    before = "Sample Readiness Gate: the re-test after override inc-1 is"
    words = {
        "GateRetestDue": ("warning", f"{before} due by 1970-01-01T00:40:00Z", facts),
        "GateRetestOverdue": (
            "critical",
            f"{before} overdue since 1970-01-01T00:40:00Z",
            f"{facts}\nUntil it is done, no override opens the gate.",
        ),
    }
    for alert, fires in (("GateRetestDue", due), ("GateRetestOverdue", overdue)):
        severity, summary, description = words[alert]
        annotations = {"summary": summary, "description": description, **CONTACT}
        expected = [({**OVERRIDE, "severity": severity}, annotations)] if fires else []
        longer = [{**one, "values": one["values"].replace("x60", "x120")} for one in BAD]
        check(engine, [OWED, *longer], alert, expected, at=at, plan=plan(blocks=True))


def test_a_gate_that_is_met_and_stable_needs_no_reminder(engine: Engine) -> None:
    """The re-test is done as soon as the override ends, and nothing is to do until then. Stabilising is not enough."""
    met = [verdict("1x80 1"), state(AVAILABILITY, "0x80 0"), series("gate:overall:met", {"gate": "sample"}, "1x80 1")]
    held = [series("gate:overall:held", {"gate": "sample"}, f"{seconds}x80 {seconds}") for seconds in (600, 370)]

    check(engine, [OWED, *met, held[0]], "GateRetestDue", [], at="35m", plan=plan())
    annotations = {
        "summary": "Sample Readiness Gate: the re-test after override inc-1 is due by 1970-01-01T00:40:00Z",
        "description": f"{FACTS}\nAll 4 criteria pass now: stabilising, 6m of 10m.",
        **CONTACT,
    }
    labels = {**OVERRIDE, "severity": "warning"}
    check(engine, [OWED, *met, held[1]], "GateRetestDue", [(labels, annotations)], at="35m", plan=plan())


@pytest.mark.parametrize(("at", "covered"), [("9m30s", False), ("15m", True), ("20m", False)])
@pytest.mark.parametrize("scope", [("availability",), ("latency",)])
def test_the_alert_of_a_criterion_goes_on_and_carries_the_ticket(
    engine: Engine, at: str, scope: tuple[str, ...], *, covered: bool
) -> None:
    """While an override that covers the criterion is in force, and with a label that Alertmanager can route by."""
    covered = covered and scope == ("availability",)
    labels = {"alertname": "GateCriterionFailing", "alertstate": "firing", **AVAILABILITY}
    labels |= {"override": "inc-1"} if covered else {}
    written = ",".join(f'{name}="{text}"' for name, text in labels.items())
    found = {
        "expr": 'ALERTS{alertname="GateCriterionFailing"}',
        "eval_time": at,
        "exp_samples": [{"labels": f"ALERTS{{{written}}}", "value": 1}],
    }
    facts = {**AVAILABILITY_FACTS, "summary": "Failing: Shop availability (required: at least 99.9%)", **CONTACT}
    facts |= {"reason": "The requirement is not met.", "value": "99.8%"}
    facts |= {"override": "override inc-1 lets the gate pass until 1970-01-01T00:20:00Z: INC-1"} if covered else {}
    labels = AVAILABILITY | ({"override": "inc-1"} if covered else {})
    of_gate = gate(overrides=overrides(override(scope=scope)))

    ok, said = run(engine, [IN_FORCE, OWED, *BAD], {"promql_expr_test": [found]}, of_gate)
    assert ok, said
    check(engine, [IN_FORCE, OWED, *BAD], "GateCriterionFailing", [(labels, facts)], at=at, plan=of_gate)


def test_the_words_of_an_override_are_only_words(engine: Engine) -> None:
    """Hostile texts of an override reach the annotations on one line each, with nothing in them filled in."""
    labels = {**OVERRIDE, "ticket": "T", "approver": "A"}
    in_force = series("gate:override:end", labels, "_x20 1200x19 _x60")
    words = " ".join(HOSTILE.split())
    hostile = replace(hostile_override(), scope=("availability",))
    annotations = {
        "summary": f"Sample Readiness Gate is OVERRIDDEN until 1970-01-01T00:20:00Z: {words}",
        "description": f"override inc-1, approved by {words} ({words}), from 1970-01-01T00:10:00Z until "
        f"1970-01-01T00:20:00Z, ticket {words}: {words}\nOnly these criteria may fail: availability\n"
        f"Accepted risk: {words}\nNote: {words}\nAll 4 criteria pass now.\n"
        "By 1970-01-01T00:40:00Z, all must pass and have held for 10m, once it has ended.",
        **CONTACT,
    }

    expected = [({**labels, "severity": "warning"}, annotations)]
    check(
        engine, [in_force, verdict("1")], "GateOverridden", expected, at="15m", plan=gate(overrides=overrides(hostile))
    )
