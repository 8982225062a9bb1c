"""The reference evaluator: a gate and samples in, verdicts and their reasons out.

It is written from the laws of the design, from the documentation of the measure kinds and from the table of states,
and knows nothing of how PromQL is made: it reads the spec, and asks what a careful person would ask of the samples.

The reason of a criterion is the first that applies, in this order: a declared exception; an input that does not report;
an expected member that does not; a window that is not covered; a quantile beyond all buckets; idleness, where it fails
or where all are idle; a member without a limit; a value that does not meet the requirement. A criterion passes if all
members are good, or idle where that passes. What is left is undefined.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from reference import counting, expressions, levels
from reference.measured import Input, Measured, Members, Setting, in_base
from reference.moment import Groups, Moment, certain, grouped, known
from reference.series import Labels, Series

from compiler import states
from compiler.fields import Quantity
from compiler.promql.expr import Vector
from compiler.spec.model import Criterion, Gate
from compiler.spec.requirement import MetricLimit, TableLimit
from compiler.states import State

KINDS: Final[Mapping[str, tuple[Callable[..., tuple[Input, ...]], Callable[..., Measured]]]] = {
    "age": (levels.age_inputs, levels.age),
    "alerts": (levels.alerts_inputs, levels.alerts),
    "deviation_from_average": (counting.deviation_inputs, counting.deviation),
    "freshness": (levels.freshness_inputs, levels.freshness),
    "gauge": (levels.gauge_inputs, levels.gauge),
    "growth": (levels.growth_inputs, levels.growth),
    "increase": (counting.increase_inputs, counting.increase),
    "largest_share": (counting.largest_share_inputs, counting.largest_share),
    "promql": (expressions.promql_inputs, expressions.promql),
    "quantile": (counting.quantile_inputs, counting.quantile_),
    "ratio": (counting.ratio_inputs, counting.ratio),
    "share_deviation": (counting.share_deviation_inputs, counting.share_deviation),
    "unit_cost": (counting.unit_cost_inputs, counting.unit_cost),
}
_PROBES: Final = 6
_LONGEST_STEP: Final = 300_000
_ROUNDING: Final = 0.001  # what may be missing from a count that was calculated


@dataclass(frozen=True, slots=True)
class Verdict:
    """A criterion at a time: its values by member, and the reason."""

    values: Groups
    state: State


def setting_of(gate: Gate, criterion: Criterion) -> Setting:
    """What the criterion is measured in."""
    return Setting(
        (criterion.window or gate.defaults.window).milliseconds,
        tuple(criterion.by),
        criterion.when_absent == "zero",
        criterion.require.word in {"at_least", "above"},
        {name: metric.base.factor for name, metric in gate.metrics.items()},
        gate.defaults.scrape_interval.milliseconds,
        gate.metadata.name,
    )


def inputs_of(gate: Gate, criterion: Criterion) -> tuple[Input, ...]:
    """All that must report for the criterion to be judged."""
    inputs, _ = KINDS[criterion.measure.kind]
    limits = (Input(one.metric) for one in criterion.require.limits if isinstance(one, MetricLimit))
    members = criterion.members
    source: tuple[Input, ...] = ()
    if members and members.source:
        window, by = setting_of(gate, criterion).window, member_labels(criterion)
        source = (Input(members.source, window, by, inventory=True),)
    return (*inputs(criterion.measure, setting_of(gate, criterion)), *limits, *source)


def member_labels(criterion: Criterion) -> tuple[str, ...]:
    """The labels that tell the declared members of a criterion apart."""
    named = criterion.members.label if criterion.members else None
    return (named,) if named else (*criterion.by, *criterion.measure.own_labels)


def watched(gate: Gate) -> tuple[Vector, ...]:
    """Every metric that the gate requires to exist."""
    found: dict[Vector, None] = {}
    for criterion in gate.criteria:
        found |= dict.fromkeys(one.selector for one in inputs_of(gate, criterion) if one.required)
        if criterion.waive_while and criterion.waive_while.must_exist:
            found[criterion.waive_while.metric] = None
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A criterion with what it takes to judge it, which is the same at all times."""

    criterion: Criterion
    setting: Setting
    inputs: tuple[Input, ...]


def prepared(gate: Gate) -> tuple[Prepared, ...]:
    """All criteria of a gate."""
    everything = watched(gate)
    return tuple(
        Prepared(
            one,
            replace(setting_of(gate, one), watched=everything),
            tuple(each for each in inputs_of(gate, one) if each.required),
        )
        for one in gate.criteria
    )


def verdict(gate: Gate, one: Prepared, moment: Moment) -> Verdict:
    """What is so of a criterion at a moment."""
    _, measure = KINDS[one.criterion.measure.kind]
    measured: Measured = measure(one.criterion.measure, one.setting, moment)
    judged = _Judged(gate, one.criterion, moment, one.inputs, measured, known(measured.values))
    return Verdict(judged.values, judged.state())


