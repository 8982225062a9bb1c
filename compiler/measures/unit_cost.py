"""Cost per unit, such as the cost of a thousand tokens or of an order.

Value: `per × cost / units` over the window, in the cost metric's unit. Idle: neither cost nor units in the window
(cost without units is not idle, and undefined). Metrics: two counters.

    measure: {kind: unit_cost, cost: billing_cost_total, units: billing_tokens_total, per: 1000}
    by: [route_tier]
    require: {at_most: {metric: cost_budget_per_1k_tokens}}
"""

from fractions import Fraction
from typing import Annotated, Final, Literal

from pydantic import Field

from compiler import states
from compiler.fields import Unit, to_base
from compiler.measures.base import Lowered, Measurand, MeasureModel
from compiler.measures.context import Context, Read, Use
from compiler.measures.counters import events_rate, per_second
from compiler.measures.situation import (
    Aims,
    Impossible,
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
from compiler.promql.expr import Binary
from compiler.promql.printer import show
from compiler.promql.series import Series
from compiler.spec_fields import SelectorField, WholeNumber

_MOST: Final = 1000  # how many times as much happened in a part of the window that decides

# Milliseconds ago, cost, units.
Moments = tuple[tuple[int, float, float], ...]


class UnitCost(MeasureModel):
    """Cost per unit."""

    kind: Literal["unit_cost"]
    cost: SelectorField = Field(description="Counter of the cost.")
    units: SelectorField = Field(description="Counter of what the cost is for.")
    per: Annotated[WholeNumber, Field(gt=0, le=10**12)] = Field(1, description="How many units the cost is stated for.")

    def uses(self) -> tuple[Use, ...]:
        """Two counters."""
        return Use("cost", self.cost, ("counter",)), Use("units", self.units, ("counter",))

    def unit(self, context: Context) -> Unit:
        """The cost metric's unit."""
        return context.unit(self.cost)

    def reads(self, context: Context) -> tuple[Read, ...]:
        """Both counters throughout the window."""
        return Read(self.cost, context.window, context.by), Read(self.units, context.window, context.by, events=True)

    def lower(self, context: Context) -> Lowered:
        """`per * sum(rate(cost)) / sum(rate(units))`."""
        cost = events_rate(self.cost, context, context.by)
        units = events_rate(self.units, context, context.by)
        each = build.quotient(cost, units, context.by)
        return Lowered(
            value=build.to_base(build.scale(each, self.per), context.factor(self.cost)),
            idle=Binary("unless", build.compare("==", units, 0), build.compare("!=", cost, 0), on=context.by),
            events=build.compare(">", build.scale(units, context.window.seconds), 0),
            contradicted=True,
        )

    def situation(self, context: Context, stage: Stage, value: float) -> Situation:
        """Units, and what they cost."""
        each = self._each(value, context)
        units = stage.seek(value, stage.totals(each), lambda n: self._value(float(each * Fraction(n)), n, context))
        cost = float(each * Fraction(units))
        series = self._spent(context, stage, ((early(context.window), cost, units),))
        return Situation(series, ((stage.member, self._value(cost, units, context)),))

    def idle(self, context: Context, stage: Stage) -> Situation:
        """Neither cost nor units."""
        return Situation(self._spent(context, stage, ()))

    def telling(self, context: Context, stage: Stage, aims: Aims) -> Telling:
        """Costs of other times, and cost without units."""
        window, many = context.window, stage.many
        good, bad = (float(self._each(value, context) * Fraction(many)) for value in (aims.good, aims.bad))
        mostly = (early(window), _MOST * bad, _MOST * many), (late(window), good, many)
        yield "what was spent in the older half of the window counts", lambda: self._over(context, stage, mostly)
        earlier = (before(window), bad, many), (before(window) - late(window), -bad, -many), (early(window), good, many)
        yield "what was spent before the window does not count", lambda: self._over(context, stage, earlier)
        alone = self._spent(context, stage, ((early(window), many, 0.0),))
        yield "cost without units is no idleness", lambda: Situation(alone, (), states.UNDEFINED)

    def _each(self, value: float, context: Context) -> Fraction:
        """Cost of one unit, in the unit of the metric. Raises Impossible for less than nothing."""
        if value < 0:
            raise Impossible
        return fraction(value) / self.per / fraction(context.factor(self.cost))

    def _over(self, context: Context, stage: Stage, moments: Moments) -> Situation:
        within = [(cost, units) for ago, cost, units in moments if ago < context.window.milliseconds]
        value = self._value(sum(cost for cost, _ in within), sum(units for _, units in within), context)
        return Situation(self._spent(context, stage, moments), ((stage.member, value),))

    def _value(self, cost: float, units: float, context: Context) -> float:
        each = per_second(cost, context) / per_second(units, context)
        return to_base(each * self.per, context.factor(self.cost))

    def _spent(self, context: Context, stage: Stage, moments: Moments) -> tuple[Series, ...]:
        if self.cost.name == self.units.name:
            raise Impossible
        return (
            jumped(self.cost, stage.of(self.cost), ((ago, cost) for ago, cost, _ in moments), context.window),
            jumped(self.units, stage.of(self.units), ((ago, units) for ago, _, units in moments), context.window),
        )

    def describe(self, context: Context) -> str:
        """The formula."""
        by = f", by {', '.join(context.by)}" if context.by else ""
        times = f"{self.per} × " if self.per != 1 else ""
        return f"{times}{show(self.cost)} / {show(self.units)} over {context.window}{by}"

    @property
    def counts_events(self) -> bool:
        """Units are events."""
        return True

    def measurand(self, context: Context) -> Measurand:
        """The cost of one unit, however many the cost is stated for."""
        of, text = ("unit_cost", self.cost, self.units), f"{show(self.cost)} / {show(self.units)}"
        return Measurand(of, text, context.window, scale=Fraction(self.per))
