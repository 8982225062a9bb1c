"""The scenarios of a criterion: what its rules must make of all that can happen, for the synthesised tests.

They follow from the spec and the laws of a gate and never from the rules, so that a wrong rule and a right test
disagree. What gives a measure a value is its kind's to know; the rest holds for every kind.
"""

from collections.abc import Callable, Iterator
from typing import Final

from compiler.middle.judged import Judged
from compiler.middle.plan import Scenario
from compiler.middle.scenarios import doubts, inputs, limits, members, passers, policies, surroundings, values
from compiler.middle.scenarios.cast import Cast
from compiler.middle.scenarios.draft import Draft, written
from compiler.middle.timeline import Timeline

_PARTS: Final[tuple[Callable[[Cast], Iterator[Draft]], ...]] = (
    values.healthy,
    values.bounds,
    values.own,
    values.examples,
    policies.idle,
    policies.few,
    policies.waivers,
    inputs.missing,
    inputs.odd,
    inputs.covered,
    doubts.doubts,
    doubts.results,
    doubts.values,
    members.members,
    passers.passers,
    limits.limits,
    surroundings.surroundings,
)


def scenarios(judged: Judged, timeline: Timeline, error: float) -> tuple[Scenario, ...]:
    """All scenarios for which series can be found; `error` is the share by which values may be wrong."""
    cast = Cast(judged, timeline, error)
    return tuple(scenario for part in _PARTS for scenario in written(cast, part(cast)))
