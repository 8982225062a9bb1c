"""What a measure knows of its criterion, gate and metrics, and which metrics it names and reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from compiler import naming
from compiler.engines import Evaluation
from compiler.fields import NUMBER, Duration, Unit
from compiler.promql import build
from compiler.promql.expr import Expr, Vector
from compiler.promql.printer import show

LEAST_SCRAPES: Final = 4  # in a window: `rate` needs two, and a missed scrape must not empty it

MetricType = Literal["counter", "gauge", "histogram"]


class MetricFacts(Protocol):
    """What the vocabulary of a spec says about one metric."""

    @property
    def type(self) -> MetricType:
        """The metric's type."""
        ...

    @property
    def base(self) -> Unit:
        """The unit that the metric is exported in."""
        ...

    @property
    def native(self) -> bool:
        """Whether a histogram is a native one: one series, without `_bucket`."""
        ...

    @property
    def labels(self) -> Sequence[str]:
        """The labels that criteria may use."""
        ...

    @property
    def buckets(self) -> Sequence[float]:
        """The finite upper bounds of a histogram, if they are declared."""
        ...


@dataclass(frozen=True, slots=True)
class Use:
    """One metric that a measure uses: at which key of the spec, and of which types it may be."""

    key: str
    selector: Vector
    types: tuple[MetricType, ...]


@dataclass(frozen=True, slots=True)
class Read:
    """One selector that a criterion reads.

    It must have series now and, when `window` is given, must have had them throughout the window, in each group of
    `by`. `required` is False for a metric that the spec allows to be absent. An `inventory` says which members there
    are: each that it had in the window it must have now, and a new one is good from its first sample on. Of a
    `companion` only the presence matters, and not its values. Where another input does not report, that of the `events`
    tells of idleness.
    """

    selector: Vector
    window: Duration | None
    by: tuple[str, ...] = ()
    required: bool = True
    inventory: bool = False
    companion: bool = False
    events: bool = False

    @property
    def name(self) -> str:
        """The text of the selector; the value of the `input` label."""
        return show(self.selector)


@dataclass(frozen=True, slots=True)
class Context:
    """What a measure needs to know of its criterion and gate.

    `absent_is_zero` is the criterion's word `when_absent: zero`; `wants_more` says that just a lower bound is required,
    so that a value which is too high would pass; `watched` are the selectors that a freshness measure watches: all that
    the gate requires to exist; `evaluation` says how the gate is evaluated, and `scrape_interval` how far apart samples
    are.
    """

    gate: str
    criterion: str
    window: Duration
    by: tuple[str, ...]
    metrics: Mapping[str, MetricFacts]
    evaluation: Evaluation
    scrape_interval: Duration
    absent_is_zero: bool = False
    wants_more: bool = False
    watched: tuple[str, ...] = ()

    @property
    def result(self) -> Expr:
        """What was recorded as the criterion's result in this same evaluation."""
        own = build.equal(naming.GATE, self.gate), build.equal(naming.CRITERION, self.criterion)
        return build.fresh(naming.CRITERION_RESULT, *own, within=self.evaluation.within)

    def factor(self, selector: Vector) -> float:
        """What turns the metric's numbers into base units."""
        facts = self.metrics.get(selector.name)
        return float(facts.base.factor) if facts else 1.0

    def native(self, selector: Vector) -> bool:
        """Whether the metric is declared as a native histogram."""
        facts = self.metrics.get(selector.name)
        return facts.native if facts else False

    def labels(self, selector: Vector) -> Sequence[str]:
        """The labels of the metric, as far as the vocabulary says."""
        facts = self.metrics.get(selector.name)
        return facts.labels if facts else ()

    def unit(self, selector: Vector) -> Unit:
        """The unit that the metric is exported in; a plain number if the vocabulary does not say."""
        facts = self.metrics.get(selector.name)
        return facts.base if facts else NUMBER
