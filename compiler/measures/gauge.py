"""Level of a gauge: now, or its average, minimum or maximum over the window.

Value: each series that reports now, with its own labels (`across: every`, the default: every series must meet the
requirement), or one value combined over all series, or over those of each group of `by`.

    measure: {kind: gauge, metric: gpu_memory_utilization, over_time: avg}
    require: {between: [70%, 90%]}
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial
from typing import Final, Literal

from pydantic import Field

from compiler import states
from compiler.fields import Unit, to_base
from compiler.measures.base import Lowered, Measurand, MeasureModel, Wanted, every_series
from compiler.measures.context import Context, Read, Use
from compiler.measures.meaning import wanted_by_name
from compiler.measures.situation import (
    Aims,
    Precision,
    Situation,
    Stage,
    Telling,
    before,
    early,
    exactly,
    late,
    neighbours,
    past,
)
from compiler.promql import build
from compiler.promql.expr import AggregateOp, Binary, Expr, Number
from compiler.promql.printer import show
from compiler.promql.series import Labels, Piece, Series
from compiler.spec_fields import SelectorField

OverTime = Literal["latest", "avg", "min", "max"]
Across = Literal["every", "avg", "min", "max", "sum"]

_JUST: Final = 60_000  # milliseconds ago
_OPS: Final[dict[Across, AggregateOp]] = {"avg": "avg", "min": "min", "max": "max", "sum": "sum"}
_WORDS: Final = {"latest": "latest", "avg": "average", "min": "minimum", "max": "maximum", "sum": "sum"}


class Gauge(MeasureModel):
    """Level of a gauge."""

    kind: Literal["gauge"]
    metric: SelectorField = Field(description="The gauge.")
    over_time: OverTime = Field("latest", description="How the samples of the window become one number.")
    across: Across = Field("every", description="How several series become one; every: each is judged by itself.")

    def uses(self) -> tuple[Use, ...]:
        """One gauge."""
        return (Use("metric", self.metric, ("gauge",)),)

    def unit(self, context: Context) -> Unit:
        """The gauge's own unit."""
        return context.unit(self.metric)

    def reads(self, context: Context) -> tuple[Read, ...]:
        """The gauge, throughout the window if the window matters."""
        window = None if self.over_time == "latest" else context.window
        return (Read(self.metric, window, context.by),)

    def lower(self, context: Context) -> Lowered:
        """`avg_over_time(metric[window]) and metric or metric * NaN`: all series that report now, and no others."""
        series = build.to_base(self._series(context), context.factor(self.metric))
        if self.across == "every":
            return every_series(series, context)
        if self.across in {"max", "min"}:
            return Lowered(self._whole(build.extreme(self.across, series, context.by), series, context))
        return Lowered(self._whole(build.aggregate(_OPS[self.across], series, context.by), series, context))

    def _whole(self, combined: Expr, series: Expr, context: Context) -> Expr:
        """The groups of which every visible series has a value; where NaN is stored, it has told already."""
        if self.over_time == "latest" or not context.evaluation.engine.collapses:
            return combined
        valued, visible = (build.aggregate("count", one, context.by) for one in (series, self.metric))
        return Binary("and", combined, Binary("==", valued, visible, on=context.by), on=context.by)

    def _series(self, context: Context) -> Expr:
        if self.over_time == "latest":
            return self.metric
        value: Expr = build.over(f"{self.over_time}_over_time", self.metric, context.window)
        if self.over_time in {"max", "min"}:
            # Both skip samples that are NaN (and one infinity each), and sum_over_time does not.
            value = Binary("+", value, build.scale(build.over("sum_over_time", self.metric, context.window), 0))
        now = Binary("and", value, self.metric)
        lookback = context.evaluation.engine.lookback
        if lookback is not None and context.window >= lookback:
            return now
        # NaN where the last sample is visible, but older than a short window: it must not be left out.
        return Binary("or", now, Binary("*", self.metric, Number(math.nan)))

    def situation(self, context: Context, stage: Stage, value: float) -> Situation:
        """One series that does not change."""
        return self._reported(context, stage, (value,))

    def telling(self, context: Context, stage: Stage, aims: Aims) -> Telling:
        """Levels of other times, and several series."""
        yield from self._times(context, stage, aims)
        good, bad = aims.good, aims.bad
        match self.across:
            case "every":
                other = 2 * good - bad
                yield "one bad series among good ones fails", lambda: self._reported(context, stage, (good, bad, good))
                yield "one on the other side is judged", lambda: self._reported(context, stage, (good, other, good))
            case "sum":
                yield "the sum is judged", lambda: self._reported(context, stage, (good * 2, good / -2, good / -2))
                yield "the sum of good series is judged", lambda: self._reported(context, stage, (good, good, good))
            case _:
                yield "several series become one value", lambda: self._reported(context, stage, (good, bad, bad))
                yield "in whatever order they come", lambda: self._reported(context, stage, (bad, good, good))

    def _times(self, context: Context, stage: Stage, aims: Aims) -> Telling:
        window, good, bad = context.window, aims.good, self._felt(aims)
        if self.over_time == "latest":
            yield "only the level now counts", lambda: self._changed(context, stage, ((past(window), bad), (1, good)))
            return
        earlier = (past(window), bad), (before(window) - late(window), good)
        old = (past(window), bad), (late(window), good)
        peak = (past(window), good), (early(window), bad), (early(window) - window.milliseconds // 6, good)
        yield "levels before the window do not count", lambda: self._changed(context, stage, earlier)
        yield "the older part of the window counts", lambda: self._changed(context, stage, old)
        half = (past(window), bad), (window.milliseconds * 11 // 20, good)
        yield "almost half of the window counts", lambda: self._changed(context, stage, half)
        yield "what was so for a while counts as much as it lasted", lambda: self._changed(context, stage, peak)
        yield "a series that has gone away does not count", lambda: self._gone(context, stage, good, bad)
        for ago, clause, value in (
            (early(window), "in the older part of the window makes it unknown", None),
            (before(window), "before the window does not count", good),
        ):
            yield f"a sample that is NaN {clause}", partial(self._unknown, context, stage, good, ago, value)

    def _felt(self, aims: Aims) -> float:
        """A bad level that the minimum or the maximum over time takes."""
        lower = {"min": True, "max": False}.get(self.over_time, aims.bad < aims.good)
        return aims.bad if lower == (aims.bad < aims.good) else 2 * aims.good - aims.bad

    def _gone(self, context: Context, stage: Stage, good: float, bad: float) -> Situation:
        whole, other = self._reported(context, stage, (good,)), self._reported(context, stage, (bad,))
        gone = tuple(one.labelled(replica="b").ended(_JUST) for one in other.series)
        odd = (
            replace(one, pieces=(*one.pieces[:1], Piece(2 * _JUST, math.nan), Piece(_JUST, "stale"))).labelled(
                replica="c"
            )
            for one in other.series
        )
        return replace(whole, series=(*whole.series, *gone, *odd))

    def _unknown(self, context: Context, stage: Stage, good: float, ago: int, value: float | None) -> Situation:
        """Two series, one of which was NaN for a moment."""
        whole = self._reported(context, stage, (good, good))
        *others, last = whole.series
        (first, *_) = last.pieces
        odd = replace(
            last, pieces=(first, Piece(ago, math.nan), first._replace(ago=ago - context.window.milliseconds // 20))
        )
        values = whole.values or ()
        if value is None:
            values = values[:-1] if self.across == "every" else ()
        return replace(
            whole, series=(*others, odd), values=values, state=None if value is not None else states.UNDEFINED
        )

    def _changed(self, context: Context, stage: Stage, levels: Sequence[tuple[int, float]]) -> Situation:
        """One series whose level changes at those times (milliseconds ago)."""
        factor = context.factor(self.metric)
        pieces = tuple(Piece(ago, level / factor) for ago, level in levels)
        series = Series(self.metric.name, stage.of(self.metric), pieces)
        value, precision = self._over(context, levels)
        return Situation((series,), ((self._recorded(series, stage), value),), precision=precision)

    def _over(self, context: Context, levels: Sequence[tuple[int, float]]) -> tuple[float, Precision]:
        """The value of a series over the window; an average hangs on the very moments of its samples."""
        window = context.window.milliseconds
        ends = (*(ago for ago, _ in levels[1:]), 0)
        within = [
            (min(ago, window) - end, level) for (ago, level), end in zip(levels, ends, strict=True) if end < window
        ]
        match self.over_time:
            case "latest":
                return levels[-1][1], Precision.EXACT
            case "avg":
                average = sum(lasted * level for lasted, level in within) / window
                return (average, Precision.ROUGH) if len(within) > 1 else (within[0][1], Precision.CLOSE)
            case "min":
                return min(level for _, level in within), Precision.CLOSE
            case "max":
                return max(level for _, level in within), Precision.CLOSE

    def _reported(self, context: Context, stage: Stage, levels: tuple[float, ...]) -> Situation:
        """A series for each level."""
        factor = context.factor(self.metric)
        names = [(("replica", str(number)),) for number in range(len(levels))] if len(levels) > 1 else [()]
        exported = partial(to_base, factor=factor)
        exports = [exactly(level, neighbours(level / factor), exported) for level in levels]
        series = tuple(
            stage.steady(self.metric, exported, context.window, *more)
            for exported, more in zip(exports, names, strict=True)
        )
        each = tuple(map(exported, exports))
        if self.across == "every":
            return Situation(series, tuple((one.labels, level) for one, level in zip(series, each, strict=True)))
        return Situation(
            series,
            ((stage.member, _combined(self.across, each)),),
            precision=Precision.EXACT if len(levels) == 1 else Precision.CLOSE,
        )

    def _recorded(self, series: Series, stage: Stage) -> Labels:
        return series.labels if self.across == "every" else stage.member

    def describe(self, context: Context) -> str:
        """What is taken of which gauge."""
        time = f"{_WORDS[self.over_time]} of " if self.over_time != "latest" else ""
        span = f" over {context.window}" if self.over_time != "latest" else ""
        by = f" by {', '.join(context.by)}" if context.by else ""
        across = "every series" if self.across == "every" else f"{_WORDS[self.across]} of all series{by}"
        return f"{time}{show(self.metric)}{span}, {across}"

    def problems(self, context: Context) -> Iterator[tuple[str, str, str]]:
        """Groups need a word on how their series become one value."""
        if context.by and self.across == "every":
            group = ", ".join(context.by)
            yield (
                "",
                f"`by: [{group}]` does not say how the series of one {group} become one value",
                ("add `across: min`, max, avg or sum to the measure; or leave `by` out to judge every series"),
            )

    def measurand(self, context: Context) -> Measurand:
        """Over a window, the average lies between the minimum and the maximum."""
        series = show(self.metric)
        if self.over_time == "latest":
            return Measurand(("gauge", self.metric, self.across, "latest"), series)
        of, text = ("gauge", self.metric, self.across), f"the {_WORDS[self.over_time]} of {series}"
        return Measurand(of, text, context.window, rank=Fraction(("min", "avg", "max").index(self.over_time)))

    def wanted(self) -> Wanted | None:
        """As the gauge's name says."""
        return wanted_by_name(self.metric.name)


def _combined(across: Across, levels: tuple[float, ...]) -> float:
    match across:
        case "min":
            return min(levels)
        case "max":
            return max(levels)
        case "sum":
            return sum(levels)
        case _:
            return sum(levels) / len(levels)
