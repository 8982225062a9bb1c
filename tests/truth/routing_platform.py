"""A routing platform in promtool's notation: what each metric shows in health, and what makes each criterion bad.

Time is counted in steps of 30 seconds and judged at step `END`, after a week of history where a criterion looks back
that far and 90 minutes elsewhere. promtool evaluates the rules at the judged moment only, so that a case takes a
fraction of a second; the ten minutes of stabilisation before it are given as samples of `gate:overall:met`.
"""

from collections.abc import Callable, Mapping
from typing import Final

STEP: Final = 30
END: Final = (7 * 24 + 2) * 3600 // STEP
_RECENT: Final = 180
_SPARSE: Final = 10
_INSTANCES: Final = ("router-0:4000", "router-1:4000")

Series = Mapping[str, str]


def recent(values: str) -> str:
    """Values that begin 90 minutes before the judged moment."""
    return f"_x{END - _RECENT} {values}"


def rising(per_step: float, start: float = 1000) -> str:
    """A counter over the last 90 minutes."""
    return recent(f"{start}+{per_step}x{_RECENT}")


def steady(value: float) -> str:
    """A gauge over the last 90 minutes."""
    return recent(f"{value}x{_RECENT}")


def week(value: Callable[[int], float]) -> str:
    """A value over the whole time, by its step, but only every five minutes.

    promtool refuses a query that holds more than 10,000 samples, which a week of every 30 seconds would be.
    """
    return " ".join(f"{value(step):.10g} _x{_SPARSE - 1}" for step in range(0, END, _SPARSE)) + f" {value(END):.10g}"


def week_rising(per_step: float) -> str:
    """A counter over the whole time."""
    return week(lambda step: per_step * step)


def week_steady(value: float) -> str:
    """A gauge over the whole time."""
    return week(lambda _: value)


def histogram(name: str, labels: str, counts: Mapping[str, float]) -> dict[str, str]:
    """Cumulative buckets that rise by the given counts per step."""
    return {f'{name}_bucket{{{labels}le="{le}"}}': rising(count, 0) for le, count in counts.items()}


def _providers(name: str, per_step: Mapping[str, float]) -> dict[str, str]:
    return {
        f'{name}{{provider="{provider}",route_tier="gold",instance="{instance}"}}': rising(count / 2)
        for provider, count in per_step.items()
        for instance in _INSTANCES
    }


def requests(openai: float = 500, anthropic: float = 300, local: float = 200) -> dict[str, str]:
    """Requests by provider."""
    return _providers("router_requests_total", {"openai": openai, "anthropic": anthropic, "local": local})


def errors(openai: float = 0.125, anthropic: float = 0.125, local: float = 0.125) -> dict[str, str]:
    """Errors by provider."""
    return _providers("router_errors_total", {"openai": openai, "anthropic": anthropic, "local": local})


def latency(fast: float, medium: float, slow: float) -> dict[str, str]:
    """Routing decisions by bucket, cumulative."""
    buckets = {"0.05": fast, "0.1": medium, "0.15": medium, "0.25": slow, "+Inf": slow}
    return histogram("router_latency_seconds", "", buckets)


def utilization(pool: str, high: float) -> dict[str, str]:
    """100 batches per step in a pool, `high` of them above 60%."""
    buckets = {"0.5": 0, "0.6": 100 - high, "0.7": 100 - high, "0.9": 100, "1": 100, "+Inf": 100}
    return histogram("vllm_batch_utilization", f'gpu_pool="{pool}",', buckets)


def hit_rate(high: float) -> dict[str, str]:
    """100 requests per step, `high` of them with a hit rate above 80%."""
    buckets = {"0.5": 0, "0.7": 100 - high, "0.8": 100 - high, "0.9": 100, "1": 100, "+Inf": 100}
    return histogram("vllm_kv_cache_hit_rate", "", buckets)


