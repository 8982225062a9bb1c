"""The gauges of the simulated platform at one moment."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from demo.condition import PROVIDERS, TIERS, Condition
from demo.rates import DASHBOARDS, ENGINES, ROUTERS, Rated, Series

CHECK_SECONDS = 10.0  # between two health checks of a router
QUEUE_AT_ORIGIN = 2400.0
DRAIN_PER_SECOND = 10 / 3600
ANOMALY_LIMIT = 3.0  # demo/cost_anomaly_rules.yml alerts above it


@dataclass(frozen=True)
class Moment:
    """A moment and its condition. Times are Unix seconds."""

    time: float
    condition: Condition
    since: float  # when this condition began
    age: float  # seconds since the platform started
    queued: float  # batches that arrived on top of the usual


def gauges(moment: Moment) -> Iterator[Rated]:
    """All gauges and their values."""
    yield from _router(moment)
    yield from _providers(moment.condition)
    yield from _vllm(moment)
    yield from _billing(moment.condition)
    yield from _batch(moment)
    yield from _probes(moment.condition)


def alerts(moment: Moment) -> Iterator[Rated]:
    """What Prometheus itself would have recorded for demo/cost_anomaly_rules.yml."""
    if moment.condition.spend_anomaly:
        labels = {"alertname": "CostAnomalySpend", "alertstate": "firing", "severity": "warning"}
        yield _gauge("ALERTS", "billing", "billing-0", **labels), 1.0


def _gauge(name: str, job: str, instance: str, **labels: str) -> Series:
    return Series(name, name, job, instance, tuple(labels.items()))


def _router(moment: Moment) -> Iterator[Rated]:
    now = moment.condition
    for router in ROUTERS:
        stuck = router == "router-1" and not now.health_checks_succeed
        checked = moment.since if stuck else moment.time
        success = math.floor(checked / CHECK_SECONDS) * CHECK_SECONDS
        yield _gauge("router_health_last_success_timestamp_seconds", "router", router), success
        for provider in PROVIDERS:
            half_open = (router, provider) == ("router-2", "local-vllm")
            is_open = now.open_breaker and (router, provider) == ("router-1", "anthropic")
            state = 2.0 if is_open else float(half_open)
            yield _gauge("router_circuit_breaker_state", "router", router, provider=provider), state


def _providers(now: Condition) -> Iterator[Rated]:
    for at, provider in enumerate(PROVIDERS):
        labels = {"provider": provider}
        where = ("control-plane", "control-plane-0")
        yield _gauge("router_configured_weight", *where, **labels), now.configured_weights[at]
        yield _gauge("provider_health_check_success", *where, **labels), float(provider != now.ill_provider)
        yield _gauge("provider_maintenance_declared", *where, **labels), float(provider == now.maintained_provider)


def _vllm(moment: Moment) -> Iterator[Rated]:
    for at, (instance, pool) in enumerate(ENGINES):
        for gpu in (0, 1):
            fullest = (at, gpu) == (0, 0)
            level = moment.condition.fullest_gpu if fullest else 0.80
            wave = 0.02 * math.sin(moment.time / 120 + 2 * at + gpu)
            labels = {"gpu_pool": pool, "gpu": str(gpu)}
            yield _gauge("vllm_gpu_memory_utilization", "vllm", instance, **labels), level + wave


def _billing(now: Condition) -> Iterator[Rated]:
    for tier in TIERS:
        labels = {"route_tier": tier.name}
        yield _gauge("cost_budget_per_1k_tokens", "billing", "billing-0", **labels), tier.budget_per_1k
    score = 2 * ANOMALY_LIMIT if now.spend_anomaly else 0.4
    yield _gauge("billing_spend_anomaly_score", "billing", "billing-0"), score


def _batch(moment: Moment) -> Iterator[Rated]:
    drained = max(QUEUE_AT_ORIGIN - DRAIN_PER_SECOND * moment.age, 0.0)
    yield _gauge("batch_queue_depth", "batch", "batch-0"), drained + moment.queued
    yield _gauge("batch_completion_time_hours", "batch", "batch-0"), moment.condition.batch_hours


def _probes(now: Condition) -> Iterator[Rated]:
    for at, dashboard in enumerate(DASHBOARDS):
        yield _gauge("probe_success", "grafana-dashboards", dashboard), float(at > 0 or not now.stale_dashboard)
    # Another job's probe, always failing, that is none of the gate's business.
    yield _gauge("probe_success", "legacy-sites", "https://old.primarch.internal/"), 0.0
