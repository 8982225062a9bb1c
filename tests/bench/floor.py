"""What the reference gate cannot but read: each distinct selector once over each of its windows, and once as of now.

Written by hand from the list of criteria, so that it is no echo of the compiler's idea of what a criterion reads.
"""

from typing import Final

RANGES: Final = (
    "router_requests_total[30m]",
    "router_errors_total[30m]",
    "redis_connection_attempts_total[30m]",
    "redis_connection_failures_total[30m]",
    "router_fallback_total[30m]",
    "router_fallback_success_total[30m]",
    "router_latency_seconds_bucket[30m]",
    "vllm_batch_utilization_bucket[30m]",
    "vllm_kv_cache_hit_rate_bucket[30m]",
    "vllm_gpu_memory_utilization[30m]",
    "vllm_queue_depth_bucket[30m]",
    "vllm_requests_total[30m]",
    "vllm_request_failures_total[30m]",
    "billing_cost_total[30m]",
    "billing_cost_total[24h]",
    "billing_cost_total[7d]",
    "billing_tokens_total[30m]",
    "router_requests_attributed_total[30m]",
    'traces_total{span_kind="router"}[30m]',
    "log_entries_dropped_total[30m]",
    "batch_completed_total[24h]",
    "batch_completed_success_total[24h]",
    "batch_completion_time_hours[24h]",
    "batch_export_failures_total[30m]",
)

# A trend is that of a sum, which is looked at now and then.
LOOKS: Final = ("batch_queue_depth[2h:2m]",)

# metrics_fresh asks for the newest sample of all that must exist; of a histogram, one bucket tells.
INSTANTS: Final = (
    "router_requests_total",
    "router_errors_total",
    "router_health_last_success_timestamp_seconds",
    "redis_connection_attempts_total",
    "redis_connection_failures_total",
    "router_circuit_breaker_state",
    "router_fallback_total",
    "router_fallback_success_total",
    'router_latency_seconds_bucket{le="+Inf"}',
    "router_configured_weight",
    "provider_health_check_success",
    "provider_maintenance_declared",
    "router_requests_attributed_total",
    'vllm_batch_utilization_bucket{le="+Inf"}',
    'vllm_kv_cache_hit_rate_bucket{le="+Inf"}',
    "vllm_gpu_memory_utilization",
    'vllm_queue_depth_bucket{le="+Inf"}',
    "vllm_requests_total",
    "vllm_request_failures_total",
    "billing_cost_total",
    "billing_tokens_total",
    "cost_budget_per_1k_tokens",
    'traces_total{span_kind="router"}',
    "log_entries_ingested_total",
    'probe_success{job="grafana-dashboards"}',
    "batch_queue_depth",
    "batch_completed_total",
    "batch_completed_success_total",
    "batch_completion_time_hours",
    "batch_export_uploads_total",
    "batch_export_failures_total",
)

FLOOR: Final = (*RANGES, *LOOKS, *INSTANTS)