def queue(pool: str, long: float) -> dict[str, str]:
    """100 looks per step at a pool's queue, `long` of them between 100 and 200."""
    buckets = {"10": 50, "50": 100 - long, "100": 100 - long, "200": 100, "+Inf": 100}
    return histogram("vllm_queue_depth", f'gpu_pool="{pool}",', buckets)


def billing(gold_cost: float = 0.02, *, gold_tokens: float = 1000) -> dict[str, str]:
    """Cost and tokens per step: 0.02 USD per 1k tokens in gold, 0.005 in bulk, nothing at all in an idle tier."""
    return {
        'billing_cost_total{route_tier="gold"}': week_rising(gold_cost),
        'billing_tokens_total{route_tier="gold"}': week_rising(gold_tokens),
        'billing_cost_total{route_tier="bulk"}': week_rising(0.01),
        'billing_tokens_total{route_tier="bulk"}': week_rising(2000),
        'billing_cost_total{route_tier="idle"}': week_steady(5),
        'billing_tokens_total{route_tier="idle"}': week_steady(500),
    }


def _surge(per_step: float) -> str:
    """A counter that rises three times as fast in the last day."""
    day = END - 24 * 3600 // STEP
    return week(lambda step: per_step * (step + 2 * max(0, step - day)))


HEALTHY: Final[Series] = {
    **requests(),
    **errors(),
    'router_health_last_success_timestamp_seconds{instance="router-0:4000"}': recent(
        f"{(END - _RECENT) * STEP - 5}+{STEP}x{_RECENT}"
    ),
    'router_health_last_success_timestamp_seconds{instance="router-1:4000"}': recent(
        f"{(END - _RECENT) * STEP - 9}+{STEP}x{_RECENT}"
    ),
    "redis_connection_attempts_total": rising(100),
    "redis_connection_failures_total": rising(1),
    'router_circuit_breaker_state{provider="openai"}': steady(0),
    'router_circuit_breaker_state{provider="anthropic"}': steady(1),
    "router_fallback_total": steady(40),
    "router_fallback_success_total": steady(39),
    **latency(90, 99, 100),
    **utilization("a100", 20),
    **utilization("h100", 30),
    **hit_rate(30),
    'vllm_gpu_memory_utilization{gpu_pool="a100",gpu="0"}': steady(0.8),
    'vllm_gpu_memory_utilization{gpu_pool="a100",gpu="1"}': steady(0.75),
    'vllm_gpu_memory_utilization{gpu_pool="h100",gpu="0"}': steady(0.85),
    **queue("a100", 1),
    **queue("h100", 2),
    'vllm_requests_total{gpu_pool="a100"}': rising(100),
    'vllm_request_failures_total{gpu_pool="a100"}': rising(0.1),
    'router_configured_weight{provider="openai"}': steady(0.5),
    'router_configured_weight{provider="anthropic"}': steady(0.3),
    'router_configured_weight{provider="local"}': steady(0.2),
    'provider_health_check_success{provider="openai"}': steady(1),
    'provider_health_check_success{provider="anthropic"}': steady(1),
    'provider_health_check_success{provider="local"}': steady(1),
    'provider_maintenance_declared{provider="openai"}': steady(0),
    **billing(),
    'cost_budget_per_1k_tokens{route_tier="gold"}': steady(0.03),
    'cost_budget_per_1k_tokens{route_tier="bulk"}': steady(0.01),
    "router_requests_attributed_total": rising(990),
    'traces_total{span_kind="router"}': rising(980),
    'traces_total{span_kind="client"}': rising(10),
    "log_entries_ingested_total": rising(5000),
    'probe_success{job="grafana-dashboards",instance="routing-readiness"}': steady(1),
    'probe_success{job="other",instance="elsewhere"}': steady(0),
    "batch_queue_depth": week(lambda step: 9000 - 0.1 * step),
    "batch_completed_total": week_rising(10),
    "batch_completed_success_total": week_rising(9.8),
    "batch_completion_time_hours": week_steady(20),
    "batch_export_uploads_total": rising(10),
    "batch_export_failures_total": steady(3),
}

