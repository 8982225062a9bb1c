"""Values: bad ones, odd ones, and those that only look good."""

import math
from functools import partial
from typing import Final

from faults import specs
from faults.healthy import COST, POOLS, REQUESTS, WEIGHTS, ZONES
from faults.model import FROM_THE_START, STABILIZATION, Fault
from faults.pages import both, buckets, empty, every, jump, now, once, page, rate, stops, surge, switch, until

SECTION: Final = "values"
bad = partial(Fault, section=SECTION, right="fail")
# docs/engines.md: the sample before is judged, for five minutes at most; then the series is gone.
NO_NAN: Final = {"victoriametrics": "it stores no NaN"}


_LEVEL: Final = page({"x_level": 50})
_SLOW: Final = {"1": rate(100), "+Inf": rate(100)}
_FAST: Final = {"0.25": rate(50), "0.5": rate(99)}

FAULTS: Final = (
    bad(
        "errors",
        "Many requests fail.",
        specs.AVAILABILITY,
        (page({"x_requests_total": rate(100), "x_errors_total": jump(500, then=50)}),),
        ("fail",),
        "The requirement is not met.",
    ),
    bad(
        "errors-of-one-instance",
        "A new instance joins whose requests all fail.",
        specs.AVAILABILITY,
        (REQUESTS, until(empty, page({"x_requests_total": rate(100, 0), "x_errors_total": rate(100, 0)}))),
        ("fail",),
        "Half of all requests fail.",
        delay=2.0,  # a rate needs two samples
    ),
    bad(
        "errors-of-one-tier",
        "Requests of one small tier fail.",
        specs.TIERS,
        (
            page(
                {
                    'x_requests_total{tier="gold"}': rate(9000),
                    'x_errors_total{tier="gold"}': rate(0),
                    'x_requests_total{tier="free"}': rate(50),
                    'x_errors_total{tier="free"}': jump(100, then=20),
                }
            ),
        ),
        ("fail",),
        "Every tier is judged by itself.",
    ),
    bad(
        "late-counter",
        "The counter of errors is created by the first errors: 50 at once.",
        specs.LATE_ERRORS,
        (both(page({"x_requests_total": rate(100)}), until(empty, page({"x_errors_total": 50}))),),
        ("fail",),
        "50 errors have happened, although the counter never moves after its creation.",
        lasts=9.0,
    ),
    bad(
        "late-counter-of-drops",
        "The counter of dropped entries is created by the first of them.",
        specs.DROPPED,
        (both(page({"x_ingested_total": rate(100)}), until(empty, page({"x_dropped_total": 2}))),),
        ("fail",),
        "Two entries were dropped, although the counter never moves after its creation.",
        lasts=9.0,
    ),
    bad(
        "nan-gauge",
        "One of two replicas reports NaN.",
        specs.HEADROOM,
        (_LEVEL, page({"x_level": switch(50, math.nan)})),
        ("undefined",),
        "NaN is not a number, so it is no pass.",
        unproducible=NO_NAN,
    ),
    bad(
        "nan-hidden-by-max",
        "One of two instances of a pool reports NaN, and the highest of the pool is asked for.",
        specs.POOL_MAXIMUM,
        (page({'x_level{pool="a"}': 50}), page({'x_level{pool="a"}': switch(50, math.nan)})),
        ("undefined",),
        "`max` skips NaN; nobody knows the level of that instance.",
        unproducible=NO_NAN,
    ),
    bad(
        "nan-hidden-by-peak",
        "A gauge becomes NaN, and its maximum over the window is asked for.",
        specs.PEAK,
        (page({"x_level": switch(50, math.nan)}),),
        ("undefined",),
        "`max_over_time` skips NaN; nobody knows the level.",
        unproducible=NO_NAN,
    ),
    bad(
        "minus-infinity-hidden-by-max",
        "One of two instances of a pool reports -Inf, and the highest of the pool is asked for.",
        specs.POOL_MAXIMUM,
        (page({'x_level{pool="a"}': 50}), page({'x_level{pool="a"}': switch(50, -math.inf)})),
        ("undefined",),
        "Infinite is not a measurement.",
    ),
    bad(
        "nan-weight",
        "One of two exporters tells a weight of NaN.",
        specs.WEIGHTS,
        (both(ZONES, WEIGHTS), page({'x_weight{zone="a"}': switch(0.5, math.nan)})),
        ("undefined",),
        "`max` skips NaN; nobody knows the weight.",
        unproducible=NO_NAN,
    ),
    bad(
        "nan-hidden-by-oldest",
        "One of two instances of a pool does not know when it last succeeded (NaN).",
        specs.OLDEST_OF_POOL,
        (
            page({'x_last_success_seconds{pool="a"}': now()}),
            page({'x_last_success_seconds{pool="a"}': switch(now(), math.nan)}),
        ),
        ("undefined",),
        "`max` skips NaN; nobody knows the age of that instance.",
        unproducible=NO_NAN,
    ),
    bad(
        "nan-budget",
        "One of two exporters tells a budget of NaN.",
        specs.COST,
        (COST, page({'x_budget{tier="gold"}': switch(2, math.nan)})),
        ("no_limit", "undefined"),
        "`min` skips NaN; nobody knows the budget.",
        unproducible=NO_NAN,
    ),
    bad(
        "nan-counter",
        "The counter of errors is NaN.",
        specs.AVAILABILITY,
        (page({"x_requests_total": rate(100), "x_errors_total": switch(rate(0), math.nan)}),),
        ("undefined",),
        "NaN is not a number, so it is no pass.",
        unproducible=NO_NAN,
    ),
    bad(
        "nan-bucket",
        "One bucket of a histogram is NaN.",
        specs.LATENCY,
        (page(buckets("x_seconds", "", {"0.25": rate(50), "0.5": switch(rate(60), math.nan)} | _SLOW)),),
        ("undefined",),
        "The quantile lies between that bucket and the next.",
        unproducible=NO_NAN,
    ),
    bad(
        "infinite-headroom",
        "A gauge with a lower bound reports +Inf.",
        specs.HEADROOM,
        (page({"x_level": switch(50, math.inf)}),),
        ("undefined",),
        "Infinite is not a measurement.",
    ),
    bad(
        "infinitely-low",
        "A gauge with an upper bound reports -Inf.",
        specs.LEVEL,
        (page({"x_level": switch(50, -math.inf)}),),
        ("undefined",),
        "Infinite is not a measurement.",
    ),
    bad(
        "infinite-average",
        "An average holds +Inf and -Inf samples.",
        specs.AVERAGE_LEVEL,
        (page({"x_level": switch(50, math.inf)}), page({"x_level": switch(50, -math.inf)})),
        ("undefined",),
        "The average is not a number.",
    ),
    bad(
        "no-traffic",
        "Traffic stops, and the spec does not let an idle criterion pass.",
        specs.AVAILABILITY,
        (page({"x_requests_total": stops(100), "x_errors_total": 7}),),
        ("idle_fail",),
        "0/0 is neither good nor bad.",
        delay=13.0,
    ),
    bad(
        "errors-without-requests",
        "Errors are counted, and requests are not.",
        specs.IDLE_PASSES,
        (page({"x_requests_total": stops(100), "x_errors_total": jump(500, then=50)}),),
        ("fail", "undefined"),
        "A contradiction is not idleness.",
    ),
    bad(
        "few-errors-without-requests",
        "Errors are counted and requests are not, where few requests count as idle.",
        specs.FEW_EVENTS,
        (page({"x_requests_total": stops(100), "x_errors_total": switch(5000, rate(2))}),),
        ("fail", "undefined"),
        "A contradiction is not idleness, however few requests there are.",
        delay=13.0,
    ),
    bad(
        "quantile-saturates",
        "The latency leaves the highest finite bucket, whose bound is the requirement.",
        specs.LATENCY,
        (page(buckets("x_seconds", "", {**_FAST, "1": rate(100), "+Inf": surge(100, 4000, then=200)})),),
        ("saturated",),
        "The quantile is above 1s, and histogram_quantile says 1.",
    ),
    bad(
        "no-observation",
        "Nobody uses the service, so its latency is unknown.",
        specs.LATENCY,
        (page(buckets("x_seconds", "", {"0.5": 0, "1": 0, "+Inf": 0})),),
        ("idle_fail", "partial", "no_data"),
        "No observation is no good latency.",
        begins=FROM_THE_START,
    ),
    bad(
        "slow-service",
        "The latency is above its bound.",
        specs.HIT_RATE,
        (
            page(
                buckets(
                    "x_hit_ratio",
                    "",
                    {"0.5": surge(1, 4000, then=400), "0.7": surge(2, 4000, then=400), "1": surge(100, 4000, then=400)}
                    | {"+Inf": surge(100, 4000, then=400)},
                )
            ),
        ),
        ("fail",),
        "Half of the hit ratios are below 50%.",
    ),
    bad(
        "one-bad-replica",
        "One of three replicas is above the bound.",
        specs.LEVEL,
        (_LEVEL, _LEVEL, page({"x_level": switch(50, 90.5)})),
        ("fail",),
        "Every series must meet the requirement.",
    ),
    bad(
        "below-a-lower-bound",
        "One replica is a little below the bound.",
        specs.HEADROOM,
        (_LEVEL, page({"x_level": switch(10, 9.999999)})),
        ("fail",),
        "The bound is 10.",
    ),
    bad(
        "old-success",
        "The last success is too long ago.",
        specs.AGE,
        (page({"x_last_success_seconds": switch(now(), now(-60))}),),
        ("fail",),
        "It is older than the bound.",
    ),
    bad(
        "success-in-the-future",
        "A clock is an hour ahead, so the last success lies in the future.",
        specs.AGE,
        (page({"x_last_success_seconds": switch(now(), now(3600))}),),
        ("fail",),
        "A wrong clock proves nothing.",
    ),
    bad(
        "open-for-one-scrape",
        "A circuit breaker opens for a single scrape.",
        specs.STATE,
        (page({"x_level": once(1.5, 0, 2)}),),
        ("fail", "pass"),
        "Within the stabilisation time nothing may fail.",
        lasts=STABILIZATION + 0.5,
    ),
    bad(
        "spike-within-an-average",
        "A short spike lifts the average of the window.",
        specs.AVERAGE_LEVEL,
        (page({"x_level": once(2.0, 50, 5000)}),),
        ("fail",),
        "The average over the window is above the bound.",
        lasts=9.0,
    ),
    bad(
        "growing-queue",
        "A queue fills up.",
        specs.QUEUE,
        (page({"x_depth": lambda m: 100 + 90 * max(0.0, m.since + 1)}),),
        ("fail",),
        "Its trend goes up.",
        delay=2.0,
    ),
    bad(
        "sawtooth-queue",
        "A queue grows, and is emptied in part now and then.",
        specs.QUEUE,
        (page({"x_depth": lambda m: 100 + max(0.0, 60 * m.since - 90 * (m.since // 3))}),),
        ("fail",),
        "Its trend goes up.",
        delay=6.0,
    ),
    bad(
        "one-zone-takes-all",
        "All traffic goes to one zone.",
        specs.BUSIEST,
        (page({'x_hits_total{zone="a"}': surge(50, 2000, then=200), 'x_hits_total{zone="b"}': rate(50)}),),
        ("fail",),
        "Its share is above 60%.",
    ),
    bad(
        "zone-off-its-weight",
        "A zone has more than its share.",
        specs.WEIGHTS,
        (
            both(
                WEIGHTS, page({'x_hits_total{zone="a"}': surge(50, 2000, then=200), 'x_hits_total{zone="b"}': rate(50)})
            ),
        ),
        ("fail",),
        "It deviates by more than 10%.",
    ),
    bad(
        "cost-above-budget",
        "One tier becomes more expensive than its budget.",
        specs.COST,
        (
            page(
                {
                    'x_cost_total{tier="gold"}': surge(0.1, 900, then=9),
                    'x_tokens_total{tier="gold"}': rate(100),
                    'x_budget{tier="gold"}': 2,
                    'x_cost_total{tier="basic"}': rate(0.1),
                    'x_tokens_total{tier="basic"}': rate(1000),
                    'x_budget{tier="basic"}': 0.5,
                }
            ),
        ),
        ("fail",),
        "Each tier has its own limit.",
    ),
    bad(
        "cost-jumps",
        "Much more is spent than usual.",
        specs.VARIANCE,
        (page({"x_cost_total": surge(3, 60, then=30)}),),
        ("fail",),
        "It deviates by more than 25%.",
        lasts=5.0,
    ),
    bad(
        "alert-fires",
        "An anomaly alert fires for longer than it may.",
        specs.ANOMALIES,
        (page({"x_cost_total": rate(3), "x_anomaly": switch(0, 1)}),),
        ("fail",),
        "No such alert may fire for so long.",
        delay=5.0,
        more_rules="groups: [{name: x_alerts, interval: 1t, rules: [{alert: x_anomaly_cost, expr: x_anomaly == 1}]}]",
    ),
    bad(
        "expression-above-its-bound",
        "The author's own expression is above its bound.",
        specs.USAGE,
        (both(POOLS, page({'x_used{pool="c"}': switch(1, 39), 'x_size{pool="c"}': 40})),),
        ("fail",),
        "Every pool must meet the requirement.",
    ),
    bad(
        "flapping-value",
        "A value is bad for half of the time, again and again.",
        specs.LEVEL,
        (page({"x_level": every(4, 2, 50, 99)}),),
        ("fail", "pass"),
        "It never holds for the stabilisation time.",
    ),
)
