"""The alerts about overrides: one is in force, its re-test is due, its re-test is overdue.

Each override has its own, whose words are those of the plan; the series say whether they fire. An override hides
nothing: the alerts of criteria go on, and say by which override the gate passes all the same.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from compiler import naming
from compiler.backends import alert_text
from compiler.backends.go_template import given_paragraph, literal, query
from compiler.backends.rules_yaml import RuleText
from compiler.fields import Duration
from compiler.middle.plan import CriterionPlan, GatePlan, OverridePlan, OverridesPlan
from compiler.promql import build
from compiler.promql.expr import Binary, Call, Expr, Matcher, Number, Vector

_MILD: Final = "warning"
# An override ends in an evaluation of the alerts; that the gate fails is known to the next one at the latest. So its
# alert goes on for a while, lest Alertmanager says in between that the gate is ready.
_EVALUATIONS_AFTER: Final = 2


def alerts_of(gate: GatePlan, failing: str, contact: dict[str, str]) -> Iterator[RuleText]:
    """The alerts of every override. `failing` lists the criteria that do not pass now, `contact` are annotations."""
    if gate.overrides:
        for one in gate.overrides.entries:
            yield _overridden(gate, one, failing, contact)
            yield _due(gate, gate.overrides, one, failing, contact)
            yield _overdue(gate, gate.overrides, one, failing, contact)


def of_criterion(gate: GatePlan, criterion: CriterionPlan, alert: RuleText) -> Iterator[RuleText]:
    """An alert of a criterion as it is, and as it is while an override covers the criterion.

    That one has a label, by which Alertmanager repeats it more often, and says by which override the gate passes. Two
    rules and no label that is filled in: where it is empty, Prometheus would write the template into ALERTS.
    """
    covering = _covering(gate, criterion)
    if not covering:
        yield alert
        return
    yield replace(alert, expr=Binary("unless", alert.expr, _ends(gate, covering), on=(naming.GATE,)))
    for one in covering:
        note = f"{_name(one)} lets the gate pass until {one.expires}: {literal(one.ticket)}"
        yield replace(
            alert,
            expr=Binary("and", alert.expr, _ends(gate, (one,)), on=(naming.GATE,)),
            comment=f"{alert.comment}, while {one.id} covers it",
            labels=(*alert.labels, (naming.OVERRIDE, one.id)),
            annotations=(*alert.annotations, (naming.OVERRIDE, note)),
        )


def _covering(gate: GatePlan, criterion: CriterionPlan) -> tuple[OverridePlan, ...]:
    entries = gate.overrides.entries if gate.overrides else ()
    return tuple(one for one in entries if one.covers(criterion.id))


def _ends(gate: GatePlan, entries: tuple[OverridePlan, ...]) -> Expr:
    """When those of the overrides end that are in force; the series alone would say so five minutes too long."""
    ids = "|".join(one.id.replace(".", "[.]") for one in entries)
    which = Matcher(naming.OVERRIDE, "=~", ids) if len(entries) > 1 else build.equal(naming.OVERRIDE, entries[0].id)
    return Binary(">", Vector(naming.OVERRIDE_END, (*alert_text.own(gate), which)), Call("time"))


def _overridden(gate: GatePlan, one: OverridePlan, failing: str, contact: dict[str, str]) -> RuleText:
    now = given_paragraph(
        query(alert_text.not_passing(gate)),
        f"It hides nothing. Of {len(gate.criteria)} criteria, these do not pass now:{failing}",
        f"All {len(gate.criteria)} criteria pass now.",
    )
    return RuleText(
        "alert",
        naming.ALERT_OVERRIDDEN,
        _ends(gate, (one,)),
        f"{one.id} is in force from {one.start} until {one.expires}. It goes on for {_EVALUATIONS_AFTER} evaluations, "
        "so that Alertmanager does not hear that it has ended before it hears that the gate fails.",
        labels=_labels(gate, one, _MILD),
        annotations=_annotations(
            summary=f"{literal(gate.title)} is OVERRIDDEN until {one.expires}: {literal(one.reason_title)}",
            description=alert_text.state_words() + _facts(one) + "\n" + now + "\n" + _retest_words(gate, one),
            **contact,
        ),
        keep=Duration(_EVALUATIONS_AFTER * gate.evaluate_every.milliseconds),
    )


def _due(
    gate: GatePlan, overrides: OverridesPlan, one: OverridePlan, failing: str, contact: dict[str, str]
) -> RuleText:
    soon = Binary("+", Call("time"), Number(overrides.remind_before.seconds))
    owed = Binary("<=", Binary(">", _retest(gate, one), Call("time")), soon)
    held = Vector(naming.OVERALL_HELD, alert_text.own(gate))
    stable = build.compare(">=", held, gate.stabilization.seconds)
    return RuleText(
        "alert",
        naming.ALERT_RETEST_DUE,
        Binary("unless", owed, stable, on=(naming.GATE,)),
        f"{overrides.remind_before} are left to re-test after {one.id}, and the gate is not met and stable now.",
        labels=_labels(gate, one, _MILD),
        annotations=_annotations(
            summary=f"{literal(gate.title)}: the re-test after {_name(one)} is due by {one.retest_by}",
            description=alert_text.state_words() + _facts(one) + "\n" + _missing(gate, failing),
            **contact,
        ),
    )


def _overdue(
    gate: GatePlan, overrides: OverridesPlan, one: OverridePlan, failing: str, contact: dict[str, str]
) -> RuleText:
    blocks = "\nUntil it is done, no override opens the gate." if overrides.blocks else ""
    return RuleText(
        "alert",
        naming.ALERT_RETEST_OVERDUE,
        Binary("<=", build.compare(">", _retest(gate, one), 0), Call("time")),
        f"The gate has not been met and stable since {one.id} ended. It ends only when it is.",
        labels=_labels(gate, one, gate.severity),
        annotations=_annotations(
            summary=f"{literal(gate.title)}: the re-test after {_name(one)} is overdue since {one.retest_by}",
            description=alert_text.state_words() + _facts(one) + "\n" + _missing(gate, failing) + blocks,
            **contact,
        ),
    )


def _retest(gate: GatePlan, one: OverridePlan) -> Vector:
    return Vector(naming.OVERRIDE_RETEST, (*alert_text.own(gate), build.equal(naming.OVERRIDE, one.id)))


def _missing(gate: GatePlan, failing: str) -> str:
    """What keeps the gate from being re-tested."""
    return given_paragraph(
        query(alert_text.not_passing(gate)),
        f"Of {len(gate.criteria)} criteria, these do not pass:{failing}\n"
        f"All must pass, and hold for {gate.stabilization}.",
        f"All {len(gate.criteria)} criteria pass now: {alert_text.stabilising(gate)}.",
    )


def _retest_words(gate: GatePlan, one: OverridePlan) -> str:
    return f"By {one.retest_by}, all must pass and have held for {gate.stabilization}, once it has ended."


def _facts(one: OverridePlan) -> str:
    lines = [
        (
            f"{_name(one)}, approved by {literal(one.approver_title)} ({literal(one.approver)}), "
            f"from {one.start} until {one.expires}, ticket {literal(one.ticket)}: {literal(one.reason_title)}"
        ),
        f"Only these criteria may fail: {', '.join(one.scope)}" if one.scope else "",
        f"Accepted risk: {literal(one.risk_acceptance)}" if one.risk_acceptance else "",
        f"Note: {literal(one.note)}" if one.note else "",
    ]
    return "\n".join(line for line in lines if line)


def _name(one: OverridePlan) -> str:
    return f"override {one.id}"


def _labels(gate: GatePlan, one: OverridePlan, severity: str) -> tuple[tuple[str, str], ...]:
    """The series has more: reason, ticket and approver."""
    return ((naming.GATE, gate.name), (naming.OVERRIDE, one.id), (naming.SEVERITY, severity))


def _annotations(**texts: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, text) for name, text in texts.items() if text)
