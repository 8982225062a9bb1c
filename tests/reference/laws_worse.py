"""Changes that never make a verdict better."""

import re
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import replace
from random import Random
from typing import Any, Final

from reference.case import Case, compiled
from reference.changes import Criterion, criteria_of, ids, may_be_absent, multiplied, numbers, of_metric, with_series
from reference.law import Law, Pair
from reference.random_faults import ended, number, parts
from reference.random_series import written
from reference.series import NOTHING, STALE, notation
from reference.verdict import inputs_of


def tighter(rng: Random, case: Case) -> Pair:
    """Every bound is tighter by a little or by much."""
    spec, part = deepcopy(dict(case.spec)), rng.choice([0.01, 0.3, 2.0])
    for criterion in criteria_of(spec):
        ((word, limit),) = criterion["require"].items()
        up = word in {"at_least", "above"}
        if word == "between":
            low, high = (float(re.sub(r"[^\d.-]", "", text)) for text in limit)
            move = (high - low) * min(part, 0.4) / 2
            criterion["require"] = {word: [_moved(limit[0], move), _moved(limit[1], -move)]}
        elif isinstance(limit, str) and word != "equals":
            criterion["require"] = {word: _tightened(limit, part, up=up)}
        elif isinstance(limit, dict) and "by_member" in limit:
            table = {member: _tightened(text, part, up=up) for member, text in limit["by_member"].items()}
            criterion["require"] = {word: {"by_member": table}}
    return Pair(case, replace(case, spec=spec), ids(case))


def _tightened(text: str, part: float, *, up: bool) -> str:
    amount = (abs(float(re.sub(r"[^\d.-]", "", text))) + 0.1) * part
    return _moved(text, amount if up else -amount)


def _moved(text: str, amount: float) -> str:
    value = re.match(r"-?[\d.]+", text)
    assert value, text
    return f"{float(value[0]) + amount:.6f}{text[value.end() :]}"


def stricter(rng: Random, case: Case) -> Pair | None:
    """A lenient word is taken away, or a strict one is added."""
    spec = deepcopy(dict(case.spec))
    criterion = rng.choice(criteria_of(spec))
    freshness = any(one["measure"]["kind"] == "freshness" for one in criteria_of(spec))
    changes: list[Callable[[], Any]] = [lambda: criterion.update(min_coverage="100%")]
    if criterion.get("when_idle") == "pass":
        changes.append(lambda: criterion.update(when_idle="fail"))
    if "waive_while" in criterion and not freshness:
        changes.append(lambda: criterion.pop("waive_while"))
    if "members" not in criterion and criterion.get("by") == ["pool"]:
        changes.append(lambda: criterion.update(members={"listed": ["a", "b"]}))
    changes.append(lambda: spec["defaults"].update(stabilization="300s"))
    rng.choice(changes)()
    return Pair(case, replace(case, spec=spec), ids(case))


def more_criteria(rng: Random, case: Case) -> Pair | None:
    """A criterion is added."""
    criteria = criteria_of(case.spec)
    fewer = [one for one in criteria if one is not rng.choice(criteria)]
    if not fewer:
        return None
    spec = {**case.spec, "categories": [{"id": "only", "title": "Only", "criteria": fewer}]}
    return Pair(replace(case, spec=spec), case, frozenset(one["id"] for one in fewer))


def lost_metric(rng: Random, case: Case) -> Pair | None:
    """A metric ends, with the markers that a scrape without it leaves."""
    names = {parts(series)[0] for series in case.series} - may_be_absent(case) - {"ALERTS"}
    if not names:
        return None
    name, start = rng.choice(sorted(names)), int(rng.random() * case.until / case.interval)
    after = of_metric(case, name, lambda tokens: ended(tokens, start, len(tokens)))
    return Pair(case, after, ids(case), during=range(start * case.interval, case.until + 1))


def lost_member(rng: Random, case: Case) -> Pair | None:
    """A declared member ends: all of its series but those that say that it is expected."""
    declared = [one for one in criteria_of(case.spec) if one.get("members", {}).get("listed")]
    if not declared:
        return None
    criterion = rng.choice(declared)
    members, start = criterion["members"], int(rng.random() * case.until / case.interval)
    label = members.get("label") or criterion["by"][0]
    member = rng.choice(members["listed"])

    def lost(series: str, tokens: list[str]) -> dict[str, list[str]]:
        gone = parts(series)[1].get(label) == member
        return {series: ended(tokens, start, len(tokens)) if gone else tokens}

    since = range(start * case.interval, case.until + 1)
    # What it is expected to do may be less than what the others do, and an exception may be its own.
    if "waive_while" in criterion:
        return None
    return Pair(case, with_series(case, lost), frozenset({criterion["id"]}), overall=False, during=since)


