"""A gate as its author writes it (DESIGN section 5): frozen, strict, and with every key described for editors."""

import re
from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, WithJsonSchema, model_validator

from compiler.engines import EngineName
from compiler.fields import NUMBER, UNITS, Duration, Quantity, Unit
from compiler.measures import Measure
from compiler.measures.context import MetricType
from compiler.spec.override_policy import OverridePolicy
from compiler.spec.requirement import Requirement
from compiler.spec_fields import (
    DurationField,
    FilePath,
    FindingCode,
    GateName,
    Identifier,
    LabelName,
    LabelNames,
    MetricName,
    QuantityField,
    SelectorField,
    Severity,
    SpecModel,
    Text,
    UnitName,
    Url,
    WholeNumber,
    exactly_one,
)

_LEAP_YEAR: Final = "(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)"
_DATE: Final = (
    "^(?=19[7-9]|2)(?:[0-9]{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    f"|02-(?:0[1-9]|1[0-9]|2[0-8]))|{_LEAP_YEAR}-02-29)$"
)


def _iso_date(text: str) -> str:
    if not re.match(_DATE.replace("$", r"\Z"), text):
        raise ValueError(f"{text!r} is not a date\nhint: write year-month-day, like 2026-01-31")
    return text


IsoDate = Annotated[
    str,
    AfterValidator(_iso_date),
    WithJsonSchema({"type": "string", "format": "date", "pattern": _DATE, "examples": ["2026-01-31"]}),
]


_HISTOGRAM: Final = {"type": {"const": "histogram"}}
_BUCKETS: Final = {"buckets": {"minItems": 1}}
_ONLY_HISTOGRAMS: Final[dict[str, Any]] = {
    "allOf": [
        {"if": {"properties": _BUCKETS, "required": ["buckets"]}, "then": {"properties": _HISTOGRAM}},
        {
            "if": {"properties": {"native": {"const": True}}, "required": ["native"]},
            "then": {"properties": {**_HISTOGRAM, "buckets": {"maxItems": 0}}},
        },
    ]
}


class Metric(SpecModel):
    """One metric of the typed vocabulary: every use of it is checked against this."""

    model_config = ConfigDict(json_schema_extra=_ONLY_HISTOGRAMS)

    type: MetricType = Field(description="counter, gauge or histogram")
    unit: UnitName = Field("number", description="The unit it is exported in.")
    labels: LabelNames = Field(default_factory=list, description="The labels that criteria may use.")
    buckets: list[float | int] = Field(default_factory=list, description="A histogram's finite upper bounds.")
    native: bool = Field(False, description="A histogram that is one series, without _bucket.")  # noqa: FBT003
    series: Annotated[int, Field(gt=0)] | None = Field(
        None, description="How many series it has (of a histogram: with all buckets), for `promgate cost`."
    )
    description: Text | None = Field(None, description="What it measures, for readers of the spec.")

    @property
    def base(self) -> Unit:
        """The unit it is exported in."""
        return UNITS.get(self.unit, NUMBER)

    @model_validator(mode="after")
    def _buckets_of_histogram(self) -> Self:
        if self.buckets and self.type != "histogram":
            raise ValueError(f"a {self.type} has no buckets\nhint: set `type: histogram`, or remove `buckets`")
        if self.native and (self.buckets or self.type != "histogram"):
            raise ValueError(
                "only a histogram without `buckets` is native\n"
                "hint: `native: true` is for one without series that end in _bucket; remove it, or `buckets`"
            )
        return self


class Metadata(SpecModel):
    """What the gate is and who answers for it."""

    name: GateName = Field(description="The `gate` label, the dashboard's uid and the output directory.")
    title: Text = Field(description="What people call the gate.")
    description: Text | None = Field(None, description="What the gate protects.")
    owner: Text = Field(description="The team that answers for the gate.")
    on_call: Text | None = Field(None, description="Whom to reach when it fails.")
    last_review: IsoDate | None = Field(None, description="When people last went through its criteria.")
    next_review: IsoDate | None = Field(None, description="When they will do so next.")
    tags: list[Text] = Field(default_factory=list, description="Tags of the dashboard.")
    links: dict[Text, Url] = Field(default_factory=dict, description="Further links for people, by title.")
    runbook_base_url: Url | None = Field(None, description="Where runbooks that are given as paths can be read.")
    dashboard_url: Url | None = Field(None, description="Where the generated dashboard is.")
    notes: list[Text] = Field(default_factory=list, description="What readers of the gate's page should know.")


