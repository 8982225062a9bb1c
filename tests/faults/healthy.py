"""Controls: healthy data of every kind must pass, or the rest of the matrix would prove nothing."""

from typing import Any, Final

from faults import specs
from faults.model import Fault, Script, Spec
from faults.pages import both, buckets, down, during, empty, jump, now, page, rate, resets, switch, until

SECTION: Final = "healthy data"
NO_OFFSET: Final = {"prometheus-2.42": "it has no query_offset", "victoriametrics": "it has no query_offset"}


def healthy(
    name: str, title: str, spec: Spec, *targets: Script, state: str = "pass", why: str = "", **more: Any
) -> Fault:
    """A control."""
    because = why or "Everything that the gate asks for is met."
    return Fault(name, title, spec, targets, (state,), because, section=SECTION, right="pass", **more)


REQUESTS: Final = page({"x_requests_total": rate(100), "x_errors_total": rate(0.1)})
ONLY_REQUESTS: Final = page({"x_requests_total": rate(100)})
TIERS: Final = page(
    {
        'x_requests_total{tier="gold"}': rate(100),
        'x_errors_total{tier="gold"}': rate(0),
        'x_requests_total{tier="silver"}': rate(50),
        'x_errors_total{tier="silver"}': rate(0),
    }
)
LATENCY: Final = page(buckets("x_seconds", "", {"0.25": rate(50), "0.5": rate(99), "1": rate(100), "+Inf": rate(100)}))
LEVEL: Final = page({"x_level": 50})
COST: Final = page(
    {
        'x_cost_total{tier="gold"}': rate(0.1),
        'x_tokens_total{tier="gold"}': rate(100),
        'x_budget{tier="gold"}': 2,
        'x_cost_total{tier="basic"}': rate(0.1),
        'x_tokens_total{tier="basic"}': rate(1000),
        'x_budget{tier="basic"}': 0.5,
    }
)
ZONES: Final = page({'x_hits_total{zone="a"}': rate(50), 'x_hits_total{zone="b"}': rate(50)})
WEIGHTS: Final = page({'x_weight{zone="a"}': 0.5, 'x_weight{zone="b"}': 0.5})
POOLS: Final = page(
    {
        'x_used{pool="a"}': 10,
        'x_size{pool="a"}': 40,
        'x_used{pool="b"}': 20,
        'x_size{pool="b"}': 40,
    }
)
QUIET: Final = page({"x_requests_total": 900, "x_errors_total": 7})


def relabelled(names: str) -> dict[str, Any]:
    """Keys of a scrape job that add a label to the series whose names match."""
    rule = {"source_labels": ["__name__"], "regex": names, "target_label": "cluster", "replacement": "1"}
    return {"metric_relabel_configs": [rule]}


