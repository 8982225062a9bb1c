"""How well the simulated platform does: one condition at a time, healthy unless an incident changes it."""

from dataclasses import dataclass
from typing import Final

PROVIDERS: Final = ("openai", "anthropic", "local-vllm")
GPU_POOLS: Final = ("a100", "h100")

Shares = tuple[float, float, float]  # of openai, anthropic, local-vllm


@dataclass(frozen=True)
class Tier:
    """A route tier: its share of the requests, what 1000 tokens cost and may cost (USD)."""

    name: str
    traffic: float
    cost_per_1k: float
    budget_per_1k: float


# Research has a budget and no traffic: it is idle, which is no reason to fail.
TIERS: Final = (
    Tier("premium", 0.2, 0.030, 0.045),
    Tier("standard", 0.5, 0.008, 0.012),
    Tier("economy", 0.3, 0.0011, 0.002),
    Tier("research", 0.0, 0.020, 0.040),
)


@dataclass(frozen=True)
class Condition:
    """What the platform does in a stretch of time. Ratios are 0..1, rates are per second."""

    # router
    error_ratio: float = 0.0003  # below 0.1%, or router_availability fails
    error_shares: Shares = (0.40, 0.35, 0.25)
    traffic_shares: Shares = (0.505, 0.297, 0.198)  # within 10% of the weights
    configured_weights: Shares = (0.5, 0.3, 0.2)
    health_checks_succeed: bool = True
    redis_failure_ratio: float = 0.005
    open_breaker: bool = False
    fallback_rate: float = 0.5
    fallback_success_ratio: float = 0.99
    latency_median: float = 0.045  # seconds; p95 is about twice that
    attributed_ratio: float = 0.985
    # providers
    ill_provider: str = ""
    maintained_provider: str = ""
    # vLLM
    utilization_median: float = 0.78  # of the pool a100; the others stay healthy
    cache_hit_median: float = 0.86
    fullest_gpu: float = 0.83
    queue_median: float = 12  # of the pool h100
    inference_failure_ratio: float = 0.0008
    # billing
    premium_price: float = 1.0  # times its usual price
    tokens: float = 1.0  # times the usual usage
    spend_anomaly: bool = False
    # observability
    traced_ratio: float = 0.99
    dropped_logs_rate: float = 0.0
    stale_dashboard: bool = False
    silent_metrics: frozenset[str] = frozenset()  # families that are not exported at all
    # batch
    queue_inflow: float = 0.0  # on top of a queue that drains
    batch_success_ratio: float = 0.99
    batch_hours: float = 18.0
    export_failure_rate: float = 0.0


HEALTHY: Final = Condition()
