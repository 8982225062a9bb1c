"""The compiled plan: everything that the back ends may say about a gate.

Back ends read this and nothing else, so the threshold, unit, title and reason in the rules, the alerts, the dashboard,
the script and the page cannot disagree (DESIGN law 9). All texts are plain, unescaped: escaping for YAML, Go
templates, JSON, shell or Markdown is the back end's duty.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal

from compiler.diagnostics import Span
from compiler.engines import PROMETHEUS, EngineProfile, Evaluation
from compiler.fields import Duration, Unit
from compiler.moment import Moment
from compiler.promql.expr import Expr
from compiler.promql.series import Labels, Series
from compiler.states import State

# How often the hours of statistics are counted: the lookback of five minutes must find the last evaluation at each full
# hour, even if one is missed.
STATISTICS_EVERY: Final = Duration.parse("2m")

_SECOND: Final = Duration.parse("1s")
_MINUTE: Final = Duration.parse("1m")
_IN_MINUTES: Final = Duration.parse("2m")

BoundKind = Literal["min", "max"]
Channel = Literal["slack", "pagerduty", "webhook"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One recording rule. `labels` are sorted; `comment` says what it is, `origin` where in the spec it comes from."""

    record: str
    expr: Expr
    labels: tuple[tuple[str, str], ...]
    comment: str
    origin: Span


@dataclass(frozen=True, slots=True)
class Bound:
    """One side of a requirement.

    `kind` is the `bound` label of `gate:criterion:threshold`. A passing value is >= (min) or <= (max) the limit, or
    strictly so when `strict`. `limit` is in base units; it is None when limits differ by member (`per_member`: a table
    of (member, limit) or, when that is empty too, a metric that `metric` names).
    """

    kind: BoundKind
    strict: bool
    limit: float | None
    text: str
    per_member: tuple[tuple[str, float, str], ...] = ()
    metric: str = ""


@dataclass(frozen=True, slots=True)
class InputPlan:
    """A metric selector that a criterion reads. `name` is its text and the value of the `input` label.

    `required` is False for a metric that the spec allows to be absent.
    """

    name: str
    metric: str
    required: bool


@dataclass(frozen=True, slots=True)
class FindingPlan:
    """What the compiler found and the author has acknowledged: the finding, its proof, and the author's reason."""

    code: str
    message: str
    proof: str
    reason: str


class Remains(Enum):
    """What is visible beside the results of an evaluation: how it judges, and what the parts of a measure are.

    GOOD_INPUTS is told only of what the rules of the criterion themselves read.
    """

    GOOD = "good"
    GOOD_INPUTS = "good, of what its rules read"
    ZERO = "bad, and its parts are zero"
    FEW = "bad, and its parts are few events"
    HIGH = "bad, and its parts are without end"

    @property
    def good(self) -> bool:
        """Whether it says that all is well."""
        return self in {Remains.GOOD, Remains.GOOD_INPUTS}


@dataclass(frozen=True, slots=True)
class Scenario:
    """Series, and what the rules of a criterion must make of them: a test.

    `topic` is the sentence that tests of several criteria share, `clause` says what it means for this one. `values` are
    the recorded values by their labels beside gate, category and criterion (`digits` of them are sure; all, if it is
    None; they may be wrong by the share `error`), or None where they do not matter. `interval` is how far apart the
    samples are. `remains` is what the gate's rules have recorded before, or other gates record now, and must not
    matter. `limits` are all the thresholds that are recorded, by bound and labels, if they are asked for; so is what is
    recorded of the criterion's `inputs`, as names, labels beside the gate's, and values.
    """

    topic: str
    clause: str
    series: tuple[Series, ...]
    state: State
    interval: Duration
    values: tuple[tuple[Labels, float], ...] | None = None
    digits: int | None = None
    error: float = 0.0
    remains: Remains | None = None
    limits: tuple[tuple[BoundKind, Labels, float], ...] | None = None
    inputs: tuple[tuple[str, Labels, float], ...] | None = None


@dataclass(frozen=True, slots=True)
class CriterionPlan:
    """One pass/fail line.

    `unit` is the base unit of the recorded value and thresholds. `requirement` is the bound in the author's words and
    units ("at least 99.9%"); `measure` says in words how the value is had; `by` are the labels of the recorded value,
    and when `every_series` is true the value keeps all labels of the measured series instead. `scenarios` gives its
    tests, which are sought when they are first asked for: it takes as long as all the rest, and most readers ask not.
    """

    id: str
    title: str
    category: str
    severity: str
    measure: str
    kind: str
    requirement: str
    unit: Unit
    bounds: tuple[Bound, ...]
    window: Duration | None
    by: tuple[str, ...]
    every_series: bool
    inputs: tuple[InputPlan, ...]
    policies: tuple[str, ...]
    notes: tuple[str, ...]
    runbook: str
    origin: Span
    findings: tuple[FindingPlan, ...] = ()
    scenarios: Callable[[], tuple[Scenario, ...]] = tuple


