"""Growth of a gauge over the window, such as a queue that fills up.

Value: the trend (slope of the least-squares line) over the window, times the window's length: how much the sum of the
gauge's series has grown, in its own unit. A draining queue has negative growth. Metric: a gauge, for which `increase`
would take every drop for a counter reset.

The trend is that of the sum, looked at 60 times in the window. A sum of the series' own trends would be ruled by the
series that just began, as after a restart under another name: the noise of its few samples, times the whole window. A
target that was away for a part of the window is a dip of the sum: a requirement must leave room for its return. The
sum of this moment must be a number, since the last look may have been long ago.

    measure: {kind: growth, metric: job_queue_depth}
    window: 2h
    require: {at_most: 0}

https://prometheus.io/docs/prometheus/latest/querying/functions/#deriv
"""

from statistics import linear_regression
from typing import Final, Literal

from pydantic import Field

from compiler.fields import Duration, Unit, to_base
from compiler.measures.base import Lowered, Measurand, MeasureModel, Wanted
from compiler.measures.context import Context, Read, Use
from compiler.measures.meaning import wanted_by_name
from compiler.measures.situation import Aims, Precision, Situation, Stage, Telling, before, early, late, past
from compiler.promql import build
from compiler.promql.expr import Binary, Subquery
from compiler.promql.printer import show
from compiler.promql.series import Piece, Series
from compiler.spec_fields import SelectorField

_LEVEL: Final = 1000.0
_LOOKS: Final = 60


def look_step(window: Duration) -> Duration:
    """How far apart the looks at a window are: a sixtieth of it, in whole seconds if it is so long."""
    step = window.milliseconds // _LOOKS
    return Duration(step // 1000 * 1000 or max(step, 1))


class Growth(MeasureModel):
    """Growth of a gauge over the window."""

    kind: Literal["growth"]
    metric: SelectorField = Field(description="The gauge.")

    def uses(self) -> tuple[Use, ...]:
        """One gauge."""
        return (Use("metric", self.metric, ("gauge",)),)

    def unit(self, context: Context) -> Unit:
        """The gauge's own unit."""
        return context.unit(self.metric)

    def reads(self, context: Context) -> tuple[Read, ...]:
        """The gauge throughout the window."""
        return (Read(self.metric, context.window, context.by),)

    def lower(self, context: Context) -> Lowered:
        """`deriv(sum(metric)[window:step]) * window`, where `sum(metric)` is a number now."""
        now = build.aggregate("sum", self.metric, context.by)
        trend = build.call("deriv", Subquery(now, context.window, look_step(context.window)))
        growth = build.to_base(build.scale(trend, context.window.seconds), context.factor(self.metric))
        return Lowered(Binary("and", growth, build.finite(now), on=context.by))

    def looks(self, context: Context) -> Duration | None:
        """A line is a line again only if each look sees a sample of that moment."""
        return look_step(context.window)

    def situation(self, context: Context, stage: Stage, value: float) -> Situation:
        """A line with that slope."""
        series = self._line(context, stage, value, past(context.window))
        return Situation((series,), ((stage.member, value),), precision=Precision.CLOSE if value else Precision.EXACT)

    def telling(self, context: Context, stage: Stage, aims: Aims) -> Telling:
        """Lines of other times, drops, and several series."""
        window, size = context.window, max(abs(aims.good), abs(aims.bad), 1.0)
        flat = self._line(context, stage, 0, before(window) - late(window))
        risen = self._line(context, stage, size, past(window)).pieces
        earlier = Series(flat.name, flat.labels, (*risen, *flat.pieces))
        yield "growth before the window does not count", lambda: Situation((earlier,), ((stage.member, 0.0),))
        yield "what grew in the older half of the window counts", lambda: self._risen(context, stage, size)
        falls = self._line(context, stage, -size, past(window))
        yield (
            "a gauge that falls does not grow",
            lambda: Situation((falls,), ((stage.member, -size),), precision=Precision.CLOSE),
        )
        rises = self._line(context, stage, 2 * size, past(window)).labelled(replica="1")
        yield (
            "what one series grows another may shrink",
            lambda: Situation((rises, falls.labelled(replica="0")), ((stage.member, size),), precision=Precision.CLOSE),
        )

    def _risen(self, context: Context, stage: Stage, size: float) -> Situation:
        """A step up in the older half. The gauge begins after the first look, which only closed ranges hold."""
        step, factor = look_step(context.window).milliseconds, context.factor(self.metric)
        now, ago = round(stage.now * 1000), early(context.window)
        since = now % step  # the last look
        begin = since + ((context.window.milliseconds - since) // step - 1) * step - step // 2
        looks = range(now - since, now - begin, -step)
        levels = [_LEVEL + (size / factor if at >= now - ago else 0) for at in looks]
        slope = linear_regression([at / 1000 for at in looks], levels).slope
        pieces = Piece(begin, _LEVEL), Piece(ago, _LEVEL + size / factor)
        series = Series(self.metric.name, stage.of(self.metric), pieces)
        value = to_base(slope * context.window.seconds, factor)
        return Situation((series,), ((stage.member, value),), precision=Precision.CLOSE)

    def _line(self, context: Context, stage: Stage, growth: float, since: int) -> Series:
        """A series that ends at or begins with a round number, and grows by so much in a window."""
        slope = growth / context.window.seconds / context.factor(self.metric)
        start = _LEVEL if growth >= 0 else _LEVEL - 2 * growth / context.factor(self.metric)
        return Series(self.metric.name, stage.of(self.metric), (Piece(since, start, slope),))

    def describe(self, context: Context) -> str:
        """What grows."""
        by = f" by {', '.join(context.by)}" if context.by else ""
        return f"growth (trend) of {show(self.metric)} over {context.window}{by}"

    def measurand(self, context: Context) -> Measurand:
        """The growth over the window."""
        return Measurand(("growth", self.metric), f"the growth of {show(self.metric)}", context.window)

    def wanted(self) -> Wanted | None:
        """As the gauge's name says."""
        return wanted_by_name(self.metric.name)
