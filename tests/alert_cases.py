"""Series of the sample gate for promtool, and what its alerts say of them."""

from typing import Any

from engines import Engine, promtool_test
from plans import gate

from compiler.backends import alert_rules
from compiler.middle.plan import GatePlan

CONTACT = {
    "owner": "Shop Team",
    "on_call": "#shop-ops",
    "dashboard_url": "https://grafana.example.org/d/sample",
}
RUNBOOK = "https://runbooks.example.org/srv/runbooks/web.md"
GATE_LABELS = {"gate": "sample", "severity": "critical"}
AVAILABILITY = {"gate": "sample", "category": "web", "criterion": "availability", "severity": "critical"}
LATENCY = {"gate": "sample", "category": "web", "criterion": "latency", "severity": "warning"}
MEMORY = {"gate": "sample", "category": "data", "criterion": "db_memory", "severity": "critical"}
COST = {"gate": "sample", "category": "data", "criterion": "unit_cost", "severity": "critical"}
AVAILABILITY_FACTS = {
    "requirement": "at least 99.9%",
    "measure": "1 − errors / requests",
    "category": "Web shop",
    "runbook": "/srv/runbooks/web.md",
    "runbook_url": RUNBOOK,
    "spec": "sample.yaml:20",
}
ENOUGH = "x60"  # half an hour of evaluations


def text(plan: GatePlan) -> str:
    """The rule file of a gate."""
    (artifact,) = alert_rules.emit((plan,))
    return artifact.text


def series(metric: str, labels: dict[str, str], value: str) -> dict[str, str]:
    """An input series: one sample every 30s."""
    matchers = ",".join(f'{name}="{text}"' for name, text in labels.items())
    return {"series": f"{metric}{{{matchers}}}", "values": value if " " in value else f"{value}{ENOUGH}"}


def state(labels: dict[str, str], code: str) -> dict[str, str]:
    """The state of a criterion."""
    return series("gate:criterion:state", {k: v for k, v in labels.items() if k != "severity"}, code)


def value(labels: dict[str, str], now: str, **member: str) -> dict[str, str]:
    """The value of a criterion, or of one of its members."""
    own = {k: v for k, v in labels.items() if k != "severity"}
    return series("gate:criterion:value", {**own, **member}, now)


def verdict(values: str, revision: str = "0123456789ab") -> dict[str, str]:
    """What `gate:overall:pass` was."""
    return series("gate:overall:pass", {"gate": "sample", "revision": revision}, values)


def check(  # noqa: PLR0913 - what goes in, what comes out, and when
    engine: Engine,
    samples: list[dict[str, str]],
    alert: str,
    expected: list[tuple[dict[str, str], dict[str, str]]],
    *,
    at: str = "20m",
    plan: GatePlan | None = None,
) -> None:
    """Exactly these alerts fire at that time, with exactly these labels and annotations."""
    fires = [{"exp_labels": labels, "exp_annotations": annotations} for labels, annotations in expected]
    test = {"alert_rule_test": [{"eval_time": at, "alertname": alert, "exp_alerts": fires}]}

    passed, said = run(engine, samples, test, plan or gate())

    assert passed, said


def run(engine: Engine, samples: list[dict[str, str]], test: dict[str, Any], plan: GatePlan) -> tuple[bool, str]:
    """Whether promtool finds a test to hold, and what it says."""
    document = {
        "rule_files": ["rules.yml"],
        "evaluation_interval": "30s",
        "tests": [{"interval": "30s", "input_series": samples, **test}],
    }
    return promtool_test(engine, document, {"rules.yml": text(plan)})
