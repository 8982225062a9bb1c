"""The alerts of a gate as people read them while nothing is known but states: what the synthesised tests expect.

Said once more, in plain text: a template that says something else is found out.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from compiler import naming
from compiler.backends.addresses import runbook_address, web_address
from compiler.fields import Duration
from compiler.middle.plan import CategoryPlan, CriterionPlan, GatePlan, ReviewPlan
from compiler.states import FIRST_NO_DATA, STATES, State

_HOUR, _MINUTE = 3600, 60


@dataclass(frozen=True, slots=True)
class Fires:
    """An alert that fires, with all its labels and annotations."""

    labels: Mapping[str, str]
    annotations: Mapping[str, str]


def criterion_fires(gate: GatePlan, category: CategoryPlan, criterion: CriterionPlan, code: int) -> Fires:
    """The alert of a criterion in this state; a code that no state has is without a word."""
    state = next((one for one in STATES if one.code == code), State(code, "", "", ""))
    title, required, no_data = plain(criterion.title), plain(criterion.requirement), code >= FIRST_NO_DATA
    unlimited = any(bound.limit is None for bound in criterion.bounds)
    texts = {
        "summary": f"Cannot judge: {title} ({state.label})" if no_data else f"Failing: {title} (required: {required})",
        "description": "Missing data is not a pass. Check that the targets are up, that they export these metrics, "
        "and that nothing renamed them."
        if no_data
        else "",
        "value": "no value",
        "requirement": required,
        "limits": "no limit" if unlimited else "",
        "measure": plain(criterion.measure),
        "category": plain(category.title),
        "runbook": plain(criterion.runbook),
        "runbook_url": runbook_address(criterion.runbook, gate.runbook_base_url),
        "spec": f"{gate.source}:{criterion.origin.line}",
        **_contact(gate),
    }
    labels = {
        naming.GATE: gate.name,
        naming.CATEGORY: criterion.category,
        naming.CRITERION: criterion.id,
        naming.SEVERITY: criterion.severity,
    }
    return Fires(labels, {"reason": state.meaning, **_told(texts)})


def gate_fails(gate: GatePlan, state: State | None) -> Fires:
    """The gate does not pass: all of its criteria are in that state, or nothing is known of them."""
    number = len(gate.criteria)
    if state is None:
        unknown = f"No criterion reports a failure and none of them a pass: see {naming.ALERT_GATE_NOT_EVALUATED}."
        return _of_gate(gate, f"{plain(gate.title)} does not pass: no verdict", unknown)
    lines = (f"- {_line(gate, criterion, state)}\n" for criterion in gate.criteria)
    return _of_gate(
        gate,
        f"{plain(gate.title)} does not pass: {number} of {number} criteria do not pass",
        f"These of {number} criteria do not pass:\n{''.join(lines)}"
        f"Once all criteria pass, they must hold for {gate.stabilization} before the gate does.",
    )


def gate_stabilises(gate: GatePlan, held: Duration) -> Fires:
    """All criteria pass, and have for so long."""
    unit, symbol = gate.stabilization_unit
    when = f"stabilising, {held.milliseconds // unit.milliseconds}{symbol} of {gate.stabilization}"
    return _of_gate(
        gate,
        f"{plain(gate.title)} does not pass: {when}",
        f"All {len(gate.criteria)} criteria pass now and must hold for {gate.stabilization} without a break:\n{when}.",
    )


def gate_not_evaluated(gate: GatePlan, *, age: int | None = None, other: str | None = None) -> Fires:
    """No verdict of this revision: the last is so many seconds old, or there is one of another revision, or none."""
    file = f"{gate.name}/{naming.RECORDING_RULES_FILE}"
    if age is not None:
        why = (
            f"The last verdict is {_spoken(age)} old. The rule group {naming.recording_group(gate.name)} fails or lags "
            "behind: see /rules of Prometheus."
        )
    elif other:
        why = (
            f"Prometheus evaluates revision {other}, and these alerts belong to {gate.revision}. Deploy {file} of the "
            "same commit, and reload Prometheus."
        )
    else:
        why = f"There is no verdict at all. Is {file} in rule_files of Prometheus, and was Prometheus reloaded?"
    return _of_gate(gate, f"{plain(gate.title)} is not evaluated, so nothing may pass", why)


def review_due(gate: GatePlan, review: ReviewPlan) -> Fires:
    """The day of the next review has come."""
    told = {
        "summary": f"{plain(gate.title)}: its review was due on {plain(review.day)}",
        "description": "Do the criteria and their bounds still say what production needs? Look at what has closed the "
        f"gate, and at what should have; then write the next date into next_review of {plain(gate.source)}.",
        **_contact(gate),
    }
    return Fires({naming.GATE: gate.name, naming.SEVERITY: "info"}, _told(told))


def plain(text: str) -> str:
    """The text as an alert has it: on one line."""
    return " ".join(text.split())


def _line(gate: GatePlan, criterion: CriterionPlan, state: State) -> str:
    where = plain(runbook_address(criterion.runbook, gate.runbook_base_url) or criterion.runbook)
    runbook = f". Runbook: {where}" if where else ""
    return f"{plain(criterion.title)}: {state.label}, no value (required: {plain(criterion.requirement)}){runbook}"


def _of_gate(gate: GatePlan, summary: str, description: str) -> Fires:
    texts = {"summary": summary, "description": description, **_contact(gate)}
    return Fires({naming.GATE: gate.name, naming.SEVERITY: gate.severity}, _told(texts))


def _contact(gate: GatePlan) -> dict[str, str]:
    return {
        "owner": plain(gate.owner),
        "on_call": plain(gate.on_call),
        "dashboard_url": web_address(gate.dashboard_url),
    }


def _told(texts: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in texts.items() if text}


def _spoken(seconds: int) -> str:
    """As `humanizeDuration` says it."""
    if seconds < _MINUTE:
        return f"{seconds}s"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE}m {seconds % _MINUTE}s"
    return f"{seconds // _HOUR}h {seconds % _HOUR // _MINUTE}m {seconds % _MINUTE}s"
