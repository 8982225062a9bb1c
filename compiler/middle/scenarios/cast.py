"""Who takes part in the scenarios of a criterion: its members, their limits, and the values to aim at.

A scenario is composed of situations, one for each member, and of the series that the criterion reads beside its
measure: limits, and the list of the members that must report.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import nan
from typing import Final

from compiler import states
from compiler.fields import Duration, to_base
from compiler.measures.situation import Aims, Impossible, Situation, Stage, exactly, neighbours
from compiler.middle.bounds import holds
from compiler.middle.judged import Judged
from compiler.middle.plan import Bound, BoundKind
from compiler.middle.scenarios.aims import bad_values, good_values
from compiler.middle.timeline import Timeline
from compiler.promql.expr import Vector
from compiler.promql.matching import Unmatchable, labels_of, selects
from compiler.promql.series import Labels, Series, steady
from compiler.spec.requirement import MetricLimit, TableLimit

_LIMITS: Final = (8.0, 16.0)  # what members have for limits where a metric says
_MANY_EVENTS: Final = 10  # times min_events: clearly enough


@dataclass(frozen=True, slots=True)
class Member:
    """One member: what its series are labelled with, and its limit of each bound."""

    name: str
    stage: Stage
    limits: tuple[float, ...]


@dataclass(frozen=True)
class Cast:
    """The members of a criterion, and how they become a scenario."""

    judged: Judged
    timeline: Timeline
    error: float = 0.0
    _known: dict[tuple[Stage, float], Situation] = field(default_factory=dict)

    @cached_property
    def members(self) -> tuple[Member, ...]:
        """At least one; two where members are told apart and nobody says which there are."""
        return tuple(_members(self.judged, self.timeline, self.interval))

    @cached_property
    def standing(self) -> tuple[Series, ...]:
        """The series of limits and of the list of members, as they always are."""
        return (*_limit_series(self), *_source_series(self))

    @cached_property
    def interval(self) -> Duration:
        """How far apart samples are: as the windows or the looks allow, or as the author of an example has it."""
        if self.judged.spec.measure.whole_examples:
            return self.judged.context.scrape_interval
        windows = [read.window for read in self.judged.reads if read.window]
        if looks := self.judged.spec.measure.looks(self.judged.context):
            return self.timeline.dividing(looks, windows)
        return self.timeline.interval(windows)

    @cached_property
    def goods(self) -> tuple[float, ...]:
        """A value of each member that meets the requirement clearly. Raises Impossible."""
        each = ((member, good_values(self.judged.bounds, member.limits)) for member in self.members)
        return tuple(self._first(member, values, met=True) for member, values in each)

    @property
    def can_be_good(self) -> bool:
        """Whether values were found that meet the requirement."""
        try:
            return bool(self.goods)
        except Impossible:
            return False

    @cached_property
    def bads(self) -> tuple[float, ...]:
        """A value of each member that misses the requirement clearly. Raises Impossible."""
        each = ((member, bad_values(self.judged.bounds, member.limits)) for member in self.members)
        return tuple(self._first(member, values, met=False) for member, values in each)

    @property
    def limits(self) -> tuple[tuple[BoundKind, Labels, float], ...]:
        """What is recorded as thresholds: once for all members, or one for each."""
        if own := self.members[0].stage.own:
            label = self.judged.spec.measure.own_labels[0]
            each: list[tuple[Labels, tuple[float, ...]]] = [
                (((label, text),), _limits(self.judged, text)) for text in own
            ]
        else:
            each = [(member.stage.member, member.limits) for member in self.members]
        return tuple(
            (bound.kind, () if bound.limit is not None else labels, limits[i])
            for i, bound in enumerate(self.judged.bounds)
            for labels, limits in (each[:1] if bound.limit is not None else each)
        )

    def aims(self) -> Aims:
        """Both of the first member; a requirement that cannot be missed has no bad value. Raises Impossible."""
        try:
            return Aims(self.goods[0], self.bads[0])
        except Impossible:
            return Aims(self.goods[0], self.goods[0])

    def situation(self, member: Member, value: float) -> Situation:
        """One member with a value. Raises Impossible."""
        stage, precise = member.stage, value in member.limits
        return self.staged(stage if precise == stage.precise else replace(stage, precise=precise), value)

    def staged(self, stage: Stage, value: float) -> Situation:
        """The measure with a value on a stage; it is sought once. Raises Impossible."""
        key = stage, value
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self.judged.spec.measure.situation(self.judged.context, stage, value)
        return known

    def idle(self, member: Member) -> Situation:
        """One member to whom nothing happens. Raises Impossible."""
        return self.judged.spec.measure.idle(self.judged.context, member.stage)

    def good(self, but: Mapping[int, Situation] | None = None) -> Situation:
        """All members meet the requirement clearly, but for some. Raises Impossible."""
        changed = but or {}
        return self.together(
            changed[i] if i in changed else self.situation(member, value)
            for i, (member, value) in enumerate(zip(self.members, self.goods, strict=True))
        )

    def bad(self) -> Situation:
        """The first member misses the requirement clearly; there may be others that meet it. Raises Impossible."""
        return self.good({0: self.situation(self.members[0], self.bads[0])})

    def together(self, situations: Iterable[Situation]) -> Situation:
        """The situations of all members with what the criterion reads beside its measure."""
        whole = Situation(())
        for one in situations:
            whole = whole + one
        mine = {one.name for one in whole.series}
        beside = [one for one in self.standing if one.name not in mine]
        return replace(whole, series=(*whole.series, *beside)) if beside else whole

    def verdict(self, situation: Situation) -> states.State:
        """The state that the values of a situation mean, if nothing else applies."""
        if situation.state is states.IDLE and self.judged.spec.when_idle != "pass":
            return states.IDLE_FAIL
        if situation.state is not None:
            return states.PASS if situation.state is states.IDLE and len(self.members) > 1 else situation.state
        if not situation.values:
            return states.UNDEFINED
        limited = self.members[0].stage.own
        if limited and any(self._own(labels) not in limited for labels, _ in situation.values):
            return states.NO_LIMIT
        met = all(self.meets(labels, value) for labels, value in situation.values)
        return states.PASS if met else states.FAIL

    def meets(self, labels: Labels, value: float) -> bool:
        """Whether a value meets the requirement of the member with these labels."""
        member = next((one for one in self.members if one.stage.member == labels), self.members[0])
        own = self._own(labels)
        limits = _limits(self.judged, own) if own in member.stage.own else member.limits
        return all(holds(bound, value, limit) for bound, limit in zip(self.judged.bounds, limits, strict=True))

    def _own(self, labels: Labels) -> str:
        """The value of the measure's own label, or "" if it has none."""
        (label, *_) = self.judged.spec.measure.own_labels or ("",)
        return dict(labels).get(label, "")

    def _first(self, member: Member, values: Iterable[float], *, met: bool) -> float:
        for value in values:
            try:
                situation = self.situation(member, value)
            except Impossible:
                continue
            told = situation.values or situation.state
            if told and (self.verdict(situation) is states.PASS) == met:
                return value
        raise Impossible


