"""Largest share that one label value has of all events, such as the busiest provider's share of the traffic.

Value: the largest of the shares, as a ratio. Idle: no event at all in the window. Metric: a counter.

    measure: {kind: largest_share, metric: http_requests_total, of: datacenter}
    require: {at_most: 60%}
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from math import ceil
from typing import Final, Literal

from pydantic import Field

from compiler import states
from compiler.fields import RATIO, Unit
from compiler.measures.base import Lowered, Measurand, MeasureModel
from compiler.measures.context import Context, Read, Use
from compiler.measures.counters import events_rate, per_second
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
from compiler.promql.printer import show
from compiler.promql.series import Series
from compiler.spec_fields import LabelName, SelectorField

_MOST: Final = 1000  # how many times as much happened in a part of the window that decides
_VALUES: Final = 50  # so many label values are no test any more

# Milliseconds ago, and the events of each label value.
Moments = tuple[tuple[int, tuple[float, ...]], ...]


class LargestShare(MeasureModel):
    """Largest share of one label value."""

    kind: Literal["largest_share"]
    metric: SelectorField = Field(description="The counter whose events are shared out.")
    of: LabelName = Field(description="The label whose values have the shares.")

    def uses(self) -> tuple[Use, ...]:
        """One counter."""
        return (Use("metric", self.metric, ("counter",)),)

    def unit(self, context: Context) -> Unit:
        """A ratio."""
        del context
        return RATIO

    def reads(self, context: Context) -> tuple[Read, ...]:
        """The counter throughout the window; not per label value, which may come and go with its events."""
        return (Read(self.metric, context.window, context.by),)

    def lower(self, context: Context) -> Lowered:
        """`max(rate by label) / sum(rate by label)`."""
        each = events_rate(self.metric, context, (*context.by, self.of))
        total = build.aggregate("sum", each, context.by)
        largest = build.aggregate("max", each, context.by)
        return Lowered(
            # Infinitely many are so of one label value too, which makes that no number.
            value=build.arith("/", largest, build.compare(">", total, -math.inf), context.by),
            idle=build.compare("==", total, 0),
            events=build.scale(total, context.window.seconds),
        )

    def situation(self, context: Context, stage: Stage, value: float) -> Situation:
        """One label value has that share, and the others less."""
        candidates = (self._shared(value, total) for total in stage.totals(fraction(value)))
        shares = stage.seek(value, candidates, lambda each: self._value(each, context))
        series = self._happened(context, stage, ((early(context.window), shares),))
        value = self._value(shares, context)
        few = len(shares) <= 2  # noqa: PLR2004 - of which the order of adding does not matter
        return Situation(series, ((stage.member, value),), precision=Precision.EXACT if few else Precision.CLOSE)

    def idle(self, context: Context, stage: Stage) -> Situation:
        """No label value has any event."""
        return Situation(self._happened(context, stage, ((early(context.window), (0.0, 0.0)),)))

    def telling(self, context: Context, stage: Stage, aims: Aims) -> Telling:
        """Events of other times."""
        window, many = context.window, stage.many
        good, bad = self._shared(aims.good, many), self._shared(aims.bad, many)
        mostly = (early(window), tuple(_MOST * events for events in bad)), (late(window), good)
        yield "what happened in the older half of the window counts", lambda: self._over(context, stage, mostly)
        reset = (before(window) - late(window), tuple(-events for events in bad))
        earlier = (before(window), bad), reset, (early(window), good)
        yield "what happened before the window does not count", lambda: self._over(context, stage, earlier)
        alone = ((early(window), (many,)),)
        yield "one label value alone has all of it", lambda: self._over(context, stage, alone)
        # Neither rises from 0, so that both are extrapolated alike.
        back = self._happened(context, stage, ((before(window), (_MOST * many, 0.0)), (early(window), (many, -many))))
        yield "what one has another takes back, and nothing is left", lambda: Situation(back, (), states.IDLE)

    def _shared(self, value: float, total: float) -> tuple[float, ...]:
        """Events of each label value, the largest first. Raises Impossible."""
        share = fraction(value)
        if not 0 < share <= 1 or ceil((1 - share) / share) > _VALUES:
            raise Impossible
        others = ceil((1 - share) / share)
        largest = float(share * Fraction(total))
        return (largest, *((total - largest) / others for _ in range(others)))

    def _over(self, context: Context, stage: Stage, moments: Moments) -> Situation:
        within = [events for ago, events in moments if ago < context.window.milliseconds]
        length = max(len(events) for events in within)
        each = [sum(events[i] for events in within if i < len(events)) for i in range(length)]
        value = self._value(each, context)
        return Situation(self._happened(context, stage, moments), ((stage.member, value),), precision=Precision.CLOSE)

    def _value(self, events: Sequence[float], context: Context) -> float:
        rates = [per_second(number, context) for number in events]
        return max(rates) / sum(rates)

    def _happened(self, context: Context, stage: Stage, moments: Moments) -> tuple[Series, ...]:
        """One counter for each label value."""
        length = max(len(events) for _, events in moments)
        return tuple(
            jumped(
                self.metric,
                stage.of(self.metric, (self.of, f"{self.of}_{i}")),
                ((ago, events[i]) for ago, events in moments if i < len(events)),
                context.window,
            )
            for i in range(length)
        )

    def describe(self, context: Context) -> str:
        """Whose share of what."""
        return f"largest share of one {self.of} in {show(self.metric)} over {context.window}"

    def problems(self, context: Context) -> Iterator[tuple[str, str, str]]:
        """The label cannot be a group as well."""
        if self.of in context.by:
            yield (
                "of",
                f"{self.of} is in `by` too, so each group has one value whose share is always 100%",
                (f"leave {self.of} out of `by`"),
            )

    @property
    def counts_events(self) -> bool:
        """Shares of events."""
        return True

    @property
    def label_keys(self) -> Mapping[str, str]:
        """`of` is a label."""
        return {"of": self.of}

    def measurand(self, context: Context) -> Measurand:
        """A share."""
        text = f"the largest share of one {self.of} in {show(self.metric)}"
        of = ("largest_share", self.metric, self.of)
        return Measurand(of, text, context.window, low=Fraction(0), high=Fraction(1))

    def tolerance(self, low: Fraction | None, high: Fraction | None) -> Fraction | None:
        """One event alone is all of the events, which only a bound of 100% allows."""
        del low
        return high if high is not None and high < 1 else None
