"""Hand-made plans for the tests of back ends, so that a back end is tested without the compiler in front of it."""

from dataclasses import replace
from typing import Final

from compiler.diagnostics import Span
from compiler.fields import NUMBER, RATIO, SECONDS, UNITS, Duration
from compiler.middle.plan import (
    ApproverPlan,
    Bound,
    CategoryPlan,
    CriterionPlan,
    GatePlan,
    InputPlan,
    LinkPlan,
    OverridePlan,
    OverridesPlan,
    ReasonPlan,
    ReceiverPlan,
    ReviewPlan,
)
from compiler.moment import Moment

_INCLUSIVE: Final = False
HOSTILE = (
    "a\"b'c`id`$(id)${HOME}\\n\n{{ .Labels }}{{`x`}} </script><b>|%s\t\u202e\u2028é😀 # *x* [y](javascript:1) ]]> --"
)


def span(line: int) -> Span:
    """A place in the spec."""
    return Span("sample.yaml", line, 3, line, 9)


def criterion(identifier: str = "availability", **changes: object) -> CriterionPlan:
    """A ratio criterion: at least 99.9% of requests succeed."""
    base = CriterionPlan(
        id=identifier,
        title="Shop availability",
        category="web",
        severity="critical",
        measure="1 − errors / requests",
        kind="ratio",
        requirement="at least 99.9%",
        unit=RATIO,
        bounds=(Bound("min", _INCLUSIVE, 0.999, "99.9%"),),
        window=Duration.parse("30m"),
        by=(),
        every_series=False,
        inputs=(
            InputPlan("http_errors_total", "http_errors_total", required=True),
            InputPlan('http_requests_total{code="200"}', "http_requests_total", required=True),
        ),
        policies=("No events in the window: fails.",),
        notes=(),
        runbook="/srv/runbooks/web.md",
        origin=span(20),
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def gate(**changes: object) -> GatePlan:
    """A gate with two categories and four criteria of different shapes."""
    web = CategoryPlan(
        "web",
        "Web shop",
        "/srv/runbooks/web.md",
        "What customers see.",
        (
            criterion(),
            criterion(
                "latency",
                title="Checkout latency p95",
                measure="p95 of http_latency_seconds",
                kind="quantile",
                requirement="at most 250ms",
                unit=SECONDS,
                bounds=(Bound("max", _INCLUSIVE, 0.25, "250ms"),),
                by=("region",),
                severity="warning",
            ),
        ),
        span(10),
    )
    data = CategoryPlan(
        "data",
        "Data stores",
        "",
        "",
        (
            criterion(
                "db_memory",
                title="Database memory",
                category="data",
                kind="gauge",
                requirement="between 70% and 90%",
                bounds=(Bound("min", _INCLUSIVE, 0.7, "70%"), Bound("max", _INCLUSIVE, 0.9, "90%")),
                every_series=True,
                runbook="",
                origin=span(40),
            ),
            criterion(
                "unit_cost",
                title="Cost per order",
                category="data",
                kind="unit_cost",
                requirement="at most the budget",
                unit=UNITS["USD"],
                bounds=(Bound("max", _INCLUSIVE, None, "order_budget", (), "order_budget"),),
                by=("tier",),
                runbook="",
                origin=span(50),
            ),
        ),
        span(30),
    )
    base = GatePlan(
        name="sample",
        title="Sample Readiness Gate",
        description="A gate for tests.",
        owner="Shop Team",
        on_call="#shop-ops",
        last_review="2026-01-01",
        review=ReviewPlan("2026-04-01", Moment.parse("2026-04-01T00:00:00Z"), span(4)),
        source="sample.yaml",
        revision="0123456789ab",
        evaluate_every=Duration.parse("30s"),
        stabilization=Duration.parse("10m"),
        scrape_interval=Duration.parse("15s"),
        severity="critical",
        runbook_base_url="https://runbooks.example.org",
        dashboard_url="https://grafana.example.org/d/sample",
        tags=("shop",),
        notes=("Written for tests.",),
        links=(LinkPlan("Source", "https://git.example.org/gates"),),
        receivers=(
            ReceiverPlan("status", "slack", "#shop-ops", "/etc/alertmanager/secrets/slack_url"),
            ReceiverPlan("on_call", "pagerduty", "", "/etc/alertmanager/secrets/pagerduty_key"),
            ReceiverPlan(
                "reevaluate", "webhook", "http://ci.example.org/reevaluate", "/etc/alertmanager/secrets/token"
            ),
            ReceiverPlan("owner", "slack", "#shop-team", "/etc/alertmanager/secrets/slack_url"),
        ),
        categories=(web, data),
        rules=(),
        origin=span(1),
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def override(identifier: str = "inc-1", **changes: object) -> OverridePlan:
    """An override of the sample gate from ten to twenty minutes past midnight in 1970, when promtool's tests begin."""
    base = OverridePlan(
        id=identifier,
        reason="p0_incident",
        reason_title="A P0 incident",
        ticket="INC-1",
        approver="ops-lead",
        approver_title="Ops Lead",
        start=Moment(600),
        expires=Moment(1200),
        retest_by=Moment(2400),
        scope=(),
        risk_acceptance="",
        note="",
        origin=Span("overrides/sample.yaml", 5, 9, 5, 14),
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def overrides(*entries: OverridePlan, **changes: object) -> OverridesPlan:
    """The policy of the sample gate, with these overrides."""
    base = OverridesPlan(
        reasons=(ReasonPlan("p0_incident", "A P0 incident", (), ("ops-lead",)),),
        approvers=(ApproverPlan("ops-lead", "Ops Lead", ("@shop/ops-leads",)),),
        max_duration=Duration.parse("30m"),
        retest_within=Duration.parse("30m"),
        remind_before=Duration.parse("10m"),
        blocks=False,
        repeat_interval=Duration.parse("30m"),
        entries=entries,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def hostile_override() -> OverridePlan:
    """An override with a hostile string in every free text field."""
    return override(
        ticket=HOSTILE, approver=HOSTILE, approver_title=HOSTILE, reason_title=HOSTILE, risk_acceptance=HOSTILE,
        note=HOSTILE,
    )  # fmt: skip


def hostile_gate() -> GatePlan:
    """The sample gate with a hostile string in every free text field (names and ids are checked by the front end)."""
    plain = gate()
    categories = tuple(
        replace(
            category,
            title=HOSTILE,
            runbook=HOSTILE,
            description=HOSTILE,
            criteria=tuple(
                replace(
                    one,
                    title=HOSTILE,
                    measure=HOSTILE,
                    requirement=HOSTILE,
                    policies=(HOSTILE,),
                    notes=(HOSTILE,),
                    runbook=HOSTILE,
                    inputs=(InputPlan('m{l="' + HOSTILE + '"}', "m", required=True),),
                )
                for one in category.criteria
            ),
        )
        for category in plain.categories
    )
    return replace(
        plain,
        title=HOSTILE,
        description=HOSTILE,
        owner=HOSTILE,
        on_call=HOSTILE,
        last_review=HOSTILE,
        review=ReviewPlan(HOSTILE, Moment.parse("2026-04-01T00:00:00Z"), span(4)),
        runbook_base_url="https://runbooks.example.org/?q=" + HOSTILE,
        dashboard_url="https://grafana.example.org/?q=" + HOSTILE,
        notes=(HOSTILE,),
        links=(LinkPlan(HOSTILE, "https://example.org/?q=" + HOSTILE),),
        receivers=(
            ReceiverPlan("status", "slack", HOSTILE, "/etc/" + HOSTILE),
            ReceiverPlan("on_call", "pagerduty", "", "/etc/" + HOSTILE),
            ReceiverPlan("reevaluate", "webhook", "http://ci.example.org/reevaluate", "/etc/" + HOSTILE),
            ReceiverPlan("owner", "slack", HOSTILE, "/etc/" + HOSTILE),
        ),
        categories=categories,
        overrides=overrides(hostile_override(), override("inc-2", start=Moment(1200), expires=Moment(1800))),
    )


__all__ = ["HOSTILE", "NUMBER", "criterion", "gate", "hostile_gate", "override", "overrides", "span"]
