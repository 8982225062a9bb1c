"""Scenarios of members that come and go between two looks at who is there."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Final

from compiler import states
from compiler.measures.context import Read
from compiler.measures.situation import Impossible, Situation
from compiler.middle.plan import Remains
from compiler.middle.requirements import limit_metrics
from compiler.middle.scenarios.cast import Cast, Member, limit_series, void
from compiler.middle.scenarios.draft import Draft, is_of
from compiler.middle.scenarios.members import more_of
from compiler.promql.expr import Vector
from compiler.promql.series import Piece, Series

PASSER: Final = "A member came and went between two looks at who is there"


def passers(cast: Cast) -> Iterator[Draft]:
    """One more member, whom no probe saw: bad, it is no less bad; and it stands for nobody."""
    measure, limited = cast.judged.spec.measure, any(bound.limit is None for bound in cast.judged.bounds)
    if not (cast.judged.context.by and measure.counts_events):
        return
    bad = states.NO_LIMIT if limited else states.FAIL
    good = states.NO_LIMIT if limited else states.PASS
    idle = states.PASS if cast.judged.spec.when_idle == "pass" else states.IDLE_FAIL
    stage = more_of(cast)
    for clause, make, state in (
        ("and was bad", lambda: cast.situation(stage, cast.bads[0]), bad),
        ("and was well", lambda: cast.situation(stage, cast.goods[0]), good),
        ("and did nothing", lambda: cast.idle(stage), idle),
    ):
        yield Draft(PASSER, clause, _passing(cast, make, cast.good), state, silent=True)
    for limit in limit_metrics(cast.judged.spec.require):
        for clause, own, state in (
            ("bad", lambda: cast.situation(stage, cast.bads[0]), states.FAIL),
            ("well", lambda: cast.situation(stage, cast.goods[0]), states.PASS),
        ):
            made = _passing(cast, own, partial(_limited, cast, limit.metric, stage))
            yield Draft(PASSER, f"and was {clause}, with a limit", made, state, silent=True)
    if idle is states.PASS and len(cast.members) > 1:
        others = range(1, len(cast.members))
        passer = partial(cast.idle, stage)
        quiet = _passing(cast, passer, lambda: cast.good({i: cast.idle(cast.members[i]) for i in others}))
        beside = Remains.GOOD_INPUTS
        yield Draft(PASSER, "and did nothing, as all but one", quiet, states.PASS, silent=True, remains=beside)
        for read in (one for one in cast.judged.reads if one.events):
            all_idle = lambda: cast.together(cast.idle(member) for member in cast.members)  # noqa: E731
            left = _passing(cast, passer, all_idle, read)
            yield Draft(
                PASSER, f"and nothing happens, with all but {read.name} still there", left, states.IDLE, silent=True
            )
        unknown = _passing(cast, passer, lambda: cast.good({0: void(cast, cast.members[0])}))
        yield Draft(PASSER, "and did nothing, and one is unknown", unknown, states.UNDEFINED, silent=True)


def _limited(cast: Cast, metric: Vector, member: Member) -> Situation:
    """All members are well, and one more has a limit."""
    whole = cast.good()
    return replace(whole, series=(*whole.series, limit_series(cast, metric, member, member.limits[0])))


def _passing(
    cast: Cast, make: Callable[[], Situation], others: Callable[[], Situation], only: Read | None = None
) -> Callable[[], Situation]:
    """All that the member counts happens between two probes of its window, after which it is gone, or one input is."""

    def made() -> Situation:
        window, grid = cast.judged.context.window, cast.interval.milliseconds
        probes, more = cast.timeline.probes(window), make()
        middle = len(probes) // 2
        begin, end = probes[middle - 1] - 1, probes[middle] + grid - 1
        if not all(one.counter for one in more.series) or begin - end < 3 * grid or not cast.timeline.aligned(window):
            raise Impossible
        passing = [one for one in more.series if not only or is_of(only.selector, one)]
        if only and len(passing) == len(more.series):
            raise Impossible
        series = (replace(one, pieces=_brief(one, begin, grid, end)) if one in passing else one for one in more.series)
        whole = others()
        return replace(whole, series=(*whole.series, *series), values=None)

    return made


def _brief(series: Series, begin: int, grid: int, end: int) -> tuple[Piece, ...]:
    return Piece(begin, 0.0), Piece(begin - grid, series.pieces[-1].value), Piece(end, "stale")
