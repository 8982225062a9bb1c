"""Age of what a timestamp gauge points at, such as the last successful health check or backup.

Value: how far the gauge's time lies from now, in seconds, of every series that reports now (or of the oldest of each
group of `by`). A time in the future counts by its distance too: a clock that is an hour ahead proves nothing.

    measure: {kind: age, metric: backup_last_success_timestamp_seconds}
    require: {below: 26h}
"""

from fractions import Fraction
from typing import Literal

from pydantic import Field

from compiler.fields import SECONDS, Unit, to_base
from compiler.measures.base import Lowered, Measurand, MeasureModel, every_series
from compiler.measures.context import Context, Read, Use
from compiler.measures.situation import Aims, Situation, Stage, Telling, exactly, neighbours
from compiler.promql import build
from compiler.promql.expr import Binary
from compiler.promql.printer import show
from compiler.spec_fields import SelectorField


class Age(MeasureModel):
    """Distance of a timestamp gauge from now."""

    kind: Literal["age"]
    metric: SelectorField = Field(description="A gauge that holds a Unix time.")

    def uses(self) -> tuple[Use, ...]:
        """One gauge."""
        return (Use("metric", self.metric, ("gauge",)),)

    def unit(self, context: Context) -> Unit:
        """Seconds."""
        del context
        return SECONDS

    def reads(self, context: Context) -> tuple[Read, ...]:
        """The gauge as it is now."""
        return (Read(self.metric, None, context.by),)

    def lower(self, context: Context) -> Lowered:
        """`abs(time() - metric)`."""
        moment = build.to_base(self.metric, context.factor(self.metric))
        age = build.call("abs", Binary("-", build.call("time"), moment))
        return Lowered(build.extreme("max", age, context.by)) if context.by else every_series(age, context)

    def situation(self, context: Context, stage: Stage, value: float) -> Situation:
        """It points at a moment that lies back by the value."""
        return self._points(context, stage, (value,))

    def telling(self, context: Context, stage: Stage, aims: Aims) -> Telling:
        """A clock that is ahead, and several series."""
        yield "a time in the future counts by its distance", lambda: self._points(context, stage, (-aims.bad,))
        yield "a little ahead is as good as a little back", lambda: self._points(context, stage, (-aims.good,))
        ages = (aims.good, aims.bad, aims.good)
        yield "the oldest of several series counts", lambda: self._points(context, stage, ages)

    def _points(self, context: Context, stage: Stage, ages: tuple[float, ...]) -> Situation:
        factor = context.factor(self.metric)
        names = [(("replica", str(number)),) for number in range(len(ages))] if len(ages) > 1 else [()]

        def old(moment: float) -> float:
            return abs(stage.now - to_base(moment, factor))

        moments = [exactly(abs(age), neighbours((stage.now - age) / factor), old) for age in ages]
        each = [old(moment) for moment in moments]
        series = [
            stage.steady(self.metric, moment, context.window, *more)
            for moment, more in zip(moments, names, strict=True)
        ]
        values = [(one.labels, age) for one, age in zip(series, each, strict=True)]
        return Situation(tuple(series), ((stage.member, max(each)),) if context.by else tuple(values))

    def describe(self, context: Context) -> str:
        """Now minus the gauge."""
        each = f"oldest of each {', '.join(context.by)}" if context.by else "every series"
        return f"now − {show(self.metric)}, {each}"

    def measurand(self, context: Context) -> Measurand:
        """The age; it is never negative."""
        del context
        return Measurand(("age", self.metric), f"now − {show(self.metric)}", low=Fraction(0))

    @property
    def ages(self) -> bool:
        """By a second each second."""
        return True