@dataclass(frozen=True, slots=True)
class CategoryPlan:
    """A section of the gate, with what to do when it fails."""

    id: str
    title: str
    runbook: str
    description: str
    criteria: tuple[CriterionPlan, ...]
    origin: Span


@dataclass(frozen=True, slots=True)
class ReceiverPlan:
    """Where a role's notifications go. Secrets are named by file, never given.

    `role` is `owner` (a review that is due), `status` (every change of the gate's verdict), `on_call` (failing
    criteria) or `reevaluate` (a webhook that asks for a new evaluation). `target` is a Slack channel or a URL;
    `secret_file` holds the Slack URL, the PagerDuty routing key or a bearer token.
    """

    role: Literal["owner", "status", "on_call", "reevaluate"]
    channel: Channel
    target: str
    secret_file: str


@dataclass(frozen=True, slots=True)
class LinkPlan:
    """A link for people."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class ReviewPlan:
    """When a gate must be reviewed: the day as its author wrote it, and its beginning in UTC."""

    day: str
    due: Moment
    origin: Span


@dataclass(frozen=True, slots=True)
class OverridePlan:
    """An approved exception: from `start` until just before `expires` the gate may pass although criteria fail.

    `scope` are the criteria that may fail, none if all may. `retest_by` is when all criteria must have been met and
    stable again. `reason_title` and `approver_title` are the policy's words for `reason` and `approver`.
    """

    id: str
    reason: str
    reason_title: str
    ticket: str
    approver: str
    approver_title: str
    start: Moment
    expires: Moment
    retest_by: Moment
    scope: tuple[str, ...]
    risk_acceptance: str
    note: str
    origin: Span

    def covers(self, criterion: str) -> bool:
        """Whether that criterion may fail while it is in force."""
        return not self.scope or criterion in self.scope


@dataclass(frozen=True, slots=True)
class ReasonPlan:
    """A reason for an override: what it asks for beside what all need, and who may approve."""

    id: str
    title: str
    asks_for: tuple[str, ...]
    approvers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ApproverPlan:
    """Who may approve. `code_owners` review the file of overrides."""

    name: str
    title: str
    code_owners: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OverridesPlan:
    """How a gate may be overridden, and by which overrides it is, in the order of their beginning.

    `remind_before` is how long before `retest_by` an alert asks for the re-test; `blocks` says whether an overdue one
    ends all overrides; `repeat_interval` is Alertmanager's while one is in force.
    """

    reasons: tuple[ReasonPlan, ...]
    approvers: tuple[ApproverPlan, ...]
    max_duration: Duration
    retest_within: Duration
    remind_before: Duration
    blocks: bool
    repeat_interval: Duration
    entries: tuple[OverridePlan, ...]


@dataclass(frozen=True, slots=True)
class GatePlan:
    """A compiled gate. `rules` are all recording rules in dependency order; `revision` is the hash of what judges.

    `source` is the file name of the spec (no directories); `lookback` is how long an unrefreshed sample stays visible.
    `statistics` are the rules of a group of their own, which decide nothing.
    Of the time `watched`, the longest that criteria look back but for days, the share `min_coverage` must have been
    evaluated. Tests judge at `judged_at` after their start.
    `engine` is what evaluates the rules; a bad sample closes the gate within `engine.closes_after` evaluations.
    """

    name: str
    title: str
    description: str
    owner: str
    on_call: str
    last_review: str
    review: ReviewPlan | None
    source: str
    revision: str
    evaluate_every: Duration
    stabilization: Duration
    scrape_interval: Duration
    severity: str
    runbook_base_url: str
    dashboard_url: str
    tags: tuple[str, ...]
    notes: tuple[str, ...]
    links: tuple[LinkPlan, ...]
    receivers: tuple[ReceiverPlan, ...]
    categories: tuple[CategoryPlan, ...]
    rules: tuple[Rule, ...]
    origin: Span
    engine: EngineProfile = PROMETHEUS
    watched: Duration = Duration(0)  # noqa: RUF009 - a frozen value
    min_coverage: float = 1.0
    judged_at: Duration = Duration(0)  # noqa: RUF009 - the same
    findings: tuple[FindingPlan, ...] = ()  # those that belong to no criterion
    statistics: tuple[Rule, ...] = ()
    overrides: OverridesPlan | None = None  # None: nobody may override it

    @property
    def evaluation(self) -> Evaluation:
        """By which engine, and how often, the rules are evaluated."""
        return Evaluation(self.engine, self.evaluate_every)

    @property
    def stabilization_unit(self) -> tuple[Duration, str]:
        """In which unit people read how long the gate has held, such as "6m of 10m"."""
        return (_MINUTE, "m") if self.stabilization >= _IN_MINUTES else (_SECOND, "s")

    @property
    def criteria(self) -> tuple[CriterionPlan, ...]:
        """All criteria in the order of the spec."""
        return tuple(criterion for category in self.categories for criterion in category.criteria)