# What each criterion needs to fail, over HEALTHY; None as a value takes a series away.
BAD: Final[Mapping[str, Mapping[str, str | None]]] = {
    "router_availability": errors(2, 2, 2),
    "router_health_check": {
        'router_health_last_success_timestamp_seconds{instance="router-1:4000"}': recent(
            f"{(END - _RECENT) * STEP - 60}+{STEP}x{_RECENT}"
        )
    },
    "redis_connections": {"redis_connection_failures_total": rising(5.1)},
    "circuit_breaker": {'router_circuit_breaker_state{provider="anthropic"}': steady(2)},
    "routing_error_rate": errors(4, 4, 4),
    "fallback_success": {"router_fallback_total": rising(20), "router_fallback_success_total": rising(18.9)},
    "router_latency_p95": latency(90, 94, 100),
    "provider_error_share": errors(0.5, 0.1, 0.1),
    "vllm_batch_utilization": utilization("h100", 4),
    "vllm_kv_cache_hit_rate": hit_rate(4),
    "vllm_gpu_memory": {'vllm_gpu_memory_utilization{gpu_pool="a100",gpu="1"}': steady(0.69)},
    "vllm_queue_depth": queue("a100", 6),
    "local_inference_availability": {'vllm_request_failures_total{gpu_pool="a100"}': rising(0.6)},
    "provider_traffic_share": {
        **requests(850, 100, 50),
        'router_configured_weight{provider="openai"}': steady(0.85),
        'router_configured_weight{provider="anthropic"}': steady(0.1),
        'router_configured_weight{provider="local"}': steady(0.05),
    },
    "provider_weight_deviation": {'router_configured_weight{provider="local"}': steady(0.23)},
    "provider_health_checks": {'provider_health_check_success{provider="local"}': steady(0)},
    "provider_cost_budget": billing(0.0301),
    "cost_per_1k_tokens": {'cost_budget_per_1k_tokens{route_tier="bulk"}': steady(0.004)},
    "daily_cost_variance": {
        'billing_cost_total{route_tier="gold"}': _surge(0.02),
        'billing_tokens_total{route_tier="gold"}': _surge(1000),
        'billing_cost_total{route_tier="bulk"}': _surge(0.01),
        'billing_tokens_total{route_tier="bulk"}': _surge(2000),
    },
    "cost_attribution": {"router_requests_attributed_total": rising(940)},
    "cost_anomaly_alerts": {
        'ALERTS{alertname="CostAnomalySpike",alertstate="firing"}': f"_x{END - 60} 1x60",
    },
    "trace_coverage": {'traces_total{span_kind="router"}': rising(949)},
    "metrics_fresh": {'provider_maintenance_declared{provider="openai"}': None},
    "log_ingestion": {"log_entries_dropped_total": f"_x{END - 20} 1x20"},
    "dashboards_current": {'probe_success{job="grafana-dashboards",instance="routing-readiness"}': steady(0)},
    "batch_queue_growth": {"batch_queue_depth": week(lambda step: 10 + 0.1 * step)},
    "batch_success_rate": {"batch_completed_success_total": week_rising(9.4)},
    "batch_completion_time": {"batch_completion_time_hours": week_steady(25.1)},
    "batch_exports": {"batch_export_failures_total": recent(f"3x{_RECENT - 10} 4x9")},
}

# Criteria that cannot fail alone: they measure the same counters, and another has the stricter bound.
ALSO: Final[Mapping[str, frozenset[str]]] = {
    "routing_error_rate": frozenset({"router_availability"}),
    "provider_cost_budget": frozenset({"cost_per_1k_tokens"}),
    "cost_per_1k_tokens": frozenset({"provider_cost_budget"}),
}

# Metrics that the spec allows to be absent, with its words for it.
MAY_BE_ABSENT: Final[Mapping[str, str]] = {
    "log_entries_dropped_total": "when_absent: zero",
    "ALERTS": "an alert that does not fire has no series",
}
