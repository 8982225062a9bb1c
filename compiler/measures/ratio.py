"""Share of events: good events of all, all but the bad ones, or any part of a total.

Value: `good / total`, `1 − bad / total` or `part / total`, over the window, as a ratio between 0 and 1.
Idle: no event of either counter in the window. Metrics: two counters.

    measure: {kind: ratio, bad: http_errors_total, total: http_requests_total}
    require: {at_least: 99.9%}

A `bad`, `good` or `part` counter that is created only at its first event may be declared so with `when_absent: zero`;
it then counts as zero while `total` reports, and its creation counts as events. Not so where more of them would help to
pass: `total` does not count with the first sample of a series, and the good events that came with it would be too many.
What is counted is an event for `min_events` even if `total` does not show it.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Final, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from compiler import states
from compiler.fields import RATIO, Unit
from compiler.measures.base import Lowered, Measurand, MeasureModel, Wanted
from compiler.measures.context import Context, Read, Use
from compiler.measures.counters import (
    counter_that_was_away,
    events_rate,
    late_counters,
    late_events,
    no_number_any_more,
    or_nothing,
    per_second,
    risen,
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
    fraction,
    jumped,
    late,
    neighbours,
)
from compiler.promql import build
from compiler.promql.expr import Binary, Expr, Number, Vector
from compiler.promql.matching import selects
from compiler.promql.printer import show
from compiler.promql.series import Piece, Series
from compiler.spec_fields import SelectorField, exactly_one

_MOST: Final = 1000  # how many times as much happened in a part of the window that decides

# Milliseconds ago, counted events, all events.
Moments = tuple[tuple[int, float, float], ...]


class Ratio(MeasureModel):
    """Share of events: give `total` and one of `good`, `bad` or `part`."""

    model_config = ConfigDict(json_schema_extra=exactly_one("good", "bad", "part"))

    kind: Literal["ratio"]
    total: SelectorField = Field(description="Counter of all events.")
    good: SelectorField | None = Field(None, description="Counter of good events; the value is good / total.")
    bad: SelectorField | None = Field(None, description="Counter of bad events; the value is 1 − bad / total.")
    part: SelectorField | None = Field(None, description="Counter of some of the events; the value is part / total.")

    @model_validator(mode="after")
    def _one_part(self) -> Self:
        given = [key for key in ("good", "bad", "part") if getattr(self, key) is not None]
        if len(given) != 1:
            raise ValueError(
                f"a ratio has exactly one of good, bad and part beside total; found {' and '.join(given) or 'none'}\n"
                "hint: good: value is good / total · bad: value is 1 − bad / total · part: value is part / total"
            )
        return self

    @property
    def _key(self) -> str:
        return "good" if self.good is not None else "bad" if self.bad is not None else "part"

    @property
    def _counted(self) -> Vector:
        counted = self.good or self.bad or self.part
        assert counted is not None  # noqa: S101 - the validator saw to it
        return counted

    def uses(self) -> tuple[Use, ...]:
        """Two counters."""
        return Use(self._key, self._counted, ("counter",)), Use("total", self.total, ("counter",))

    def unit(self, context: Context) -> Unit:
        """A ratio."""
        del context
        return RATIO

    def reads(self, context: Context) -> tuple[Read, ...]:
        """Both counters throughout the window."""
        return (
            Read(self._counted, context.window, context.by, required=not context.absent_is_zero),
            Read(self.total, context.window, context.by, events=True),
        )

    def lower(self, context: Context) -> Lowered:
        """`sum(rate(counted)) / sum(rate(total))`."""
        total = events_rate(self.total, context, context.by)
        counted = self._counted_rate(context, total)
        late = self._is_late(context)
        seen = late_events(self._counted, context.window, context.by) if late else counted
        share = build.quotient(counted, total, context.by)
        return Lowered(
            value=Binary("-", Number(1), share) if self.bad is not None else share,
            # A counted event without any in total is a contradiction, not idleness.
            idle=Binary("unless", build.compare("==", total, 0), build.compare("!=", seen, 0), on=context.by),
            events=build.scale(self._all(counted, total, context), context.window.seconds),
            contradicted=True,
            also=self._also(counted, context),
        )

    def _is_late(self, context: Context) -> bool:
        """Whether the creation of what is counted counts: not if more of it would help to pass."""
        helps = self.good is not None or (self.part is not None and context.wants_more)
        return context.absent_is_zero and not helps

    def _all(self, counted: Expr, total: Expr, context: Context) -> Expr:
        """All events, for `min_events`: those of `total`, if it has any, with what is counted that it does not show."""
        some = build.compare(">", total, 0)
        if self._is_late(context):
            # Infinitely less than none would be few.
            return build.compare(">", build.arith("+", some, counted, context.by), -build.INFINITY)
        if self.good is not None:
            return some
        return Binary("or", build.arith(">", counted, some, context.by), some, on=context.by)

    @staticmethod
    def _also(counted: Expr, context: Context) -> Expr | None:
        """Groups that only have counted events are members too, although nothing requires those events to exist."""
        return build.compare(">", counted, 0) if context.by and context.absent_is_zero else None

    def _counted_rate(self, context: Context, total: Expr) -> Expr:
        if self._is_late(context):
            late = late_events(self._counted, context.window, context.by)
            return or_nothing(Binary("/", late, Number(context.window.seconds)), total, context.by)
        counted = events_rate(self._counted, context, context.by)
        return or_nothing(counted, total, context.by) if context.absent_is_zero else counted

    def situation(self, context: Context, stage: Stage, value: float) -> Situation:
        """Some of all events are counted."""
        share = 1 - fraction(value) if self.bad is not None else fraction(value)
        if share < 0:
            raise Impossible
        total = stage.seek(
            value,
            self._totals(share, context, stage),
            lambda all_: self._value(float(share * Fraction(all_)), all_, context),
        )
        counted = float(share * Fraction(total))
        series = self._happened(context, stage, ((early(context.window), counted, total),))
        return Situation(series, ((stage.member, self._value(counted, total, context)),))

    def _totals(self, share: Fraction, context: Context, stage: Stage) -> Iterator[float]:
        """Numbers of all events; just the `number`, if that is given, with those that may not be among them."""
        if stage.number is None or not self._is_late(context):
            yield from stage.totals(share)
            return

        def told(total: float) -> float:
            counted = float(share * Fraction(total))
            each, all_ = self._each(counted, context), self._total(counted, total, context)
            return (all_ + each) * context.window.seconds

        wanted = per_second(stage.number, context) * context.window.seconds
        near = [total for total in neighbours(float(Fraction(stage.number) / (1 + share))) if told(total) >= wanted]
        yield exactly(wanted, near, told)

    def idle(self, context: Context, stage: Stage) -> Situation:
        """Both counters stand still."""
        return Situation(self._happened(context, stage, ()))

    def telling(self, context: Context, stage: Stage, aims: Aims) -> Telling:
        """Events of other times, contradictions, and counters that are created late."""
        window = context.window
        good, bad = self._parts(aims.good, stage), self._parts(aims.bad, stage)
        mostly = ((early(window), _MOST * bad[0], _MOST * bad[1]), (late(window), *good))
        yield "what happened in the older half of the window counts", lambda: self._over(context, stage, mostly)
        earlier = ((before(window), *bad), (before(window) - late(window), -bad[0], -bad[1]), (early(window), *good))
        yield "what happened before the window does not count", lambda: self._over(context, stage, earlier)
        none = ((early(window), 0.0, stage.many),)
        yield "where not one of many is counted, it is not idle", lambda: self._over(context, stage, none)
        yield "counted events without any in total are a contradiction", lambda: self._contradiction(context, stage)
        if self.good is None:
            most = ((early(window), stage.many, 1.0),)
            yield "more counted events than events are not few of them", lambda: self._over(context, stage, most)
        if context.absent_is_zero:
            yield from self._absent(context, stage)
        if context.absent_is_zero and context.by:
            yield "a group that only has counted events is never a pass", lambda: self._lost(context, stage, aims.good)

    def _lost(self, context: Context, stage: Stage, value: float) -> Situation:
        """The member is well, and there is another one whose events in total are not known."""
        label, text = stage.member[0]
        other = replace(stage, member=((label, f"{text}_more"), *stage.member[1:]))
        counted, *_ = self._happened(context, other, ((early(context.window), stage.many, 2 * stage.many),))
        whole = self.situation(context, stage, value)
        return Situation((*whole.series, counted), None, states.UNDEFINED)

    def _parts(self, value: float, stage: Stage) -> tuple[float, float]:
        """Counted events and all events."""
        share = 1 - fraction(value) if self.bad is not None else fraction(value)
        return float(share * Fraction(stage.many)), stage.many

    def _over(self, context: Context, stage: Stage, moments: Moments) -> Situation:
        """The value of all that lies within the window."""
        within = [(counted, total) for ago, counted, total in moments if ago < context.window.milliseconds]
        value = self._value(sum(counted for counted, _ in within), sum(total for _, total in within), context)
        return Situation(self._happened(context, stage, moments), ((stage.member, value),))

    def _contradiction(self, context: Context, stage: Stage) -> Situation:
        series = self._happened(context, stage, ((early(context.window), stage.many, 0.0),))
        return Situation(series, (), states.UNDEFINED)

    def _absent(self, context: Context, stage: Stage) -> Telling:
        """The counted metric is created at its first event, which `increase` alone would not see."""
        window = context.window
        counted, *others = self._happened(context, stage, ((early(window), stage.many, 2 * stage.many),))
        none = ((stage.member, self._value(0.0, 1.0, context)),)
        yield "as long as nothing was counted it is zero", lambda: Situation(tuple(others), none)
        away = counter_that_was_away(counted, window, stage.many)
        all_of_it = ((stage.member, self._value(stage.many, 2 * stage.many, context)),)
        yield "what it counts after it was away counts", lambda: Situation((away, *others), all_of_it)
        endless = replace(counted, pieces=(Piece(0, -math.inf),))
        odd = Situation((endless, *others), (), states.UNDEFINED)
        yield "a counter that begins below any number is undefined", lambda: odd
        created = replace(counted, pieces=(Piece(early(window), stage.many),))
        if self._is_late(context):
            yield from self._late(context, stage, created, others)
        else:
            yield "its creation would help, and does not count", lambda: Situation((created, *others), none)

    def _late(self, context: Context, stage: Stage, created: Series, others: Sequence[Series]) -> Telling:
        """What is counted from its creation on, beside all events."""
        window = context.window
        all_ = sum(one.pieces[-1].value for one in others if isinstance(one.pieces[-1].value, float))
        for clause, series, events in late_counters(created, window, stage.interval, stage.many):
            own = risen(series, window) if self._counted.name == self.total.name else 0.0  # of one metric, in total too
            value = self._share(events / window.seconds, per_second(all_, context) + per_second(own, context))
            situation = Situation((series, *others), ((stage.member, value),))
            yield clause, lambda situation=situation: situation  # type: ignore[misc]
        one_event = replace(created, pieces=(Piece(early(window), 1.0),))
        alone = Situation((one_event, *(replace(one, pieces=one.pieces[:1]) for one in others)), (), states.UNDEFINED)
        yield "its creation without any event in total is a contradiction", lambda: alone
        odd = Situation((no_number_any_more(created, window, stage.many), *others), (), states.UNDEFINED)
        yield "one that is no number any more is unknown", lambda: odd

    def _value(self, counted: float, total: float, context: Context) -> float:
        return self._share(self._each(counted, context), self._total(counted, total, context))

    def _share(self, counted: float, total: float) -> float:
        share = counted / total
        return 1 - share if self.bad is not None else share

    def _each(self, counted: float, context: Context) -> float:
        """What is counted, per second."""
        return counted / context.window.seconds if self._is_late(context) else per_second(counted, context)

    def _total(self, counted: float, total: float, context: Context) -> float:
        """All events, per second."""
        parts = (counted, total - counted) if self._counted.name == self.total.name else (total,)
        return sum(per_second(part, context) for part in parts)

    def _happened(self, context: Context, stage: Stage, moments: Moments) -> tuple[Series, ...]:
        """The counters, first what is counted; of one metric, `total` holds it and the rest. Raises Impossible."""
        own = stage.of(self._counted)
        counted = jumped(self._counted, own, ((ago, part) for ago, part, _ in moments), context.window)
        if self._counted.name != self.total.name:
            total = jumped(self.total, stage.of(self.total), ((ago, all_) for ago, _, all_ in moments), context.window)
            return counted, total
        if not selects(self.total, own):
            raise Impossible
        rest = [(ago, all_ - part) for ago, part, all_ in moments]
        if any(abs(part) > abs(all_) for _, part, all_ in moments):
            raise Impossible
        return counted, jumped(self.total, stage.beside(self.total, self._counted), rest, context.window)

    def describe(self, context: Context) -> str:
        """The formula."""
        formula = f"{show(self._counted)} / {show(self.total)}"
        return f"{'1 − ' if self.bad is not None else ''}{formula} over {context.window}"

    @property
    def counts_events(self) -> bool:
        """Requests, tasks: events."""
        return True

    @property
    def absence_of(self) -> str:
        """The counted events; `total` is their companion."""
        return self._key

    def measurand(self, context: Context) -> Measurand:
        """The share of the counted events, whether the value is that or what is left of 1."""
        of, text = ("ratio", self._counted, self.total), f"{show(self._counted)} / {show(self.total)}"
        sign = Fraction(-1 if self.bad is not None else 1)
        offset = Fraction(1 if self.bad is not None else 0)
        return Measurand(of, text, context.window, offset, sign, low=Fraction(0), high=Fraction(1))

    def wanted(self) -> Wanted | None:
        """Good events are wanted, and bad ones are not; a part is what its name says."""
        if self.part is not None:
            return wanted_by_name(self.part.name)
        share = "good / total" if self.good is not None else "1 − bad / total"
        return Wanted("high", f"the value is {share}, the share of the good events")

    def tolerance(self, low: Fraction | None, high: Fraction | None) -> Fraction | None:
        """What the bound allows of a part, or leaves of 1."""
        if self.part is not None and high is not None:
            return high if 0 < high < 1 else None
        return 1 - low if low is not None and low < 1 else None
