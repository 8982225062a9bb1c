"""What names of metrics say about which values are good, and what they do not."""

import pytest

from compiler.measures.meaning import wanted_by_name


@pytest.mark.parametrize(
    ("name", "direction"),
    [
        ("http_errors_total", "low"),
        ("job:request_latency_seconds:p95", "low"),
        ("billing_cost_total", "low"),
        ("uploads_dropped_total", "low"),
        ("kafka_consumergroup_lag", "low"),
        ("checkout_success_total", "high"),
        ("vllm_kv_cache_hit_rate", "high"),
        ("service_availability_ratio", "high"),
        ("cache_hit_latency_seconds", None),
        ("error_budget_remaining_ratio", None),
        ("time_between_failures_seconds", None),
        ("last_success_timestamp_seconds", None),
        ("errors_injected_total", None),
        ("rate_limit_hits_total", None),
        ("max_lag_seconds", None),
        ("available_updates", None),
        ("request_timeout_seconds", None),
        ("process_uptime_seconds", None),
        ("http_requests_total", None),
        ("terror_total", None),
    ],
)
def test_only_plain_words_count(name: str, direction: str | None) -> None:
    """Whole words, none that turns the meaning round beside them, and not both kinds."""
    found = wanted_by_name(name)

    assert (found.direction if found else None) == direction
    assert found is None or not found.sure