FAULTS: Final = (
    healthy("healthy-ratio", "A service answers, with few errors.", specs.AVAILABILITY, REQUESTS),
    healthy("healthy-tiers", "Two tiers, each judged by itself.", specs.LISTED_TIERS, TIERS),
    healthy("healthy-quantile", "A latency below its bound.", specs.LATENCY, LATENCY),
    healthy(
        "healthy-quantile-minimum",
        "A quantile with a lower bound.",
        specs.HIT_RATE,
        page(buckets("x_hit_ratio", "", {"0.5": rate(1), "0.7": rate(2), "1": rate(100), "+Inf": rate(100)})),
    ),
    healthy("healthy-gauge", "Two replicas, each below its bound.", specs.LEVEL, LEVEL, page({"x_level": 90})),
    healthy("healthy-average", "An average over the window.", specs.AVERAGE_LEVEL, LEVEL, page({"x_level": 99})),
    healthy("healthy-age", "A job that succeeds all the time.", specs.AGE, page({"x_last_success_seconds": now()})),
    healthy("healthy-freshness", "A metric whose samples are new.", specs.FRESHNESS, LEVEL),
    healthy(
        "healthy-increase",
        "A counter of failures that does not move.",
        specs.DROPPED,
        page({"x_dropped_total": 7, "x_ingested_total": rate(100)}),
    ),
    healthy(
        "healthy-late-counter",
        "A counter of failures that does not exist, since nothing failed yet.",
        specs.DROPPED,
        page({"x_ingested_total": rate(100)}),
        why="The spec says that the counter is created at its first event, and its companion is alive.",
    ),
    healthy(
        "healthy-late-errors",
        "No error yet, so no counter of errors.",
        specs.LATE_ERRORS,
        ONLY_REQUESTS,
        why="The spec says that the counter is created at its first event, and requests are counted.",
    ),
    healthy(
        "healthy-late-errors-of-tiers",
        "Two tiers without an error yet.",
        specs.LATE_ERRORS_OF_TIERS,
        page({'x_requests_total{tier="gold"}': rate(100), 'x_requests_total{tier="silver"}': rate(50)}),
        why="Requests tell which tiers there are.",
    ),
    healthy(
        "scrape-failed-when-the-window-began",
        "Entries were dropped long ago, and a scrape failed just when the window began.",
        specs.DROPPED,
        during(1.5, page({"x_dropped_total": 7, "x_ingested_total": rate(100)}), down),
        why="All that an old counter has ever counted is not new.",
        delay=7.0,  # the missed scrape itself is no data, and closes the gate for the stabilisation time
    ),
    healthy(
        "evaluated-in-the-past",
        "Rules are evaluated with a `query_offset`.",
        specs.AVAILABILITY,
        REQUESTS,
        why="What a rule reads, and when it says that it was, is shifted alike.",
        group={"query_offset": "2t"},
        unproducible=NO_OFFSET,
    ),
    healthy(
        "healthy-growth",
        "A queue that drains.",
        specs.QUEUE,
        page({"x_depth": lambda m: 900 - 5 * m.t}),
        why="Every drop of a gauge would be a counter reset for `increase`; its trend says that it drains.",
    ),
    healthy("healthy-largest-share", "Traffic in two halves.", specs.BUSIEST, ZONES),
    healthy("healthy-weights", "Shares as they are configured.", specs.WEIGHTS, both(ZONES, WEIGHTS)),
    healthy("healthy-cost", "Cost below the budget of each tier.", specs.COST, COST),
    healthy("healthy-variance", "Cost as always.", specs.VARIANCE, page({"x_cost_total": rate(3)})),
    healthy("healthy-alerts", "No alert fires.", specs.ANOMALIES, page({"x_cost_total": rate(3)})),
    healthy("healthy-expression", "An expression of the author's own.", specs.USAGE, POOLS),
    healthy(
        "idle-is-allowed",
        "No traffic, and the spec lets an idle criterion pass.",
        specs.IDLE_PASSES,
        QUIET,
        state="idle",
        why="`when_idle: pass`, and both counters report.",
    ),
    healthy(
        "too-few-events-to-judge",
        "One of a few requests fails, and the spec asks for 100 of them.",
        specs.FEW_EVENTS,
        page({"x_requests_total": rate(2), "x_errors_total": rate(1)}),
        state="idle",
        why="With fewer than `min_events`, one error would decide.",
    ),
    healthy(
        "maintenance-is-declared",
        "A level above its bound during a declared maintenance.",
        specs.WAIVABLE,
        page({"x_level": 99, "x_maintenance": 1}),
        state="waived",
        why="The spec waives the criterion while the maintenance is declared.",
    ),
    healthy(
        "counter-reset",
        "The service restarts and counts from zero.",
        specs.AVAILABILITY,
        page({"x_requests_total": resets(100), "x_errors_total": resets(0.1)}),
        why="A reset is no event.",
    ),
    healthy(
        "unrelated-job",
        "Another job appears, with bad numbers of its own.",
        specs.AVAILABILITY,
        REQUESTS,
        until(empty, page({"x_others_total": jump(900), "x_other_errors_total": jump(900, then=90)})),
        why="The gate does not read it.",
    ),
    healthy(
        "relabelled-targets",
        "Relabelling adds a label to all series of a job.",
        specs.LISTED_TIERS,
        TIERS,
        why="Labels that the spec does not name do not matter.",
        scrape=relabelled(".*"),
    ),
    healthy(
        "rolling-update",
        "One of two replicas is replaced by a new one.",
        specs.LEVEL,
        LEVEL,
        until(LEVEL, empty),
        until(empty, LEVEL),
        why="Replicas that nobody listed come and go, and each is judged while it reports.",
    ),
    healthy(
        "one-replica-misses-a-scrape",
        "One of two replicas misses two scrapes.",
        specs.AVAILABILITY,
        REQUESTS,
        during(2, REQUESTS, down),
        why="Replicas that nobody listed come and go, and the other one reports.",
    ),
    healthy(
        "disagreeing-exporters-of-a-join",
        "Two exporters tell the same weights, as highly available ones do.",
        specs.WEIGHTS,
        both(ZONES, WEIGHTS),
        until(empty, WEIGHTS),
        why="Both sides of the join are one series per zone, whoever tells them.",
    ),
    healthy(
        "highest-of-each-pool",
        "Pools whose highest level is at the bound.",
        specs.POOL_MAXIMUM,
        page({'x_level{pool="a"}': 90, 'x_level{pool="b"}': switch(1, 2)}),
        why="Each pool is at or below the bound.",
    ),
)
