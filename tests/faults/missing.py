"""Missing data: what is not there, or is not there any more, is not good."""

from functools import partial
from typing import Final

from faults import specs
from faults.healthy import COST, LATENCY, LEVEL, ONLY_REQUESTS, POOLS, REQUESTS, TIERS
from faults.model import FROM_THE_START, Fault, Page
from faults.pages import (
    both,
    cut,
    down,
    empty,
    flapping,
    login,
    now,
    page,
    rate,
    slow,
    stops,
    stuck,
    switch,
    until,
)

SECTION: Final = "missing data"
_NOW_AND_THEN: Final = ("no_data", "partial", "pass")
_TYPED: Final = both(
    lambda _: Page("# TYPE x_seconds histogram\n"), page({"x_seconds_count": rate(100), "x_seconds_sum": rate(30)})
)
_NO_CONVERSION: Final = {
    "prometheus-2.42": "it converts nothing",
    "prometheus-2.53": "it converts nothing",
    "victoriametrics": "it has no native histograms",
}
missing = partial(Fault, section=SECTION, right="fail")


_MEMBER_A: Final = page({'x_level{replica="a"}': 50})
_MEMBER_B: Final = page({'x_level{replica="b"}': 50})
_MEMBER_C: Final = page({'x_level{replica="c"}': 50})
_INVENTORY: Final = page({'x_inventory{replica="a"}': 1, 'x_inventory{replica="b"}': 1})

