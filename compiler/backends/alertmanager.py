"""The Alertmanager config of all gates: who hears of a gate's alerts, and what they read.

A gate's alerts make one group of notifications, and secrets are read by Alertmanager from files.
"""

from collections.abc import Collection, Iterable, Iterator
from pathlib import PurePosixPath
from typing import Final

from compiler import naming
from compiler.backends import alertmanager_text as text
from compiler.backends.addresses import web_address
from compiler.backends.base import Artifact
from compiler.backends.go_template import literal
from compiler.backends.rules_yaml import generated_from
from compiler.backends.yaml_text import Commented, Node, document
from compiler.fields import Duration
from compiler.middle.notices import NoticePlan, notices
from compiler.middle.plan import GatePlan, ReceiverPlan
from compiler.promql.printer import quote

NAME: Final = "alertmanager"

# Of the config that stands by itself; one that is merged into another has that one's root instead.
ROOT_RECEIVER: Final = "null"
_NULL: Final = "null"
_ROLES: Final = ("owner", "status", "reevaluate", "on_call")
_OF_OVERRIDES: Final = (naming.ALERT_OVERRIDDEN, naming.ALERT_RETEST_DUE, naming.ALERT_RETEST_OVERDUE)
_GROUP_INTERVAL: Final = Duration.parse("5m")


def emit(gates: tuple[GatePlan, ...]) -> Iterator[Artifact]:
    """One config for all gates, or none if there are none."""
    yield from config_of(notices(gate) for gate in gates)


def config_of(gates: Iterable[NoticePlan]) -> Iterator[Artifact]:
    """The same, of what it says of each gate."""
    ordered = sorted(gates, key=lambda gate: gate.name)
    if not ordered:
        return
    config: dict[str, Node] = {
        "route": {
            "receiver": Commented("Alerts of anything that is no gate go nowhere.", ROOT_RECEIVER),
            "routes": [Commented(f"{gate.title} ({gate.source})", _route(gate)) for gate in ordered],
        },
        "receivers": [{"name": ROOT_RECEIVER}, *(receiver for gate in ordered for receiver in _receivers(gate))],
        "inhibit_rules": _inhibitions(),
    }
    sources = ", ".join(dict.fromkeys(gate.source for gate in ordered))
    yield Artifact(PurePosixPath(naming.ALERTMANAGER_FILE), document([generated_from(sources)], config))


def _route(gate: NoticePlan) -> Node:
    """All roles under one route, which keeps the gate's alerts from every other route."""
    roles = _by_role(gate)
    routes: dict[str, Node] = {
        "owner": Commented(
            "A review that is due is for the owner alone, and no reason to wake anybody. Alertmanager forgets what it "
            "has sent after five days.",
            {
                "matchers": [_any_alert(naming.ALERT_REVIEW_DUE)],
                "receiver": naming.receiver(gate.name, "owner"),
                "group_wait": "30s",
                "group_interval": "5m",
                "repeat_interval": "4d",
            },
        ),
        "status": Commented(
            "Every change of the verdict, in both directions, at once; while it fails, a reminder once a day.",
            {
                "matchers": [_any_alert(*_status_alerts(gate))],
                "receiver": naming.receiver(gate.name, "status"),
                "group_wait": "0s",
                "group_interval": str(gate.evaluate_every),
                "repeat_interval": "24h",
                "continue": True,
            },
        ),
        "reevaluate": Commented(
            "A failure asks for a new evaluation, again every hour while it lasts, and once more when it ends.",
            {
                "matchers": [_any_alert(naming.ALERT_GATE_FAILING)],
                "receiver": naming.receiver(gate.name, "reevaluate"),
                "group_wait": "0s",
                "group_interval": str(gate.evaluate_every),
                "repeat_interval": "1h",
                "continue": True,
            },
        ),
        "on_call": Commented(
            "Everything about the gate. What is over within the wait pages nobody.",
            {
                "receiver": naming.receiver(gate.name, "on_call"),
                "group_wait": "30s",
                "group_interval": str(_GROUP_INTERVAL),
                "repeat_interval": "4h",
            },
        ),
    }
    parent: dict[str, Node] = {
        "matchers": [f"{naming.GATE}={quote(gate.name)}"],
        "receiver": naming.receiver(gate.name, _NULL),
        "group_by": [naming.GATE],
    }
    ordered = [route for role in _ROLES if role in roles for route in (*_reminders(gate, role, roles), routes[role])]
    return parent | ({"routes": ordered} if roles else {})


def _status_alerts(gate: NoticePlan) -> tuple[str, ...]:
    """What changes what the gate says of itself."""
    always = (naming.ALERT_GATE_FAILING, naming.ALERT_GATE_NOT_EVALUATED)
    return (*always, *_OF_OVERRIDES) if gate.reminders else always


