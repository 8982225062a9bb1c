"""The measures of counters and histograms, as their documentation has them."""

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from reference.measured import Input, Measured, Members, Setting
from reference.moment import Groups, Moment, certain, grouped, summed
from reference.prometheus import LOOKBACK, quotient, total
from reference.series import Labels, Series

from compiler.measures.deviation_from_average import DeviationFromAverage
from compiler.measures.increase import Increase
from compiler.measures.largest_share import LargestShare
from compiler.measures.quantile import Quantile
from compiler.measures.ratio import Ratio
from compiler.measures.share_deviation import ShareDeviation
from compiler.measures.unit_cost import UnitCost
from compiler.promql.expr import Matcher, Vector


def times(groups: Mapping[Labels, float], factor: float) -> Groups:
    """Each number times a factor."""
    return {one: value * factor for one, value in groups.items()}


def zeros(moment: Moment, groups: Mapping[Labels, float], scale: float = 0.0) -> Members:
    """The groups whose number is zero."""
    return frozenset(one for one, value in groups.items() if moment.doubts.zero(value, scale))


def created_late(moment: Moment, selector: Vector, window: int, by: Sequence[str], *, generous: bool = True) -> Groups:
    """Events of a counter that is created at its first event: all it shows, if it was not there at the beginning.

    What it shows is its largest number. If it was reset since, its first life may not be in that, nor in its increase:
    a `generous` count has both, which is never too few, and one that is not just the former, which is never too many.
    """

    def events(series: Series) -> float | None:
        before, _ = moment.engine.window(series, moment.at - window, LOOKBACK)
        if before:
            return moment.engine.increase(series, moment.at, window)
        _, values = moment.engine.window(series, moment.at, window)
        if not values:
            return None
        # A sample in between that is not a number is passed over by what compares samples, as it is for other counters.
        numbers = [value for value in values if not math.isnan(value)]
        largest, risen = max(numbers) if numbers else math.nan, moment.engine.increase(series, moment.at, window)
        if risen is None:
            return largest
        resets = any(after < before for before, after in pairwise(values))
        return largest + (risen if resets and generous else 0 * risen)

    return summed(moment.each(selector, events), by)


# Ratio: good / total, 1 - bad / total or part / total. Idle: no event of either counter.


def counted_of(measure: Ratio) -> Vector:
    """The counter above the line."""
    counted = measure.good or measure.bad or measure.part
    assert counted is not None
    return counted


def ratio_inputs(measure: Ratio, setting: Setting) -> tuple[Input, ...]:
    """Both counters; the one that may be created later need not exist."""
    counted = Input(counted_of(measure), setting.window, setting.by, required=not setting.absent_is_zero)
    return counted, Input(measure.total, setting.window, setting.by)


def ratio(measure: Ratio, setting: Setting, moment: Moment) -> Measured:
    """A share of events."""
    window, by = setting.window, setting.by
    all_of = moment.rates(measure.total, window, by)
    # A counter of which more would help to pass counts like `total`, which is not created late.
    helps = measure.good is not None or (measure.part is not None and setting.wants_more)
    late = setting.absent_is_zero and not helps
    if late:
        counted = times(created_late(moment, counted_of(measure), window, by), 1000 / window)
    else:
        counted = moment.rates(counted_of(measure), window, by)
    if setting.absent_is_zero:
        counted = dict.fromkeys(all_of, 0.0) | counted
    shares = {one: quotient(counted[one], all_of[one]) for one in all_of if one in counted}
    told = moment.reporting(measure.total, by) | {one for one, value in counted.items() if value > 0}
    events = dict(all_of)
    for one in (all_of.keys() & counted.keys()) if measure.good is None else ():
        if all_of[one] > 0:
            beside = all_of[one] + counted[one] if late else max(all_of[one], counted[one])
            events[one] = all_of[one] if math.isnan(beside) else beside
    return Measured(
        {one: 1 - share for one, share in shares.items()} if measure.bad else shares,
        members=told if setting.absent_is_zero else None,
        idle=zeros(moment, all_of) - {one for one, value in counted.items() if value != 0},
        events=times(events, window / 1000),
        scale=1.0,
    )


