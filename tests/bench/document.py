"""The reference gate as a person writes it: one query a criterion, in the manner of the document that it comes from.

`DOCUMENT` holds the document's own 17 queries. Six of them do not work as they stand there, and are repaired with as
little as that takes; each says how. `IN_ITS_MANNER` are the other 12 criteria, for which the document has no query.
"""

from typing import Final

_REQUESTS: Final = "sum(rate(router_requests_total[30m]))"
_BY_PROVIDER: Final = "sum by (provider) (rate(router_requests_total[30m]))"
_SHARE: Final = f"{_BY_PROVIDER} / on () group_left () {_REQUESTS}"
_COST: Final = (
    "(sum by (route_tier) (rate(billing_cost_total[30m])) / sum by (route_tier) (rate(billing_tokens_total[30m])))"
    " * 1000 <= on (route_tier) group_left () cost_budget_per_1k_tokens"
)

DOCUMENT: Final = {
    "router_availability": f"({_REQUESTS} - sum(rate(router_errors_total[30m]))) / {_REQUESTS} >= 0.999",
    "routing_error_rate": f"sum(rate(router_errors_total[30m])) / {_REQUESTS} <= 0.01",
    # 0/0 is NaN, so that it would fail whenever no fallback was triggered.
    "fallback_success": (
        "sum(rate(router_fallback_success_total[30m])) / sum(rate(router_fallback_total[30m])) >= 0.95"
        " or sum(rate(router_fallback_total[30m])) == 0"
    ),
    "router_latency_p95": "histogram_quantile(0.95, sum by (le) (rate(router_latency_seconds_bucket[30m]))) <= 0.15",
    "vllm_batch_utilization": (
        "histogram_quantile(0.95, sum by (le, gpu_pool) (rate(vllm_batch_utilization_bucket[30m]))) >= 0.65"
    ),
    "vllm_kv_cache_hit_rate": (
        "histogram_quantile(0.95, sum by (le) (rate(vllm_kv_cache_hit_rate_bucket[30m]))) >= 0.8"
    ),
    # `and <= 0.90` does not parse.
    "vllm_gpu_memory": (
        "avg_over_time(vllm_gpu_memory_utilization[30m]) >= 0.7"
        " and avg_over_time(vllm_gpu_memory_utilization[30m]) <= 0.9"
    ),
    "vllm_queue_depth": ("histogram_quantile(0.95, sum by (le, gpu_pool) (rate(vllm_queue_depth_bucket[30m]))) <= 100"),
    # Providers divided by a sum without that label match nothing.
    "provider_traffic_share": f"max({_SHARE}) <= 0.8",
    # The same, twice.
    "provider_weight_deviation": (
        f"abs(({_SHARE}) - on (provider) group_left () router_configured_weight)"
        " / on (provider) group_left () router_configured_weight <= 0.1"
    ),
    "cost_per_1k_tokens": _COST,
    "cost_attribution": f"sum(rate(router_requests_attributed_total[30m])) / {_REQUESTS} >= 0.95",
    "trace_coverage": f'sum(rate(traces_total{{span_kind="router"}}[30m])) / {_REQUESTS} >= 0.95',
    # max() looks at the freshest series only.
    "metrics_fresh": "time() - min(timestamp(router_requests_total)) <= 300",
    # increase() takes every drop of a gauge for a counter reset.
    "batch_queue_growth": "deriv(batch_queue_depth[2h]) * 7200 <= 0",
    "batch_success_rate": (
        "sum(rate(batch_completed_success_total[24h])) / sum(rate(batch_completed_total[24h])) >= 0.95"
    ),
    "batch_completion_time": "avg_over_time(batch_completion_time_hours[24h]) * 3600 <= 90000",
}

IN_ITS_MANNER: Final = {
    "router_health_check": "time() - router_health_last_success_timestamp_seconds < 60",
    "redis_connections": (
        "sum(rate(redis_connection_failures_total[30m])) / sum(rate(redis_connection_attempts_total[30m])) < 0.05"
    ),
    "circuit_breaker": "router_circuit_breaker_state < 2",
    "provider_error_share": (
        "max(sum by (provider) (rate(router_errors_total[30m]))"
        " / on () group_left () sum(rate(router_errors_total[30m]))) <= 0.5"
    ),
    "local_inference_availability": (
        "(sum(rate(vllm_requests_total[30m])) - sum(rate(vllm_request_failures_total[30m])))"
        " / sum(rate(vllm_requests_total[30m])) >= 0.995"
    ),
    "provider_health_checks": "provider_health_check_success == 1",
    "provider_cost_budget": _COST,
    "daily_cost_variance": (
        "abs(sum(increase(billing_cost_total[24h])) / (sum(increase(billing_cost_total[7d])) / 7) - 1) <= 0.25"
    ),
    "cost_anomaly_alerts": (
        'count(ALERTS{alertname=~"CostAnomaly.*",alertstate="firing"}'
        ' and ALERTS{alertname=~"CostAnomaly.*",alertstate="firing"} offset 15m) == 0 or vector(0)'
    ),
    "log_ingestion": "sum(increase(log_entries_dropped_total[30m])) == 0",
    "dashboards_current": 'probe_success{job="grafana-dashboards"} == 1',
    "batch_exports": "sum(increase(batch_export_failures_total[30m])) == 0",
}
