"""GATE.md: the gate for people, in the words that its rules, alerts, dashboard and script use."""

import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import PurePosixPath
from typing import Final

from jinja2 import Template

from compiler import naming, states
from compiler.backends import markdown
from compiler.backends.addresses import runbook_address
from compiler.backends.base import Artifact
from compiler.backends.rules_yaml import generated_from
from compiler.middle.plan import CriterionPlan, GatePlan, OverridesPlan, ReasonPlan, ReceiverPlan
from compiler.promql import build
from compiler.promql.printer import show
from compiler.resources import environment

NAME: Final = "gate_page"

_HEARS: Final = {
    "owner": "a review that is due",
    "status": "every change of the verdict, in both directions",
    "on_call": "all other alerts of the gate",
    "reevaluate": "a request to evaluate again when the gate fails",
}
_CHANNELS: Final = {"slack": "Slack", "pagerduty": "PagerDuty", "webhook": "Webhook"}


def emit(gates: tuple[GatePlan, ...]) -> Iterator[Artifact]:
    """One page a gate."""
    for gate in gates:
        text = _template().render(
            gate=gate,
            header=generated_from(gate.source),
            link=markdown.link,
            verdict=_verdict(gate),
            series=_series,
            runbook=lambda path, gate=gate: _runbook(path, gate),
            runbooks=_runbooks(gate),
            hears=[_hears(receiver) for receiver in gate.receivers],
            approvers=lambda reason, gate=gate: _approvers(gate.overrides, reason),
            owners=_owners(gate.overrides),
            command=_command(gate.name, gate.overrides),
            naming=naming,
            states=states.STATES,
            gate_states=states.GATE_STATES,
        )
        yield Artifact(PurePosixPath(gate.name, naming.PAGE_FILE), text)


@cache
def _template() -> Template:
    jinja = environment()
    jinja.filters |= {
        "plain": markdown.plain,
        "paragraph": markdown.paragraph,
        "code": markdown.code,
        "comment": markdown.in_comment,
    }
    return jinja.get_template("gate_page.md.j2")


def _verdict(gate: GatePlan) -> str:
    revision = build.equal(naming.REVISION, gate.revision)
    return show(build.vector(naming.OVERALL_PASS, build.equal(naming.GATE, gate.name), revision))


def _series(gate: GatePlan, criterion: CriterionPlan) -> str:
    """The recorded value of a criterion, as one would ask Prometheus for it."""
    own = build.equal(naming.GATE, gate.name), build.equal(naming.CRITERION, criterion.id)
    return show(build.vector(naming.CRITERION_VALUE, *own))


def _runbook(path: str, gate: GatePlan) -> str:
    return markdown.link(path, runbook_address(path, gate.runbook_base_url))


def _runbooks(gate: GatePlan) -> list[tuple[str, str]]:
    """Each runbook with what it is for: the category, or the criterion that has its own."""
    found = [(category.title, category.runbook) for category in gate.categories if category.runbook]
    for category in gate.categories:
        found += [(one.title, one.runbook) for one in category.criteria if one.runbook not in {"", category.runbook}]
    return found


def _hears(receiver: ReceiverPlan) -> tuple[str, str]:
    target = " ".join(part for part in (_CHANNELS[receiver.channel], receiver.target) if part)
    return target, _HEARS[receiver.role]


def _approvers(overrides: OverridesPlan | None, reason: ReasonPlan) -> list[str]:
    """Who may approve for a reason, as people call them and as an entry names them."""
    titles = {one.name: one.title for one in overrides.approvers} if overrides else {}
    return [name if titles[name] == name else f"{titles[name]} ({name})" for name in reason.approvers]


def _owners(overrides: OverridesPlan | None) -> list[str]:
    """Those whose review approves, each once, in the order of the spec."""
    approvers = overrides.approvers if overrides else ()
    return list(dict.fromkeys(owner for one in approvers for owner in one.code_owners))


def _command(gate: str, overrides: OverridesPlan | None) -> str:
    """What adds an override for the first reason; words in capitals are to be replaced."""
    if overrides is None:
        return ""
    reason = overrides.reasons[0]
    given = {"reason": reason.id, "ticket": "TICKET", "approver": reason.approvers[0], "for": overrides.max_duration}
    asked = {one.replace("_", "-"): one.upper() for one in reason.asks_for}
    options = " ".join(f"--{name} {shlex.quote(str(text))}" for name, text in {**given, **asked}.items())
    return f"promgate override --gate {gate} {options}"
