"""The alerts of a gate: it does not pass, it is not evaluated, a criterion fails, a criterion cannot be judged.

An alert says what a person needs to act: what fails now and by how much, what is required, the runbook, whom to ask.
"""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from compiler import naming
from compiler.backends import alert_text, override_alerts
from compiler.backends.addresses import runbook_address, web_address
from compiler.backends.base import Artifact
from compiler.backends.go_template import act, given, given_paragraph, literal, query, string
from compiler.backends.rules_yaml import RuleText, generated_from, render
from compiler.diagnostics import Span
from compiler.fields import Duration
from compiler.middle.plan import CategoryPlan, CriterionPlan, GatePlan, ReviewPlan
from compiler.promql import build
from compiler.promql.expr import Binary, Call, Expr, Matcher, Number, Vector
from compiler.states import FIRST_FAILING, FIRST_NO_DATA

NAME: Final = "alert_rules"

# Evaluations after which a verdict is too old to be one. Alertmanager hears of it before Prometheus' lookback of five
# minutes ends and the alerts of criteria, whose series are gone then, look resolved.
_STALE_EVALUATIONS: Final = 3
# Rules that were just loaded, or reloaded with a new revision, are evaluated within one interval.
_RELOAD_EVALUATIONS: Final = 2
_MEMBERS_IN_GATE_ALERT: Final = 3
_MEMBERS_IN_CRITERION_ALERT: Final = 10
_OF_AN_OVERRIDE: Final = (naming.ALERT_OVERRIDDEN, naming.ALERT_RETEST_DUE, naming.ALERT_RETEST_OVERDUE)
_REVIEW_SEVERITY: Final = "info"

Annotations = tuple[tuple[str, str], ...]


def emit(gates: tuple[GatePlan, ...]) -> Iterator[Artifact]:
    """One rule file a gate."""
    for gate in gates:
        rules, origins = zip(*alerts(gate), strict=True)
        yield Artifact(
            PurePosixPath(gate.name, naming.ALERT_RULES_FILE),
            render(_header(gate), naming.alert_group(gate.name), gate.evaluate_every, rules),
            rule_origins=origins,
        )


def alerts(gate: GatePlan) -> Iterator[tuple[RuleText, Span]]:
    """All alerts of a gate, each with its place in the spec."""
    # Those of overrides come first: that one has begun must be known before the failure that it covers has ended.
    origins = [one.origin for one in (gate.overrides.entries if gate.overrides else ()) for _ in _OF_AN_OVERRIDE]
    yield from zip(override_alerts.alerts_of(gate, _failing_now(gate), _contact(gate)), origins, strict=True)
    yield _gate_failing(gate), gate.origin
    yield _not_evaluated(gate), gate.origin
    for alert in (_failing, _no_data):
        for category in gate.categories:
            for criterion in category.criteria:
                for one in override_alerts.of_criterion(gate, criterion, alert(gate, category, criterion)):
                    yield one, criterion.origin
    if gate.review:
        yield _review_due(gate, gate.review), gate.review.origin


def _failing_now(gate: GatePlan) -> str:
    return alert_text.failing_lines(gate, _MEMBERS_IN_GATE_ALERT)


def _header(gate: GatePlan) -> list[str]:
    return [
        generated_from(gate.source),
        "",
        f"{gate.title}, revision {gate.revision}.",
        "",
        "All alerts carry the label gate, by which Alertmanager makes one notification of them.",
    ]


def _gate_failing(gate: GatePlan) -> RuleText:
    verdict = build.compare("==", build.aggregate("min", Vector(naming.OVERALL_PASS, alert_text.own(gate))), 1)
    return RuleText(
        "alert",
        naming.ALERT_GATE_FAILING,
        build.call("absent", verdict),
        "The verdict is not 1. A missing verdict is none, so the alert ends only when the gate passes. It looks at "
        "every revision, so that a reload, which replaces one by another, neither begins nor ends it.",
        labels=_gate_labels(gate),
        annotations=_annotations(
            summary=_gate_summary(gate),
            description=_gate_description(gate),
            **_contact(gate),
        ),
    )


