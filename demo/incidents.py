"""One incident for each criterion of `specs/routing-readiness.yaml`, under the criterion's id.

An incident makes its criterion fail and leaves the others alone. Where that is impossible, `also` names the criteria
that fail with it, by the gate's own construction:

- routing_error_rate reads the counters of router_availability, whose bound is ten times as strict.
- cost_per_1k_tokens and provider_cost_budget are the same measure in two categories.
- A metric that nobody exports any more has no data for metrics_fresh and none for the criterion that reads it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from demo.condition import Condition

MINUTE: Final = 60.0
HOUR: Final = 3600.0
DAY: Final = 86400.0


@dataclass(frozen=True)
class Incident:
    """A change for the worse."""

    happens: str  # what a person would say
    change: Callable[[Condition], Condition]
    lasts: float = 30 * MINUTE  # seconds until it shows for sure in the windows of the committed spec
    also: frozenset[str] = frozenset()  # further criteria that necessarily fail


INCIDENTS: Final[Mapping[str, Incident]] = {
    "router_availability": Incident("0.5% of the requests fail", lambda healthy: replace(healthy, error_ratio=0.005)),
    "router_health_check": Incident(
        "the health check of router-1 stops succeeding",
        lambda healthy: replace(healthy, health_checks_succeed=False),
        lasts=3 * MINUTE,
    ),
    "redis_connections": Incident(
        "10% of the connections to Redis fail", lambda healthy: replace(healthy, redis_failure_ratio=0.1)
    ),
    "circuit_breaker": Incident(
        "router-1 opens its circuit breaker to anthropic",
        lambda healthy: replace(healthy, open_breaker=True),
        lasts=3 * MINUTE,
    ),
    "routing_error_rate": Incident(
        "3% of the requests fail",
        lambda healthy: replace(healthy, error_ratio=0.03),
        also=frozenset({"router_availability"}),
    ),
    "fallback_success": Incident(
        "one fallback in five fails", lambda healthy: replace(healthy, fallback_success_ratio=0.8)
    ),
    "router_latency_p95": Incident(
        "routing decisions take four times as long", lambda healthy: replace(healthy, latency_median=0.18)
    ),
    "provider_error_share": Incident(
        "anthropic causes 80% of the few errors", lambda healthy: replace(healthy, error_shares=(0.1, 0.8, 0.1))
    ),
    "vllm_batch_utilization": Incident(
        "the pool a100 runs half-empty batches", lambda healthy: replace(healthy, utilization_median=0.4)
    ),
    "vllm_kv_cache_hit_rate": Incident(
        "prefixes are no longer found in the KV cache", lambda healthy: replace(healthy, cache_hit_median=0.55)
    ),
    "vllm_gpu_memory": Incident("one GPU is nearly out of memory", lambda healthy: replace(healthy, fullest_gpu=0.97)),
    "vllm_queue_depth": Incident(
        "requests pile up in the pool h100", lambda healthy: replace(healthy, queue_median=90)
    ),
    "local_inference_availability": Incident(
        "3% of the local inferences fail", lambda healthy: replace(healthy, inference_failure_ratio=0.03)
    ),
    "provider_traffic_share": Incident(
        "90% of the traffic is configured to go to openai, and does",
        lambda healthy: replace(healthy, traffic_shares=(0.9, 0.06, 0.04), configured_weights=(0.9, 0.06, 0.04)),
    ),
    "provider_weight_deviation": Incident(
        "traffic drifts from the configured weights",
        lambda healthy: replace(healthy, traffic_shares=(0.62, 0.24, 0.14)),
    ),
    "provider_health_checks": Incident(
        "anthropic stops answering health checks",
        lambda healthy: replace(healthy, ill_provider="anthropic"),
        lasts=3 * MINUTE,
    ),
    "provider_cost_budget": Incident(
        "premium tokens cost twice as much",
        lambda healthy: replace(healthy, premium_price=2.0),
        also=frozenset({"cost_per_1k_tokens"}),
    ),
    "cost_per_1k_tokens": Incident(
        "premium tokens cost twice as much",
        lambda healthy: replace(healthy, premium_price=2.0),
        also=frozenset({"provider_cost_budget"}),
    ),
    "daily_cost_variance": Incident(
        "twice as many tokens are used for a day", lambda healthy: replace(healthy, tokens=2.0), lasts=DAY
    ),
    "cost_attribution": Incident(
        "one request in eight carries no owner", lambda healthy: replace(healthy, attributed_ratio=0.875)
    ),
    "cost_anomaly_alerts": Incident(
        "the alert CostAnomalySpend fires",
        lambda healthy: replace(healthy, spend_anomaly=True),
        lasts=20 * MINUTE,
    ),
    "trace_coverage": Incident(
        "one request in ten leaves no trace", lambda healthy: replace(healthy, traced_ratio=0.9)
    ),
    "metrics_fresh": Incident(
        "the time of batches to completion is no longer exported",
        lambda healthy: replace(healthy, silent_metrics=frozenset({"batch_completion_time_hours"})),
        lasts=10 * MINUTE,
        also=frozenset({"batch_completion_time"}),
    ),
    "log_ingestion": Incident(
        "the log pipeline drops entries", lambda healthy: replace(healthy, dropped_logs_rate=3.0), lasts=5 * MINUTE
    ),
    "dashboards_current": Incident(
        "a dashboard does not load", lambda healthy: replace(healthy, stale_dashboard=True), lasts=3 * MINUTE
    ),
    "batch_queue_growth": Incident(
        "batches arrive faster than they are done", lambda healthy: replace(healthy, queue_inflow=1.0), lasts=HOUR
    ),
    "batch_success_rate": Incident(
        "one batch in four fails", lambda healthy: replace(healthy, batch_success_ratio=0.75), lasts=12 * HOUR
    ),
    "batch_completion_time": Incident(
        "batches take 40 hours", lambda healthy: replace(healthy, batch_hours=40.0), lasts=12 * HOUR
    ),
    "batch_exports": Incident(
        "uploads of results fail", lambda healthy: replace(healthy, export_failure_rate=0.05), lasts=5 * MINUTE
    ),
}
