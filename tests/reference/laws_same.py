"""Changes that never change a verdict."""

import re
from copy import deepcopy
from dataclasses import replace
from itertools import pairwise
from random import Random
from typing import Final

from reference.case import Case, compiled
from reference.changes import counting_names, criteria_of, ids, may_be_absent, multiplied, with_series
from reference.law import Law, Pair
from reference.random_faults import number, parts
from reference.series import NOTHING, STALE, notation
from reference.verdict import inputs_of


def unrelated(rng: Random, case: Case) -> Pair:
    """Series of other metrics, of a metric with a longer name, and verdicts of another gate."""
    steps = len(next(iter(case.series.values()), "").split()) or 1
    longer = (notation(f"{parts(series)[0]}_other", ()) for series in case.series)
    other = {series: [rng.choice(["NaN", "1", "5"])] * steps for series in longer}
    for name in ("pass", "state", "value"):
        other[f'gate:criterion:{name}{{category="part0",criterion="c0",gate="other"}}'] = ["1"] * steps
    rows = {**case.series, **{series: " ".join(tokens) for series, tokens in other.items()}}
    return Pair(case, replace(case, series=rows), ids(case))


def permuted(rng: Random, case: Case) -> Pair | None:
    """Instances change their names, and series their order."""
    if "instance" in case.text.replace("without (instance", ""):
        return None
    names = [f"host-{i}" for i in range(10)]
    rng.shuffle(names)

    def renamed(series: str, tokens: list[str]) -> dict[str, list[str]]:
        name, labels = parts(series)
        if re.fullmatch(r"i\d", labels.get("instance", "")):
            labels["instance"] = names[int(labels["instance"][1:])]
        return {notation(name, tuple(labels.items())): tokens}

    after = with_series(case, renamed)
    return Pair(case, replace(after, series=dict(reversed(list(after.series.items())))), ids(case))


def labelled(rng: Random, case: Case) -> Pair:
    """Relabelling gives every series one more label."""
    value = rng.choice(["eu", "b", ""])

    def more(series: str, tokens: list[str]) -> dict[str, list[str]]:
        name, labels = parts(series)
        return {notation(name, tuple(sorted({**labels, "cluster": value}.items()))): tokens}

    return Pair(case, with_series(case, more), ids(case))


def reordered(rng: Random, case: Case) -> Pair:
    """The criteria are written in another order."""
    spec = deepcopy(dict(case.spec))
    for category in spec["categories"]:
        rng.shuffle(category["criteria"])
    spec["categories"].reverse()
    spec["metrics"] = dict(reversed(spec["metrics"].items()))
    return Pair(case, replace(case, spec=spec), ids(case))


def alone(rng: Random, case: Case) -> Pair | None:
    """A criterion is judged by itself, or beside others that read the same."""
    one = rng.choice(criteria_of(case.spec))
    if len(ids(case)) == 1 or one["measure"]["kind"] == "freshness":
        return None
    spec = {**case.spec, "categories": [{"id": "only", "title": "Only", "criteria": [one]}]}
    return Pair(replace(case, spec=spec), case, frozenset({one["id"]}), overall=False)


def scaled(rng: Random, case: Case) -> Pair | None:
    """All counters count twice as much: shares, quantiles and costs per unit are the same."""
    free = {"ratio", "largest_share", "share_deviation", "deviation_from_average", "quantile", "unit_cost"}
    criteria = [one for one in criteria_of(case.spec) if one["measure"]["kind"] in free and "min_events" not in one]
    if not criteria:
        return None
    factor, names = rng.choice([0.5, 2, 4]), counting_names(case)
    after = with_series(
        case, lambda series, tokens: {series: multiplied(factor)(tokens) if parts(series)[0] in names else tokens}
    )
    return Pair(case, after, frozenset(one["id"] for one in criteria), overall=False)


def split(rng: Random, case: Case) -> Pair | None:
    """The events of a counter are counted by two instances instead of one."""
    if "instance" in case.text.replace("without (instance", ""):
        return None
    name = rng.choice(sorted(counting_names(case)) or [""])

    def halves(series: str, tokens: list[str]) -> dict[str, list[str]]:
        own, labels = parts(series)
        if own != name:
            return {series: tokens}
        half = multiplied(0.5)(tokens)
        other = {**labels, "instance": labels.get("instance", "") + "-other"}
        return {series: half, notation(own, tuple(sorted(other.items()))): half}

    return Pair(case, with_series(case, halves), ids(case))


def reset(rng: Random, case: Case) -> Pair | None:
    """Steady counters restart from zero between two scrapes, at different times.

    The first sample after that is what was counted since the scrape before. Counters that need not exist are left
    alone: of a series that was not there when the window began, all that it shows is counted, which is less after a
    restart.
    """
    names = set(counting_names(case)) - may_be_absent(case)

    def restarted(series: str, tokens: list[str]) -> dict[str, list[str]]:
        values = [float(token) for token in tokens if token not in {NOTHING, STALE}]
        steps = {later - earlier for earlier, later in pairwise(values)}
        if (
            parts(series)[0] not in names
            or len(values) < 4
            or len(steps) != 1
            or not 0 < steps.copy().pop() < values[1]
        ):
            return {series: tokens}
        before = rng.choice(values[1:-1])
        return {series: [number(one, lambda value: value - before if value > before else value) for one in tokens]}

    after = with_series(case, restarted)
    return Pair(case, after, ids(case)) if after.series != case.series else None


def shifted(rng: Random, case: Case) -> Pair | None:
    """Everything happens later, by a time that probes and evaluations divide."""
    del rng
    gate, _ = compiled(case)
    by = 600_000
    windows = {one.window for each in gate.criteria for one in inputs_of(gate, each) if one.window}
    steps = {max(1, min(window // 6 // 1000 * 1000, 300_000)) for window in windows}
    steps |= {gate.defaults.evaluate_every.milliseconds, case.interval}
    if any(by % step for step in steps) or any(one.measure.kind in {"age", "alerts"} for one in gate.criteria):
        return None
    nothing = [NOTHING] * (by // case.interval)
    after = with_series(case, lambda series, tokens: {series: nothing + tokens})
    return Pair(case, replace(after, until=case.until + by), ids(case), shift=by)


LAWS: Final[tuple[Law, ...]] = (
    Law("series of other metrics and other gates change nothing", unrelated, same=True),
    Law("the names and the order of instances change nothing", permuted, same=True),
    Law("one more label on every series changes nothing", labelled, same=True),
    Law("the order of criteria and metrics changes nothing", reordered, same=True),
    Law("criteria beside it do not change a criterion", alone, same=True),
    Law("counting everything twice changes no share, quantile or cost per unit", scaled, same=True),
    Law("counting events by two instances instead of one changes nothing", split, same=True),
    Law("a restart of a steady counter changes nothing", reset, same=True),
    Law("what happens later is judged later, and otherwise the same", shifted, same=True),
)