def _gate_summary(gate: GatePlan) -> str:
    failing = f"{act('len .')} of {len(gate.criteria)} criteria do not pass"
    return f"{literal(gate.title)} does not pass: " + given(
        query(alert_text.not_passing(gate)),
        failing,
        given(query(_met(gate)), alert_text.stabilising(gate), "no verdict"),
    )


def _gate_description(gate: GatePlan) -> str:
    """Every criterion that does not pass; or for how long all must still pass; or that nothing is known."""
    after = f"Once all criteria pass, they must hold for {gate.stabilization} before the gate does."
    unknown = f"No criterion reports a failure and none of them a pass: see {naming.ALERT_GATE_NOT_EVALUATED}."
    holding = (
        f"All {len(gate.criteria)} criteria pass now and must hold for {gate.stabilization} without a break:\n"
        f"{alert_text.stabilising(gate)}."
    )
    return alert_text.state_words() + given_paragraph(
        query(alert_text.not_passing(gate)),
        f"These of {len(gate.criteria)} criteria do not pass:{_failing_now(gate)}\n{after}",
        given_paragraph(query(_met(gate)), holding, unknown),
    )


def _met(gate: GatePlan) -> Expr:
    return build.compare("==", Vector(naming.OVERALL_MET, alert_text.own(gate)), 1)


def _not_evaluated(gate: GatePlan) -> RuleText:
    verdict = Vector(naming.OVERALL_PASS, (*alert_text.own(gate), build.equal(naming.REVISION, gate.revision)))
    oldest = Binary("-", Call("time"), Number(_STALE_EVALUATIONS * gate.evaluate_every.seconds))
    return RuleText(
        "alert",
        naming.ALERT_GATE_NOT_EVALUATED,
        build.call("absent", Binary(">=", build.call("timestamp", verdict), oldest)),
        f"No verdict of this revision in the last {_STALE_EVALUATIONS} evaluations: its recording rules are not "
        "loaded, fail or lag behind.",
        wait=Duration(_RELOAD_EVALUATIONS * gate.evaluate_every.milliseconds),
        labels=_gate_labels(gate),
        annotations=_annotations(
            summary=f"{literal(gate.title)} is not evaluated, so nothing may pass",
            description=_not_evaluated_description(gate, verdict),
            **_contact(gate),
        ),
    )


def _not_evaluated_description(gate: GatePlan, verdict: Vector) -> str:
    """Which of the three it is: the rules lag or fail, another revision is loaded, or none is."""
    other = Vector(naming.OVERALL_PASS, (*alert_text.own(gate), Matcher(naming.REVISION, "!=", gate.revision)))
    age = Binary("-", Call("time"), build.call("timestamp", verdict))
    revision = act(f". | first | label {string(naming.REVISION)}")
    file = f"{gate.name}/{naming.RECORDING_RULES_FILE}"
    return given_paragraph(
        query(age),
        f"The last verdict is {act('. | first | value | humanizeDuration')} old. The rule group "
        f"{naming.recording_group(gate.name)} fails or lags behind: see /rules of Prometheus.",
        given_paragraph(
            query(other),
            f"Prometheus evaluates revision {revision}, and "
            f"these alerts belong to {gate.revision}. Deploy {file} of the same commit, and reload Prometheus.",
            f"There is no verdict at all. Is {file} in rule_files of Prometheus, and was Prometheus reloaded?",
        ),
    )


