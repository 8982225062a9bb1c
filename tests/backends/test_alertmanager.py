"""Who hears of a gate and what they read: routes as amtool sees them, messages as Slack and others receive them."""

import json
import re
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import pytest
import yaml
from engines import Engine, run_tool
from plans import HOSTILE, gate, hostile_gate
from servers import Alertmanager
from web import serve, wait_for

from compiler.backends import alertmanager
from compiler.backends.alertmanager_merge import merge
from compiler.middle.plan import GatePlan, ReceiverPlan

LINE = " ".join(HOSTILE.split())
SLACK_LINE = LINE.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
QUIET = gate(name="quiet", receivers=())
BASE = """\
# our own config
global: {resolve_timeout: 5m}
route:
  # everybody
  receiver: team  # us
  routes:
  # databases
  - matchers: [service="db"]
    receiver: dba

receivers:
- name: team
- name: dba
"""


def config(*plans: GatePlan) -> str:
    """The Alertmanager config of some gates."""
    (artifact,) = alertmanager.emit(plans)
    return artifact.text


def read(text: str) -> Any:
    """The config as data."""
    return yaml.safe_load(text)


@pytest.mark.parametrize("plan", [gate(), hostile_gate(), QUIET], ids=["plain", "hostile", "quiet"])
def test_amtool_accepts_the_config(engine: Engine, plan: GatePlan, tmp_path: Path) -> None:
    """Whatever the texts are, and whoever is or is not to be notified, the config stands by itself."""
    (tmp_path / "alertmanager.yml").write_text(config(plan))

    ok, said = run_tool(engine.amtool, "check-config", tmp_path / "alertmanager.yml")

    assert ok, said


def test_one_file_holds_all_gates_by_name() -> None:
    """The order in which gates are given does not matter; without gates, there is no file."""
    (artifact,) = alertmanager.emit((QUIET, gate()))

    assert str(artifact.path) == "alertmanager.yml"
    assert artifact.text == config(gate(), QUIET)
    assert [route["receiver"] for route in read(artifact.text)["route"]["routes"]] == [
        "gate/quiet/null",
        "gate/sample/null",
    ]
    assert list(alertmanager.emit(())) == []


@pytest.mark.parametrize(
    ("labels", "receivers"),
    [
        ({"gate": "sample", "alertname": "GateFailing"}, "status,reevaluate,on_call"),
        ({"gate": "sample", "alertname": "GateNotEvaluated"}, "status,on_call"),
        ({"gate": "sample", "alertname": "GateCriterionFailing"}, "on_call"),
        ({"gate": "sample", "alertname": "GateCriterionNoData"}, "on_call"),
        ({"gate": "sample", "alertname": "GateReviewDue"}, "owner"),
        ({"gate": "quiet", "alertname": "GateFailing"}, "null"),
        ({"alertname": "SomethingElse"}, ""),
    ],
)
@pytest.mark.parametrize("merged", [False, True], ids=["alone", "merged"])
def test_alerts_reach_those_who_should_hear_of_them(
    engine: Engine, tmp_path: Path, labels: dict[str, str], receivers: str, *, merged: bool
) -> None:
    """Each alert goes to its roles and to nobody else; what is no gate's is left to the base, or to nobody."""
    text = config(gate(), QUIET)
    (tmp_path / "alertmanager.yml").write_text(merge(text, BASE, "base.yml")[0] if merged else text)
    expected = ",".join(f"gate/{labels['gate']}/{role}" for role in receivers.split(",")) if receivers else "null"

    ok, said = run_tool(
        engine.amtool,
        "config",
        "routes",
        "test",
        f"--config.file={tmp_path / 'alertmanager.yml'}",
        f"--verify.receivers={'team' if merged and not receivers else expected}",
        *(f"{name}={value}" for name, value in labels.items()),
    )

    assert ok, said


