"""Deviation of a recent amount from its longer average, such as today's cost from the week's daily average.

Value: `|increase over period / average increase per period over baseline − 1|`, as a ratio. The baseline includes the
period. Idle: no increase at all over the baseline. Metric: a counter.

    measure: {kind: deviation_from_average, metric: billing_cost_total, period: 24h, baseline: 7d}
    require: {at_most: 25%}
"""

import math
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Final, Literal

from pydantic import Field

from compiler.fields import RATIO, Duration, Unit
from compiler.measures.base import Lowered, Measurand, MeasureModel, Wanted
from compiler.measures.context import Context, Read, Use
from compiler.measures.situation import (
    Aims,
    Impossible,
    Precision,
    Situation,
    Stage,
    Telling,
    before,
    early,
    fraction,
    jumped,
    late,
)
from compiler.promql import build
from compiler.promql.expr import Binary, Expr, Number
from compiler.promql.printer import show
from compiler.promql.series import Piece
from compiler.spec_fields import DurationField, SelectorField

_LATE: Final = 240_000  # milliseconds ago: this and half of it are on either side of a look every five minutes
_BEGINNING: Final = ((102, -math.inf), (97, 0.0))  # percent of the baseline ago


class DeviationFromAverage(MeasureModel):
    """Relative deviation from a longer average."""

    kind: Literal["deviation_from_average"]
    metric: SelectorField = Field(description="The counter.")
    period: DurationField = Field(description="The recent time that is judged.")
    baseline: DurationField = Field(description="The longer time whose average is the measure of it.")

    def uses(self) -> tuple[Use, ...]:
        """One counter."""
        return (Use("metric", self.metric, ("counter",)),)

    def unit(self, context: Context) -> Unit:
        """A ratio."""
        del context
        return RATIO

    def reads(self, context: Context) -> tuple[Read, ...]:
        """The counter throughout both times."""
        return Read(self.metric, self.period, context.by), Read(self.metric, self.baseline, context.by)

    def lower(self, context: Context) -> Lowered:
        """`abs(increase[period] / (increase[baseline] / periods) - 1)`."""
        recent, whole = self._increase(self.period, context), self._increase(self.baseline, context)
        average = Binary("/", whole, Number(self.baseline.milliseconds / self.period.milliseconds))
        # Infinitely much less is so of both, and no number.
        ratio = build.arith("/", recent, build.compare("<", average, math.inf), context.by)
        return Lowered(
            value=build.call("abs", Binary("-", ratio, Number(1))),
            idle=build.compare("==", whole, 0),
            events=whole,
        )

    def _increase(self, window: Duration, context: Context) -> Expr:
        return build.aggregate("sum", build.over("increase", self.metric, window), context.by)

    def situation(self, context: Context, stage: Stage, value: float) -> Situation:
        """The period has that much more than its part of the baseline."""
        candidates = self._candidates(1 + fraction(value), stage)
        recent, whole = stage.seek(value, candidates, lambda both: self._value(*both))
        return self._counted(context, stage, recent, whole)

    def idle(self, context: Context, stage: Stage) -> Situation:
        """No increase over the whole baseline; what there was in the period, a fall below 0 before it took away."""
        del context
        shortly, many = before(self.period), stage.many
        events = (shortly, -many), (early(self.period), many)
        return Situation((jumped(self.metric, stage.of(self.metric), events, self.baseline),))

    def telling(self, context: Context, stage: Stage, aims: Aims) -> Telling:
        """Less than the average, and events of other times."""
        less = next(self._candidates(1 - fraction(min(aims.bad, 1.0)), stage))
        yield "less than the average deviates as well", lambda: self._counted(context, stage, *less)
        good = next(self._candidates(1 + fraction(aims.good), stage))
        yield (
            "what happened before the baseline does not count",
            lambda: self._counted(context, stage, *good, earlier=100 * good[1]),
        )
        yield "what has just happened counts", lambda: self._just(stage, *good, restarted=False)
        yield "so it does after a restart", lambda: self._just(stage, *good, restarted=True)
        yield "a counter that begins below any number is undefined", lambda: self._endless(context, stage, *good)

    def _just(self, stage: Stage, recent: float, whole: float, *, restarted: bool) -> Situation:
        """Of two events half a one happens now, when the counter may start anew, and others in the minutes before."""
        scale = 2 / recent
        rest, shortly, first = (whole - recent) * scale, before(self.period), max(_LATE, stage.interval)
        second = first // 2
        # What a restart hides within a step is lost where the window is read coarsely, so that nothing happens there.
        recently = [(first, 1.0), (second, -1.25), (0, 0.25)] if restarted else [(at, 0.5) for at in (first, second, 0)]
        events = [(early(self.baseline), rest), (shortly, -rest), (early(self.period), 0.5), *recently]
        series = jumped(self.metric, stage.of(self.metric), events, self.baseline)
        value = self._value(recent, whole)
        return Situation((series,), ((stage.member, value),), precision=Precision.CLOSE, fine=True)

    def _endless(self, context: Context, stage: Stage, recent: float, whole: float) -> Situation:
        (series,) = self._counted(context, stage, recent, whole).series
        around = (Piece(self.baseline.milliseconds * percent // 100, value) for percent, value in _BEGINNING)
        since = [one for one in series.pieces if one.ago < early(self.baseline)]
        return Situation((replace(series, pieces=(*around, *since)),), ())

    def _candidates(self, times: Fraction, stage: Stage) -> Iterator[tuple[float, float]]:
        """The increase of the period and of the baseline, such that the period has so many times its part."""
        share = times / self._periods
        if not 0 <= share <= 1:
            raise Impossible
        for whole in stage.totals(share):
            yield float(share * Fraction(whole)), whole

    @property
    def _periods(self) -> Fraction:
        return Fraction(self.baseline.milliseconds, self.period.milliseconds)

    def _value(self, recent: float, whole: float) -> float:
        average = whole / (self.baseline.milliseconds / self.period.milliseconds)
        return abs(recent / average - 1)

    def _counted(self, context: Context, stage: Stage, recent: float, whole: float, *, earlier: float = 0) -> Situation:
        """The rest of the baseline happens at its beginning and just before the period; a reset keeps them apart."""
        del context
        rest, shortly = whole - recent, before(self.period)
        events = [
            (before(self.baseline), earlier),
            (before(self.baseline) - late(self.baseline), -earlier),
            (early(self.baseline), rest / 2),
            (shortly, rest - rest / 2),
            (shortly - late(self.period), -rest),
            (early(self.period), recent),
        ]
        if early(self.baseline) < shortly:  # the baseline is not even twice the period
            raise Impossible
        series = jumped(self.metric, stage.of(self.metric), events, self.baseline)
        return Situation((series,), ((stage.member, self._value(recent, whole)),))

    def describe(self, context: Context) -> str:
        """What deviates from what."""
        del context
        return (
            f"deviation of {show(self.metric)} over {self.period} from its {self.period} average over {self.baseline}"
        )

    def problems(self, context: Context) -> Iterator[tuple[str, str, str]]:
        """The average must be over more than the period itself."""
        del context
        if self.baseline.milliseconds < 2 * self.period.milliseconds:
            yield (
                "baseline",
                f"a baseline of {self.baseline} is no average for a period of {self.period}",
                (f"make it at least {Duration(2 * self.period.milliseconds)}"),
            )

    @property
    def counts_events(self) -> bool:
        """An increase of nothing is idle."""
        return True

    def measurand(self, context: Context) -> Measurand:
        """The deviation; it has no sign."""
        of = ("deviation_from_average", self.metric, self.period, self.baseline)
        return Measurand(of, self.describe(context), low=Fraction(0))

    def wanted(self) -> Wanted:
        """No deviation is the good case."""
        return Wanted("low", "no deviation is the good case")