class Defaults(SpecModel):
    """What holds for every criterion that does not say otherwise, and how the gate is evaluated."""

    engine: EngineName = Field("prometheus", description="What evaluates the rules; victoriametrics is vmalert.")
    window: DurationField = Field(Duration.parse("30m"), description="The measurement window.")
    scrape_interval: DurationField = Field(Duration.parse("15s"), description="How often the metrics are scraped.")
    evaluate_every: DurationField = Field(Duration.parse("30s"), description="How often Prometheus judges the gate.")
    stabilization: DurationField = Field(
        Duration.parse("10m"), description="How long all criteria must have been met before the gate opens."
    )
    severity: Severity = Field("critical", description="The `severity` label of alerts.")
    min_coverage: QuantityField = Field(
        Quantity.parse("80%"), description="The share of a window in which there must have been data."
    )
    max_error: QuantityField | None = Field(
        None,
        description="By which share of its length a long window of counters may be misread; by default not at all.",
    )


class SlackTarget(SpecModel):
    """A Slack channel."""

    channel: Text = Field(description="The channel, with its #.")
    api_url_file: FilePath = Field(description="File with the incoming-webhook URL, readable by Alertmanager.")


class PagerDutyTarget(SpecModel):
    """A PagerDuty service."""

    routing_key_file: FilePath = Field(description="File with the integration key, readable by Alertmanager.")


class WebhookTarget(SpecModel):
    """An HTTP endpoint."""

    url: Url = Field(description="Must not hold a secret.")
    token_file: FilePath | None = Field(None, description="File with a bearer token, readable by Alertmanager.")


class Target(SpecModel):
    """Where notifications go: exactly one of these."""

    model_config = ConfigDict(json_schema_extra=exactly_one("slack", "pagerduty", "webhook"))

    slack: SlackTarget | None = Field(None, description="A Slack channel.")
    pagerduty: PagerDutyTarget | None = Field(None, description="A PagerDuty service.")
    webhook: WebhookTarget | None = Field(None, description="An HTTP endpoint.")

    @model_validator(mode="after")
    def _one(self) -> Self:
        given = [k for k in ("slack", "pagerduty", "webhook") if getattr(self, k) is not None]
        if len(given) != 1:
            raise ValueError(f"give exactly one of slack, pagerduty and webhook; found {' and '.join(given) or 'none'}")
        return self


class Notifications(SpecModel):
    """Who hears of what."""

    owner: Target | None = Field(
        None, description="A review that is due; without it, whoever hears of the status, else those on call."
    )
    status: Target | None = Field(None, description="Every change of the gate's verdict, in both directions.")
    on_call: Target | None = Field(None, description="Failing criteria and missing data.")
    reevaluate: Target | None = Field(None, description="A webhook that is asked to evaluate again after a failure.")


_EACH_ONCE: Final = Field(min_length=1, max_length=1000, json_schema_extra={"uniqueItems": True})


class Members(SpecModel):
    """The members that must report: listed here, or one for each label value that a metric has."""

    model_config = ConfigDict(json_schema_extra=exactly_one("listed", "from"))

    label: LabelName | None = Field(None, description="The label that tells members apart; by default those in `by`.")
    listed: (
        Annotated[list[Text], Field(min_length=1, max_length=1000, json_schema_extra={"uniqueItems": True})] | None
    ) = Field(None, description="The label's values.")
    source: SelectorField | None = Field(None, alias="from", description="A metric with one series per member.")

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.listed is None) == (self.source is None):
            raise ValueError("members are either `listed: [...]` or taken `from: metric`\nhint: give one of the two")
        if self.listed and len(set(self.listed)) != len(self.listed):
            raise ValueError("a member is listed twice")
        return self

    def labels(self, by: Sequence[str]) -> tuple[str, ...]:
        """The labels that tell the members of a criterion apart that is judged by these labels."""
        return (self.label,) if self.label else tuple(by)


