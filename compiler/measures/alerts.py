"""Number of alerts that have been firing for some time without a break.

Value: how many alerts whose name matches have fired for `firing_for`, probed every minute. No alert is zero. An alert
need not be seen when nothing was: it fired without a break if it did in every probe that saw `alive`; so an alert that
has ended counts until the next probe. What no ALERTS series can show is whether the rules behind them are there at all;
`alive` names a metric that proves that the alerts have something to judge, and it must report, in the window and in
`firing_for`. The gate's own alerts, which have its name in the label `gate`, never count: what they fire for is that it
is closed.

    measure: {kind: alerts, alertname: "CostAnomaly.*", firing_for: 15m, alive: billing_cost_total}
    require: {equals: 0}

https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/#inspecting-alerts-during-runtime
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from compiler import naming
from compiler.fields import NUMBER, Duration, Unit
from compiler.measures.base import Lowered, Measurand, MeasureModel, Wanted
from compiler.measures.context import LEAST_SCRAPES, Context, Read, Use
from compiler.measures.situation import Aims, Impossible, Situation, Stage, Telling, past
from compiler.promql import build
from compiler.promql.expr import Binary, Call, Expr, Matcher, Subquery, Vector
from compiler.promql.matching import strangers
from compiler.promql.printer import show
from compiler.promql.series import Piece, Series
from compiler.spec_fields import DurationField, SelectorField, Text

_MOST: Final = 20  # so many alerts are enough for any test
_LONG_AGO: Final = 3  # times as long as an alert must fire
_PROBE: Final = Duration.parse("1m")
_LONG: Final = Duration.parse("30m")  # windows from here on are probed every five minutes
_LOOKS: Final = 300_000


def _regular_expression(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"{text!r} is not a regular expression: {error}") from None
    return text


class Alerts(MeasureModel):
    """Number of long-firing alerts."""

    kind: Literal["alerts"]
    alertname: Annotated[Text, AfterValidator(_regular_expression)] = Field(
        description="Regular expression that the whole name of an alert matches.", json_schema_extra={"format": "regex"}
    )
    firing_for: DurationField = Field(description="For how long an alert must have fired without a break to count.")
    alive: SelectorField = Field(description="A metric that the alerts judge; it must report.")

    def uses(self) -> tuple[Use, ...]:
        """The companion."""
        return (Use("alive", self.alive, ("counter", "gauge", "histogram")),)

    def unit(self, context: Context) -> Unit:
        """A number of alerts."""
        del context
        return NUMBER

    def reads(self, context: Context) -> tuple[Read, ...]:
        """The companion throughout the window, which says little of a short time; ALERTS is absent when all is well."""
        least = Duration(max(self.firing_for.milliseconds, LEAST_SCRAPES * context.scrape_interval.milliseconds))
        short = 2 * least.milliseconds < context.window.milliseconds
        return tuple(Read(self.alive, window, companion=True) for window in (context.window, *(least,) * short))

    def lower(self, context: Context) -> Lowered:
        """`count(alerts that every probe saw) or vector(0)`."""
        # What was seen while nothing was watched does not make up for a break elsewhere.
        watched = Binary("and", self._firing(context), self.alive, on=())
        seen, probes = self._probed(watched), self._probed(build.aggregate("count", self.alive))
        return Lowered(build.or_zero(build.aggregate("count", Binary(">=", seen, Call("scalar", (probes,))))))

    def _probed(self, expr: Expr) -> Expr:
        """How many probes saw each element."""
        return build.call("count_over_time", Subquery(expr, self.firing_for, self._step))

    @property
    def _step(self) -> Duration:
        return min(_PROBE, self.firing_for)

    def _firing(self, context: Context) -> Vector:
        own = Matcher(naming.GATE, "!=", context.gate)
        named = Matcher("alertname", "=~", self.alertname)
        return build.vector("ALERTS", named, build.equal("alertstate", "firing"), own)

    def looks(self, context: Context) -> Duration | None:
        """Whether an alert is seen is asked at each probe."""
        del context
        return self._step

    def situation(self, context: Context, stage: Stage, value: float) -> Situation:
        """So many alerts fire for long."""
        if not 0 <= value <= _MOST or value != int(value):
            raise Impossible
        return self._judged(context, stage, value, *(self._alert(context, number) for number in range(int(value))))

    def telling(self, context: Context, stage: Stage, aims: Aims) -> Telling:
        """Alerts that do not count."""
        long, alert = self.firing_for.milliseconds, self._alert(context, 0)
        del aims
        yield (
            "an alert counts when it has fired long enough",
            lambda: self._judged(context, stage, 1, alert.begun(long * 6 // 5)),
        )
        yield "an alert that has not yet does not", lambda: self._judged(context, stage, 0, alert.begun(long * 3 // 5))
        twice = alert.scaled(2.0)  # whatever somebody else writes: it is seen or not
        broken = replace(twice, pieces=(twice.pieces[0]._replace(ago=_LONG_AGO * long),)).hidden(long // 2, long // 4)
        yield "nor does one with an interruption", lambda: self._judged(context, stage, 0, broken)
        yield "two series tell of what is watched", lambda: self._watched_twice(context, stage, alert)
        ended = alert.ended(self._step.milliseconds)
        yield "nor does one that has ended", lambda: self._judged(context, stage, 0, ended)
        others = strangers(self._firing(context))
        rest = [Series("ALERTS", labels, alert.pieces) for labels in others]
        yield "nor do others, and those that are only pending", lambda: self._judged(context, stage, 0, *rest)
        yield (
            "what was seen while nothing was watched does not make up for an interruption",
            lambda: self._unwatched(context, stage, alert),
        )

    def _watched_twice(self, context: Context, stage: Stage, alert: Series) -> Situation:
        one = self._judged(context, stage, 1, alert)
        return replace(one, series=(*one.series, one.series[0].labelled(replica="b")))

    def _unwatched(self, context: Context, stage: Stage, alert: Series) -> Situation:
        """One probe misses what is watched, and the next misses the alert. Raises Impossible."""
        step, now = self._step.milliseconds, round(stage.now * 1000)
        # Not at a multiple of five minutes, where the window is probed: all of it is covered.
        if step < _PROBE.milliseconds or context.window < _LONG or self.firing_for.milliseconds < 2 * _LOOKS:
            raise Impossible
        probe = now - now % _LOOKS - _LOOKS + step
        judged = self._judged(context, stage, 0, alert.hidden(now - probe - step // 2, now - probe - step * 3 // 2))
        alive, *alerts = judged.series
        missed = alive.hidden(now - probe + step // 2, now - probe - step // 2)
        return Situation((missed, *alerts), judged.values)

    def _alert(self, context: Context, number: int) -> Series:
        """An alert that has always been firing."""
        labels = Stage().of(self._firing(context), ("replica", str(number)))
        return Series("ALERTS", labels, (Piece(past(self.firing_for), 1.0),))

    def _judged(self, context: Context, stage: Stage, value: float, *alerts: Series) -> Situation:
        alive = stage.steady(self.alive, 1.0, max(context.window, self.firing_for))
        return Situation((alive, *alerts), ((stage.member, value),))

    def describe(self, context: Context) -> str:
        """Which alerts."""
        del context
        return f"alerts named {self.alertname} that fire for {self.firing_for} (watching {show(self.alive)})"

    def measurand(self, context: Context) -> Measurand:
        """The number of alerts."""
        del context
        text = f"alerts named {self.alertname} that fire for {self.firing_for}"
        return Measurand(("alerts", self.alertname, self.firing_for), text, low=Fraction(0))

    def wanted(self) -> Wanted:
        """No alert is the good case."""
        return Wanted("low", "no alert is the good case")

    def problems(self, context: Context) -> Iterator[tuple[str, str, str]]:
        """Alerts are counted all together."""
        if context.by:
            yield "", "alerts are counted all together; `by` means nothing here", "leave `by` out"