# Unit cost: per * cost / units. Idle: neither cost nor units.


def unit_cost_inputs(measure: UnitCost, setting: Setting) -> tuple[Input, ...]:
    """Both counters."""
    return Input(measure.cost, setting.window, setting.by), Input(measure.units, setting.window, setting.by)


def unit_cost(measure: UnitCost, setting: Setting, moment: Moment) -> Measured:
    """What so many units cost."""
    cost = moment.rates(measure.cost, setting.window, setting.by)
    units = moment.rates(measure.units, setting.window, setting.by)
    return Measured(
        {
            one: setting.in_base(measure.cost, quotient(cost[one], units[one]) * measure.per)
            for one in cost
            if one in units
        },
        idle=zeros(moment, units) - {one for one, value in cost.items() if value != 0},
        events=times(units, setting.window / 1000),
    )


# Increase: the number of events. Never idle: no event is a number like others.


def increase_inputs(measure: Increase, setting: Setting) -> tuple[Input, ...]:
    """The counter, and the metric that shows that its source is alive."""
    own = Input(measure.metric, setting.window, setting.by, required=not setting.absent_is_zero)
    return (own, Input(measure.alive, setting.window, setting.by)) if measure.alive else (own,)


def increase(measure: Increase, setting: Setting, moment: Moment) -> Measured:
    """How many events there were."""
    if setting.absent_is_zero:
        assert measure.alive is not None
        events = dict.fromkeys(moment.reporting(measure.alive, setting.by), 0.0)
        generous = not setting.wants_more
        events |= created_late(moment, measure.metric, setting.window, setting.by, generous=generous)
    else:
        events = moment.increases(measure.metric, setting.window, setting.by)
    return Measured(setting.all_in_base(measure.metric, events))


# Quantile: of a classic histogram. Idle: no observation. Saturated: above the highest finite bucket.


def quantile_inputs(measure: Quantile, setting: Setting) -> tuple[Input, ...]:
    """The bucket that counts all observations."""
    matchers = (*measure.histogram.matchers, Matcher("le", "=", "+Inf"))
    return (Input(Vector(f"{measure.histogram.name}_bucket", tuple(sorted(matchers))), setting.window, setting.by),)


def quantile_(measure: Quantile, setting: Setting, moment: Moment) -> Measured:
    """Below which number that share of the observations lies."""
    selector = Vector(f"{measure.histogram.name}_bucket", measure.histogram.matchers)
    rates = moment.each(selector, lambda one: moment.engine.rate(one, moment.at, setting.window))
    histograms: dict[Labels, dict[float, list[float]]] = {}
    for series, rate in rates:
        if (bound := _bound(series.label("le"))) is not None:
            one = tuple((name, value) for name, value in series.labels if name in setting.by)
            histograms.setdefault(one, {}).setdefault(bound, []).append(rate)
    buckets = {one: [(b, total(rows[b])) for b in sorted(rows)] for one, rows in histograms.items()}
    q = float(measure.quantile.base)
    known = {one: rows for one, rows in buckets.items() if certain(count for _, count in rows)}
    count_of = {one: max(count for _, count in rows) for one, rows in known.items()}
    for one, rows in known.items():
        for _, count in rows:
            moment.doubts.compared(count, q * count_of[one])
    return Measured(
        setting.all_in_base(measure.histogram, {one: moment.engine.quantile(q, rows) for one, rows in known.items()}),
        idle=frozenset(one for one, rows in known.items() if all(count == 0 for _, count in rows)),
        events=times(count_of, setting.window / 1000),
        saturated=frozenset(one for one, rows in buckets.items() if _saturated(q, rows)),
    )


def _bound(le: str) -> float | None:
    try:
        return float(le)
    except ValueError:
        return None


