"""A gate over time: what the verdicts on its criteria add up to, and whether it has been met for long enough."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from reference.moment import Doubts, Moment
from reference.prometheus import Prometheus
from reference.series import Matrix
from reference.verdict import Prepared, Verdict, prepared, verdict

from compiler.fields import Duration
from compiler.spec.model import Gate

_QUORUM: Final = 0.9
_BELIEVED: Final = 3  # how many evaluations old a result may be, where the newest is of the evaluation before


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A gate at a time. `doubtful`: whether a comparison is too close to be the same on every engine.

    `passing` are the criteria of which the rules see that they pass: those of now, or of an evaluation before.
    """

    at: int
    criteria: Mapping[str, Verdict]
    passing: frozenset[str]
    categories: Mapping[str, bool]
    met: bool
    passes: bool
    doubtful: bool


def evaluate(gate: Gate, matrix: Matrix, engine: Prometheus, until: int) -> tuple[Evaluation, ...]:
    """The gate at each of its evaluations, the first at 0."""
    every, stored = gate.defaults.evaluate_every.milliseconds, engine.stored(matrix)
    done, criteria = list[Evaluation](), prepared(gate)
    for at in range(0, until + 1, every):
        one = _judge_all(gate, criteria, Moment(engine, stored, at, Doubts(), every))
        if engine.lag:
            one = _seen(gate, one, _passing(done[-engine.lag].criteria) if len(done) >= engine.lag else frozenset())
        held = _held([*done, one], gate.defaults.stabilization, every)
        passes = held and (not engine.lag or _remembered([*done, one]))
        done.append(replace(one, passes=passes))
    return tuple(done)


def judge(gate: Gate, moment: Moment) -> Evaluation:
    """The gate at one moment, of which nothing before is known, so that it does not pass."""
    return _judge_all(gate, prepared(gate), moment)


def _judge_all(gate: Gate, each: Sequence[Prepared], moment: Moment) -> Evaluation:
    criteria = {one.criterion.id: verdict(gate, one, moment) for one in each}
    one = Evaluation(moment.at, criteria, frozenset(), {}, met=False, passes=False, doubtful=moment.doubts.any)
    return _seen(gate, one, _passing(criteria))


def _passing(criteria: Mapping[str, Verdict]) -> frozenset[str]:
    return frozenset(name for name, verdict in criteria.items() if verdict.state.passes)


def _seen(gate: Gate, one: Evaluation, passing: frozenset[str]) -> Evaluation:
    """What follows from the criteria that pass."""
    categories = {
        category.id: passing.issuperset(each.id for each in category.criteria) for category in gate.categories
    }
    return replace(one, passing=passing, categories=categories, met=len(passing) == len(gate.criteria))


def _held(done: Sequence[Evaluation], time: Duration, every: int) -> bool:
    """Met now, at every evaluation of the stabilisation time, at nine tenths of those, and when it began."""
    began = done[-1].at - time.milliseconds
    within = [one for one in done if one.at >= began]
    before = [one for one in done if one.at <= began]
    wanted = _QUORUM * (time.milliseconds // every + 1)
    return all(one.met for one in within) and len(within) >= wanted and bool(before) and before[-1].met


def _remembered(done: Sequence[Evaluation]) -> bool:
    """Where rules cannot tell their newest results from older ones, met in all that they believe, and not new."""
    return len(done) > _BELIEVED and all(one.met for one in done[-_BELIEVED:])