def _failing(gate: GatePlan, category: CategoryPlan, criterion: CriterionPlan) -> RuleText:
    state = Vector(naming.CRITERION_STATE, alert_text.own(gate, criterion))
    return RuleText(
        "alert",
        naming.ALERT_CRITERION_FAILING,
        build.compare("<", build.compare(">=", state, FIRST_FAILING), FIRST_NO_DATA),
        f"{criterion.title}: {criterion.requirement} ({_place(gate, criterion)})",
        labels=_criterion_labels(gate, criterion),
        annotations=_annotations(
            summary=f"Failing: {literal(criterion.title)} (required: {literal(criterion.requirement)})",
            reason=alert_text.meanings_of(alert_text.FAILING, "$value"),
            **_facts(gate, category, criterion),
            **_contact(gate),
        ),
    )


def _no_data(gate: GatePlan, category: CategoryPlan, criterion: CriterionPlan) -> RuleText:
    state = Vector(naming.CRITERION_STATE, alert_text.own(gate, criterion))
    return RuleText(
        "alert",
        naming.ALERT_CRITERION_NO_DATA,
        build.compare(">=", state, FIRST_NO_DATA),
        f"{criterion.title} cannot be judged ({_place(gate, criterion)})",
        labels=_criterion_labels(gate, criterion),
        annotations=_annotations(
            summary=f"Cannot judge: {literal(criterion.title)} ({alert_text.labels_of(alert_text.NO_DATA, '$value')})",
            reason=alert_text.meanings_of(alert_text.NO_DATA, "$value"),
            description="Missing data is not a pass. Check that the targets are up, that they export these metrics, "
            f"and that nothing renamed them.{alert_text.silent_inputs(gate, criterion)}",
            **_facts(gate, category, criterion),
            **_contact(gate),
        ),
    )


def _review_due(gate: GatePlan, review: ReviewPlan) -> RuleText:
    return RuleText(
        "alert",
        naming.ALERT_REVIEW_DUE,
        Binary("<=", build.vector(naming.REVIEW_DUE, build.equal(naming.GATE, gate.name)), Call("time")),
        f"The day of the next review has come ({gate.source}:{review.origin.line}). Prometheus looks at the clock, so "
        "that nothing needs to be deployed for this.",
        labels=((naming.GATE, gate.name), (naming.SEVERITY, _REVIEW_SEVERITY)),
        annotations=_annotations(
            summary=f"{literal(gate.title)}: its review was due on {literal(review.day)}",
            description="Do the criteria and their bounds still say what production needs? Look at what has closed the "
            f"gate, and at what should have; then write the next date into next_review of {literal(gate.source)}.",
            **_contact(gate),
        ),
    )


def _facts(gate: GatePlan, category: CategoryPlan, criterion: CriterionPlan) -> dict[str, str]:
    return {
        "value": alert_text.value(gate, criterion, _MEMBERS_IN_CRITERION_ALERT),
        "requirement": literal(criterion.requirement),
        "limits": alert_text.member_limits(gate, criterion),
        "measure": literal(criterion.measure),
        "category": literal(category.title),
        "runbook": literal(criterion.runbook),
        "runbook_url": literal(runbook_address(criterion.runbook, gate.runbook_base_url)),
        "spec": literal(_place(gate, criterion)),
    }


def _contact(gate: GatePlan) -> dict[str, str]:
    return {
        "owner": literal(gate.owner),
        "on_call": literal(gate.on_call),
        "dashboard_url": literal(web_address(gate.dashboard_url)),
    }


def _annotations(**texts: str) -> Annotations:
    return tuple((name, text) for name, text in texts.items() if text)


def _gate_labels(gate: GatePlan) -> tuple[tuple[str, str], ...]:
    return ((naming.GATE, gate.name), (naming.SEVERITY, gate.severity))


def _criterion_labels(gate: GatePlan, criterion: CriterionPlan) -> tuple[tuple[str, str], ...]:
    """Those of the series, said again: promtool takes rules of one name for duplicates unless their labels differ."""
    return (
        (naming.GATE, gate.name),
        (naming.CATEGORY, criterion.category),
        (naming.CRITERION, criterion.id),
        (naming.SEVERITY, criterion.severity),
    )


def _place(gate: GatePlan, criterion: CriterionPlan) -> str:
    return f"{gate.source}:{criterion.origin.line}"