class Waiver(SpecModel):
    """An exception that a metric declares: while any of its series has the value, the criterion does not apply."""

    metric: SelectorField
    equals: float | int = Field(1, description="The value by which the metric declares the exception.")
    must_exist: bool = Field(
        True,  # noqa: FBT003 - a default, not an argument
        description="false: the metric is only there while it is declared, so its absence is no missing data.",
    )


class Acknowledgement(SpecModel):
    """A finding of the compiler's that is to stay as it is, and why."""

    code: FindingCode = Field(description="The code of the finding, which must be a warning.")
    reason: Text = Field(description="Why things stay as they are; people read it on the gate's page.")


class Criterion(SpecModel):
    """One pass/fail line."""

    id: Identifier = Field(description="The `criterion` label of its series; it stays when the title changes.")
    title: Text = Field(description="What people call it.")
    measure: Measure = Field(description="How its value comes from metrics.")
    require: Requirement
    by: LabelNames = Field(default_factory=list, description="Judge each combination of these labels by itself.")
    window: DurationField | None = Field(None, description="The measurement window; by default the gate's.")
    members: Members | None = Field(None, description="Members that must report.")
    when_idle: Literal["pass", "fail"] = Field("fail", description="The verdict when nothing happened in the window.")
    when_absent: Literal["fail", "zero"] = Field(
        "fail", description="zero: the counted metric is created at its first event, and is zero before."
    )
    min_events: Annotated[WholeNumber, Field(gt=0)] | None = Field(
        None, description="With fewer events in the window, the criterion counts as idle."
    )
    min_coverage: QuantityField | None = Field(None, description="The share of the window in which there must be data.")
    max_error: QuantityField | None = Field(
        None, description="By which share of its length a long window of counters may be misread, to read it cheaper."
    )
    waive_while: Waiver | None = Field(None, description="A declared exception.")
    severity: Severity | None = Field(None, description="The `severity` label of its alerts.")
    runbook: Text | None = Field(None, description="What to do when it fails; by default the category's.")
    budget: DurationField | None = Field(
        None,
        description="How long a window may break the requirement, as documents state it; checked against the bound.",
    )
    notes: list[Text] = Field(default_factory=list, description="What readers of the gate's page should know.")
    acknowledge: list[Acknowledgement] = Field(
        default_factory=list, description="Findings about this criterion that are to stay."
    )


class Category(SpecModel):
    """A section of the gate."""

    id: Identifier = Field(description="The `category` label of its series.")
    title: Text = Field(description="What people call the section.")
    description: Text | None = Field(None, description="What the section is about.")
    runbook: Text | None = Field(None, description="What to do when a criterion of this section fails.")
    severity: Severity | None = Field(None, description="The `severity` label of its criteria's alerts.")
    criteria: list[Criterion] = Field(min_length=1, description="The pass/fail lines; all must pass.")


class Cost(SpecModel):
    """What the gate may cost, and how large its metrics are."""

    budget: Annotated[int, Field(gt=0)] | None = Field(
        None, description="How many samples an evaluation may read; more is an error."
    )
    values: dict[LabelName, Annotated[int, Field(gt=0)]] = Field(
        default_factory=dict, description="How many values each label has."
    )


class Gate(SpecModel):
    """A readiness gate."""

    apiVersion: Literal["promgate/v1"]  # noqa: N815 - the key that Kubernetes-style specs have
    kind: Literal["Gate"]
    metadata: Metadata
    defaults: Defaults = Field(default_factory=Defaults)
    notifications: Notifications = Field(default_factory=Notifications)
    cost: Cost = Field(default_factory=Cost)
    overrides: OverridePolicy | None = Field(None, description="How the gate may be overridden; by default never.")
    metrics: dict[MetricName, Metric] = Field(description="The typed vocabulary of metrics.")
    categories: list[Category] = Field(min_length=1, description="The sections of the gate, in order.")
    acknowledge: list[Acknowledgement] = Field(
        default_factory=list, description="Findings that are to stay, wherever in the gate they are."
    )

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        """All criteria in order."""
        return tuple(criterion for category in self.categories for criterion in category.criteria)
