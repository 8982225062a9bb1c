"""Scenarios of limits that differ by member: a member has none, or two."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from compiler import states
from compiler.measures.situation import Situation
from compiler.middle.plan import Remains
from compiler.middle.requirements import limit_metrics
from compiler.middle.scenarios.cast import Cast, limit_series
from compiler.middle.scenarios.draft import Draft
from compiler.middle.scenarios.members import more_of, one_more

UNLIMITED: Final = "A member has no limit"
STRICTEST: Final = "Two limits are told for a member"


def limits(cast: Cast) -> Iterator[Draft]:
    """A member without a limit, and one with two of them."""
    if all(bound.limit is not None for bound in cast.judged.bounds) or cast.members[0].stage.own:
        return  # of its own label, the measure knows what to do with values that have no limit
    yield Draft(
        UNLIMITED,
        "one more member",
        one_more(cast, lambda: cast.goods[0]),
        states.NO_LIMIT,
        remains=Remains.GOOD_INPUTS,
    )
    if cast.judged.spec.measure.counts_events and len(cast.members) > 1:
        yield from _unlimited_and_idle(cast)
    for limit in limit_metrics(cast.judged.spec.require):
        gentle, strict = (2.0, 0.001) if cast.judged.bounds[0].kind == "max" else (0.5, 1000.0)
        for factor, state in ((gentle, states.PASS), (strict, states.FAIL)):

            def make(factor: float = factor) -> Situation:
                first = cast.members[0]
                more = limit_series(cast, limit.metric, first, first.limits[0] * factor)  # noqa: B023 - called at once
                whole = cast.good()
                return replace(whole, series=(*whole.series, more.labelled(replica="b")))

            yield Draft(STRICTEST, "the stricter one holds", make, state)


def _unlimited_and_idle(cast: Cast) -> Iterator[Draft]:
    """Idleness of another member is no limit; who is idle needs none."""
    last, floor = len(cast.members) - 1, cast.judged.spec.min_events
    if cast.judged.spec.when_idle != "pass":
        return

    def beside_idle() -> Situation:
        more = cast.situation(more_of(cast), cast.goods[0])
        whole = cast.good({last: cast.idle(cast.members[last])})
        return replace(whole, series=(*whole.series, *more.series), values=None)

    yield Draft(UNLIMITED, "one more, while another is idle", beside_idle, states.NO_LIMIT)
    if floor and floor > 1:

        def few() -> Situation:
            more = cast.staged(replace(more_of(cast).stage, number=floor - 1.0), cast.goods[0])
            return replace(cast.good(), series=(*cast.good().series, *more.series), values=None)

        yield Draft(UNLIMITED, f"one more, with {floor - 1} events", few, states.PASS)