def test_a_role_may_have_several_integrations() -> None:
    """Two targets of one role are one receiver, so that the route to it stays one."""
    two = (
        ReceiverPlan("on_call", "slack", "#a", "/a"),
        ReceiverPlan("on_call", "webhook", "http://x.example.org/", ""),
    )
    (_, null, on_call) = read(config(gate(receivers=two)))["receivers"]

    assert null == {"name": "gate/sample/null"}
    assert on_call["slack_configs"][0]["channel"] == "#a"
    assert on_call["webhook_configs"] == [{"url": "http://x.example.org/", "send_resolved": True}]


def test_no_secret_is_in_the_config() -> None:
    """Secrets are named by file."""
    owner, status, reevaluate, on_call = read(config(gate()))["receivers"][2:]

    assert owner["slack_configs"][0]["api_url_file"] == "/etc/alertmanager/secrets/slack_url"
    assert status["slack_configs"][0]["api_url_file"] == "/etc/alertmanager/secrets/slack_url"
    assert on_call["pagerduty_configs"][0]["routing_key_file"] == "/etc/alertmanager/secrets/pagerduty_key"
    assert reevaluate["webhook_configs"][0]["http_config"] == {
        "authorization": {"type": "Bearer", "credentials_file": "/etc/alertmanager/secrets/token"}
    }


class Office:
    """A running Alertmanager with stand-ins for Slack, PagerDuty and the webhook, which keep what they receive."""

    def __init__(self, engine: Engine, plan: GatePlan, directory: Path) -> None:
        self.engine = engine
        self.plan = plan
        self.directory = directory
        self.received: list[tuple[str, Any]] = []
        self._running = ExitStack()

    def __enter__(self) -> Self:
        port = self._running.enter_context(serve(self._receive))
        (self.directory / "slack").write_text(f"http://127.0.0.1:{port}/slack\n")
        (self.directory / "key").write_text("k" * 32)
        (self.directory / "token").write_text("secret")
        status, on_call, _, owner = self.plan.receivers
        receivers = (
            replace(owner, secret_file=str(self.directory / "slack")),
            replace(status, secret_file=str(self.directory / "slack")),
            replace(on_call, secret_file=str(self.directory / "key")),
            ReceiverPlan("reevaluate", "webhook", f"http://127.0.0.1:{port}/hook", str(self.directory / "token")),
        )
        # Messages within seconds, and no PagerDuty of the real world: the rest of the config is what users get.
        quick = re.sub(r"(group_wait|group_interval): \w+", r"\1: 1s", config(replace(self.plan, receivers=receivers)))
        base = f"global:\n  pagerduty_url: http://127.0.0.1:{port}/pager\nroute:\n  receiver: team\n"
        merged, problems = merge(quick, f"{base}receivers:\n- name: team\n", "base.yml")
        assert not problems
        self.server = self._running.enter_context(Alertmanager(self.engine, merged))
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    def _receive(self, path: str, body: bytes) -> tuple[int, str, str]:
        self.received.append((path.removeprefix("/"), json.loads(body)))
        return (202, "application/json", "{}") if path == "/pager" else (200, "text/plain", "ok")

    def post(self, alert: str, annotations: dict[str, str], *, ended: bool = False, **labels: str) -> None:
        """What Prometheus sends when an alert fires, or has ended."""
        now = datetime.now(UTC)
        body = {
            "labels": {"alertname": alert, "gate": "sample", "severity": "critical", **labels},
            "annotations": annotations,
            "startsAt": (now - timedelta(minutes=1)).isoformat(),
            "endsAt": (now - timedelta(seconds=1) if ended else now + timedelta(minutes=5)).isoformat(),
        }
        urllib.request.urlopen(
            urllib.request.Request(
                f"{self.server.url}/api/v2/alerts",
                json.dumps([body]).encode(),
                {"Content-Type": "application/json"},
            ),
            timeout=10,
        )

    def next(self, service: str, after: int = 0) -> Any:
        """The first message to a service, after so many."""

        def message() -> list[Any]:
            return [body for name, body in list(self.received) if name == service][after:]

        return wait_for(message, 20, f"message to {service}")[0]


@pytest.fixture
def office(engine: Engine, tmp_path: Path) -> Iterator[Office]:
    """The notifications of the sample gate."""
    with Office(engine, gate(), tmp_path) as running:
        yield running


