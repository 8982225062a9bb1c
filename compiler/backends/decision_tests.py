"""Tests of what decides: the counts of criteria, the stabilisation time, overrides.

No series can make all criteria of any gate pass at once, so stand-ins do: states of this very evaluation, with a label
that no rule sets, which the rules that read states take for those of the criteria. These themselves have no data here.
Where rules believe the worst of several states, and read those of an evaluation before, nothing can stand in.
"""

from collections.abc import Iterable, Iterator

from compiler import naming, states
from compiler.backends.decision_counts import counts, overrides
from compiler.backends.decision_times import gaps, times
from compiler.backends.promtool_tests import Expectation, Inputs, Sample, Test
from compiler.backends.stand_ins import ANOTHER, StandIns
from compiler.backends.told import Pieces, Told, level, with_labels
from compiler.middle.plan import GatePlan, ReviewPlan
from compiler.promql import build
from compiler.promql.expr import Matcher, Vector
from compiler.promql.series import Piece, Series


def decision_tests(gate: GatePlan) -> Iterator[Test]:
    """All of them, on the grid of the gate's own evaluations."""
    cast = StandIns(gate)
    if not gate.engine.lag:
        for told in (*counts(cast), *times(cast), *gaps(cast), *overrides(cast)):
            yield _test(cast, told)
    yield from _states(cast)
    if gate.review:
        yield _review(gate, gate.review)


def _review(gate: GatePlan, review: ReviewPlan) -> Test:
    """A constant: what its alert makes of it is tested with the alerts."""
    own = ((naming.GATE, gate.name),)
    select = build.vector(naming.REVIEW_DUE, build.equal(naming.GATE, gate.name))
    asks = f"{gate.title} ({gate.source}:{review.origin.line}): the next review is due on {review.day}"
    told = Expectation(asks, select, (Sample(naming.REVIEW_DUE, own, review.due.seconds),))
    return Test("The day of the next review", gate.evaluate_every, (Inputs("nothing", ()),), (told,))


def _states(cast: StandIns) -> Iterator[Test]:
    """The last state that passes, and the first that does not."""
    for code, passes in ((states.FIRST_FAILING - 1, True), (states.FIRST_FAILING, False)):
        stood = [
            Series(naming.CRITERION_STATE, with_labels(cast.labels_of(one), stand_in="1"), (Piece(0, float(code)),))
            for one in cast.gate.criteria
        ]
        samples = tuple(Sample(naming.CRITERION_PASS, cast.labels_of(one), float(passes)) for one in cast.gate.criteria)
        name = f"The state {code} {'passes' if passes else 'does not pass'}"
        select = build.vector(naming.CRITERION_PASS, build.equal(naming.GATE, cast.gate.name))
        expected = Expectation(f"{cast.place}: {name}", select, samples)
        yield Test(name, cast.gate.evaluate_every, (Inputs("stand-ins for states", tuple(stood)),), (expected,))


def _test(cast: StandIns, told: Told) -> Test:
    """A test that asks for all verdicts above the criteria."""
    own, bad = ((naming.GATE, cast.gate.name),), {one.id for one in told.failing}
    samples = [
        Sample(naming.CATEGORY_PASS, with_labels(own, category=one.id), float(one.id not in bad))
        for one in cast.gate.categories
    ]
    samples += [
        Sample(naming.OVERALL_MET, own, float(not bad)),
        Sample(naming.OVERALL_OVERRIDE, own, 0.0),
        Sample(naming.OVERALL_HELD, own, 0.0 if bad else _held(cast, told.series)),
        Sample(naming.OVERALL_PASS, with_labels(own, revision=cast.gate.revision), float(told.passes)),
        Sample(naming.OVERALL_STATE, own, float(told.state.code)),
    ]
    matchers = (
        Matcher("__name__", "=~", "|".join(dict.fromkeys(sample.name for sample in samples))),
        build.equal(naming.GATE, cast.gate.name),
        build.equal(naming.LEFT_BEHIND, ""),
        build.equal(naming.STAND_IN, ""),
        Matcher(naming.REVISION, "!=", ANOTHER),
    )
    expected = Expectation(f"{cast.place}: {told.name}", Vector("", matchers), tuple(samples))
    inputs = Inputs("what is known of the criteria now, and of the gate before", told.series)
    return Test(told.name, cast.gate.evaluate_every, (inputs,), (expected,))


def _held(cast: StandIns, series: Iterable[Series]) -> float:
    """For how many seconds the gate has been met without a break of anybody's; what is not recorded is not seen."""
    mine = [one for one in series if one.name == naming.OVERALL_MET and (naming.GATE, cast.gate.name) in one.labels]
    own = next((_before(cast, one.pieces) for one in mine if len(one.labels) == 1), [])
    unmet = [_before(cast, one.pieces).index(0.0) for one in mine if 0.0 in _before(cast, one.pieces)]
    return min([len(own) - own.count(None), *unmet]) * cast.gate.evaluate_every.seconds


def _before(cast: StandIns, history: Pieces) -> list[float | None]:
    """What was recorded in each evaluation of the stabilisation time, the latest first."""
    evaluations = cast.gate.stabilization.milliseconds // cast.every
    return [level(history, number * cast.every) for number in range(1, evaluations + 1)]
