"""Quantile of a histogram, such as the p95 of a latency.

Value: the quantile over the window, in the base unit of the histogram's metric.
Idle: no observation in the window. Saturated: the quantile lies above the highest finite bucket, so that all that is
known is a lower bound; that is never a pass. Metric: a classic histogram, named without `_bucket`, or a native one,
which the vocabulary declares so.

    measure: {kind: quantile, histogram: http_request_duration_seconds, quantile: 95%}
    require: {at_most: 250ms}

The buckets of a native histogram cover all numbers, so nothing lies above them. One with buckets of its own choice (a
classic one that Prometheus converted) ends at a highest bound all the same, and is saturated when the quantile is that.
The width of the buckets is the error of the value, and Prometheus 3 interpolates within one otherwise than 2 does.

https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Literal

from pydantic import Field

from compiler import states
from compiler.fields import Dimension, Unit, to_base
from compiler.measures.base import Lowered, Measurand, MeasureModel, Wanted
from compiler.measures.context import Context, Read, Use
from compiler.measures.counters import events_rate, per_second
from compiler.measures.meaning import wanted_by_name
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
    past,
)
from compiler.promql import build
from compiler.promql.expr import Binary, Expr, Number, String, Vector
from compiler.promql.printer import number, show
from compiler.promql.series import Histogram, Piece, Series
from compiler.spec_fields import QuantityField, SelectorField

_LE = "le"
_TOP = "+Inf"
_BOUND = "bound"
_SPELLED = r"(.+?)(\.0)?"
_MOST = 1000  # how many times as much happened in a part of the window that decides
_LESS = 0.5  # observations below none

# Cumulative counts by upper bound (in the unit of the metric), the last of which is infinite.
Buckets = Sequence[tuple[float, float]]


class Quantile(MeasureModel):
    """Quantile of a histogram."""

    kind: Literal["quantile"]
    histogram: SelectorField = Field(description="The histogram's name, without _bucket.")
    quantile: QuantityField = Field(description="Which one, for example 95%.")

    def uses(self) -> tuple[Use, ...]:
        """One histogram."""
        return (Use("histogram", self.histogram, ("histogram",)),)

    def unit(self, context: Context) -> Unit:
        """The histogram's own unit."""
        return context.unit(self.histogram)

    def reads(self, context: Context) -> tuple[Read, ...]:
        """The bucket that counts all observations: one series instead of one per bound; a native histogram itself."""
        if context.native(self.histogram):
            return (Read(self.histogram, context.window, context.by),)
        top = (*self.histogram.matchers, build.equal(_LE, _TOP))
        return (Read(Vector(f"{self.histogram.name}_bucket", tuple(sorted(top))), context.window, context.by),)

    def lower(self, context: Context) -> Lowered:
        """`histogram_quantile(q, sum by (le) (rate(…_bucket)))`, or without `le` and `_bucket`."""
        return self._native(context) if context.native(self.histogram) else self._classic(context)

    def _classic(self, context: Context) -> Lowered:
        buckets = events_rate(
            Vector(f"{self.histogram.name}_bucket", self.histogram.matchers), context, (*context.by, _LE)
        )
        # What is NaN is passed over by histogram_quantile, which then answers with a bound, and by max. Of 0 times the
        # sum of all buckets nothing is left but that.
        whole = build.aggregate("sum", buckets, context.by)
        doubt = build.scale(whole, 0)
        # Buckets are cumulative, so the largest is the count of all observations.
        total = build.aggregate("max", buckets, context.by)
        value = build.call("histogram_quantile", Number(self.quantile.base), buckets)
        lowered = self._lowered(
            build.arith("+", value, doubt, context.by),
            build.compare("==", whole, 0),
            # Of buckets that fall below zero, the largest may be 0, which is not few observations.
            build.compare(">", build.scale(build.arith("+", total, doubt, context.by), context.window.seconds), 0),
            self._saturated(buckets, total, context),
            context,
        )
        return replace(lowered, contradicted=True)

    def _native(self, context: Context) -> Lowered:
        observations = events_rate(self.histogram, context, context.by)
        value = build.call("histogram_quantile", Number(self.quantile.base), observations)
        # Values lie inside of a bucket, so that two quantiles are the same only at a bound that ends all buckets; or
        # where every observation is exactly 0, which has a bucket without a width.
        top = build.call("histogram_quantile", Number(1), observations)
        saturated = build.compare("!=", build.arith("==", value, top, context.by), 0)
        total = build.call("histogram_count", observations)
        events = build.scale(total, context.window.seconds)
        return self._lowered(value, build.compare("==", total, 0), events, saturated, context)

    def _lowered(self, value: Expr, idle: Expr, events: Expr, saturated: Expr, context: Context) -> Lowered:
        return Lowered(
            value=build.to_base(value, context.factor(self.histogram)),
            idle=idle,
            events=events,
            saturated=saturated,
        )

    def _saturated(self, buckets: Expr, total: Expr, context: Context) -> Expr:
        top = build.call("label_replace", build.constant(0), String(_LE), String(_TOP), String(""), String(""))
        below = Binary("unless", buckets, top, on=(_LE,))
        # Instances may write one bound as 10 and as 10.0; such buckets are one, as for histogram_quantile.
        named = build.call("label_replace", below, String(_BOUND), String("$1"), String(_LE), String(_SPELLED))
        finite = build.aggregate("max", build.aggregate("sum", named, (*context.by, _BOUND)), context.by)
        return build.arith("<", finite, build.scale(total, self.quantile.base), context.by)

    def situation(self, context: Context, stage: Stage, value: float) -> Situation:
        """So many observations lie at or below the value that the quantile is just that."""
        if context.native(self.histogram):
            return self._native_situation(context, stage, value)
        bound = self._bound(value, context)
        total = stage.seek(
            bound, stage.totals(fraction(self.quantile.base)), lambda all_: self._value(self._at(bound, all_), context)
        )
        return self._observed(context, stage, ((early(context.window), self._at(bound, total)),))

    def idle(self, context: Context, stage: Stage) -> Situation:
        """No bucket counts anything."""
        if context.native(self.histogram):
            return Situation((stage.steady(self.histogram, Histogram(1, 4, 4), context.window),))
        buckets = tuple((bound, 0.0) for bound, _ in self._at(1.0, 0.0))
        return Situation(self._series(context, stage, ((early(context.window), buckets),)))

    def odd(self, read: Read, sample: float) -> states.State | None:
        """Infinitely many observations lie above any finite bucket."""
        return states.SATURATED if sample == math.inf else super().odd(read, sample)

    def telling(self, context: Context, stage: Stage, aims: Aims) -> Telling:
        """Observations of other times, and quantiles at the end of what the buckets can tell."""
        if context.native(self.histogram):
            return
        window, many = context.window, stage.many
        good, bad = (self._bound(value, context) for value in (aims.good, aims.bad))
        mostly = (early(window), self._at(bad, _MOST * many)), (late(window), self._at(good, many))
        yield "what was observed in the older half of the window counts", lambda: self._observed(context, stage, mostly)
        after = early(window), self._at(good, many)
        yield (
            "what was observed before the window does not count",
            lambda: self._observed(context, stage, (after,), earlier=self._at(bad, _MOST * many)),
        )
        yield "above the highest finite bucket it is unknown", lambda: self._ends(context, stage, good, beyond=True)
        yield "in the highest finite bucket it is known", lambda: self._ends(context, stage, good, beyond=False)
        yield "without any finite bucket it is undefined", lambda: self._endless(context, stage)
        yield "two spellings of a bound are one bucket", lambda: self._spelled_twice(context, stage, good)
        if stage.number is None:
            yield (
                "fewer observations than none are not few of them",
                lambda: self._fewer_than_none(context, stage, good),
            )
            yield (
                "nor are they where just the last bucket has fewer than none",
                lambda: self._fewer_than_none_in_all(context, stage, good),
            )

    def _bound(self, value: float, context: Context) -> float:
        """The upper bound of a bucket, in the unit of the metric."""
        factor = context.factor(self.histogram)
        return exactly(value, neighbours(value / factor), lambda bound: to_base(bound, factor))

    def _at(self, bound: float, total: float) -> Buckets:
        """So many observations at or below the bound that the quantile is the bound, and a finite bucket above it."""
        low = float(fraction(self.quantile.base) * Fraction(total))
        return (bound, low), (bound * 2 if bound > 0 else bound + 1, total), (math.inf, total)

    def _ends(self, context: Context, stage: Stage, bound: float, *, beyond: bool) -> Situation:
        """The highest finite bucket holds just the quantile, or one observation less."""
        share = fraction(self.quantile.base)
        total = exactly(1, stage.totals(share), lambda all_: self._reached(self._last(bound, all_, 0), context))
        buckets = self._last(bound, total, 1 if beyond else 0)
        if not beyond:
            return self._observed(context, stage, ((early(context.window), buckets),))
        series = self._series(context, stage, ((early(context.window), buckets),))
        return Situation(series, None, states.SATURATED)

    def _fewer_than_none(self, context: Context, stage: Stage, bound: float) -> Situation:
        """Counters that fall below zero: no bucket then holds as much as the quantile asks for."""
        buckets = tuple((end, -_LESS) for end, _ in self._at(bound, 0.0))
        series = self._series(context, stage, ((early(context.window), buckets),))
        return Situation(series, None, states.SATURATED)

    def _fewer_than_none_in_all(self, context: Context, stage: Stage, bound: float) -> Situation:
        """The counter of all observations falls below zero, and the others stand still."""
        falling = self._fewer_than_none(context, stage, bound).series
        still = self._series(context, stage, ((early(context.window), self._at(bound, 0.0)),))
        pairs = zip(falling, still, strict=True)
        series = tuple(fall if (_LE, _TOP) in fall.labels else stand for fall, stand in pairs)
        return Situation(series, (), states.UNDEFINED)

    def _reached(self, buckets: Buckets, context: Context) -> bool:
        """Whether the first bucket counts as many as the quantile asks for, in floats."""
        *_, (_, low), (_, total) = buckets
        return per_second(low, context) >= self.quantile.base * per_second(total, context)

    def _last(self, bound: float, total: float, missing: float) -> Buckets:
        low = float(fraction(self.quantile.base) * Fraction(total)) - missing
        return (bound / 2, low / 2), (bound, low), (math.inf, total)

    def _endless(self, context: Context, stage: Stage) -> Situation:
        series = self._series(context, stage, ((early(context.window), ((math.inf, stage.many),)),))
        return Situation(series, (), states.UNDEFINED)

    def _spelled_twice(self, context: Context, stage: Stage, bound: float) -> Situation:
        """Two instances, one of which writes the highest finite bound with a point."""
        top = float(max(1, math.ceil(bound) + 1))
        buckets = (bound, 0.0), (top, stage.many), (math.inf, stage.many)
        one = self._series(context, stage, ((early(context.window), buckets),))
        texts = (dict(series.labels)[_LE] for series in one)
        other = (
            series.labelled(replica="b", **{_LE: f"{text}.0" if text == number(top) else text})
            for series, text in zip(one, texts, strict=True)
        )
        value = self._value([(end, 2 * count) for end, count in buckets], context)
        values = ((stage.member, to_base(value, context.factor(self.histogram))),)
        return Situation((*one, *other), values, precision=Precision.CLOSE)

    def _observed(
        self, context: Context, stage: Stage, moments: Sequence[tuple[int, Buckets]], earlier: Buckets = ()
    ) -> Situation:
        """The quantile of all that was observed at those times; what happened `earlier` lies before the window."""
        bounds = sorted({bound for _, buckets in moments for bound, _ in buckets})
        filled = [(bound, sum(_below(buckets, bound) for _, buckets in moments)) for bound in bounds]
        value = to_base(self._value(filled, context), context.factor(self.histogram))
        series = self._series(context, stage, moments, earlier)
        return Situation(series, ((stage.member, value),))

    def _series(
        self, context: Context, stage: Stage, moments: Sequence[tuple[int, Buckets]], earlier: Buckets = ()
    ) -> tuple[Series, ...]:
        """One counter for each bound that occurs; what happened earlier is followed by a reset."""
        window, selector = context.window, Vector(f"{self.histogram.name}_bucket", self.histogram.matchers)
        bounds = sorted({bound for _, buckets in (*moments, (0, earlier)) for bound, _ in buckets})
        series = []
        for bound in bounds:
            old = _below(earlier, bound)
            reset = [(before(window), old), (before(window) - late(window), -old)] if earlier else []
            events = [*reset, *((ago, _below(buckets, bound)) for ago, buckets in moments)]
            labels = stage.of(selector, (_LE, _TOP if math.isinf(bound) else number(bound)))
            series.append(jumped(selector, labels, events, window))
        return tuple(series)

    def _value(self, buckets: Buckets, context: Context) -> float:
        """`histogram_quantile` over the rates, as Prometheus computes it."""
        rates = [(bound, per_second(count, context)) for bound, count in buckets]
        rank = self.quantile.base * rates[-1][1]
        at = next((i for i, (_, count) in enumerate(rates[:-1]) if count >= rank), len(rates) - 1)
        if at == len(rates) - 1:
            return rates[-2][0]
        (end, count), start = rates[at], 0.0
        if at == 0 and end <= 0:
            return end
        if at > 0:
            start, count, rank = rates[at - 1][0], count - rates[at - 1][1], rank - rates[at - 1][1]
        return start + (end - start) * (rank / count)

    def _native_situation(self, context: Context, stage: Stage, value: float) -> Situation:
        """The quantile lies at the end of a bucket, where all ways to interpolate agree; so it is a power of two."""
        factor = context.factor(self.histogram)
        if value <= 0:
            raise Impossible
        bound = 2.0 ** round(math.log2(value / factor))
        share = fraction(self.quantile.base)
        total = next(iter(stage.totals(share)))
        counted = Histogram(bound, float(share * Fraction(total)), total)
        pieces = (Piece(past(context.window), Histogram(bound, 0, 0)), Piece(early(context.window), counted))
        series = Series(self.histogram.name, stage.of(self.histogram), pieces)
        return Situation((series,), ((stage.member, to_base(bound, factor)),), precision=Precision.CLOSE)

    def describe(self, context: Context) -> str:
        """The percentile and its histogram."""
        percent = f"{self.quantile.base * 100:g}"
        by = f", by {', '.join(context.by)}" if context.by else ""
        return f"p{percent} of {show(self.histogram)} over {context.window}{by}"

    def problems(self, context: Context) -> Iterator[tuple[str, str, str]]:
        """A quantile lies inside of the observations, and the engine must know native histograms."""
        engine, unit = context.evaluation.engine, self.quantile.unit
        if unit.dimension not in (Dimension.RATIO, Dimension.NUMBER) or not 0 < self.quantile.base < 1:
            message = f"a quantile lies between 0% and 100%, {self.quantile} does not"
            yield "quantile", message, "the 95th percentile is 95%"
        if context.native(self.histogram) and not engine.native_histograms:
            yield (
                "histogram",
                f"{engine.title} has no native histograms, and {self.histogram.name} is declared as one",
                "export it as a classic histogram, and remove `native: true`",
            )

    @property
    def counts_events(self) -> bool:
        """Observations are events."""
        return True

    def measurand(self, context: Context) -> Measurand:
        """A greater quantile is never the lesser value."""
        text = f"p{self.quantile.base * 100:g} of {show(self.histogram)}"
        return Measurand(("quantile", self.histogram), text, context.window, rank=self.tail)

    def wanted(self) -> Wanted | None:
        """As the histogram's name says."""
        return wanted_by_name(self.histogram.name)

    def tolerance(self, low: Fraction | None, high: Fraction | None) -> Fraction | None:
        """The observations beyond the quantile: above it for an upper bound, below it for a lower one."""
        return self.tail if high is None and low is not None else 1 - self.tail

    def resolution(self, context: Context) -> tuple[Fraction, ...]:
        """The histogram's bounds, as far as they are declared."""
        facts = context.metrics.get(self.histogram.name)
        bounds = facts.buckets if facts and sorted(set(facts.buckets)) == facts.buckets else []
        return tuple(Fraction(str(bound)) * Fraction(context.unit(self.histogram).factor) for bound in bounds)

    @property
    def tail(self) -> Fraction:
        """The quantile itself."""
        return Fraction(self.quantile.number * self.quantile.unit.factor)


def _below(buckets: Buckets, bound: float) -> float:
    """How many of the observations lie at or below a bound that need not be one of the buckets'."""
    return max((count for end, count in buckets if end <= bound), default=0.0)