def _reminders(gate: NoticePlan, role: str, roles: Collection[str]) -> Iterator[Node]:
    """The route of what has to do with an override: watched more closely while one is in force or a re-test is owed.

    Whoever is on call hears of it at once and then again and again; without somebody on call, the channel that has
    heard of its beginning is only reminded.
    """
    if gate.reminders is None or role != ("on_call" if "on_call" in roles else "status"):
        return
    interval = gate.reminders
    common: dict[str, Node] = {
        "matchers": [f'{naming.OVERRIDE}!=""'],
        "receiver": naming.receiver(gate.name, role),
        "group_wait": "30s" if role == "on_call" else str(interval),
        "group_interval": str(min(interval, _GROUP_INTERVAL)),
        "repeat_interval": str(interval),
    }
    words = f"While an override is in force or its re-test is owed: what it covers, again every {interval}."
    yield Commented(words, common | ({} if role == "on_call" else {"continue": True}))


def _any_alert(*names: str) -> str:
    return f"alertname=~{quote('|'.join(names))}" if len(names) > 1 else f"alertname={quote(names[0])}"


def _by_role(gate: NoticePlan) -> dict[str, list[ReceiverPlan]]:
    roles: dict[str, list[ReceiverPlan]] = {}
    for receiver in gate.receivers:
        roles.setdefault(receiver.role, []).append(receiver)
    return roles


def _receivers(gate: NoticePlan) -> Iterator[Node]:
    yield {"name": naming.receiver(gate.name, _NULL)}
    roles = _by_role(gate)
    for role in _ROLES:
        if role in roles:
            message = text.about_review(gate) if role == "owner" else text.about_verdict(gate)
            yield {"name": naming.receiver(gate.name, role), **_integrations(gate, roles[role], message)}


def _integrations(gate: NoticePlan, receivers: list[ReceiverPlan], message: text.Message) -> dict[str, Node]:
    makers = {"slack": _slack, "pagerduty": _pagerduty, "webhook": _webhook}
    found: dict[str, Node] = {}
    for channel, make in makers.items():
        if configs := [make(gate, receiver, message) for receiver in receivers if receiver.channel == channel]:
            found[f"{channel}_configs"] = configs
    return found


def _slack(gate: NoticePlan, receiver: ReceiverPlan, message: text.Message) -> Node:
    config: dict[str, Node] = {
        "api_url_file": receiver.secret_file,
        "channel": literal(receiver.target),
        "send_resolved": True,
        "color": message.color,
        "title": message.slack_title,
        "text": message.slack_text,
        "fallback": message.slack_title,
    }
    if dashboard := text.dashboard(gate):
        config["title_link"] = dashboard
        config["actions"] = [{"type": "button", "text": "Dashboard", "url": dashboard}]
    else:
        config["title_link"] = ""
    return config


def _pagerduty(gate: NoticePlan, receiver: ReceiverPlan, message: text.Message) -> Node:
    return {
        "routing_key_file": receiver.secret_file,
        "send_resolved": True,
        "severity": text.worst_severity(),
        "description": message.title,
        "client": "promgate",
        "client_url": text.dashboard(gate),
        "group": gate.name,
        "details": text.pagerduty_details(gate),
    }


def _webhook(_gate: NoticePlan, receiver: ReceiverPlan, _message: text.Message) -> Node:
    # Later Alertmanagers read the URL as a template: percent-encoded, it has no braces.
    config: dict[str, Node] = {"url": web_address(receiver.target) or receiver.target, "send_resolved": True}
    if receiver.secret_file:
        config["http_config"] = {"authorization": {"type": "Bearer", "credentials_file": receiver.secret_file}}
    return config


def _inhibitions() -> list[Node]:
    ours = f'{naming.GATE}!=""'
    others = (naming.ALERT_GATE_FAILING, naming.ALERT_CRITERION_FAILING, naming.ALERT_CRITERION_NO_DATA)
    return [
        Commented(
            "What is not evaluated has only old states; the alert that says so, comes instead of them.",
            {
                "source_matchers": [ours, _any_alert(naming.ALERT_GATE_NOT_EVALUATED)],
                "target_matchers": [ours, _any_alert(*others)],
                "equal": [naming.GATE],
            },
        ),
        Commented(
            "A criterion has one state. While its alert changes from failing to no data, the reason that holds now "
            "is enough.",
            {
                "source_matchers": [ours, _any_alert(naming.ALERT_CRITERION_NO_DATA)],
                "target_matchers": [ours, _any_alert(naming.ALERT_CRITERION_FAILING)],
                "equal": [naming.GATE, naming.CATEGORY, naming.CRITERION],
            },
        ),
    ]
