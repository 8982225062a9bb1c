"""Random samples of a platform of a few targets that is well, more or less.

Series are lists of tokens in promtool's notation, one a step. Every target is scraped at its own offset.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from reference.random_gate import Draft
from reference.series import NOTHING, STALE, Labels, notation

Rows = dict[str, list[str]]

_BOUNDS: Final = {
    "latency_seconds": ["0.1", "0.5", "1", "+Inf"],
    "wait_milliseconds": ["5", "250", "1000", "+Inf"],
    "size": ["1", "10", "100", "+Inf"],
}


@dataclass(frozen=True, slots=True)
class Target:
    """Something that is scraped: its labels, and the steps at which that happens."""

    labels: Labels
    scrapes: Sequence[int]


@dataclass(frozen=True, slots=True)
class Platform:
    """What is scraped, for so many steps."""

    rng: Random
    targets: Sequence[Target]
    steps: int


def platform(rng: Random, steps: int, every: int) -> Platform:
    """A few targets in pools and zones, scraped at every so manieth step."""
    made = []
    for i in range(rng.choice([1, 2, 2, 3, 4])):
        labels = {"pool": rng.choice("aabc"), "zone": rng.choice("xxy"), "instance": f"i{i}"}
        offset = rng.randrange(every) if rng.random() < 0.7 else 0
        made.append(Target(tuple(sorted(labels.items())), range(offset, steps, every)))
    return Platform(rng, made, steps)


def healthy(made: Draft, there: Platform) -> Rows:
    """The series of all metrics of a gate."""
    rows: Rows = {}
    for name, metric in made.metrics.items():
        if name in made.weights:
            rows |= _weights(there, name, made.weights[name], 100 if metric["unit"] == "percent" else 1)
            continue
        for target in there.targets:
            if there.rng.random() < 0.96:
                rows |= _of_target(there, name, metric, target)
    if any(one["measure"]["kind"] == "alerts" for one in made.criteria):
        rows |= dict(_alerts(there))
    return rows


def _of_target(there: Platform, name: str, metric: Mapping[str, Any], target: Target) -> Rows:
    rng, count = there.rng, len(target.scrapes)
    if metric["type"] == "histogram":
        return _histogram(there, name, target)
    if metric["type"] == "counter":
        values = _counter(rng, name, count)
    elif name == "maintenance":
        values = [float(rng.random() < 0.05)] * count
    elif "timestamp" in name:
        values = _stamps(rng, target, 60 if name.endswith("minutes") else 1)
    else:
        values = [1.0] * count if name == "inventory" else _gauge(rng, name, count)
    return {notation(name, target.labels): placed(values, target.scrapes, there.steps)}


def placed(values: Sequence[float], at: Sequence[int], steps: int) -> list[str]:
    """Tokens with the values at their steps."""
    tokens = [NOTHING] * steps
    for step, value in zip(at, values, strict=True):
        tokens[step] = written(value)
    return tokens


def written(value: float) -> str:
    """A number as promtool reads it."""
    return f"{value:.10g}"


def _counter(rng: Random, name: str, count: int) -> list[float]:
    """Steady, bursting or idle; errors are rarer than what they are errors of."""
    steady = rng.choice([0, 0.25, 1] if name == "errors_total" else [0, 1, 2, 5, 5, 8])
    bursts = rng.random() < 0.3
    value, values = rng.choice([0.0, 0.0, 7.0, 1000.0]), []
    for _ in range(count):
        values.append(value)
        value += steady * (rng.choice([0, 0, 1, 4]) if bursts else 1)
    return values


def _gauge(rng: Random, name: str, count: int) -> list[float]:
    """Constant, rising, falling or walking; in percent it stays below a hundred."""
    value, step = rng.choice([0.0, 5.0, 40.0, 70.0]), rng.choice([0, 0, 0.5, -0.5])
    walks, values = rng.random() < 0.4, []
    for _ in range(count):
        values.append(min(value, 100.0) if name == "usage_percent" else value)
        value += rng.choice([-2, -0.5, 1, 1.5]) if walks else step
    return values


def _stamps(rng: Random, target: Target, unit: int) -> list[float]:
    """Times that follow the clock, in seconds from the first step of 15; some lag, and some are ahead."""
    lag = rng.choice([0, 5, 30, 200, -20])
    return [round((step * 15 - lag) / unit, 4) for step in target.scrapes]


def _histogram(there: Platform, name: str, target: Target) -> Rows:
    """Cumulative counts: most observations are in the middle; sometimes above all bounds, sometimes there is none."""
    bounds, rng = _BOUNDS[name], there.rng
    weights = rng.choice([[3, 5, 1, 0], [1, 2, 4, 0], [8, 1, 1, 1], [0, 0, 2, 5], [0, 0, 0, 0], [0, 4, 0, 3]])
    counts = [0.0] * len(bounds)
    values: dict[str, list[float]] = {bound: [] for bound in bounds}
    for _ in target.scrapes:
        for i, bound in enumerate(bounds):
            values[bound].append(sum(counts[: i + 1]))
            counts[i] += weights[i] * rng.choice([0, 1, 1, 2])
    return {
        notation(f"{name}_bucket", (*target.labels, ("le", bound))): placed(rows, target.scrapes, there.steps)
        for bound, rows in values.items()
    }


def _weights(there: Platform, name: str, of: str, whole: float) -> Rows:
    """What share each is to have; sometimes of one that has no target, sometimes none."""
    rng = there.rng
    members = sorted({dict(one.labels)[of] for one in there.targets} | ({"c"} if rng.random() < 0.2 else set()))
    parts = [rng.choice([1, 1, 2, 0]) for _ in members]
    unit = whole / (sum(parts) or 1)
    return {
        notation(name, ((of, member),)): [written(part * unit)] * there.steps
        for member, part in zip(members, parts, strict=True)
        if rng.random() < 0.95
    }


def _alerts(there: Platform) -> Iterator[tuple[str, list[str]]]:
    """Alerts that are pending or firing for some time."""
    rng, steps = there.rng, there.steps
    for name, pool in ((name, pool) for name in ("AlertA", "AlertB", "Other") for pool in "ab"):
        if rng.random() < 0.4:
            start = rng.randrange(steps)
            end = rng.randrange(start, steps)
            state = rng.choice(["firing", "firing", "pending"])
            tokens = [NOTHING] * start + ["1"] * (end - start) + [STALE] + [NOTHING] * (steps - end - 1)
            yield notation("ALERTS", (("alertname", name), ("alertstate", state), ("pool", pool))), tokens
