"""Tests of what decides: the counts of criteria, the stabilisation time, overrides.

No series can make all criteria of any gate pass at once, so stand-ins do: states of this very evaluation, with a label
that no rule sets, which the rules that read states take for those of the criteria. These themselves have no data here.
Where rules believe the worst of several states, and read those of an evaluation before, nothing can stand in.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from math import ceil
from typing import Final

from compiler import naming, states
from compiler.backends.promtool_tests import Expectation, Inputs, Sample, Test
from compiler.backends.told import Pieces, Told, level, met, unmet, with_labels
from compiler.middle.plan import CategoryPlan, CriterionPlan, GatePlan
from compiler.promql import build
from compiler.promql.expr import Matcher, Vector
from compiler.promql.series import Labels, Piece, Series
from compiler.states import State

_ANOTHER: Final = "another"
_QUORUM: Final = 0.9  # of the evaluations in the stabilisation time must have happened


def decision_tests(gate: GatePlan) -> Iterator[Test]:
    """All of them, on the grid of the gate's own evaluations."""
    decision = _Decision(gate)
    if not gate.engine.lag:
        for told in (*decision.counts(), *decision.times(), *decision.gaps(), *decision.overrides()):
            yield decision.test(told)
    yield from decision.states()


@dataclass(frozen=True)
class _Decision:
    """A gate whose criteria are stood in for."""

    gate: GatePlan

    def counts(self) -> Iterator[Told]:
        """Criteria that are missing, fail, or are told otherwise than by their rules."""
        categories, everyone, long = self.gate.categories, self._standing(self.gate.criteria), self._met(self._long)
        yield Told("All criteria pass, and did for long", (*everyone, long), passes=True)
        yield Told("Nothing is known of any criterion", (long,), categories, unknown=True)
        for category in dict.fromkeys((categories[0], categories[-1])):
            rest, last = self._but((category,)), category.criteria[-1]
            bad = self._state(last, states.FAIL)
            unknown = (*rest, long, self._state(last, states.PASS).labelled(criterion="unknown"))
            yield Told(f"Nothing is known of one criterion of {category.id}", unknown, (category,), unknown=True)
            yield Told(f"One criterion of {category.id} fails", (*rest, bad, long), (category,))
            lost = self._state(last, states.NO_DATA)
            yield Told(f"One criterion of {category.id} has no data", (*rest, lost, long), (category,), unknown=True)
            code = replace(lost, pieces=(Piece(0, states.FIRST_NO_DATA - 1.0),))
            yield Told(f"One criterion of {category.id} fails by any other reason", (*rest, code, long), (category,))
        yield from self._everywhere(everyone, long)
        denied = [self._pass(one, (Piece(0, 0.0),)) for one in self.gate.criteria]
        others = [one.labelled(gate=_ANOTHER) for one in (*everyone, *denied, *self._overridden(1.0))]
        others += [one.labelled(category=_ANOTHER) for one in denied]
        others += self._overridden(1.0, before=True)
        yield Told("Criteria and overrides of another gate do not count", (*everyone, *others, long), passes=True)
        twice = self._overridden(2.0)
        yield Told("An override that is neither 0 nor 1 is none", (*everyone, *twice, long), passes=True)
        stranger = self._state(self.gate.criteria[0], states.PASS).labelled(criterion="unknown")
        yield Told("States of other criteria do not count", (*everyone, stranger))

    def _everywhere(self, everyone: tuple[Series, ...], long: Series) -> Iterator[Told]:
        """The same happens to one criterion of each category."""
        categories = self.gate.categories
        last = [category.criteria[-1] for category in categories]
        bad = tuple(self._state(one, states.FAIL) for one in last)
        removed = (self._pass(one, self._past(1.0)).labelled(criterion=f"removed_{one.category}") for one in last)
        stale = (replace(one, pieces=self._past(states.PASS.code)).labelled(left_behind="1") for one in bad)
        what = (*self._but(categories), *bad, long, *removed, *stale, *self._open(1.0, before=True))
        yield Told(
            "One criterion of each category fails, which passed before, as did one that was removed", what, categories
        )
        odd = (self._pass(one, (Piece(0, 2.0),)).labelled(criterion=f"unknown_{one.category}") for one in last)
        what = (
            *self._but(categories),
            *bad,
            long,
            *odd,
            *self._open(2.0),
            *self._open(1.0, gate=_ANOTHER),
            *self._overridden(1.0),
        )
        yield Told(
            "One criterion of each category fails, and somebody else says what is neither 0 nor 1", what, categories
        )
        doubts = (self._pass(one, (Piece(0, 0.0),)).labelled(replica="2") for one in last)
        yield Told(
            "Somebody else says that one criterion of each category fails", (*everyone, *doubts, long), categories
        )
        more = (self._pass(one, (Piece(0, 1.0),)).labelled(criterion=f"unknown_{one.category}") for one in last)
        yield Told("More criteria pass than there are", (*everyone, *more, long), categories)

    def _overridden(self, value: float, *, before: bool = False) -> tuple[Series, ...]:
        """Somebody else's word that the gate is overridden."""
        pieces = self._past(value) if before else (Piece(0, value),)
        labels = with_labels(((naming.GATE, self.gate.name),), **{naming.LEFT_BEHIND: "1"})
        return (Series(naming.OVERALL_OVERRIDE, labels, pieces),)

    def _open(self, value: float, *, before: bool = False, gate: str = "") -> tuple[Series, ...]:
        """Somebody else's word that the gate is met and passes, after it had been met for long."""
        own = with_labels(((naming.GATE, gate or self.gate.name),), **{naming.LEFT_BEHIND: "1"})
        now = self._past(value) if before else (Piece(0, value),)
        history = () if before else (self._long[0],)
        return (
            Series(naming.OVERALL_MET, own, (*history, *now)),
            Series(naming.OVERALL_PASS, with_labels(own, revision=self.gate.revision), now),
        )

    def _but(self, categories: Iterable[CategoryPlan]) -> tuple[Series, ...]:
        """All criteria pass but for the last of these categories, of which nothing is said."""
        gone = {category.criteria[-1].id for category in categories}
        return self._standing(one for one in self.gate.criteria if one.id not in gone)

    def times(self) -> Iterator[Told]:
        """What was met, and when, while all criteria pass now."""
        every, begin = self._every, self._begin
        missing = begin // every + 1 - ceil(_QUORUM * (begin // every + 1))
        told: list[tuple[str, Pieces, bool]] = [
            ("since just the stabilisation time", (met(begin),), True),
            ("but for one evaluation before the stabilisation time", (unmet(begin + every), met(begin)), True),
            (
                "but not when the stabilisation time began",
                (met(begin + every), unmet(begin), met(begin - every)),
                False,
            ),
            (
                "but not in the evaluation after that",
                (met(begin), unmet(begin - every), met(begin - 2 * every)),
                False,
            ),
            ("but not in the evaluation before this one", (met(begin), unmet(every)), False),
            ("since one evaluation after the stabilisation time began", (met(begin - every),), False),
            (
                "but were 0 once and 2 once",
                (met(begin + every), unmet(begin - every), Piece(begin - 2 * every, 2.0), met(begin - 3 * every)),
                False,
            ),
            (
                "but for what is neither 0 nor 1 when the stabilisation time began",
                (met(begin + every), Piece(begin, 2.0), met(begin - every)),
                False,
            ),
        ]
        if begin >= 5 * every:
            twice = (unmet(begin - every), met(begin - 2 * every), unmet(3 * every), met(2 * every))
            told.append(("but for two breaks", (met(begin + every), *twice), False))
        if missing > 0:
            told.append(("but for as many gaps as may be", self._gap(begin, missing), True))
        if missing + 3 <= begin // every:
            told.append(("but for one gap too many", self._gap(begin, missing + 1), False))
            counted_twice = (*self._gap(begin, missing + 1), Piece(every, 2.0))
            told.append(("but for one gap too many, and were 2 once", counted_twice, False))
        for clause, pieces, passes in told:
            yield self._now_met(clause, pieces, passes=passes)
        everyone, short = self._standing(self.gate.criteria), self._met((met(2 * every),)).labelled(left_behind="1")
        yield Told(
            "All criteria pass, and somebody else says so for less long",
            (*everyone, self._met(self._long), short),
            passes=True,
        )
        broken = self._met((met(begin + every), unmet(2 * every), Piece(every, None))).labelled(left_behind="1")
        yield Told(
            "All criteria pass, and somebody else tells of a break",
            (*everyone, self._met(self._long), broken),
            passes=True,
        )
        own = self._met((met(begin + every), unmet(4 * every), met(3 * every), Piece(0, None)))
        yield Told("All criteria pass, after a break, and somebody else tells of a later one", (*everyone, own, broken))

    def gaps(self) -> Iterator[Told]:
        """Gaps before the stabilisation time, within the longest window of the criteria."""
        every, watched = self._every, self.gate.watched.milliseconds // self._every * self._every
        there = watched // every + 1
        missing = there - ceil(self.gate.min_coverage * there)
        if not 0 < missing < (watched - self._begin) // every - 2:
            return
        yield self._now_met("throughout the window of the criteria", (met(3 * watched // 2),), passes=True)
        yield self._now_met("in just enough of the window", self._gap(watched, missing), passes=True)
        yield self._now_met("in too little of the window", self._gap(watched, missing + 1), passes=False)
        counted_twice = (*self._gap(watched, missing + 1), Piece(self._every, 2.0))
        yield self._now_met("in too little of the window, and were 2 once", counted_twice, passes=False)
        gaps = self._met(self._gap(watched, missing + 1)).labelled(left_behind="1")
        yield Told(
            "All criteria pass, and somebody else has seen too little",
            (*self._standing(self.gate.criteria), self._met(self._long), gaps),
            passes=True,
        )
        young = max(self._begin, watched * 2 // 3 // every * every)
        yield self._now_met("since the gate is there, which is less than the window", (met(young),), passes=True)

    def overrides(self) -> Iterator[Told]:
        """An override that is recorded; and what was before, or is another gate's."""
        own, every = ((naming.GATE, self.gate.name),), self.gate.categories
        override = Series(naming.OVERALL_OVERRIDE, with_labels(own, stand_in="1"), (Piece(0, 1.0),))
        yield Told("That an override is recorded opens nothing", (override,), every, unknown=True)
        everyone = (*self._standing(self.gate.criteria), self._met(self._long))
        yield Told("An override is in force, and is not needed", (*everyone, override), passes=True, overridden=True)
        verdict = Series(naming.OVERALL_PASS, with_labels(own, revision=self.gate.revision), (Piece(0, 1.0),))
        fresh = (override, verdict, self._met((*self._long[:-1], Piece(0, 1.0))))
        before = (
            replace(override, labels=own, pieces=self._past(1.0)),
            replace(verdict, pieces=self._past(1.0)),
            self._met(self._long),
            *(replace(one, pieces=self._past(states.PASS.code)) for one in self._standing(self.gate.criteria)),
            *(self._pass(one, self._past(1.0)) for one in self.gate.criteria),
        )
        others = tuple(one.labelled(gate=_ANOTHER) for one in (*fresh, *self._standing(self.gate.criteria)))
        left = tuple(one.labelled(left_behind="1") for one in before)
        revision = verdict.labelled(revision=_ANOTHER)
        what = (*others, *left, revision, override, self._met(self._long))
        yield Told(
            "What was so before, in another gate or by another revision does not count", what, every, unknown=True
        )

    def states(self) -> Iterator[Test]:
        """The last state that passes, and the first that does not."""
        for code, passes in ((states.FIRST_FAILING - 1, True), (states.FIRST_FAILING, False)):
            stood = [
                Series(naming.CRITERION_STATE, with_labels(self._labels(one), stand_in="1"), (Piece(0, float(code)),))
                for one in self.gate.criteria
            ]
            samples = tuple(
                Sample(naming.CRITERION_PASS, self._labels(one), float(passes)) for one in self.gate.criteria
            )
            name = f"The state {code} {'passes' if passes else 'does not pass'}"
            select = build.vector(naming.CRITERION_PASS, build.equal(naming.GATE, self.gate.name))
            expected = Expectation(f"{self._place}: {name}", select, samples)
            yield Test(name, self.gate.evaluate_every, (Inputs("stand-ins for states", tuple(stood)),), (expected,))

    def test(self, told: Told) -> Test:
        """A test that asks for all verdicts above the criteria."""
        own, bad = ((naming.GATE, self.gate.name),), {one.id for one in told.failing}
        samples = [
            Sample(naming.CATEGORY_PASS, with_labels(own, category=one.id), float(one.id not in bad))
            for one in self.gate.categories
        ]
        samples += [
            Sample(naming.OVERALL_MET, own, float(not bad)),
            Sample(naming.OVERALL_OVERRIDE, own, 0.0),
            Sample(naming.OVERALL_HELD, own, 0.0 if bad else self._held(told.series)),
            Sample(naming.OVERALL_PASS, with_labels(own, revision=self.gate.revision), float(told.passes)),
            Sample(naming.OVERALL_STATE, own, float(told.state.code)),
        ]
        matchers = (
            Matcher("__name__", "=~", "|".join(dict.fromkeys(sample.name for sample in samples))),
            build.equal(naming.GATE, self.gate.name),
            build.equal(naming.LEFT_BEHIND, ""),
            build.equal(naming.STAND_IN, ""),
            Matcher(naming.REVISION, "!=", _ANOTHER),
        )
        expected = Expectation(f"{self._place}: {told.name}", Vector("", matchers), tuple(samples))
        inputs = Inputs("what is known of the criteria now, and of the gate before", told.series)
        return Test(told.name, self.gate.evaluate_every, (inputs,), (expected,))

    def _held(self, series: Iterable[Series]) -> float:
        """For how many seconds the gate has been met without a break of anybody's; what is not recorded is not seen."""
        mine = [one for one in series if one.name == naming.OVERALL_MET and (naming.GATE, self.gate.name) in one.labels]
        own = next((self._before(one.pieces) for one in mine if len(one.labels) == 1), [])
        unmet = [self._before(one.pieces).index(0.0) for one in mine if 0.0 in self._before(one.pieces)]
        return min([len(own) - own.count(None), *unmet]) * self.gate.evaluate_every.seconds

    def _before(self, history: Pieces) -> list[float | None]:
        """What was recorded in each evaluation of the stabilisation time, the latest first."""
        return [level(history, number * self._every) for number in range(1, self._begin // self._every + 1)]

    def _now_met(self, clause: str, pieces: Pieces, *, passes: bool) -> Told:
        """All criteria pass now; another gate has been met for long."""
        history = self._met((*pieces, Piece(0, None)))
        other = self._met((*self._long[:-1], Piece(0, 1.0))).labelled(gate=_ANOTHER)
        beside = self._met(self._long).labelled(left_behind="1")
        series = (*self._standing(self.gate.criteria), history, other, beside)
        return Told(f"All criteria pass, and were met {clause}", series, passes=passes)

    def _gap(self, time: int, number: int) -> Pieces:
        """Met since long, with a gap of so many evaluations that begins just after that time did."""
        begin = time - self._every
        return (
            met(max(time * 3 // 2, time + 2 * self._every)),
            Piece(begin, None),
            met(begin - number * self._every),
        )

    @property
    def _every(self) -> int:
        return self.gate.evaluate_every.milliseconds

    @property
    def _begin(self) -> int:
        """How long ago the first evaluation of the stabilisation time was."""
        return self.gate.stabilization.milliseconds // self._every * self._every

    @property
    def _long(self) -> Pieces:
        """Met since before every time that is looked at, but not in this evaluation, of which the rules say it."""
        return (met(max(self.gate.stabilization, self.gate.watched).milliseconds * 3 // 2), Piece(0, None))

    def _past(self, value: float) -> Pieces:
        """A value of the last evaluation that the rules may not read any more."""
        ago = (self.gate.engine.memory + 1) * self._every
        return Piece(ago, float(value)), Piece(ago - 1, None)

    def _met(self, pieces: Pieces) -> Series:
        return Series(naming.OVERALL_MET, ((naming.GATE, self.gate.name),), pieces)

    def _standing(self, criteria: Iterable[CriterionPlan]) -> tuple[Series, ...]:
        return tuple(self._state(one, states.PASS) for one in criteria)

    def _state(self, criterion: CriterionPlan, state: State) -> Series:
        """What the rules take for the state of a criterion."""
        return Series(
            naming.CRITERION_STATE, with_labels(self._labels(criterion), stand_in="1"), (Piece(0, float(state.code)),)
        )

    def _passed(self, criterion: CriterionPlan) -> Series:
        return self._pass(criterion, (Piece(0, 1.0),))

    def _pass(self, criterion: CriterionPlan, pieces: Pieces) -> Series:
        return Series(naming.CRITERION_PASS, self._labels(criterion), pieces)

    def _labels(self, criterion: CriterionPlan) -> Labels:
        own = {naming.CATEGORY: criterion.category, naming.CRITERION: criterion.id, naming.GATE: self.gate.name}
        return tuple(sorted(own.items()))

    @property
    def _place(self) -> str:
        return f"{self.gate.title} ({self.gate.source}:{self.gate.origin.line})"
