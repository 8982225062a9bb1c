"""The measures of gauges, times and alerts, as their documentation has them."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from reference.measured import Input, Measured, Setting
from reference.moment import Moment, certain, grouped
from reference.prometheus import total
from reference.series import Labels, Series

from compiler.measures.age import Age
from compiler.measures.alerts import Alerts
from compiler.measures.freshness import Freshness
from compiler.measures.gauge import Gauge
from compiler.measures.growth import Growth
from compiler.promql.expr import Matcher, Vector
from compiler.promql.printer import show

_PROBE: Final = 60_000
_SCRAPES: Final = 4  # in the shortest window


def mean(values: Sequence[float]) -> float:
    """The average."""
    return total(values) / len(values)


# Gauge: its level now, or the average, minimum or maximum over the window; of every series, or of all together.

_COMBINED: Final[Mapping[str, Callable[[Sequence[float]], float]]] = {"avg": mean, "min": min, "max": max, "sum": total}


def gauge_inputs(measure: Gauge, setting: Setting) -> tuple[Input, ...]:
    """The gauge, throughout the window if the window matters."""
    window = None if measure.over_time == "latest" else setting.window
    return (Input(measure.metric, window, setting.by),)


def gauge(measure: Gauge, setting: Setting, moment: Moment) -> Measured:
    """The level of the series that report."""
    rows = [
        (series, setting.in_base(measure.metric, _level(measure, setting, moment, series, now)))
        for series, _, now in moment.now(measure.metric)
    ]
    exact = measure.over_time == "latest"
    if measure.across == "every":
        values = {series.labels: value for series, value in rows}
        return Measured(values, members=frozenset(values), exact=exact, scale=_largest(values))
    combined = {
        one: _COMBINED[measure.across](values) if certain(values) else math.nan
        for one, values in grouped(rows, setting.by).items()
    }
    exact = exact and measure.across in {"min", "max"}
    return Measured(combined, exact=exact, scale=max((abs(value) for _, value in rows), default=0.0))


def _level(measure: Gauge, setting: Setting, moment: Moment, series: Series, now: float) -> float:
    if measure.over_time == "latest":
        return now
    _, values = moment.engine.window(series, moment.at, setting.window)
    return _COMBINED[measure.over_time](values) if values and certain(values) else math.nan


def _largest(values: Mapping[Labels, float]) -> float:
    return max((abs(value) for value in values.values()), default=0.0)


# Age: how far a time is from now, in either direction; of every series, or the oldest of a group.


def age_inputs(measure: Age, setting: Setting) -> tuple[Input, ...]:
    """The gauge as it is now."""
    return (Input(measure.metric, None, setting.by),)


def age(measure: Age, setting: Setting, moment: Moment) -> Measured:
    """The distance from now."""
    moments = ((series, setting.in_base(measure.metric, value)) for series, _, value in moment.now(measure.metric))
    rows = [(series, abs(moment.at / 1000 - value)) for series, value in moments]
    if not setting.by:
        values = {series.labels: value for series, value in rows}
        return Measured(values, members=frozenset(values), exact=True)
    oldest = {one: max(values) if certain(values) else math.nan for one, values in grouped(rows, setting.by).items()}
    return Measured(oldest, exact=True)


# Growth: the trend over the window times its length, of the sum of the series, looked at sixty times in the window.


def growth_inputs(measure: Growth, setting: Setting) -> tuple[Input, ...]:
    """The gauge throughout the window."""
    return (Input(measure.metric, setting.window, setting.by),)


def growth(measure: Growth, setting: Setting, moment: Moment) -> Measured:
    """By how much it has grown, to a sum that is a number."""
    rows_now = [(series, value) for series, _, value in moment.now(measure.metric)]
    now = {one for one, values in grouped(rows_now, setting.by).items() if math.isfinite(total(values))}
    sums: dict[Labels, tuple[list[int], list[float]]] = {}
    for probe in moment.probes(setting.window, _sixtieth(setting.window)):
        rows = [(series, value) for series, _, value in probe.now(measure.metric)]
        for one, values in grouped(rows, setting.by).items():
            times, totals = sums.setdefault(one, ([], []))
            times.append(probe.at)
            totals.append(total(values))
    known = ((one, points) for one, points in sums.items() if one in now)
    slopes = {one: found for one, points in known if (found := moment.engine.slope(*points)) is not None}
    return Measured(
        setting.all_in_base(measure.metric, {one: slope * setting.window / 1000 for one, slope in slopes.items()}),
        scale=setting.in_base(
            measure.metric,
            max((abs(value) for _, totals in sums.values() for value in totals if math.isfinite(value)), default=0.0),
        ),
    )


def _sixtieth(window: int) -> int:
    whole_seconds = window // 60_000 * 1000
    return whole_seconds or window // 60


# Alerts: how many have fired at every minute of the time that saw what they judge.


def alerts_inputs(measure: Alerts, setting: Setting) -> tuple[Input, ...]:
    """What the alerts judge; they themselves are not there when all is well."""
    least = max(measure.firing_for.milliseconds, _SCRAPES * setting.scrape_interval)
    windows = (setting.window, least) if 2 * least < setting.window else (setting.window,)
    return tuple(Input(measure.alive, window) for window in windows)


def alerts(measure: Alerts, setting: Setting, moment: Moment) -> Measured:
    """How many alerts without a break: no minute in which what they judge was there, and the alert was not."""
    own = Matcher("gate", "!=", setting.gate)
    named = Matcher("alertname", "=~", measure.alertname)
    firing = Vector("ALERTS", (named, Matcher("alertstate", "=", "firing"), own))
    length = measure.firing_for.milliseconds
    watched = [probe for probe in moment.probes(length, min(_PROBE, length)) if probe.reporting(measure.alive)]
    alerts = moment.matrix.select(firing)
    long = [one for one in alerts if watched and all(probe.engine.latest(one, probe.at) for probe in watched)]
    return Measured({(): float(len(long))}, exact=True)


# Freshness: the age of the newest sample of everything that must exist.


def freshness_inputs(measure: Freshness, setting: Setting) -> tuple[Input, ...]:
    """Nothing of its own."""
    del measure, setting
    return ()


def freshness(measure: Freshness, setting: Setting, moment: Moment) -> Measured:
    """How old each is; one that does not report has no age."""
    del measure
    ages = {_named(one): next(_ages(one, moment), None) for one in setting.watched}
    known = {one: age for one, age in ages.items() if age is not None}
    return Measured(known, members=frozenset(ages), complete=ages.keys() == known.keys(), exact=True)


def _ages(selector: Vector, moment: Moment) -> Iterator[float]:
    """The ages that were recorded, the newest first."""
    for at in moment.recorded():
        series = moment.matrix.select(selector) if at >= 0 else ()
        times = [time for one in series if (time := moment.engine.newest(one, at)) is not None]
        if times:
            yield (at - max(times)) / 1000


def _named(selector: Vector) -> Labels:
    return (("input", show(selector)),)