FAILING = {
    "summary": "Sample Readiness Gate does not pass: 1 of 4 criteria do not pass",
    "description": "These of 4 criteria do not pass:\n- Shop availability: FAIL, 99.8% (required: at least 99.9%). "
    "Runbook: https://runbooks.example.org/web.md",
}
CRITERION = {
    "summary": "Failing: Shop availability (required: at least 99.9%)",
    "reason": "The requirement is not met.",
    "value": "99.8%",
    "requirement": "at least 99.9%",
    "runbook": "/web.md",
    "runbook_url": "https://runbooks.example.org/web.md?a&b",
}


REVIEW = {
    "summary": "Sample Readiness Gate: its review was due on 2026-04-01",
    "description": "Do the criteria still hold?",
}


def test_slack_hears_both_directions(office: Office) -> None:
    """Failing with all that a person needs to act, and ready again with what that means."""
    office.post("GateFailing", FAILING)
    failing = office.next("slack")
    office.post("GateFailing", FAILING, ended=True)
    ready = office.next("slack", 1)

    assert failing["channel"] == "#shop-ops"
    (message,) = failing["attachments"]
    assert message["title"] == "[FAILING] Sample Readiness Gate"
    assert message["title_link"] == "https://grafana.example.org/d/sample"
    assert message["text"] == (
        f"*{FAILING['summary']}*\n{FAILING['description']}\n\nOwner: Shop Team · On call: #shop-ops"
    )
    assert message["color"] == "danger"
    assert [(one["text"], one["url"]) for one in message["actions"]] == [
        ("Dashboard", "https://grafana.example.org/d/sample")
    ]
    (message,) = ready["attachments"]
    assert (message["title"], message["color"]) == ("[READY] Sample Readiness Gate", "good")
    assert message["text"].startswith("All 4 criteria have passed for 10m. ")
    assert message["fallback"] == message["title"]


def test_the_owner_hears_that_a_review_is_due(office: Office) -> None:
    """And nobody else does: it is no failure, and its end no readiness."""
    office.post("GateReviewDue", REVIEW, severity="info")
    due = office.next("slack")
    office.post("GateReviewDue", REVIEW, ended=True, severity="info")
    over = office.next("slack", 1)

    assert [one["channel"] for one in (due, over)] == ["#shop-team"] * 2
    (message,) = due["attachments"]
    assert (message["title"], message["color"]) == ("[REVIEW DUE] Sample Readiness Gate", "warning")
    assert message["text"] == (
        "*Sample Readiness Gate: its review was due on 2026-04-01*\nDo the criteria still hold?\n\n"
        "Owner: Shop Team · On call: #shop-ops"
    )
    (message,) = over["attachments"]
    assert (message["title"], message["color"]) == ("[REVIEW NOT DUE] Sample Readiness Gate", "good")
    assert message["text"].startswith(
        "No review is due any more: the gate has a new date, or Prometheus has gone silent."
    )
    assert {service for service, _ in office.received} == {"slack"}


def test_the_webhook_is_asked_and_told(office: Office) -> None:
    """A failure asks for an evaluation, its end says so; the request holds the labels that a pipeline needs."""
    office.post("GateFailing", FAILING)
    asked = office.next("hook")
    office.post("GateFailing", FAILING, ended=True)
    told = office.next("hook", 1)

    assert (asked["status"], told["status"]) == ("firing", "resolved")
    assert asked["groupLabels"] == {"gate": "sample"}


def test_on_call_gets_one_page_for_everything(office: Office) -> None:
    """Two alerts of a gate are one incident with the worst severity, and both are in it."""
    office.post("GateCriterionFailing", CRITERION, category="web", criterion="availability", severity="warning")
    first = office.next("pager")
    office.post("GateFailing", FAILING)
    second = office.next("pager", 1)

    assert first["dedup_key"] == second["dedup_key"]
    assert (first["payload"]["severity"], second["payload"]["severity"]) == ("warning", "critical")
    assert second["payload"]["summary"] == "[FAILING] Sample Readiness Gate"
    failing = second["payload"]["custom_details"]["firing"]
    assert "Failing: Shop availability (required: at least 99.9%)\nThe requirement is not met.\nNow: 99.8%." in failing
    assert FAILING["summary"] in failing