FAULTS: Final = (
    missing(
        "target-down",
        "The only target goes down, while the window still holds its samples.",
        specs.AVAILABILITY,
        (until(REQUESTS, down),),
        ("no_data",),
        "Nobody knows how the service is.",
    ),
    missing(
        "target-down-average",
        "The only target of an average over the window goes down.",
        specs.AVERAGE_LEVEL,
        (until(LEVEL, down),),
        ("no_data",),
        "Range functions answer until the window is empty.",
    ),
    missing(
        "target-never-there",
        "The metric has never existed.",
        specs.AVAILABILITY,
        (empty,),
        ("no_data",),
        "Nothing was ever measured.",
        begins=FROM_THE_START,
    ),
    missing(
        "target-removed",
        "Service discovery forgets the target.",
        specs.AVAILABILITY,
        (REQUESTS,),
        ("no_data",),
        "A target that is not scraped is not healthy.",
        discovery=lambda m: 0 if m.since >= 0 else 1,
        delay=10.0,
    ),
    missing(
        "metric-renamed",
        "A new release renames one counter.",
        specs.AVAILABILITY,
        (until(REQUESTS, page({"x_requests_total": rate(100), "x_failures_total": rate(50)})),),
        ("no_data",),
        "Errors are not counted any more.",
    ),
    missing(
        "metric-becomes-a-summary",
        "A new release exports a summary instead of a histogram.",
        specs.LATENCY,
        (
            until(
                LATENCY, page({'x_seconds{quantile="0.95"}': 3, "x_seconds_sum": rate(9), "x_seconds_count": rate(3)})
            ),
        ),
        ("no_data",),
        "There are no buckets any more.",
    ),
    missing(
        "histogram-becomes-native",
        "Prometheus is told to store classic histograms as native ones.",
        specs.LATENCY,
        (both(_TYPED, LATENCY),),
        ("no_data",),
        "There are no buckets any more.",
        begins=FROM_THE_START,
        scrape={"convert_classic_histograms_to_nhcb": True},
        unproducible=_NO_CONVERSION,
    ),
    missing(
        "matched-label-renamed",
        "A new release renames the label that tells errors apart.",
        specs.SERVER_ERRORS,
        (
            until(
                page({'x_requests_total{code="500"}': rate(0), 'x_requests_total{code="200"}': rate(100)}),
                page({'x_requests_total{status="500"}': rate(50), 'x_requests_total{status="200"}': rate(50)}),
            ),
        ),
        ("no_data",),
        "Nothing is selected any more.",
    ),
    missing(
        "group-label-renamed",
        "A new release renames the label that tiers are judged by.",
        specs.LISTED_TIERS,
        (
            until(
                TIERS,
                page(
                    {
                        'x_requests_total{level="gold"}': rate(100),
                        'x_errors_total{level="gold"}': rate(0),
                        'x_requests_total{level="silver"}': rate(50),
                        'x_errors_total{level="silver"}': rate(40),
                    }
                ),
            ),
        ),
        ("member_missing",),
        "The tiers are gone.",
    ),
    missing(
        "listed-replica-down",
        "One of three listed replicas goes down.",
        specs.LISTED_REPLICAS,
        (_MEMBER_A, _MEMBER_B, until(_MEMBER_C, down)),
        ("member_missing",),
        "The spec says that all three must report.",
    ),
    missing(
        "listed-member-never-came",
        "A listed tier has never reported.",
        specs.LISTED_TIERS,
        (page({'x_requests_total{tier="gold"}': rate(100), 'x_errors_total{tier="gold"}': rate(0)}),),
        ("member_missing",),
        "The spec says that it must report.",
        begins=FROM_THE_START,
    ),
    missing(
        "inventory-lists-more",
        "The inventory lists a replica that does not report.",
        specs.INVENTORY,
        (_MEMBER_A, _MEMBER_B, both(_INVENTORY, until(empty, page({'x_inventory{replica="c"}': 1})))),
        ("member_missing",),
        "Every replica of the inventory must report.",
    ),
    missing(
        "inventory-gone",
        "The inventory is gone.",
        specs.INVENTORY,
        (_MEMBER_A, _MEMBER_B, until(_INVENTORY, empty)),
        ("no_data",),
        "Nobody knows which replicas there should be.",
    ),
    missing(
        "replica-replaced-by-a-stranger",
        "A replica of the inventory is gone, and one that nobody knows reports.",
        specs.INVENTORY,
        (_MEMBER_A, until(_MEMBER_B, page({'x_level{replica="z"}': 50})), _INVENTORY),
        ("member_missing",),
        "As many as there should be, but not those.",
    ),
    missing(
        "inventory-and-member-gone",
        "A bad replica is lost by the inventory and by its own exporter together.",
        specs.INVENTORY,
        (
            _MEMBER_A,
            until(_MEMBER_B, empty),
            until(_INVENTORY, page({'x_inventory{replica="a"}': 1})),
        ),
        ("member_missing",),
        "The inventory listed it within the window.",
        lasts=8.0,
    ),
    missing(
        "undeclared-tier-disappears",
        "A tier that reported in the window does not now.",
        specs.TIERS,
        (until(TIERS, page({'x_requests_total{tier="gold"}': rate(100), 'x_errors_total{tier="gold"}': rate(0)})),),
        ("member_missing",),
        "Members that have an identity are followed through the window.",
        lasts=8.0,
    ),
    missing(
        "empty-page",
        "The exporter answers with an empty page.",
        specs.AVAILABILITY,
        (until(REQUESTS, empty),),
        ("no_data",),
        "The scrape succeeds, and nothing is there.",
    ),
    missing(
        "partial-page",
        "The exporter lost one of its collectors, and its page has only half of the series.",
        specs.AVAILABILITY,
        (until(REQUESTS, ONLY_REQUESTS),),
        ("no_data",),
        "Requests go on, errors are not counted.",
    ),
    missing(
        "truncated-page",
        "The connection ends in the middle of every page.",
        specs.AVAILABILITY,
        (until(REQUESTS, cut(REQUESTS)),),
        ("no_data",),
        "A scrape that fails brings nothing.",
    ),
    missing(
        "login-page",
        "A proxy answers with its login page.",
        specs.AVAILABILITY,
        (until(REQUESTS, login),),
        ("no_data",),
        "HTTP 200 is not a metric.",
    ),
    missing(
        "scrape-timeout",
        "The exporter answers too late.",
        specs.AVAILABILITY,
        (until(REQUESTS, slow(REQUESTS, 0.9)),),
        ("no_data",),
        "A scrape that times out brings nothing.",
        scrape={"scrape_timeout": "0.5t"},
        delay=1.0,
    ),
    missing(
        "sample-limit",
        "The page grows beyond the job's sample_limit, and Prometheus drops it without stale markers.",
        specs.FRESHNESS,
        (until(LEVEL, both(LEVEL, page({f'x_noise{{n="{n}"}}': 1 for n in range(20)}))),),
        ("fail", "no_data"),
        "The newest sample is too old.",
        scrape={"sample_limit": 10},
        delay=5.0,
        read_back=True,
    ),
    missing(
        "garbage-at-the-end",
        "The page ends in something else, and Prometheus drops it without stale markers.",
        specs.FRESHNESS,
        (until(LEVEL, both(LEVEL, lambda _: Page("java.lang.OutOfMemoryError\n\tat Exporter.main\n"))),),
        ("fail", "no_data"),
        "The newest sample is too old.",
        delay=5.0,
        unproducible={"victoriametrics": "it takes the lines that it understands"},
        read_back=True,
    ),
    missing(
        "target-flaps",
        "The target is down for half of the time, again and again.",
        specs.AVAILABILITY,
        (flapping(4, 2, REQUESTS, down),),
        _NOW_AND_THEN,
        "It never holds for the stabilisation time.",
        delay=1.0,
    ),
    missing(
        "companion-down",
        "A counter that may be absent is absent, and so is its companion.",
        specs.DROPPED,
        (until(page({"x_ingested_total": rate(100)}), down),),
        ("no_data",),
        "Without its companion, absence proves nothing.",
    ),
    missing(
        "companion-down-beside-a-quiet-counter",
        "The counter reports, and its companion does not.",
        specs.DROPPED,
        (page({"x_dropped_total": 7}), until(page({"x_ingested_total": rate(100)}), down)),
        ("no_data",),
        "Nothing is ingested, so nothing can be dropped.",
    ),
    missing(
        "requests-gone-with-late-errors",
        "Errors may be absent, and requests are gone.",
        specs.LATE_ERRORS,
        (until(ONLY_REQUESTS, down),),
        ("no_data",),
        "No error, because nothing is counted.",
    ),
    missing(
        "alerts-judge-nothing",
        "The metric that the alerts judge is gone, so none of them can fire.",
        specs.ANOMALIES,
        (until(page({"x_cost_total": rate(3)}), down),),
        ("no_data",),
        "No alert is good only while alerts could fire.",
    ),
    missing(
        "budgets-gone",
        "The exporter of the budgets is down.",
        specs.COST,
        (until(COST, page({'x_cost_total{tier="gold"}': rate(0.1), 'x_tokens_total{tier="gold"}': rate(100)})),),
        ("no_data", "member_missing"),
        "There is nothing to compare with.",
    ),
    missing(
        "one-side-of-an-expression-gone",
        "One metric of the author's own expression is gone.",
        specs.USAGE,
        (until(POOLS, page({'x_used{pool="a"}': 39, 'x_used{pool="b"}': 39})),),
        ("no_data",),
        "The expression has no result.",
    ),
    missing(
        "one-pool-of-an-expression-gone",
        "One pool loses a metric of the author's own expression, which drops the pool.",
        specs.USAGE,
        (
            page({'x_used{pool="a"}': 10, 'x_size{pool="a"}': 40, 'x_used{pool="b"}': switch(20, 39)}),
            until(page({'x_size{pool="b"}': 40}), empty),
        ),
        ("undefined",),
        "Every pool that one of its metrics has needs a value.",
        delay=1.0,
    ),
    missing(
        "frozen-exporter",
        "The exporter serves the same page for ever; its own clock shows it.",
        specs.AGE,
        (page({"x_last_success_seconds": stuck()}),),
        ("fail",),
        "The last success is too long ago.",
        delay=5.0,
    ),
    missing(
        "frozen-counters",
        "The exporter serves the same counters for ever.",
        specs.AVAILABILITY,
        (page({"x_requests_total": stops(100), "x_errors_total": stops(0.1)}),),
        ("idle_fail",),
        "No event in the window, and the spec does not let an idle criterion pass.",
        delay=13.0,
    ),
    missing(
        "pushgateway-corpse",
        "The last push of a batch job is all that is left of it.",
        specs.OLDEST_OF_POOL,
        (page({'x_last_success_seconds{pool="batch"}': stuck(), 'x_last_success_seconds{pool="web"}': now()}),),
        ("fail",),
        "A Pushgateway shows the last push for ever; its age tells.",
        delay=5.0,
    ),
    missing(
        "declared-by-an-exporter-that-dies",
        "A level above its bound during a declared maintenance; what declares it goes down.",
        specs.WAIVABLE,
        (page({"x_level": 99}), until(page({"x_maintenance": 1}), down)),
        ("fail",),
        "Nothing is declared any more.",
    ),
    missing(
        "maintenance-metric-gone",
        "A level above its bound, and the metric that could declare a maintenance is gone.",
        specs.WAIVABLE,
        (both(page({"x_level": switch(50, 99)}), until(page({"x_maintenance": 0}), empty)),),
        ("fail",),
        "Nothing is declared.",
    ),
)
