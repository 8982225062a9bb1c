"""Deviation of each label value's share of events from a configured share, such as a load balancer's weights.

Value: `|share − target| / target` for each value of the label `of`, as a ratio. A value that is configured with 0 and
has no events deviates by 0; one that has events without a target, or with a target of 0, is never a pass.
Every configured value is an expected member, and so is one that was configured within the window. Idle: no event at
all in the window.

    measure: {kind: share_deviation, metric: http_requests_total, of: backend, target: backend_weight_ratio}
    require: {at_most: 10%}
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Final, Literal

from pydantic import Field

from compiler import states
from compiler.fields import RATIO, Unit, to_base
from compiler.measures.base import Lowered, Measurand, MeasureModel, Wanted
from compiler.measures.context import Context, Read, Use
from compiler.measures.counters import events_rate, or_nothing, per_second
from compiler.measures.situation import (
    Aims,
    Impossible,
    Precision,
    Situation,
    Stage,
    Telling,
    before,
    early,
    exactly,
    fraction,
    jumped,
    late,
    neighbours,
)
from compiler.promql import build
from compiler.promql.expr import Binary, Number
from compiler.promql.printer import show
from compiler.promql.series import Series
from compiler.spec_fields import LabelName, SelectorField

_SMALLEST: Final = 1e-9
_MOST: Final = 1000  # how many times as much happened in a part of the window that decides
_HALVES: Final = 6

# The target (None: there is none) and the events of each label value.
Rows = Sequence[tuple[float | None, float]]


class ShareDeviation(MeasureModel):
    """Relative deviation of shares from their targets."""

    kind: Literal["share_deviation"]
    metric: SelectorField = Field(description="The counter whose events are shared out.")
    of: LabelName = Field(description="The label whose values have the shares.")
    target: SelectorField = Field(description="A gauge with the configured share (0..1) of each value of the label.")

    def uses(self) -> tuple[Use, ...]:
        """A counter and a gauge."""
        return Use("metric", self.metric, ("counter",)), Use("target", self.target, ("gauge",))

    def unit(self, context: Context) -> Unit:
        """A ratio."""
        del context
        return RATIO

    def reads(self, context: Context) -> tuple[Read, ...]:
        """The counter throughout the window, the targets now, with all that were configured in the window."""
        return Read(self.metric, context.window), Read(self.target, context.window, (self.of,), inventory=True)

    def lower(self, context: Context) -> Lowered:
        """`abs(share - target) / target`, over the targets' label values and those that have events."""
        of = (self.of,)
        each = events_rate(self.metric, context, of)
        total = build.aggregate("sum", each)
        targets = build.to_base(self.target, context.factor(self.target))
        target = build.aggregate("max", targets, of)
        share = or_nothing(Binary("/", each, total, on=(), group="left"), target, of)
        # Without any event all shares are 0/0, and the configured values are the members that are idle.
        configured = build.aggregate("group", target, of)
        idle = Binary("and", configured, build.compare("==", total, 0), on=())
        distance = build.call("abs", build.arith("-", share, target, of))
        # A target of 0 without events deviates by 0, one with events by far more than any bound.
        deviation = build.arith("/", distance, build.call("clamp_min", target, Number(_SMALLEST)), of)
        sure = build.unless_odd(deviation, targets, of)
        return Lowered(
            # Infinitely many events in all would make every share 0.
            value=Binary("and", sure, build.finite(total), on=()),
            idle=idle,
            # Of each configured value, since those are the members.
            events=build.scale(Binary("*", configured, total, on=(), group="left"), context.window.seconds),
            expected=build.aggregate("count", Binary("or", target, build.compare(">", each, 0), on=of)),
        )

    def situation(self, context: Context, stage: Stage, value: float) -> Situation:
        """One label value has that much more than its target, and the other the rest."""
        rows = stage.seek(value, self._candidates(value, stage), lambda each: self._deviations(each, context)[0] or 0)
        return self._judged(context, stage, rows)

    def idle(self, context: Context, stage: Stage) -> Situation:
        """Targets, and no event."""
        rows = (0.5, 0.0), (0.5, 0.0)
        return Situation(self._series(context, stage, rows, ((early(context.window), (0.0, 0.0)),)))

    def telling(self, context: Context, stage: Stage, aims: Aims) -> Telling:
        """Events of other times, targets without events, events without a target."""
        window, many = context.window, stage.many
        good, bad = (next(self._candidates(value, stage)) for value in (aims.good, aims.bad))
        mostly = tuple((target, events + _MOST * wrong) for (target, events), (_, wrong) in zip(good, bad, strict=True))
        spread = (early(window), _events(bad, _MOST)), (late(window), _events(good))
        yield (
            "what happened in the older half of the window counts",
            lambda: self._judged(context, stage, mostly, spread, Precision.CLOSE),
        )
        reset = before(window) - late(window), _events(bad, -1)
        earlier = (before(window), _events(bad)), reset, (early(window), _events(good))
        yield "what happened before the window does not count", lambda: self._judged(context, stage, good, earlier)
        even = (0.5, many), (0.5, many)
        yield "a target of 0 without events is kept", lambda: self._judged(context, stage, (*even, (0.0, 0.0)))
        yield "a target of 0 with events is missed by far", lambda: self._judged(context, stage, (*even, (0.0, many)))
        yield "of two targets of a value the larger counts", lambda: self._smaller(context, stage, good)
        yield "a configured value without events misses its target", lambda: self._unused(context, stage, even)
        yield "events without a target are never a pass", lambda: self._stray(context, stage, even, 1.0)
        yield "a counter without events needs no target", lambda: self._stray(context, stage, even, 0.0)
        yield "one value alone has its share", lambda: self._judged(context, stage, ((1.0, many),))
        yield "what one has another takes back, and nothing is left", lambda: self._taken_back(context, stage)
        yield "a target that has just gone away is missed", lambda: self._ended(context, stage, even)
        yield "infinitely many events leave no other share", lambda: self._endless(context, stage, even)

    def _candidates(self, value: float, stage: Stage) -> Iterator[Rows]:
        """Targets and events such that the first value deviates so much. Raises Impossible."""
        more = fraction(value) + 1
        if value < 0:
            raise Impossible
        for target in self._targets(more.denominator):
            share = target * more
            if share > 1:
                continue
            one, other = float(target), float(1 - target)
            for total in stage.totals(share):
                numerator, denominator = total.as_integer_ratio()  # many are tried, and a Fraction is ten times slower
                events = share.numerator * numerator / (share.denominator * denominator)
                yield (one, events), (other, total - events)

    @staticmethod
    def _targets(denominator: int) -> Iterator[Fraction]:
        """Such as are exact, with the other target and both shares; first those that few events suit."""
        yield from (Fraction(1, 2**half) for half in range(1, _HALVES))
        power = max(1, denominator.bit_length())
        yield from (Fraction(denominator, 2 ** (power + more)) for more in range(1, _HALVES))

    def _deviations(self, rows: Rows, context: Context) -> list[float | None]:
        rates = [per_second(events, context) for _, events in rows]
        shares = [rate / sum(rates) for rate in rates]
        return [
            None if target is None else abs(share - target) / max(target, _SMALLEST)
            for share, (target, _) in zip(shares, rows, strict=True)
        ]

    def _judged(
        self,
        context: Context,
        stage: Stage,
        rows: Rows,
        moments: Sequence[tuple[int, Sequence[float]]] = (),
        precision: Precision = Precision.EXACT,
    ) -> Situation:
        """The rows, or the same events spread over several moments."""
        series = self._series(context, stage, rows, moments or ((early(context.window), _events(rows)),))
        each = enumerate(self._deviations(rows, context))
        values = tuple((((self.of, self._name(i, stage)),), value) for i, value in each if value is not None)
        return Situation(series, values, precision=precision)

    def _smaller(self, context: Context, stage: Stage, rows: Rows) -> Situation:
        """Each target is told twice, once half as large."""
        judged = self._judged(context, stage, rows)
        more = (one.labelled(replica="b").scaled(0.5) for one in judged.series if one.name == self.target.name)
        return Situation((*judged.series, *more), judged.values)

    def _unused(self, context: Context, stage: Stage, rows: Rows) -> Situation:
        """The last value has a target, and no counter."""
        judged = self._judged(context, stage, (*rows, (0.5, 0.0)))
        last = self._name(len(rows), stage)
        counted = (one for one in judged.series if one.name != self.metric.name or (self.of, last) not in one.labels)
        return Situation(tuple(counted), judged.values)

    def _stray(self, context: Context, stage: Stage, rows: Rows, events: float) -> Situation:
        """The last value has so many events, and no target. The order in which all are added up is Prometheus' own."""
        precision = Precision.CLOSE if events else Precision.EXACT
        judged = self._judged(context, stage, (*rows, (None, events)), precision=precision)
        return replace(judged, state=states.UNDEFINED if events else None)

    def _taken_back(self, context: Context, stage: Stage) -> Situation:
        """Neither rises from 0, so that both are extrapolated alike."""
        rows, window = ((0.5, stage.many), (0.5, -stage.many)), context.window
        moments = (before(window), (_MOST * stage.many, 0.0)), (early(window), _events(rows))
        return Situation(self._series(context, stage, rows, moments), (), states.IDLE)

    def _ended(self, context: Context, stage: Stage, rows: Rows) -> Situation:
        """The last target has just gone away."""
        *others, last = self._judged(context, stage, (*rows, (0.0, 0.0))).series
        return Situation((*others, last.ended()), None, states.MEMBER_MISSING)

    def _endless(self, context: Context, stage: Stage, rows: Rows) -> Situation:
        """The first value has infinitely many events."""
        first, *others = self._judged(context, stage, rows).series
        return Situation((first.newest(math.inf), *others), (), states.UNDEFINED)

    def _name(self, index: int, stage: Stage) -> str:
        return stage.own[index] if index < len(stage.own) else f"{self.of}_{index}"

    def _series(
        self, context: Context, stage: Stage, rows: Rows, moments: Sequence[tuple[int, Sequence[float]]]
    ) -> tuple[Series, ...]:
        """A counter and a target for each label value."""
        series, factor = [], context.factor(self.target)
        for i, (target, _) in enumerate(rows):
            own, window = (self.of, self._name(i, stage)), context.window
            events = ((ago, each[i]) for ago, each in moments)
            series.append(jumped(self.metric, stage.of(self.metric, own), events, window))
            if target is not None:
                exported = exactly(target, neighbours(target / factor), lambda number: to_base(number, factor))
                series.append(stage.steady(self.target, exported, window, own))
        return tuple(series)

    def describe(self, context: Context) -> str:
        """The formula."""
        return (
            f"relative deviation of each {self.of}'s share of {show(self.metric)} over {context.window} "
            f"from {show(self.target)}"
        )

    def problems(self, context: Context) -> Iterator[tuple[str, str, str]]:
        """There is no grouping beside the label itself."""
        if context.by:
            yield "", f"the shares are those of each {self.of}; `by` means nothing here", "leave `by` out"

    @property
    def counts_events(self) -> bool:
        """Shares of events."""
        return True

    @property
    def own_labels(self) -> tuple[str, ...]:
        """One value per label value."""
        return (self.of,)

    @property
    def label_keys(self) -> Mapping[str, str]:
        """`of` is a label."""
        return {"of": self.of}

    def measurand(self, context: Context) -> Measurand:
        """The deviation; it has no sign."""
        of = ("share_deviation", self.metric, self.of, self.target)
        return Measurand(of, self.describe(context), context.window, low=Fraction(0))

    def wanted(self) -> Wanted:
        """No deviation is the good case."""
        return Wanted("low", "no deviation is the good case")


def _events(rows: Rows, times: float = 1) -> tuple[float, ...]:
    return tuple(events * times for _, events in rows)
