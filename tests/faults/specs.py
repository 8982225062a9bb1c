"""The small gates that faults are judged by, each with the rules that a careful engineer would write by hand.

The rules by hand take the usual care: rates before sums, `bool` in comparisons, `min` over members and criteria,
`or vector(0)` for errors that have not happened, a stabilisation time, explicit counts where members are known.
"""

from typing import Final

from faults.model import Spec

CRITERION: Final = "ready:criterion"
_REQUESTS: Final = "{x_requests_total: {type: counter}, x_errors_total: {type: counter}}"
_TIERS: Final = "{x_requests_total: {type: counter, labels: [tier]}, x_errors_total: {type: counter, labels: [tier]}}"
_RATIO: Final = "measure: {kind: ratio, bad: x_errors_total, total: x_requests_total}, require: {at_least: 99%}"
_RATIO_BY_HAND: Final = "1 - sum(rate(x_errors_total[12t])) / sum(rate(x_requests_total[12t])) >= bool 0.99"
_TIERS_BY_HAND: Final = (
    "min(1 - sum by (tier) (rate(x_errors_total[12t])) / sum by (tier) (rate(x_requests_total[12t])) >= bool 0.99)"
)


def _hand(expr: str, *before: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    return (*before, (CRITERION, expr))


AVAILABILITY: Final = Spec(_REQUESTS, f"{{{_RATIO}}}", _hand(_RATIO_BY_HAND))
LATE_ERRORS: Final = Spec(
    _REQUESTS,
    f"{{{_RATIO}, when_absent: zero}}",
    _hand(
        "1 - (sum(rate(x_errors_total[12t])) or vector(0)) / sum(rate(x_requests_total[12t])) >= bool 0.99",
    ),
)
IDLE_PASSES: Final = Spec(
    _REQUESTS,
    f"{{{_RATIO}, when_idle: pass}}",
    _hand(f"clamp_max(({_RATIO_BY_HAND}) + (sum(rate(x_requests_total[12t])) == bool 0), 1)"),
)
FEW_EVENTS: Final = Spec(
    _REQUESTS,
    f"{{{_RATIO}, when_idle: pass, min_events: 100}}",
    _hand(f"clamp_max(({_RATIO_BY_HAND}) + (sum(increase(x_requests_total[12t])) < bool 100), 1)"),
)
TIERS: Final = Spec(_TIERS, f"{{{_RATIO}, by: [tier]}}", _hand(_TIERS_BY_HAND))
LISTED_TIERS: Final = Spec(
    _TIERS,
    f"{{{_RATIO}, by: [tier], members: {{listed: [gold, silver]}}}}",
    _hand(f'{_TIERS_BY_HAND} * (count(count by (tier) (x_requests_total{{tier=~"gold|silver"}})) == bool 2)'),
)
LATE_ERRORS_OF_TIERS: Final = Spec(
    _TIERS,
    f"{{{_RATIO}, by: [tier], members: {{listed: [gold, silver]}}, when_absent: zero}}",
    _hand(
        "min(1 - (sum by (tier) (rate(x_errors_total[12t])) or sum by (tier) (x_requests_total) * 0) "
        "/ sum by (tier) (rate(x_requests_total[12t])) >= bool 0.99) "
        '* (count(count by (tier) (x_requests_total{tier=~"gold|silver"})) == bool 2)'
    ),
)
SERVER_ERRORS: Final = Spec(
    "{x_requests_total: {type: counter, labels: [code]}}",
    "{measure: {kind: ratio, bad: 'x_requests_total{code=\"500\"}', total: x_requests_total}, "
    "require: {at_least: 99%}}",
    _hand('1 - sum(rate(x_requests_total{code="500"}[12t])) / sum(rate(x_requests_total[12t])) >= bool 0.99'),
)
LATENCY: Final = Spec(
    "{x_seconds: {type: histogram, unit: seconds}}",
    "{measure: {kind: quantile, histogram: x_seconds, quantile: 95%}, require: {at_most: 1s}}",
    _hand("histogram_quantile(0.95, sum by (le) (rate(x_seconds_bucket[12t]))) <= bool 1"),
)
HIT_RATE: Final = Spec(
    "{x_hit_ratio: {type: histogram, unit: ratio}}",
    "{measure: {kind: quantile, histogram: x_hit_ratio, quantile: 50%}, require: {at_least: 60%}}",
    _hand("histogram_quantile(0.5, sum by (le) (rate(x_hit_ratio_bucket[12t]))) >= bool 0.6"),
)
LEVEL: Final = Spec(
    "{x_level: {type: gauge}}",
    "{measure: {kind: gauge, metric: x_level}, require: {at_most: 90}}",
    _hand("min(x_level <= bool 90)"),
)
STRICTER_LEVEL: Final = Spec(LEVEL.metrics, LEVEL.criterion.replace("90", "80"), _hand("min(x_level <= bool 80)"))
LOOSER_LEVEL: Final = Spec(LEVEL.metrics, LEVEL.criterion.replace("90", "99"), _hand("min(x_level <= bool 99)"))
HEADROOM: Final = Spec(
    "{x_level: {type: gauge}}",
    "{measure: {kind: gauge, metric: x_level}, require: {at_least: 10}}",
    _hand("min(x_level >= bool 10)"),
)
STATE: Final = Spec(
    "{x_level: {type: gauge}}",
    "{measure: {kind: gauge, metric: x_level}, require: {equals: 0}}",
    _hand("min(x_level == bool 0)"),
)
AVERAGE_LEVEL: Final = Spec(
    "{x_level: {type: gauge}}",
    "{measure: {kind: gauge, metric: x_level, over_time: avg, across: avg}, require: {at_most: 90}}",
    _hand("avg(avg_over_time(x_level[12t])) <= bool 90"),
)
POOL_MAXIMUM: Final = Spec(
    "{x_level: {type: gauge, labels: [pool]}}",
    "{measure: {kind: gauge, metric: x_level, across: max}, by: [pool], require: {at_most: 90}}",
    _hand("min(max by (pool) (x_level) <= bool 90)"),
)
LISTED_REPLICAS: Final = Spec(
    "{x_level: {type: gauge, labels: [replica]}}",
    "{measure: {kind: gauge, metric: x_level}, require: {at_most: 90}, members: {label: replica, listed: [a, b, c]}}",
    _hand('min(x_level <= bool 90) * (count(x_level{replica=~"a|b|c"}) == bool 3)'),
)
INVENTORY: Final = Spec(
    "{x_level: {type: gauge, labels: [replica]}, x_inventory: {type: gauge, labels: [replica]}}",
    "{measure: {kind: gauge, metric: x_level}, require: {at_most: 90}, members: {label: replica, from: x_inventory}}",
    _hand("min(x_level <= bool 90) * (count(x_level) >= bool count(x_inventory))"),
)
PEAK: Final = Spec(
    "{x_level: {type: gauge}}",
    "{measure: {kind: gauge, metric: x_level, over_time: max}, require: {at_most: 90}}",
    _hand("min(max_over_time(x_level[12t]) <= bool 90)"),
)
AGE: Final = Spec(
    "{x_last_success_seconds: {type: gauge, unit: seconds}}",
    "{measure: {kind: age, metric: x_last_success_seconds}, require: {below: 5t}}",
    _hand("min(time() - x_last_success_seconds < bool 5n)"),
)
OLDEST_OF_POOL: Final = Spec(
    "{x_last_success_seconds: {type: gauge, unit: seconds, labels: [pool]}}",
    "{measure: {kind: age, metric: x_last_success_seconds}, by: [pool], require: {below: 5t}}",
    _hand("min(max by (pool) (time() - x_last_success_seconds) < bool 5n)"),
)
FRESHNESS: Final = Spec(
    "{x_level: {type: gauge}}",
    "{measure: {kind: freshness}, require: {at_most: 4t}}",
    _hand("max(time() - timestamp(x_level)) <= bool 4n"),
    beside=("{measure: {kind: gauge, metric: x_level}, require: {at_most: 90}}",),
)
DROPPED: Final = Spec(
    "{x_dropped_total: {type: counter}, x_ingested_total: {type: counter}}",
    "{measure: {kind: increase, metric: x_dropped_total, alive: x_ingested_total}, require: {equals: 0}, "
    "when_absent: zero}",
    _hand("(sum(increase(x_dropped_total[12t])) or vector(0)) == bool 0"),
)
QUEUE: Final = Spec(
    "{x_depth: {type: gauge}}",
    "{measure: {kind: growth, metric: x_depth}, require: {at_most: 5}}",
    _hand("sum(deriv(x_depth[12t])) * 12n <= bool 5"),
)
BUSIEST: Final = Spec(
    "{x_hits_total: {type: counter, labels: [zone]}}",
    "{measure: {kind: largest_share, metric: x_hits_total, of: zone}, require: {at_most: 60%}}",
    _hand("max(sum by (zone) (rate(x_hits_total[12t]))) / sum(rate(x_hits_total[12t])) <= bool 0.6"),
)
WEIGHTS: Final = Spec(
    "{x_hits_total: {type: counter, labels: [zone]}, x_weight: {type: gauge, unit: ratio, labels: [zone]}}",
    "{measure: {kind: share_deviation, metric: x_hits_total, of: zone, target: x_weight}, require: {at_most: 10%}}",
    _hand(
        "max(abs(x_zone:hits:share / on (zone) x_weight - 1)) <= bool 0.1",
        (
            "x_zone:hits:share",
            "sum by (zone) (rate(x_hits_total[12t])) / on () group_left () sum(rate(x_hits_total[12t]))",
        ),
    ),
)
COST: Final = Spec(
    "{x_cost_total: {type: counter, unit: USD, labels: [tier]}, x_tokens_total: {type: counter, labels: [tier]}, "
    "x_budget: {type: gauge, unit: USD, labels: [tier]}}",
    "{measure: {kind: unit_cost, cost: x_cost_total, units: x_tokens_total, per: 1000}, by: [tier], "
    "require: {at_most: {metric: x_budget}}}",
    _hand(
        "min(x_tier:cost:per_1k <= bool on (tier) x_budget)",
        (
            "x_tier:cost:per_1k",
            "1000 * sum by (tier) (rate(x_cost_total[12t])) / sum by (tier) (rate(x_tokens_total[12t]))",
        ),
    ),
)
VARIANCE: Final = Spec(
    "{x_cost_total: {type: counter}}",
    "{measure: {kind: deviation_from_average, metric: x_cost_total, period: 6t, baseline: 12t}, "
    "require: {at_most: 25%}}",
    _hand("abs(sum(increase(x_cost_total[6t])) / (sum(increase(x_cost_total[12t])) / 2) - 1) <= bool 0.25"),
)
ANOMALIES: Final = Spec(
    "{x_cost_total: {type: counter}}",
    "{measure: {kind: alerts, alertname: 'x_anomaly.*', firing_for: 3t, alive: x_cost_total}, require: {equals: 0}}",
    _hand("(count(min_over_time(ALERTS{alertname=~'x_anomaly.*',alertstate='firing'}[3t])) or vector(0)) == bool 0"),
)
USAGE: Final = Spec(
    "{x_used: {type: gauge, labels: [pool]}, x_size: {type: gauge, labels: [pool]}}",
    "{measure: {kind: promql, expr: x_used / on (pool) x_size, unit: ratio}, by: [pool], require: {at_most: 80%}}",
    _hand("min(x_pool:usage:ratio <= bool 0.8)", ("x_pool:usage:ratio", "x_used / on (pool) x_size")),
)
_BY_TURNS: Final = "x_used / on (pool) (x_size{instance='0'} or x_size and on () (vector(time()) % 2n < 1n))"
USAGE_BY_TURNS: Final = Spec(
    "{x_used: {type: gauge, labels: [pool]}, x_size: {type: gauge, labels: [pool]}}",
    f'{{measure: {{kind: promql, expr: "{_BY_TURNS}", unit: ratio}}, by: [pool], require: {{at_most: 80%}}}}',
    _hand("min(x_pool:usage:ratio <= bool 0.8)", ("x_pool:usage:ratio", _BY_TURNS)),
)
USAGE_ON_ALL_LABELS: Final = Spec(
    USAGE.metrics,
    "{measure: {kind: promql, expr: x_used / x_size, unit: ratio}, by: [pool], require: {at_most: 80%}}",
    _hand("min(x_pool:usage:ratio <= bool 0.8)", ("x_pool:usage:ratio", "x_used / x_size")),
)
USAGE_IN_ALL: Final = Spec(
    USAGE.metrics,
    "{measure: {kind: promql, expr: x_used / x_size, unit: ratio}, require: {at_most: 80%}}",
    _hand("x_used / x_size <= bool 0.8"),
)
HEAVY: Final = Spec(
    "{x_used: {type: gauge}}",
    "{measure: {kind: promql, expr: 'max_over_time(sum(x_used)[12t:0.001t])'}, require: {at_most: 100000}}",
    _hand("max_over_time(sum(x_used)[12t:0.001t]) <= bool 100000"),
)
WAIVABLE: Final = Spec(
    "{x_level: {type: gauge}, x_maintenance: {type: gauge}}",
    "{measure: {kind: gauge, metric: x_level}, require: {at_most: 90}, waive_while: {metric: x_maintenance}}",
    _hand("clamp_max(min(x_level <= bool 90) + max(x_maintenance == bool 1), 1)"),
)