def test_a_gate_that_is_not_evaluated_silences_its_old_states(office: Office) -> None:
    """One message says that nothing is known; the alerts about what was known wait until it is over."""
    office.post("GateNotEvaluated", {"summary": "No verdict", "description": "Rules are not loaded."})
    first = office.next("slack")
    office.post("GateFailing", FAILING)
    office.post("GateCriterionFailing", CRITERION, category="web", criterion="availability")
    office.post("GateCriterionNoData", CRITERION, category="web", criterion="latency")
    time.sleep(3)  # three times as long as a message takes to be sent
    silent = [service for service, _ in office.received if service != "pager"]
    pages = [body["payload"]["custom_details"]["firing"] for service, body in office.received if service == "pager"]
    office.post("GateNotEvaluated", {"summary": "No verdict"}, ended=True)
    second = office.next("slack", 1)

    assert silent == ["slack"]
    assert all("Rules are not loaded." in page and "Failing" not in page for page in pages)
    assert first["attachments"][0]["title"] == "[NOT EVALUATED] Sample Readiness Gate"
    assert second["attachments"][0]["title"] == "[FAILING] Sample Readiness Gate"


def test_missing_data_replaces_a_failure_of_the_same_criterion_only(office: Office) -> None:
    """Of two alerts about one criterion the one without data is told; another criterion is not silenced by it."""
    office.post("GateCriterionNoData", {"summary": "no data"}, category="web", criterion="availability")
    office.next("pager")
    office.post("GateCriterionFailing", {"summary": "hidden"}, category="web", criterion="availability")
    office.post("GateCriterionFailing", {"summary": "shown"}, category="web", criterion="latency")
    failing = office.next("pager", 1)["payload"]["custom_details"]["firing"]

    assert "no data" in failing
    assert "shown" in failing
    assert "hidden" not in failing


def test_a_criterion_in_slack_has_value_requirement_and_runbook(engine: Engine, tmp_path: Path) -> None:
    """A team whose on-call is a Slack channel reads the same facts there, with a link to the runbook."""
    status, _, webhook, owner = gate().receivers
    with Office(engine, gate(receivers=(status, replace(status, role="on_call"), webhook, owner)), tmp_path) as office:
        (tmp_path / "key").write_text((tmp_path / "slack").read_text())
        office.post("GateCriterionFailing", CRITERION, category="web", criterion="availability")
        (message,) = office.next("slack")["attachments"]

    assert message["text"] == (
        "*Failing: Shop availability (required: at least 99.9%)*\n"
        "The requirement is not met.\n"
        "Now: 99.8%. Required: at least 99.9%.\n"
        "<https://runbooks.example.org/web.md?a&amp;b|Runbook>\n\n"
        "Owner: Shop Team · On call: #shop-ops"
    )


def test_hostile_texts_arrive_as_text(engine: Engine, tmp_path: Path) -> None:
    """Neither the plan's texts nor those of annotations run as a template, nor as a link or a mention in Slack."""
    with Office(engine, hostile_gate(), tmp_path) as office:
        mention = f"<!channel> & {HOSTILE}\na: {{{{ .Labels }}}}"
        office.post("GateFailing", {"summary": mention, "description": mention, "runbook": mention})
        slack = office.next("slack")
        pager = office.next("pager")
        office.post("GateFailing", {"summary": mention}, ended=True)
        ready = office.next("slack", 1)

    escaped = mention.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    (message,) = slack["attachments"]
    assert slack["channel"] == LINE
    assert message["title"] == f"[FAILING] {SLACK_LINE}"
    assert message["text"] == (
        f"*{escaped}*\n{escaped}\nRunbook: {escaped}\n\nOwner: {SLACK_LINE} · On call: {SLACK_LINE}"
    )
    assert ready["attachments"][0]["title"] == f"[READY] {SLACK_LINE}"
    assert "{{" not in message["title_link"]
    assert pager["payload"]["custom_details"]["firing"].startswith(f"`sample` Owner: {LINE} · On call: {LINE}\n")
    assert mention in pager["payload"]["custom_details"]["firing"]