def _members(judged: Judged, timeline: Timeline, interval: Duration) -> Iterator[Member]:
    events = judged.spec.min_events or 0
    stage = Stage(
        timeline.now.seconds,
        grain=timeline.grain.seconds,
        interval=interval.milliseconds,
        events=max(1, events * _MANY_EVENTS),
    )
    if judged.spec.measure.own_labels:
        own = _with_limits(judged)
        yield Member("", replace(stage, own=own), _limits(judged, own[0] if own else ""))
        return
    for i, name in enumerate(_names(judged)):
        by, extra = _labels(judged, name)
        yield Member(name, replace(stage, member=by, extra=extra), _limits(judged, name, i))


def _with_limits(judged: Judged) -> tuple[str, ...]:
    """The members that a table of limits names."""
    tables = (limit.by_member for limit in judged.spec.require.limits if isinstance(limit, TableLimit))
    return tuple(dict.fromkeys(name for table in tables for name in sorted(table)))


def _limits(judged: Judged, name: str, index: int = 0) -> tuple[float, ...]:
    return tuple(_limit(bound, name, index) for bound in judged.bounds)


def _names(judged: Judged) -> tuple[str, ...]:
    """The members that there must be, or else two; one without a name where nothing tells members apart."""
    if judged.spec.measure.whole_examples:
        return ("",)
    listed = judged.spec.members.listed if judged.spec.members else None
    named = dict.fromkeys((*(listed or ()), *_with_limits(judged)))
    if named:
        return tuple(named)
    label = _label(judged)
    return (f"{label}_0", f"{label}_1") if label else ("",)


def _label(judged: Judged) -> str:
    """The label that tells members apart, or "" if none does."""
    members = judged.spec.members
    if members and members.label:
        return members.label
    return judged.context.by[0] if judged.context.by else ""


def _labels(judged: Judged, name: str) -> tuple[Labels, Labels]:
    label, by = _label(judged), judged.context.by
    own = tuple(sorted((one, name if one == label else f"{one}_{name}") for one in by))
    return own, ((label, name),) if label and label not in by else ()


def _limit(bound: Bound, name: str, index: int) -> float:
    if bound.limit is not None:
        return bound.limit
    for member, limit, _ in bound.per_member:
        if member == name:
            return limit
    return _LIMITS[index % len(_LIMITS)]


def _limit_series(cast: Cast) -> Iterator[Series]:
    """One series of each limit that a metric says, for each member."""
    for limit in cast.judged.spec.require.limits:
        if isinstance(limit, MetricLimit):
            for member in cast.members:
                yield limit_series(cast, limit.metric, member, member.limits[0])


def limit_series(cast: Cast, metric: Vector, member: Member, limit: float) -> Series:
    """The limit of one member."""
    factor = cast.judged.context.factor(metric)
    exported = exactly(limit, neighbours(limit / factor), lambda number: to_base(number, factor))
    return _gauge(cast, metric, member, exported)


def _source_series(cast: Cast) -> Iterator[Series]:
    members = cast.judged.spec.members
    if members and members.source:
        for member in cast.members:
            yield _gauge(cast, members.source, member, 1.0)


def _gauge(cast: Cast, metric: Vector, member: Member, value: float) -> Series:
    try:
        labels = labels_of(metric, (*member.stage.member, *member.stage.extra))
    except Unmatchable as error:
        raise Impossible(str(error)) from None
    return steady(metric.name, labels, value, cast.timeline.now.milliseconds)


def void(cast: Cast, member: Member) -> Situation:
    """The member meets its requirement, as far as can be told. Raises Impossible."""
    return voided(cast, cast.situation(member, cast.goods[cast.members.index(member)]))


def voided(cast: Cast, own: Situation) -> Situation:
    """A situation, but the newest sample of each input that matters is NaN. Raises Impossible."""
    measure, context = cast.judged.spec.measure, cast.judged.context
    judged = [read for read in measure.reads(context) if measure.odd(read, nan) is states.UNDEFINED]

    def is_judged(one: Series) -> bool:
        return any(one.name == read.selector.name and selects(read.selector, one.labels) for read in judged)

    series = tuple(one.newest(nan) if is_judged(one) else one for one in own.series)
    if series == own.series:
        raise Impossible
    return replace(own, series=series, values=())
