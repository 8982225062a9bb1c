"""Number of events in the window, such as dropped log lines or failed uploads.

Value: the increase of the counter over the window, summed over its series. Metric: a counter.

    measure: {kind: increase, metric: uploads_failed_total, alive: uploads_total}
    require: {equals: 0}

A counter that is created only at its first event may be declared so with `when_absent: zero`. It then counts as zero
while `alive` reports, and its first appearance counts as events (plain `increase` would see nothing).
"""

from fractions import Fraction
from typing import Literal

from pydantic import Field

from compiler import states
from compiler.fields import Unit, to_base
from compiler.measures.base import Lowered, Measurand, MeasureModel, Wanted
from compiler.measures.context import Context, Read, Use
from compiler.measures.counters import (
    counter_that_was_away,
    late_counters,
    late_events,
    no_number_any_more,
    or_nothing,
)
from compiler.measures.meaning import wanted_by_name
from compiler.measures.situation import (
    Aims,
    Impossible,
    Situation,
    Stage,
    Telling,
    before,
    early,
    exactly,
    jumped,
    late,
    neighbours,
)
from compiler.promql import build
from compiler.promql.expr import Expr
from compiler.promql.printer import show
from compiler.promql.series import Series
from compiler.spec_fields import SelectorField


class Increase(MeasureModel):
    """Number of events in the window."""

    kind: Literal["increase"]
    metric: SelectorField = Field(description="The counter.")
    alive: SelectorField | None = Field(None, description="A metric of the same source; it must report.")

    def uses(self) -> tuple[Use, ...]:
        """A counter and its companion."""
        own = Use("metric", self.metric, ("counter",))
        return (own, Use("alive", self.alive, ("counter", "gauge", "histogram"))) if self.alive else (own,)

    def unit(self, context: Context) -> Unit:
        """The counter's unit; usually a number."""
        return context.unit(self.metric)

    def reads(self, context: Context) -> tuple[Read, ...]:
        """Both metrics throughout the window."""
        own = Read(self.metric, context.window, context.by, required=not context.absent_is_zero)
        return (own, Read(self.alive, context.window, context.by, companion=True)) if self.alive else (own,)

    def lower(self, context: Context) -> Lowered:
        """`sum(increase(metric))`."""
        return Lowered(build.to_base(self._events(context), context.factor(self.metric)))

    def _events(self, context: Context) -> Expr:
        if context.absent_is_zero and self.alive:
            companion = build.aggregate("count", self.alive, context.by)
            return or_nothing(
                late_events(self.metric, context.window, context.by, generous=not context.wants_more),
                companion,
                context.by,
            )
        return build.aggregate("sum", build.over("increase", self.metric, context.window), context.by)

    def situation(self, context: Context, stage: Stage, value: float) -> Situation:
        """So many events in the window."""
        return self._counted(context, stage, self._number(value, context))

    def telling(self, context: Context, stage: Stage, aims: Aims) -> Telling:
        """Events of other times, and a counter that is created late."""
        window, bad = context.window, self._number(aims.bad, context)
        earlier = ((before(window), bad), (before(window) - late(window), -bad))
        yield "events before the window do not count", lambda: self._counted(context, stage, 0, *earlier)
        if not (context.absent_is_zero and self.alive):
            return
        counted, companion = self._series(context, stage, bad, ())
        yield "as long as nothing happened it is zero", lambda: self._events_of(stage, 0, companion)
        away = counter_that_was_away(counted, window, bad)
        yield "what it counts after it was away counts", lambda: self._events_of(stage, aims.bad, away, companion)
        for clause, series, events in late_counters(
            counted, window, stage.interval, bad, generous=not context.wants_more
        ):
            value = to_base(events, context.factor(self.metric))
            yield clause, lambda series=series, value=value: self._events_of(stage, value, series, companion)  # type: ignore[misc]
        odd = Situation((no_number_any_more(counted, window, bad), companion), (), states.UNDEFINED)
        yield "one that is no number any more is unknown", lambda: odd

    def _number(self, value: float, context: Context) -> float:
        """How many events give the value. Raises Impossible for fewer than none."""
        if value < 0:
            raise Impossible
        factor = context.factor(self.metric)
        return exactly(value, neighbours(value / factor), lambda events: to_base(events, factor))

    def _counted(self, context: Context, stage: Stage, events: float, *earlier: tuple[int, float]) -> Situation:
        series = self._series(context, stage, events, earlier)
        return self._events_of(stage, to_base(events, context.factor(self.metric)), *series)

    def _events_of(self, stage: Stage, value: float, *series: Series) -> Situation:
        return Situation(series, ((stage.member, value),))

    def _series(
        self, context: Context, stage: Stage, events: float, earlier: tuple[tuple[int, float], ...]
    ) -> tuple[Series, ...]:
        moments = (*earlier, (early(context.window), events))
        own = jumped(self.metric, stage.of(self.metric), moments, context.window)
        return (own, stage.steady(self.alive, 1.0, context.window)) if self.alive else (own,)

    def describe(self, context: Context) -> str:
        """What increases."""
        by = f" by {', '.join(context.by)}" if context.by else ""
        alive = f", with {show(self.alive)} alive" if self.alive else ""
        return f"increase of {show(self.metric)} over {context.window}{by}{alive}"

    @property
    def absence_of(self) -> str:
        """The counter itself."""
        return "metric"

    @property
    def needs_companion(self) -> str:
        """Without a companion, an absent counter proves nothing."""
        return "" if self.alive else "alive"

    def measurand(self, context: Context) -> Measurand:
        """The number of events; a counter does not fall."""
        return Measurand(
            ("increase", self.metric), f"the increase of {show(self.metric)}", context.window, low=Fraction(0)
        )

    def wanted(self) -> Wanted | None:
        """As the counter's name says."""
        return wanted_by_name(self.metric.name)