def test_a_merged_config_keeps_the_base_and_puts_the_gates_first(engine: Engine, tmp_path: Path) -> None:
    """Every line of the base is still there, in order, with its comments; the gates' parts are in front of its own."""
    text, problems = merge(config(gate(), QUIET), BASE, "base.yml")
    merged, ours = read(text), read(config(gate(), QUIET))
    (tmp_path / "alertmanager.yml").write_text(text)

    assert problems == ()
    assert run_tool(engine.amtool, "check-config", tmp_path / "alertmanager.yml")[0]
    lines = iter(text.splitlines())
    assert all(line in lines for line in BASE.splitlines())
    assert "    # Sample Readiness Gate (sample.yaml)" in text.replace("\n  #", "\n    #")
    assert [one.get("receiver") for one in merged["route"]["routes"]] == ["gate/quiet/null", "gate/sample/null", "dba"]
    assert [one["name"] for one in merged["receivers"]][-2:] == ["team", "dba"]
    assert "null" not in [one["name"] for one in merged["receivers"]]
    assert merged["inhibit_rules"] == ours["inhibit_rules"]
    assert merge(config(gate(), QUIET), BASE, "/home/me/base.yml") == (text, ())


@pytest.mark.parametrize(
    "base",
    [
        "route: {receiver: x}\nreceivers:\n- name: x\n",
        "route:\n  receiver: x\n  routes: []\nreceivers:\n- name: x\n",
        "route:\n  receiver: x\nreceivers: [{name: x}]\n",
        "route:\n  receiver: x\nreceivers: &r\n- name: x\ninhibit_rules: *r\n",
        "{route: {receiver: x}, receivers: [{name: x}]}\n",
    ],
)
def test_a_base_in_braces_is_refused_with_a_hint(base: str) -> None:
    """Lines cannot be put inside of braces; the hint says how to write it."""
    text, (problem,) = merge(config(gate()), base, "base.yml")

    assert text == ""
    assert problem.hint.startswith("write ")
    assert problem.span


@pytest.mark.parametrize(
    "base",
    [
        "route:\n  receiver: x\nreceivers:\n- name: x",
        "---\n# x\nroute:\n    receiver: x\nreceivers:\n    -   name: x\n...\n",
        "receivers:\n  # ours\n  - \n    name: x\nroute:\n  receiver: x\n  routes:\n\n    # a\n    - {receiver: x}\n",
        "a: &a\n  receiver: x\nroute:\n  <<: *a\nreceivers:\n- name: x\ninhibit_rules:\n- source_matchers: [a=b]\n",
        "route: &r\n  receiver: x\nreceivers: &s\n- name: x\n# end\n",
    ],
)
def test_bases_are_written_in_many_ways(base: str) -> None:
    """Other indentation, document marks, comments and anchors: the result is the base and ours, and nothing else."""
    text, problems = merge(config(gate()), base, "base.yml")

    assert problems == ()
    merged, ours = read(text), read(config(gate()))
    assert merged["route"]["receiver"] == "x"
    assert merged["route"]["routes"][:1] == ours["route"]["routes"]
    assert [one["name"] for one in merged["receivers"]] == [*[one["name"] for one in ours["receivers"]][1:], "x"]
    assert merged["inhibit_rules"][:2] == ours["inhibit_rules"]


@pytest.mark.parametrize(
    ("base", "message", "line"),
    [
        ("route: [", "not YAML", 1),
        ("a: 1\nb: 'x", "not YAML", 2),
        ("\x00", "not YAML", 0),
        ("", "no root route", 1),
        ("- a\n", "no root route", 1),
        ("receivers:\n- name: a\n", "no root route", 1),
        ("route: {}\nreceivers:\n- name: a\n- name: gate/sample/status\n", "has the name of a generated one", 4),
    ],
)
def test_a_base_that_is_none_is_explained(base: str, message: str, line: int) -> None:
    """What is wrong, and where in the file of the user."""
    text, (problem,) = merge(config(gate()), base, "base.yml")

    assert text == ""
    assert message in problem.message
    assert (problem.span.line if problem.span else 0) == line
