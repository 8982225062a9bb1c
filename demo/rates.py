"""The counters and histograms of the simulated platform, by their rates under one condition.

Counters are not rounded to whole events, so that their ratios hold in windows of any length.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from demo.condition import GPU_POOLS, PROVIDERS, TIERS, Condition

ROUTERS: Final = ("router-0", "router-1", "router-2")
ENGINES: Final = tuple((f"vllm-{pool}-{number}", pool) for pool in GPU_POOLS for number in (0, 1))
COLLECTORS: Final = ("collector-0", "collector-1")
DASHBOARDS: Final = tuple(
    f"https://grafana.primarch.internal/d/{uid}" for uid in ("routing-readiness", "vllm-engines", "cost-control")
)
REQUESTS: Final = 120.0  # per second, over all routers
TOKENS_PER_REQUEST: Final = 900.0

LATENCY_BUCKETS: Final = (0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0)  # seconds
RATIO_BUCKETS: Final = tuple(step / 20 for step in range(1, 21))
QUEUE_BUCKETS: Final = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 75.0, 100.0, 150.0, 200.0, 300.0, 500.0)

Distribution = Callable[[float], float]  # share of the observations up to a value


@dataclass(frozen=True)
class Series:
    """One series as its target exports it; `family` is what # TYPE names."""

    family: str
    name: str
    job: str
    instance: str
    labels: tuple[tuple[str, str], ...] = ()


Rated = tuple[Series, float]


@cache
def counters(condition: Condition) -> tuple[Rated, ...]:
    """All counters and histograms, in the same order under every condition, with their increase per second."""
    parts = (_router, _histograms, _inference, _billing, _observability, _batch)
    return tuple(rated for part in parts for rated in part(condition))


def _counter(family: str, job: str, instance: str, **labels: str) -> Series:
    return Series(family, f"{family}_total", job, instance, tuple(labels.items()))


def _router(now: Condition) -> Iterator[Rated]:
    share = 1 / len(ROUTERS)
    for router in ROUTERS:
        for tier in TIERS:
            for at, provider in enumerate(PROVIDERS):
                labels = {"provider": provider, "route_tier": tier.name}
                load = REQUESTS * share * tier.traffic
                yield _counter("router_requests", "router", router, **labels), load * now.traffic_shares[at]
                errors = load * now.error_ratio * now.error_shares[at]
                yield _counter("router_errors", "router", router, **labels), errors
        attributed = REQUESTS * share * now.attributed_ratio
        yield _counter("router_requests_attributed", "router", router), attributed
        yield _counter("redis_connection_attempts", "router", router), 4.0
        yield _counter("redis_connection_failures", "router", router), 4.0 * now.redis_failure_ratio
        yield _counter("router_fallback", "router", router), now.fallback_rate
        successes = now.fallback_rate * now.fallback_success_ratio
        yield _counter("router_fallback_success", "router", router), successes


def _histograms(now: Condition) -> Iterator[Rated]:
    latency = _log_logistic(now.latency_median, 4.5)
    for router in ROUTERS:
        series = Series("router_latency_seconds", "router_latency_seconds", "router", router)
        yield from _histogram(series, REQUESTS / len(ROUTERS), LATENCY_BUCKETS, latency)
    for instance, pool in ENGINES:
        labels = (("gpu_pool", pool),)
        utilization = _logistic(now.utilization_median if pool == "a100" else 0.8, 0.04)
        queue = _log_logistic(now.queue_median if pool == "h100" else 10.0, 3.0)
        for name, buckets, spread in (
            ("vllm_batch_utilization", RATIO_BUCKETS, utilization),
            ("vllm_kv_cache_hit_rate", RATIO_BUCKETS, _logistic(now.cache_hit_median, 0.03)),
            ("vllm_queue_depth", QUEUE_BUCKETS, queue),
        ):
            yield from _histogram(Series(name, name, "vllm", instance, labels), 5.0, buckets, spread)


def _histogram(series: Series, rate: float, buckets: Iterable[float], spread: Distribution) -> Iterator[Rated]:
    def part(suffix: str, *labels: tuple[str, str]) -> Series:
        return Series(series.family, series.family + suffix, series.job, series.instance, (*series.labels, *labels))

    below, total = 0.0, 0.0
    for bound in buckets:
        share = spread(bound)
        total += (share - below) * bound  # an upper estimate: each observation counts as its bucket's bound
        below = share
        yield part("_bucket", ("le", str(bound))), rate * share
    yield part("_bucket", ("le", "+Inf")), rate
    yield part("_sum"), rate * total
    yield part("_count"), rate


def _logistic(median: float, scale: float) -> Distribution:
    """Ratios around `median`; nothing is above 1."""
    return lambda value: 1.0 if value >= 1 else 1 / (1 + math.exp((median - value) / scale))


def _log_logistic(median: float, shape: float) -> Distribution:
    """Positive values around `median`, the more spread the smaller `shape`."""
    return lambda value: 1 / (1 + (value / median) ** -shape)


def _inference(now: Condition) -> Iterator[Rated]:
    for instance, pool in ENGINES:
        yield _counter("vllm_requests", "vllm", instance, gpu_pool=pool), 6.0
        yield _counter("vllm_request_failures", "vllm", instance, gpu_pool=pool), 6.0 * now.inference_failure_ratio


def _billing(now: Condition) -> Iterator[Rated]:
    for tier in TIERS:
        price = tier.cost_per_1k * (now.premium_price if tier.name == "premium" else 1.0)
        for at, provider in enumerate(PROVIDERS):
            labels = {"provider": provider, "route_tier": tier.name}
            tokens = REQUESTS * tier.traffic * now.traffic_shares[at] * TOKENS_PER_REQUEST * now.tokens
            yield _counter("billing_tokens", "billing", "billing-0", **labels), tokens
            yield _counter("billing_cost", "billing", "billing-0", **labels), tokens * price / 1000


def _observability(now: Condition) -> Iterator[Rated]:
    for collector in COLLECTORS:
        traced = REQUESTS * now.traced_ratio / len(COLLECTORS)
        yield _counter("traces", "telemetry", collector, span_kind="router"), traced
        yield _counter("traces", "telemetry", collector, span_kind="client"), traced * 3
        yield _counter("log_entries_ingested", "telemetry", collector), 400.0
    yield _counter("log_entries_dropped", "telemetry", "collector-1"), now.dropped_logs_rate


def _batch(now: Condition) -> Iterator[Rated]:
    for family, rate in (
        ("batch_completed", 0.2),
        ("batch_completed_success", 0.2 * now.batch_success_ratio),
        ("batch_export_uploads", 0.1),
        ("batch_export_failures", now.export_failure_rate),
    ):
        yield _counter(family, "batch", "batch-0"), rate