@dataclass(frozen=True, slots=True)
class _Judged:
    """A criterion with what was measured of it. `values` are those that are numbers."""

    gate: Gate
    criterion: Criterion
    moment: Moment
    inputs: tuple[Input, ...]
    measured: Measured
    values: Groups

    def state(self) -> State:
        """The first reason that applies."""
        return next(self._reasons())

    def _reasons(self) -> Iterator[State]:
        idle, members = self._idle(), self._members()
        yield from ([states.WAIVED] if self._waived() else [])
        yield from ([states.NO_DATA] if self._no_data() else [])
        yield from ([states.MEMBER_MISSING] if self._member_missing() else [])
        yield from ([states.PARTIAL] if self._partial() else [])
        yield from ([states.SATURATED] if self.measured.saturated - idle else [])
        if idle and self.criterion.when_idle == "fail":
            yield states.IDLE_FAIL
        if idle and idle >= members:
            yield states.IDLE
        values = {one: value for one, value in self.values.items() if one not in idle}
        limits = {one: tuple(self._limits(one)) for one in values}
        yield from ([states.NO_LIMIT] if any(None in found for found in limits.values()) else [])
        good = {one for one, value in values.items() if self._meets(value, limits[one])}
        yield from ([states.FAIL] if good != values.keys() else [])
        yield from ([states.PASS] if members and good | idle >= members else [])
        yield states.UNDEFINED

    def _waived(self) -> bool:
        waiver = self.criterion.waive_while
        return waiver is not None and any(value == waiver.equals for _, _, value in self.moment.now(waiver.metric))

    def _no_data(self) -> bool:
        missing = any(not self.moment.reporting(one.selector) for one in self.inputs)
        return missing or not self.measured.complete

    def _coverage(self, one: Input) -> Groups:
        assert one.window is not None
        step = max(1, min(one.window // _PROBES // 1000 * 1000 or one.window // _PROBES, _LONGEST_STEP))
        return self.moment.coverage(one.selector, one.by, one.window, step)

    def _member_missing(self) -> bool:
        """One that is declared does not report, or one that did in the window does not now."""
        expected = self.criterion.members
        if expected:
            labels = member_labels(self.criterion)
            present = {_of(series, labels) for series, _, _ in self.moment.now(self.inputs[0].selector)}
            source = self.moment.now(expected.source) if expected.source else ()
            listed = [(name,) for name in expected.listed or ()]
            if not present.issuperset(listed or (_of(series, labels) for series, _, _ in source)):
                return True
        followed = (one for one in self.inputs if one.by and one.window)
        return any(self._coverage(one).keys() - self.moment.reporting(one.selector, one.by) for one in followed)

    def _partial(self) -> bool:
        """One of the groups that report, or the input as a whole, did not report throughout the window."""
        least = (self.criterion.min_coverage or self.gate.defaults.min_coverage).base
        for one in self.inputs:
            if one.window and not one.inventory:
                coverage = self._coverage(one)
                groups = self.moment.reporting(one.selector, one.by) if one.by else {()}
                if any(coverage.get(group, 0.0) < least for group in groups):
                    return True
        return False

    def _members(self) -> Members:
        """Who must be good: whom the measure names, each group of the inputs, or simply the one value there is."""
        if self.measured.members is not None:
            return self.measured.members
        by = [one for one in self.inputs if one.by and not one.inventory]
        if not by:
            return frozenset({()})
        return frozenset().union(*(self.moment.reporting(one.selector, one.by) for one in by))

    def _idle(self) -> Members:
        if self.criterion.min_events is None:
            return self.measured.idle
        floor = self.criterion.min_events - _ROUNDING
        for events in self.measured.events.values():
            self.moment.doubts.compared(events, floor)
        few = (one for one, events in self.measured.events.items() if 0 < events < floor)
        return self.measured.idle.union(few)

    def _limits(self, member: Labels) -> Iterator[float | None]:
        """The bound or bounds for a member; None if there is none."""
        for limit in self.criterion.require.limits:
            match limit:
                case Quantity():
                    yield limit.base
                case TableLimit():
                    limits = {_only_value(member): None} | {k: v.base for k, v in limit.by_member.items()}
                    yield limits.get(_only_value(member))
                case MetricLimit():
                    yield self._metric_limit(limit.metric, member)

    def _metric_limit(self, metric: Vector, member: Labels) -> float | None:
        """The strictest limit that any of the member's series says, if all of them are numbers."""
        by = (*self.criterion.by, *self.criterion.measure.own_labels)
        now = ((series, value) for series, _, value in self.moment.now(metric))
        found = grouped(now, by).get(member, [])
        factor = self.gate.metrics[metric.name].base.factor
        strictest: Any = min if self.criterion.require.word in {"at_most", "below"} else max
        return in_base(strictest(found), factor) if found and certain(found) else None

    def _meets(self, value: float, limits: Sequence[float | None]) -> bool:
        bounds = [limit for limit in limits if limit is not None]
        if not self.measured.exact:
            for bound in bounds:
                self.moment.doubts.compared(value, bound, self.measured.scale)
        match self.criterion.require.word:
            case "at_least":
                return value >= bounds[0]
            case "at_most":
                return value <= bounds[0]
            case "above":
                return value > bounds[0]
            case "below":
                return value < bounds[0]
            case "between":
                return bounds[0] <= value <= bounds[1]
            case "equals":
                return value == bounds[0]


def _of(series: Series, labels: Sequence[str]) -> tuple[str, ...]:
    return tuple(series.label(label) for label in labels)


def _only_value(labels: Labels) -> str:
    return labels[0][1] if labels else ""