def _saturated(q: float, buckets: Iterable[tuple[float, float]]) -> bool:
    """Whether the highest finite bucket counts less than that share of all observations, by what is known of them."""
    counts = [(bound, count) for bound, count in buckets if not math.isnan(count)]
    finite = [count for bound, count in counts if math.isfinite(bound)]
    return bool(finite) and max(finite) < q * max(count for _, count in counts)


# Largest share: of one label value in all events. Idle: no event at all.


def largest_share_inputs(measure: LargestShare, setting: Setting) -> tuple[Input, ...]:
    """The counter; not each of the label's values, which come and go with their events."""
    return (Input(measure.metric, setting.window, setting.by),)


def largest_share(measure: LargestShare, setting: Setting, moment: Moment) -> Measured:
    """Which share the busiest has."""
    rates = moment.each(measure.metric, lambda one: moment.engine.rate(one, moment.at, setting.window))
    each = summed(rates, (*setting.by, measure.of))
    parts: dict[Labels, list[float]] = {}
    for labels, rate in each.items():
        parts.setdefault(tuple(pair for pair in labels if pair[0] in setting.by), []).append(rate)
    all_of = {one: total(values) for one, values in parts.items()}
    return Measured(
        {one: quotient(max(parts[one]), all_of[one]) if certain(parts[one]) else math.nan for one in parts},
        idle=zeros(moment, all_of),
        events=times(all_of, setting.window / 1000),
    )


# Share deviation: |share - target| / target of each label value. Idle: no event at all.


def share_deviation_inputs(measure: ShareDeviation, setting: Setting) -> tuple[Input, ...]:
    """The counter throughout the window, and the targets now, with those that were there in the window."""
    return Input(measure.metric, setting.window), Input(measure.target, setting.window, (measure.of,), inventory=True)


def share_deviation(measure: ShareDeviation, setting: Setting, moment: Moment) -> Measured:
    """How far each is from what was configured."""
    by = (measure.of,)
    each = moment.rates(measure.metric, setting.window, by)
    all_of = total(each.values())
    configured = ((series, setting.in_base(measure.target, value)) for series, _, value in moment.now(measure.target))
    now = grouped(configured, by)
    targets = {one: max(values) if certain(values) else math.nan for one, values in now.items()}
    values = {}
    for one, target in targets.items() if each else ():  # where nothing is counted, there are no shares
        nothing = 0.0 if certain([all_of]) else math.nan
        share = quotient(each[one], all_of) if one in each else nothing
        if math.isnan(share) and not moment.engine.has_nan:
            share = nothing
        if target != 0:
            values[one] = abs(share - target) / max(target, 1e-9) if certain([share, target]) else math.nan
        else:  # events without a share: as far away as can be
            values[one] = abs(share) / 1e-9 if certain([share]) else math.nan
    idle = bool(each) and moment.doubts.zero(all_of, 0)
    return Measured(
        values,
        members=frozenset(targets) | {one for one, rate in each.items() if rate > 0},
        idle=frozenset(targets) if idle else frozenset(),
        events=dict.fromkeys(targets, all_of * setting.window / 1000) if each else {},
        scale=1.0,
    )


# Deviation from average: |recent / average of the longer time - 1|. Idle: nothing over all of it.


def deviation_inputs(measure: DeviationFromAverage, setting: Setting) -> tuple[Input, ...]:
    """The counter throughout both times."""
    periods = (measure.period.milliseconds, measure.baseline.milliseconds)
    return tuple(Input(measure.metric, period, setting.by) for period in periods)


def deviation(measure: DeviationFromAverage, setting: Setting, moment: Moment) -> Measured:
    """How far the recent amount is from its average."""
    period, baseline = measure.period.milliseconds, measure.baseline.milliseconds
    recent = moment.increases(measure.metric, period, setting.by)
    whole = moment.increases(measure.metric, baseline, setting.by)
    return Measured(
        {one: abs(quotient(recent[one], whole[one] / (baseline / period)) - 1) for one in recent if one in whole},
        idle=zeros(moment, whole),
        events=whole,
        scale=1.0,
    )
