"""A week of uneven load and of restarts: read exactly, read coarsely, and as an average of ratios.

By day a service answers a hundred times as many requests as by night, and its errors come at night. The truth is known:
the events are integrated here, second by second, without restarts.
"""

import math
from collections.abc import Iterator, Mapping
from itertools import accumulate, pairwise
from typing import Final

import pytest
from bench.fleet import DAY, HOUR, NOW
from bench.replay import Replay
from engines import Engine
from gates import plan

from compiler.fields import Duration
from compiler.middle.optimise import coarse
from compiler.naming import CRITERION_VALUE
from compiler.promql.build import over
from compiler.promql.expr import Vector
from compiler.promql.printer import show

SCRAPE: Final = 60
WEEK: Final = Duration.parse("7d")
STEP: Final = Duration.parse("5m")
RESTARTS: Final = tuple(NOW - ago for ago in (6.3 * DAY, 3.71 * DAY, 26 * HOUR, 200))
BEGIN: Final = NOW - 7 * DAY - HOUR
MOMENTS: Final = [BEGIN + second for second in range(0, int(NOW - BEGIN) + 1, SCRAPE)]
METRICS: Final = {"errors_total": {"type": "counter"}, "requests_total": {"type": "counter"}}


def _requests(moment: float) -> float:
    """Per second."""
    return 50.0 if 8 * HOUR <= moment % DAY < 20 * HOUR else 0.5


def _errors(moment: float) -> float:
    """Per second: one request in five for three hours of the night, and one in a thousand else."""
    return _requests(moment) * (0.2 if HOUR <= moment % DAY < 4 * HOUR else 0.001)


RATES: Final = {"requests_total": _requests, "errors_total": _errors}
EVENTS: Final[Mapping[str, list[float]]] = {
    name: list(accumulate((rate(moment) * SCRAPE for moment in MOMENTS[1:]), initial=0.0))
    for name, rate in RATES.items()
}


def _past() -> Iterator[str]:
    """Counters that begin again at zero after each restart."""
    for name, events in EVENTS.items():
        base = 0.0
        for (before, moment), (event_before, event) in zip(pairwise(MOMENTS), pairwise(events), strict=True):
            if any(before < restart <= moment for restart in RESTARTS):
                base = event_before
            yield f"{name} {event - base:.6f} {moment:.3f}\n"


def _within_week(name: str) -> float:
    """The true number of events."""
    return EVENTS[name][-1] - EVENTS[name][MOMENTS.index(min(m for m in MOMENTS if m >= NOW - 7 * DAY))]


def _criterion(**more: str) -> dict[str, object]:
    measure = {"kind": "ratio", "part": "errors_total", "total": "requests_total"}
    require = {"at_most": "50%"}
    return {"id": "week", "title": "T", "measure": measure, "require": require, "window": "7d", **more}


@pytest.fixture(scope="module")
def server(engine: Engine) -> Iterator[Replay]:
    """A Prometheus on that week."""
    with Replay(engine, _past()) as replay:
        yield replay


def _value(server: Replay, at: float, **more: str) -> tuple[float, int]:
    """The value of the ratio by the rules of a gate that is evaluated for the first time, and what it cost."""
    rules = plan(METRICS, [_criterion(**more)], scrape_interval="1m").rules
    measured = list(server.evaluate(rules, at))
    (value,) = [one.asked.values for one in measured if one.rule.record == CRITERION_VALUE]
    return value[0], sum(one.samples for one in measured if "rate" in one.rule.record or "increase" in one.rule.record)


def test_long_windows_are_weighted_by_traffic(server: Replay) -> None:
    """Both readings are right on the first evaluation; an average of five-minute ratios is wrong many times over."""
    truth = _within_week("errors_total") / _within_week("requests_total")
    exact, read_exactly = _value(server, NOW + 1)
    rough, read_roughly = _value(server, NOW + 2, max_error="0.1%")
    ratio = "sum(rate(errors_total[5m])) / sum(rate(requests_total[5m]))"
    (average,) = server.ask(f"avg_over_time(({ratio})[7d:5m])").values

    assert exact == pytest.approx(truth, rel=0.001)
    assert rough == pytest.approx(truth, rel=0.001)
    assert average > 9 * truth
    assert read_roughly < read_exactly / 2


@pytest.mark.parametrize("name", EVENTS)
@pytest.mark.parametrize("ago", [0, 37, 161, 299, 3600])
def test_the_coarse_reading_is_off_by_no_more_than_it_says(server: Replay, name: str, ago: float) -> None:
    """Twice the step of even load, and what each restart hid within one step; wherever the probes fall."""
    read = f"sum({show(coarse.increase(Vector(name), WEEK, STEP))})"
    (exact,) = server.ask(f"sum({show(over('increase', Vector(name), WEEK))})", NOW - ago).values
    (rough,) = server.ask(read, NOW - ago).values
    busiest = max(RATES[name](moment) for moment in MOMENTS) * STEP.seconds
    hidden = (1 + len(RESTARTS)) * busiest

    assert abs(rough - exact) <= exact * 2 * STEP.seconds / WEEK.seconds + hidden
    assert not math.isclose(rough, exact, rel_tol=1e-12)  # it is another reading


def test_what_just_happened_counts_at_once(server: Replay) -> None:
    """Events since the last probe are in the coarse reading; without them it would be up to a step late."""
    quiet = coarse.increase(Vector("requests_total"), WEEK, STEP)
    at, later = NOW - 170, NOW - 50  # between two probes, and after a restart
    (before,) = server.ask(f"sum({show(quiet)})", at).values
    (after,) = server.ask(f"sum({show(quiet)})", later).values

    assert after > before
