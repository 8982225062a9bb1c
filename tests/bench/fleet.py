"""A healthy routing platform of a realistic size, as samples for backfilling: the reference gate is counted on it.

The size decides what a gate reads, so it is written down here and nowhere else: 8 router replicas that serve 4 models
of each of 5 providers in 3 tiers, 3 GPU pools of 2 engines, and one exporter each for billing and batches. Counters
swing with the load of the day; samples are 15s apart, at a moment of their own for each instance, as scrapes are.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Final

from compiler.promql.expr import Vector

HOUR: Final = 3600.0
DAY: Final = 24 * HOUR
NOW: Final = 1_769_947_207.0  # a Sunday noon, at no multiple of the scrape interval
SCRAPE: Final = 15.0

ROUTERS: Final = tuple(f"router-{number}:4000" for number in range(8))
ENGINES: Final = tuple((f"vllm-{pool}-{n}:8000", pool) for pool in ("a100", "h100", "l40s") for n in range(2))
COLLECTORS: Final = ("collector-0:9464", "collector-1:9464")
WEIGHTS: Final = {"openai": 0.35, "anthropic": 0.25, "google": 0.2, "mistral": 0.12, "local-vllm": 0.08}
TIERS: Final = {"premium": (0.2, 0.030, 0.045), "standard": (0.5, 0.008, 0.012), "economy": (0.3, 0.0011, 0.002)}
_DIGITS: Final = 13  # times are shown to the millisecond
MODELS: Final = ("large", "medium", "small", "mini")
REQUESTS: Final = 400.0  # per second
TOKENS: Final = 900.0  # per request

LATENCY: Final = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5)
SHARES: Final = tuple(number / 10 for number in range(1, 11))
DEPTHS: Final = (1, 2, 5, 10, 20, 50, 75, 100, 200, 500)

WEEK_LONG: Final = frozenset({"billing_cost_total"})
DAY_LONG: Final = frozenset({"batch_completed_total", "batch_completed_success_total", "batch_completion_time_hours"})
HOURS_LONG: Final = frozenset({"batch_queue_depth"})


@dataclass(frozen=True)
class Series:
    """One series. A counter rises by `rate` a second at average load; a gauge (`rate` 0) stays at `level`.

    One with `ago` is the time of something that happened so many seconds before each sample.
    """

    name: str
    labels: Mapping[str, str]
    rate: float = 0.0
    level: float = 0.0
    ago: float | None = None

    def at(self, moment: float) -> float:
        """Its value."""
        if self.ago is not None:
            return moment - self.ago
        return self.level + self.rate * (load(moment) - load(NOW - 8 * DAY))

    @property
    def seconds(self) -> float:
        """How much of its past is there: a little more than the longest window that reads it."""
        if self.name in WEEK_LONG:
            return 7 * DAY + HOUR
        if self.name in DAY_LONG:
            return DAY + HOUR
        return 2 * HOUR + 600 if self.name in HOURS_LONG else 2400.0

    @property
    def text(self) -> str:
        """As an exposition writes it."""
        pairs = ",".join(f'{name}="{value}"' for name, value in self.labels.items())
        return f"{self.name}{{{pairs}}}"


@dataclass(frozen=True)
class Counted:
    """Cardinalities of series, as a server would count them."""

    all: tuple[Series, ...]

    def series(self, selector: Vector) -> int:
        """How many series a selector has."""
        return len(self._selected(selector))

    def groups(self, selector: Vector, labels: tuple[str, ...]) -> int:
        """How many combinations of values these labels have among its series."""
        return len({tuple(one.labels.get(label, "") for label in labels) for one in self._selected(selector)})

    def _selected(self, selector: Vector) -> list[Series]:
        equal = {(matcher.label, matcher.value) for matcher in selector.matchers}
        return [one for one in self.all if one.name == selector.name and equal <= one.labels.items()]


def load(moment: float) -> float:
    """Seconds of average load until `moment`: a load that is 20% higher by day and 20% lower by night."""
    turn = 2 * math.pi / DAY
    return moment - 0.2 / turn * math.cos(turn * moment)


def platform(scale: int = 1) -> Iterator[Series]:
    """Every series; `scale` multiplies the models, and with them the series of the requests."""
    yield from _router(scale)
    yield from _vllm()
    yield from _billing()
    yield from _batch()
    yield from _observability()


def openmetrics(series: Iterable[Series], until: float = NOW) -> Iterator[str]:
    """The past of the series, line by line."""
    for one in series:
        for moment in scrapes(one, until - one.seconds, until):
            yield f"{one.text} {one.at(moment):.{_DIGITS}g} {moment:.3f}\n"


def scrapes(one: Series, after: float, until: float) -> Iterator[float]:
    """The moments at which a series has its samples, the last one included if there is one right then."""
    phase = SCRAPE * (hash_of(one.labels.get("instance", "")) % 1000) / 1000
    for step in range(math.floor((after - phase) / SCRAPE) + 1, math.floor((until - phase) / SCRAPE) + 1):
        yield step * SCRAPE + phase


def hash_of(text: str) -> int:
    """The same number for the same text, on every run."""
    return sum((place + 1) * 7919 * ord(char) for place, char in enumerate(text))


def _router(scale: int) -> Iterator[Series]:
    share = REQUESTS / len(ROUTERS)
    models = [f"{model}-{number}" for number in range(scale) for model in MODELS]
    for instance in ROUTERS:
        own = {"job": "router", "instance": instance}
        for provider, tier in product(WEIGHTS, TIERS):
            labels = {**own, "provider": provider, "route_tier": tier}
            rate = share * WEIGHTS[provider] * TIERS[tier][0]
            for model in models:
                yield Series("router_requests_total", {**labels, "model": model}, rate / len(models), 1)
            yield Series("router_errors_total", labels, rate * 0.0003)
        for provider in WEIGHTS:
            yield Series("router_circuit_breaker_state", {**own, "provider": provider})
        yield Series("router_requests_attributed_total", own, share * 0.99)
        yield Series("router_health_last_success_timestamp_seconds", own, ago=12)
        yield Series("redis_connection_attempts_total", own, 4)
        yield Series("redis_connection_failures_total", own, 0.02)
        yield Series("router_fallback_total", own, 0.5)
        yield Series("router_fallback_success_total", own, 0.49)
        yield from _histogram("router_latency_seconds", own, share, LATENCY, 0.05)
    for provider, weight in WEIGHTS.items():
        own = {"job": "control-plane", "instance": "control-plane-0:8080", "provider": provider}
        yield Series("router_configured_weight", own, level=weight)
        yield Series("provider_health_check_success", own, level=1)
        yield Series("provider_maintenance_declared", own)


def _vllm() -> Iterator[Series]:
    for instance, pool in ENGINES:
        own = {"job": "vllm", "instance": instance, "gpu_pool": pool}
        yield from _histogram("vllm_batch_utilization", own, 5, SHARES, 0.78)
        yield from _histogram("vllm_kv_cache_hit_rate", own, 5, SHARES, 0.86)
        yield from _histogram("vllm_queue_depth", own, 5, DEPTHS, 12)
        yield Series("vllm_requests_total", own, 6)
        yield Series("vllm_request_failures_total", own, 0.004)
        for gpu in ("0", "1"):
            yield Series("vllm_gpu_memory_utilization", {**own, "gpu": gpu}, level=0.8)


def _histogram(
    name: str, own: Mapping[str, str], rate: float, bounds: Iterable[float], median: float
) -> Iterator[Series]:
    for bound in bounds:
        share = 1.0 if bound >= 1 and median < 1 else 1 / (1 + (bound / median) ** -6)
        yield Series(f"{name}_bucket", {**own, "le": str(float(bound))}, rate * share)
    yield Series(f"{name}_bucket", {**own, "le": "+Inf"}, rate)


def _billing() -> Iterator[Series]:
    for tier, (traffic, price, budget) in TIERS.items():
        own = {"job": "billing", "instance": "billing-0:9100", "route_tier": tier}
        tokens = REQUESTS * traffic * TOKENS
        yield Series("billing_tokens_total", own, tokens)
        yield Series("billing_cost_total", own, tokens * price / 1000)
        yield Series("cost_budget_per_1k_tokens", own, level=budget)


def _batch() -> Iterator[Series]:
    own = {"job": "batch", "instance": "batch-0:9100"}
    yield Series("batch_queue_depth", own, level=240)
    yield Series("batch_completion_time_hours", own, level=18)
    yield Series("batch_completed_total", own, 0.2)
    yield Series("batch_completed_success_total", own, 0.198)
    yield Series("batch_export_uploads_total", own, 0.1)
    yield Series("batch_export_failures_total", own)


def _observability() -> Iterator[Series]:
    for instance in COLLECTORS:
        own = {"job": "telemetry", "instance": instance}
        for kind in ("router", "client"):
            yield Series("traces_total", {**own, "span_kind": kind}, REQUESTS * 0.99 / len(COLLECTORS))
        yield Series("log_entries_ingested_total", own, 400)
        yield Series("log_entries_dropped_total", own, level=3)
    for board in ("routing-readiness", "vllm-engines", "cost-control"):
        yield Series("probe_success", {"job": "grafana-dashboards", "instance": f"https://grafana/d/{board}"}, level=1)
