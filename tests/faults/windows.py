"""Windows and clocks: data that covers too little of the window, or belongs to another time."""

from functools import partial
from typing import Final

from faults import specs
from faults.healthy import COST, LATENCY, LEVEL, NO_OFFSET, REQUESTS, TIERS
from faults.model import FROM_THE_START, Fault, Moment
from faults.pages import both, down, during, empty, jump, now, page, rate, until

SECTION: Final = "windows and clocks"
window = partial(Fault, section=SECTION, right="fail")
_GAP: Final = 6.0  # ticks without data, half of the window
_AFTER_THE_GAP: Final = 7.0  # ticks in which data is there again, and the gap is still in the window


def _backwards(moment: Moment) -> float:
    return moment.now - 3 * max(0.0, moment.since) * moment.tick


def _stops(moment: Moment) -> float:
    return moment.now - max(0.0, moment.since) * moment.tick


FAULTS: Final = (
    window(
        "young-exporter",
        "The exporter has only just been deployed.",
        specs.AVAILABILITY,
        (until(empty, REQUESTS),),
        ("partial", "no_data"),
        "A few scrapes say nothing about the window.",
        lasts=7.0,
        opens=False,
    ),
    window(
        "young-average",
        "The exporter of a gauge has only just been deployed, and its average is asked for.",
        specs.AVERAGE_LEVEL,
        (until(empty, LEVEL),),
        ("partial", "no_data"),
        "A few scrapes say nothing about the window.",
        lasts=7.0,
        opens=False,
    ),
    window(
        "young-quantile",
        "A histogram has only just been created.",
        specs.LATENCY,
        (until(empty, LATENCY),),
        ("partial", "no_data"),
        "A few scrapes say nothing about the window.",
        lasts=7.0,
        opens=False,
    ),
    window(
        "young-baseline",
        "Today is compared with a baseline that nobody measured.",
        specs.VARIANCE,
        (until(empty, page({"x_cost_total": rate(3)})),),
        ("partial", "no_data"),
        "The baseline is not covered.",
        lasts=7.0,
        opens=False,
    ),
    window(
        "gap-in-the-window",
        "The target was down for half of the window, and is back.",
        specs.AVAILABILITY,
        (during(_GAP, REQUESTS, down),),
        ("partial", "no_data"),
        "Half of the window is unknown.",
        lasts=_GAP + _AFTER_THE_GAP,
    ),
    window(
        "gap-in-an-average",
        "The gauge was gone for half of the window, and is back.",
        specs.AVERAGE_LEVEL,
        (during(_GAP, LEVEL, empty),),
        ("partial", "no_data"),
        "Half of the window is unknown.",
        lasts=_GAP + _AFTER_THE_GAP,
    ),
    window(
        "gap-in-one-tier",
        "One of two tiers was gone for half of the window, and is back.",
        specs.LISTED_TIERS,
        (
            both(
                page({'x_requests_total{tier="gold"}': rate(100), 'x_errors_total{tier="gold"}': rate(0)}),
                during(
                    _GAP,
                    page({'x_requests_total{tier="silver"}': rate(50), 'x_errors_total{tier="silver"}': rate(0)}),
                    empty,
                ),
            ),
        ),
        ("partial", "member_missing"),
        "Half of the window of that tier is unknown.",
        lasts=_GAP + _AFTER_THE_GAP,
    ),
    window(
        "samples-stop-but-stay-visible",
        "An exporter with explicit timestamps stops; Prometheus shows its last samples for five minutes.",
        specs.FRESHNESS,
        (page({"x_level": 50}, stamp=_stops),),
        ("fail", "no_data"),
        "The newest sample is too old.",
        delay=5.0,
        read_back=True,
    ),
    window(
        "exporter-with-timestamps-dies",
        "An exporter with explicit timestamps goes down, which leaves no stale markers.",
        specs.FRESHNESS,
        (until(page({"x_level": 50}, stamp=now()), down),),
        ("fail", "no_data"),
        "The newest sample is too old.",
        delay=6.0,
        read_back=True,
    ),
    window(
        "errors-seen-in-the-past",
        "Rules are evaluated with a `query_offset`; requests fail.",
        specs.AVAILABILITY,
        (page({"x_requests_total": rate(100), "x_errors_total": jump(500, then=50)}),),
        ("fail",),
        "They are seen as much later.",
        delay=2.0,
        group={"query_offset": "2t"},
        unproducible=NO_OFFSET,
    ),
    window(
        "clock-behind",
        "An exporter stamps its samples with a clock that is five windows behind.",
        specs.AVAILABILITY,
        (page({"x_requests_total": rate(100), "x_errors_total": rate(0)}, stamp=now(-60)),),
        ("undefined", "no_data", "partial"),
        "Nothing is known about the window.",
        begins=FROM_THE_START,
    ),
    window(
        "clock-ahead",
        "An exporter stamps its samples with a clock that is ten windows ahead.",
        specs.AVAILABILITY,
        (page({"x_requests_total": rate(100), "x_errors_total": rate(0)}, stamp=now(120)),),
        ("no_data", "partial"),
        "Nothing is known about the window.",
        begins=FROM_THE_START,
    ),
    window(
        "timestamps-go-backwards",
        "Samples come out of order, and Prometheus refuses them.",
        specs.FRESHNESS,
        (page({"x_level": 50}, stamp=_backwards),),
        ("fail", "no_data"),
        "Nothing new arrives.",
        delay=5.0,
        read_back=True,
    ),
    window(
        "other-values-for-the-same-time",
        "Samples come with the same timestamp again and again, and Prometheus refuses them.",
        specs.FRESHNESS,
        (page({"x_level": lambda m: 50 + m.t}, stamp=_stops),),
        ("fail", "no_data"),
        "Nothing new arrives.",
        delay=5.0,
        read_back=True,
    ),
    window(
        "tier-younger-than-the-window",
        "A new tier appears, good since it is there.",
        specs.TIERS,
        (both(TIERS, until(empty, page({'x_requests_total{tier="new"}': rate(9), 'x_errors_total{tier="new"}': 0}))),),
        ("partial",),
        "Every tier is judged over the window, and this one has none yet.",
        lasts=6.0,
    ),
    window(
        "budget-exporter-younger-than-a-tier",
        "A tier without a budget appears.",
        specs.COST,
        (both(COST, until(empty, page({'x_cost_total{tier="new"}': rate(0), 'x_tokens_total{tier="new"}': rate(9)}))),),
        ("partial", "no_limit"),
        "A member without a limit has nothing to be compared with.",
    ),
)
