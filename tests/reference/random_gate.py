"""Random gates: every measure kind, requirement and policy, over few metrics, so that criteria share what they read.

Their bounds mean nothing yet (`random_bounds` has those that do).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from reference.random_expressions import EXPRESSIONS

from compiler.engines import EngineName

Criterion = dict[str, Any]

COUNTERS: Final = {
    "requests_total": "number",
    "errors_total": "number",
    "jobs_total": "number",
    "cost_total": "USD",
    "busy_seconds_total": "seconds",
}
GAUGES: Final = {"depth": "number", "load": "number", "usage_percent": "percent", "delay_milliseconds": "milliseconds"}
STAMPS: Final = {"done_timestamp_seconds": "seconds", "done_timestamp_minutes": "minutes"}
WEIGHTS: Final = {"weight_ratio": "ratio", "weight_percent": "percent"}
HISTOGRAMS: Final = {"latency_seconds": "seconds", "wait_milliseconds": "milliseconds", "size": "number"}
SWITCHES: Final = {"maintenance": "number", "inventory": "number"}
LABELS: Final = ("pool", "zone")

# How a bound is written in each dimension: with the number, or with a hundred times the number.
_BOUND: Final = {"number": "{0}", "ratio": "{1}%", "time": "{0}s", "USD": "{0} USD"}
_DIMENSION: Final = {
    "percent": "ratio",
    "seconds": "time",
    "milliseconds": "time",
    "minutes": "time",
}


@dataclass
class Draft:
    """A gate without its bounds: what it is made of, and what is known of each criterion's value.

    `weights` says by which label the targets of a share deviation differ, `dimensions` what a criterion's value is.
    """

    rng: Random
    scrape: int  # milliseconds
    engine: EngineName = "prometheus"
    metrics: dict[str, dict[str, Any]] = field(default_factory=dict)
    criteria: list[Criterion] = field(default_factory=list)
    dimensions: dict[str, str] = field(default_factory=dict)
    weights: dict[str, str] = field(default_factory=dict)

    def metric(self, of: Mapping[str, str], kind: str) -> str:
        """One of some metrics, which the gate declares."""
        name = self.rng.choice(sorted(of))
        self.metrics[name] = {"type": kind, "unit": of[name], "labels": list(LABELS)}
        return name

    def selector(self, name: str) -> str:
        """A metric, sometimes with matchers."""
        if self.rng.random() < 0.8:
            return name
        matcher = self.rng.choice(['pool="a"', 'pool=~"a|b"', 'pool!="c"', 'zone!~"y.*"', 'zone=~"x|y",pool!=""'])
        return f"{name}{{{matcher}}}"

    def counter(self) -> str:
        """A counter."""
        return self.selector(self.metric(COUNTERS, "counter"))

    def chance(self, probability: float) -> bool:
        """Whether something happens."""
        return self.rng.random() < probability

    def window(self) -> str:
        """A window that holds four scrapes or more."""
        return f"{max(self.rng.choice([100, 120, 150, 180, 240, 300, 360, 410, 480, 600]), 4 * self.scrape // 1000)}s"

    def unit(self, selector: str) -> str:
        """The dimension of a metric."""
        unit: str = self.metrics[selector.partition("{")[0]]["unit"]
        return _DIMENSION.get(unit, unit)


def draft(rng: Random, scrape: int, engine: EngineName = "prometheus") -> Draft:
    """The criteria of a gate."""
    made = Draft(rng, scrape, engine)
    for i in range(rng.choice([1, 1, 2, 3, 4])):
        kind = rng.choice([*sorted(_KINDS), "promql"])
        criterion: Criterion = {"id": f"c{i}", "title": f"Criterion {i}"}
        criterion |= _KINDS[kind](made)
        made.dimensions[criterion["id"]] = criterion.pop("dimension")
        _policies(made, kind, criterion)
        criterion["require"] = {"at_most": bound(made, criterion["id"], 0)}
        made.criteria.append(criterion)
    if all(one["measure"]["kind"] == "freshness" for one in made.criteria):
        return draft(rng, scrape, engine)
    return made


def spec(made: Draft) -> dict[str, Any]:
    """The gate as it stands."""
    rng = Random(repr(made.criteria[0]["title"]) + str(made.scrape) + repr(sorted(made.metrics)))
    first = rng.randrange(len(made.criteria)) if len(made.criteria) > 1 else 0
    parts = [made.criteria[:first], made.criteria[first:]] if first else [made.criteria]
    return {
        "apiVersion": "promgate/v1",
        "kind": "Gate",
        "metadata": {"name": "case", "title": "A case", "owner": "Tests"},
        "metrics": made.metrics,
        "categories": [
            {"id": f"part{i}", "title": f"Part {i}", "criteria": criteria} for i, criteria in enumerate(parts)
        ],
    }


def bound(made: Draft, criterion: str, value: float) -> str:
    """A bound as an author would write it."""
    return _BOUND[made.dimensions[criterion]].format(_decimal(value), _decimal(value * 100))


def _decimal(value: float) -> str:
    """A number with four digits that count."""
    text = f"{value:.4g}"
    return text if "e" not in text else f"{float(text):.12f}".rstrip("0").rstrip(".")


def by(made: Draft, *, often: float = 0.5) -> list[str]:
    """Labels to judge by."""
    return made.rng.choice([["pool"], ["pool"], ["zone"], ["pool", "zone"], ["instance"]]) if made.chance(often) else []


def _ratio(made: Draft) -> Criterion:
    measure = {"kind": "ratio", made.rng.choice(["good", "bad", "part"]): made.counter(), "total": made.counter()}
    late = {"when_absent": "zero"} if made.chance(0.4) else {}
    return {"measure": measure, "by": by(made), "dimension": "ratio", **late}


def _quantile(made: Draft) -> Criterion:
    name = made.metric(HISTOGRAMS, "histogram")
    measure = {
        "kind": "quantile",
        "histogram": made.selector(name),
        "quantile": made.rng.choice(["95%", "93%", "50%", "99%"]),
    }
    return {"measure": measure, "by": by(made), "dimension": made.unit(name)}


def _gauge(made: Draft) -> Criterion:
    metric, groups = made.selector(made.metric(GAUGES, "gauge")), by(made)
    across = made.rng.choice(["avg", "min", "max", "sum"] + ([] if groups else ["every"] * 4))
    over = made.rng.choice(["latest", "avg", "min", "max"])
    measure = {"kind": "gauge", "metric": metric, "over_time": over, "across": across}
    return {"measure": measure, "by": groups, "dimension": made.unit(metric)}


def _age(made: Draft) -> Criterion:
    measure = {"kind": "age", "metric": made.selector(made.metric(STAMPS, "gauge"))}
    return {"measure": measure, "by": by(made), "dimension": "time"}


def _freshness(made: Draft) -> Criterion:
    del made
    return {"measure": {"kind": "freshness"}, "dimension": "time"}


def _increase(made: Draft) -> Criterion:
    metric = made.counter()
    measure = {"kind": "increase", "metric": metric}
    late = made.chance(0.5)
    if late or made.chance(0.3):
        measure["alive"] = made.counter()
    zero = {"when_absent": "zero"} if late else {}
    return {"measure": measure, "by": by(made), "dimension": made.unit(metric), **zero}


def _growth(made: Draft) -> Criterion:
    metric = made.selector(made.metric(GAUGES, "gauge"))
    return {"measure": {"kind": "growth", "metric": metric}, "by": by(made), "dimension": made.unit(metric)}


def _largest_share(made: Draft) -> Criterion:
    of = made.rng.choice(["pool", "zone"])
    groups = by(made, often=0.3)
    measure = {"kind": "largest_share", "metric": made.counter(), "of": of}
    return {"measure": measure, "by": [label for label in groups if label != of], "dimension": "ratio"}


def _share_deviation(made: Draft) -> Criterion:
    of = made.rng.choice(["pool", "pool", "zone"])
    target = made.metric(WEIGHTS, "gauge")
    of = made.weights.setdefault(target, of)
    measure = {"kind": "share_deviation", "metric": made.counter(), "of": of, "target": target}
    return {"measure": measure, "dimension": "ratio"}


def _unit_cost(made: Draft) -> Criterion:
    cost = made.counter()
    measure = {"kind": "unit_cost", "cost": cost, "units": made.counter(), "per": made.rng.choice([1, 1000])}
    return {"measure": measure, "by": by(made), "dimension": made.unit(cost)}


def _deviation(made: Draft) -> Criterion:
    period = max(made.rng.choice([2, 3, 4]) * 60, 4 * made.scrape // 1000)
    baseline = period * made.rng.choice([2, 3])
    measure = {
        "kind": "deviation_from_average",
        "metric": made.counter(),
        "period": f"{period}s",
        "baseline": f"{baseline}s",
    }
    return {"measure": measure, "by": by(made), "dimension": "ratio"}


def _alerts(made: Draft) -> Criterion:
    measure = {
        "kind": "alerts",
        "alertname": made.rng.choice(["Alert.*", "AlertA", "AlertA|AlertB"]),
        "firing_for": made.rng.choice(["45s", "2m", "4m"]),
        "alive": made.counter(),
    }
    return {"measure": measure, "dimension": "number"}


def _promql(made: Draft) -> Criterion:
    text, groups = made.rng.choice([one for one in EXPRESSIONS if made.engine == "prometheus" or "rate(" not in one[0]])
    for name in ("depth", "load"):
        if name in text:
            made.metrics[name] = {"type": "gauge", "unit": "number", "labels": list(LABELS)}
    for name in ("requests_total", "errors_total", "jobs_total"):
        if name in text:
            made.metrics[name] = {"type": "counter", "unit": "number", "labels": list(LABELS)}
    if "latency_seconds" in text:
        made.metrics["latency_seconds"] = {"type": "histogram", "unit": "seconds", "labels": list(LABELS)}
    measure = {"kind": "promql", "expr": text.format(w=made.window())}
    minutes = made.chance(0.2)
    if minutes:
        measure["unit"] = "minutes"
    return {"measure": measure, "by": groups, "dimension": "time" if minutes else "number"}


_KINDS: Final[Mapping[str, Callable[[Draft], Criterion]]] = {
    "age": _age,
    "alerts": _alerts,
    "deviation_from_average": _deviation,
    "freshness": _freshness,
    "gauge": _gauge,
    "growth": _growth,
    "increase": _increase,
    "largest_share": _largest_share,
    "promql": _promql,
    "quantile": _quantile,
    "ratio": _ratio,
    "share_deviation": _share_deviation,
    "unit_cost": _unit_cost,
}
_COUNTING: Final = frozenset(
    {"deviation_from_average", "largest_share", "quantile", "ratio", "share_deviation", "unit_cost"}
)


def _policies(made: Draft, kind: str, criterion: Criterion) -> None:
    """Words on windows, members, idleness and exceptions."""
    rng = made.rng
    measure = criterion["measure"]
    now = kind in {"age", "freshness"} or measure.get("over_time") == "latest" or "[" not in measure.get("expr", "[")
    if not now and kind not in {"deviation_from_average", "promql"} and made.chance(0.5):
        criterion["window"] = made.window()
    if not now and made.chance(0.25):
        criterion["min_coverage"] = rng.choice(["50%", "90%", "100%", "1%"])
    if kind in _COUNTING and made.chance(0.6):
        criterion["when_idle"] = rng.choice(["pass", "pass", "fail"])
    if kind in _COUNTING and made.chance(0.3):
        criterion["min_events"] = rng.choice([1, 3, 10, 25])
    if kind not in {"freshness", "share_deviation"} and made.chance(0.25):
        criterion |= _members(made, criterion)
    if made.chance(0.15):
        made.metrics["maintenance"] = {"type": "gauge", "labels": list(LABELS)}
        waiver: dict[str, Any] = {"metric": made.selector("maintenance")}
        criterion["waive_while"] = waiver | rng.choice([{}, {"must_exist": False}, {"equals": 2}])


def _members(made: Draft, criterion: Criterion) -> Criterion:
    """Members that must report, told apart by a label that the criterion is measured by, if it is by any."""
    known = criterion.get("by", [])
    candidates = [label for label in known if label in LABELS] if known else list(LABELS)
    if not candidates:
        return {}
    label = made.rng.choice(candidates)
    members: dict[str, Any] = {} if known == [label] and made.chance(0.5) else {"label": label}
    if made.chance(0.5):
        members["listed"] = {"pool": ["a", "b"], "zone": ["x"]}[label][: made.rng.choice([1, 2])]
    else:
        made.metrics["inventory"] = {"type": "gauge", "labels": list(LABELS)}
        members["from"] = made.selector("inventory")
    return {"members": members}