def lost_coverage(rng: Random, case: Case) -> Pair | None:
    """A metric is not there for a whole window, of which no quarter has passed since."""
    gate, _ = compiled(case)
    rows = [
        (criterion, one)
        for criterion in gate.criteria
        for one in inputs_of(gate, criterion)
        if one.window and one.required and (criterion.min_coverage or gate.defaults.min_coverage).base >= 0.8
    ]
    if not rows:
        return None
    criterion, one = rng.choice(rows)
    assert one.window is not None
    steps = one.window // case.interval + 1
    start = int(rng.random() * max(1, case.until / case.interval - steps))
    after = of_metric(case, one.selector.name, lambda tokens: ended(tokens, start, start + steps))
    end = (start + steps) * case.interval + one.window // 4
    during = range(start * case.interval, min(end, case.until + 1))
    return Pair(case, after, frozenset({criterion.id}), overall=False, during=during)


def worse(rng: Random, case: Case) -> Pair | None:
    """What a criterion measures is worse."""
    criteria = [one for one in criteria_of(case.spec) if _worse(one, case) is not None]
    if not criteria:
        return None
    criterion = rng.choice(criteria)
    after = _worse(criterion, case)
    assert after is not None
    return Pair(case, after, frozenset({criterion["id"]}), overall=False)


def _worse(criterion: Criterion, case: Case) -> Case | None:
    """The case with a worse measure; None where it is not simple to say what is worse."""
    measure: Mapping[str, Any] = criterion["measure"]
    (word,) = criterion["require"]
    if word in {"between", "equals"}:
        return None
    low = word in {"at_most", "below"}  # what is low is good
    match measure["kind"]:
        case "gauge":
            return of_metric(case, measure["metric"], numbers(lambda value: value + (7 if low else -7)))
        case "growth":
            return of_metric(case, measure["metric"], _tilted(0.5 if low else -0.5))
        case "age" if low:
            return of_metric(case, measure["metric"], numbers(lambda value: value - 1e6))
        case "alerts" if low:
            steps = len(next(iter(case.series.values()), "").split())
            firing = 'ALERTS{alertname="AlertA",alertstate="firing",pool="more"}'
            return replace(case, series={**case.series, firing: " ".join(["1"] * steps)})
        case "increase" if low:
            return _counting(case, measure["metric"], 3)
        case "unit_cost" if measure["cost"].partition("{")[0] != measure["units"].partition("{")[0]:
            return _counting(case, measure["cost"], 3 if low else 0.25)
        case "ratio":
            key = next(key for key in ("good", "bad", "part") if key in measure)
            more = low != (key == "bad")
            apart = measure[key].partition("{")[0] != measure["total"].partition("{")[0]
            return _counting(case, measure[key], 3 if more else 0.25) if apart else None
        case "quantile" if low:
            return _slower(case, measure["histogram"])
    return None


def _counting(case: Case, metric: str, factor: float) -> Case | None:
    """The case with a counter that counts faster or slower; None if it ever was negative."""
    name = metric.partition("{")[0]
    if any("-" in text for series, text in case.series.items() if parts(series)[0] == name):
        return None
    return of_metric(case, name, multiplied(factor))


def _tilted(slope: float) -> Callable[[list[str]], list[str]]:
    def change(tokens: list[str]) -> list[str]:
        return [
            token if token in {NOTHING, STALE} else written(float(token) + slope * i) for i, token in enumerate(tokens)
        ]

    return change


def _slower(case: Case, histogram: str) -> Case | None:
    """The case with every observation in the next higher bucket, if all buckets are there."""
    name = f"{histogram.partition('{')[0]}_bucket"
    rows = {series: text.split() for series, text in case.series.items() if parts(series)[0] == name}
    bounds = sorted({parts(series)[1].get("le", "") for series in rows}, key=float) if rows else []
    changed = dict(case.series)
    for series, tokens in rows.items():
        labels = parts(series)[1]
        position = bounds.index(labels["le"])
        below = notation(name, tuple(sorted({**labels, "le": bounds[position - 1]}.items())))
        if position and below not in rows:
            return None
        if position < len(bounds) - 1:
            lower = rows[below] if position else [number(token, lambda _: 0.0) for token in tokens]
            changed[series] = " ".join(lower)
    if not rows or any("-" in text or "N" in text for text in changed.values()):
        return None
    return replace(case, series=changed)


LAWS: Final[tuple[Law, ...]] = (
    Law("a tighter bound opens nothing", tighter, same=False),
    Law("a stricter word opens nothing", stricter, same=False),
    Law("one more criterion opens nothing", more_criteria, same=False),
    Law("the end of a metric opens nothing", lost_metric, same=False),
    Law("the end of a declared member opens nothing", lost_member, same=False),
    Law("a window without data opens nothing", lost_coverage, same=False),
    Law("a worse measure opens nothing", worse, same=False),
)
