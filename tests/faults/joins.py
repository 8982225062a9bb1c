"""Joins and rules: label sets that change, rules that cannot be evaluated, and rules of somebody else."""

from functools import partial
from typing import Final

from faults import specs
from faults.healthy import COST, POOLS, TIERS, WEIGHTS, ZONES, relabelled
from faults.model import FROM_THE_START, Fault
from faults.pages import both, empty, every, page, rate, surge, switch, until

SECTION: Final = "joins and rules"
join = partial(Fault, section=SECTION, right="fail")
_SECOND_SIZE: Final = page({'x_size{pool="a"}': 40})
_MORE_POOLS: Final = page({f'{one}{{pool="{pool}"}}': 40 for one in ("x_used", "x_size") for pool in "cdef"})
_CLAIMS: Final = page(
    {
        'gate:criterion:pass{gate="x-gate",category="all",criterion="subject"}': 1,
        'gate:criterion:state{gate="x-gate",category="all",criterion="subject"}': 0,
    }
)
_HISTORY: Final = page({'gate:overall:met{gate="x-gate"}': 1})

FAULTS: Final = (
    join(
        "duplicate-series-in-a-join",
        "A second exporter of a pool's size makes the join fail, and then the pool turns bad.",
        specs.USAGE,
        (page({'x_used{pool="a"}': switch(10, 39, at=2), 'x_size{pool="a"}': 40}), until(empty, _SECOND_SIZE)),
        ("undefined",),
        "The rule cannot be evaluated; its last value stays visible for five minutes.",
        delay=3.0,  # two ticks later the pool is bad, which no rule has seen before the join fails
        read_back=True,
    ),
    join(
        "join-fails-every-other-time",
        "A second exporter takes part in a join at every other evaluation.",
        specs.USAGE_BY_TURNS,
        (page({'x_used{pool="a"}': 10, 'x_size{pool="a"}': 40}), until(empty, _SECOND_SIZE)),
        ("undefined", "pass"),
        "In half of the evaluations the rule cannot be evaluated, and nobody knows.",
        delay=2.0,  # the first of these comes an evaluation later, or two
        read_back=True,
    ),
    join(
        "rule-limit",
        "More pools than the `limit` of the rule group appear, all of them full.",
        specs.USAGE,
        (both(POOLS, until(empty, _MORE_POOLS)),),
        ("undefined", "fail"),  # where one rule judges, it has one result
        "The rule is an error, and its last values stay visible for five minutes.",
        group={"limit": 3},
    ),
    join(
        "label-added-to-one-side",
        "A new release adds a label to one side of an expression; a pool turns bad.",
        specs.USAGE_ON_ALL_LABELS,
        (
            until(
                page({'x_used{pool="a"}': 10, 'x_size{pool="a"}': 40}),
                page({'x_used{pool="a",cluster="1"}': 39, 'x_size{pool="a"}': 40}),
            ),
        ),
        ("undefined",),
        "Nothing matches any more, so nothing is left to be bad.",
    ),
    join(
        "label-added-by-relabelling",
        "Relabelling adds a label to one side of an expression.",
        specs.USAGE_ON_ALL_LABELS,
        (page({'x_used{pool="a"}': 39, 'x_size{pool="a"}': 40}),),
        ("undefined",),
        "Nothing matches, so nothing is there to be bad.",
        begins=FROM_THE_START,
        scrape=relabelled(".*_used"),
    ),
    join(
        "two-results-for-one",
        "An expression that had one result has two.",
        specs.USAGE_IN_ALL,
        (
            until(
                page({"x_used": 10, "x_size": 40}),
                page(
                    {'x_used{pool="a"}': 10, 'x_size{pool="a"}': 40} | {'x_used{pool="b"}': 12, 'x_size{pool="b"}': 40}
                ),
            ),
        ),
        ("undefined",),
        "Which of them should be judged?",
    ),
    join(
        "two-results-for-one-pool",
        "A second instance of a pool appears.",
        specs.USAGE_ON_ALL_LABELS,
        (
            page({'x_used{pool="a"}': 10, 'x_size{pool="a"}': 40}),
            until(empty, page({'x_used{pool="a"}': 12, 'x_size{pool="a"}': 40})),
        ),
        ("undefined",),
        "Which of the two values should be judged?",
    ),
    join(
        "errors-of-a-tier-without-requests",
        "A tier has errors, and its requests are not exported.",
        specs.TIERS,
        (both(TIERS, until(empty, page({'x_errors_total{tier="new"}': rate(50)}))),),
        ("member_missing", "partial", "undefined"),
        "The division loses the tier.",
    ),
    join(
        "late-errors-of-a-tier-without-requests",
        "A tier that nobody listed has errors, and its requests are not exported; errors may be absent.",
        specs.LATE_ERRORS_OF_TIERS,
        (both(TIERS, until(empty, page({'x_errors_total{tier="new"}': rate(50)}))),),
        ("undefined",),
        "The division loses the tier.",
    ),
    join(
        "criterion-of-another-server",
        "A target exposes a pass for the criterion under its recorded names; the service turns bad.",
        specs.LEVEL,
        (page({"x_level": switch(50, 95)}), _CLAIMS),
        ("fail", "pass"),  # the state of either
        "What somebody else says is no substitute.",
        scrape={"honor_labels": True},
    ),
    join(
        "history-of-another-server",
        "A target exposes the history of a gate that is always met; the service is bad for two thirds of the time.",
        specs.LEVEL,
        (page({"x_level": every(6, 4, 50, 95)}), _HISTORY),
        ("fail", "pass"),
        "It is not this gate that has been met for the stabilisation time.",
        scrape={"honor_labels": True},
    ),
    join(
        "tier-without-a-budget",
        "One tier has cost and no budget.",
        specs.COST,
        (both(COST, page({'x_cost_total{tier="new"}': rate(9), 'x_tokens_total{tier="new"}': rate(9)})),),
        ("no_limit", "partial"),
        "The comparison loses the tier.",
        begins=FROM_THE_START,
    ),
    join(
        "budgets-disagree",
        "A second exporter tells a stricter budget.",
        specs.COST,
        (COST, page({'x_budget{tier="gold"}': switch(2, 0.1)})),
        ("fail",),
        "The strictest limit holds.",
    ),
    join(
        "traffic-without-a-weight",
        "A zone without a configured weight gets traffic.",
        specs.WEIGHTS,
        (both(both(ZONES, WEIGHTS), until(empty, page({'x_hits_total{zone="c"}': surge(0, 0, then=4)}))),),
        ("undefined", "fail"),
        "The join loses the zone.",
        delay=2.0,  # a rate needs two samples
    ),
    join(
        "weight-without-traffic",
        "A zone is configured, and gets no traffic.",
        specs.WEIGHTS,
        (
            both(
                ZONES,
                page({'x_weight{zone="a"}': 0.5, 'x_weight{zone="b"}': 0.5, 'x_weight{zone="c"}': switch(0, 0.4)}),
            ),
        ),
        ("fail",),
        "It has nothing of its share.",
    ),
    join(
        "rules-of-two-revisions",
        "The rules of an older revision, with a looser bound, are still loaded beside the new ones.",
        specs.LEVEL,
        (page({"x_level": switch(50, 95)}),),
        ("fail", "pass"),  # the state of either
        "Both write the same series, and the older ones would pass.",
        opens=False,  # where both write the same states at the same time, neither may open
        loaded_too=specs.LOOSER_LEVEL,
    ),
    join(
        "tier-whose-errors-are-not-exported",
        "One tier exports no counter of errors, and another does.",
        specs.TIERS,
        (both(TIERS, page({'x_requests_total{tier="new"}': rate(9)})),),
        ("undefined", "partial", "no_data"),
        "The division loses the tier; the spec does not say that its errors may be absent.",
        begins=FROM_THE_START,
    ),
    join(
        "rule-deleted",
        "Somebody deletes a rule of a criterion from the rule file.",
        specs.LEVEL,
        (page({"x_level": 50}),),
        ("pass",),
        "A criterion that is not judged is not passed.",
        begins=FROM_THE_START,
        drops=("gate:criterion:state", "gate:criterion:pass", specs.CRITERION),
    ),
)
