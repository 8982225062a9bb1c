"""Series that stand in for the criteria of a gate, and for its own past, where what decides is tested."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from compiler import naming, states
from compiler.backends.told import Pieces, Told, met, with_labels
from compiler.middle.plan import CategoryPlan, CriterionPlan, GatePlan
from compiler.promql.series import Labels, Piece, Series
from compiler.states import State

ANOTHER: Final = "another"


@dataclass(frozen=True)
class StandIns:
    """A gate whose criteria are stood in for."""

    gate: GatePlan

    def says_overridden(self, value: float, *, before: bool = False) -> tuple[Series, ...]:
        """Somebody else's word that the gate is overridden."""
        pieces = self.past(value) if before else (Piece(0, value),)
        labels = with_labels(((naming.GATE, self.gate.name),), **{naming.LEFT_BEHIND: "1"})
        return (Series(naming.OVERALL_OVERRIDE, labels, pieces),)

    def says_open(self, value: float, *, before: bool = False, gate: str = "") -> tuple[Series, ...]:
        """Somebody else's word that the gate is met and passes, after it had been met for long."""
        own = with_labels(((naming.GATE, gate or self.gate.name),), **{naming.LEFT_BEHIND: "1"})
        now = self.past(value) if before else (Piece(0, value),)
        history = () if before else (self.long[0],)
        return (
            Series(naming.OVERALL_MET, own, (*history, *now)),
            Series(naming.OVERALL_PASS, with_labels(own, revision=self.gate.revision), now),
        )

    def but(self, categories: Iterable[CategoryPlan]) -> tuple[Series, ...]:
        """All criteria pass but for the last of these categories, of which nothing is said."""
        gone = {category.criteria[-1].id for category in categories}
        return self.standing(one for one in self.gate.criteria if one.id not in gone)

    def now_met(self, clause: str, pieces: Pieces, *, passes: bool) -> Told:
        """All criteria pass now; another gate has been met for long."""
        history = self.history((*pieces, Piece(0, None)))
        other = self.history((*self.long[:-1], Piece(0, 1.0))).labelled(gate=ANOTHER)
        beside = self.history(self.long).labelled(left_behind="1")
        series = (*self.standing(self.gate.criteria), history, other, beside)
        return Told(f"All criteria pass, and were met {clause}", series, passes=passes)

    def gap(self, time: int, number: int) -> Pieces:
        """Met since long, with a gap of so many evaluations that begins just after that time did."""
        begin = time - self.every
        return (
            met(max(time * 3 // 2, time + 2 * self.every)),
            Piece(begin, None),
            met(begin - number * self.every),
        )

    @property
    def every(self) -> int:
        """How far apart evaluations are."""
        return self.gate.evaluate_every.milliseconds

    @property
    def begin(self) -> int:
        """How long ago the evaluation was that tells of the beginning of the stabilisation time: at or before it."""
        return -(-self.gate.stabilization.milliseconds // self.every) * self.every

    @property
    def long(self) -> Pieces:
        """Met since before every time that is looked at, but not in this evaluation, of which the rules say it."""
        return (met(max(self.gate.stabilization, self.gate.watched).milliseconds * 3 // 2), Piece(0, None))

    def past(self, value: float) -> Pieces:
        """A value of the last evaluation that the rules may not read any more."""
        ago = (self.gate.engine.memory + 1) * self.every
        return Piece(ago, float(value)), Piece(ago - 1, None)

    def history(self, pieces: Pieces) -> Series:
        """When the gate was met, and when not."""
        return Series(naming.OVERALL_MET, ((naming.GATE, self.gate.name),), pieces)

    def standing(self, criteria: Iterable[CriterionPlan]) -> tuple[Series, ...]:
        """These criteria pass."""
        return tuple(self.in_state(one, states.PASS) for one in criteria)

    def in_state(self, criterion: CriterionPlan, state: State) -> Series:
        """What the rules take for the state of a criterion."""
        return Series(
            naming.CRITERION_STATE, with_labels(self.labels_of(criterion), stand_in="1"), (Piece(0, float(state.code)),)
        )

    def passing(self, criterion: CriterionPlan, pieces: Pieces) -> Series:
        """What is recorded of a criterion beside what its rules say."""
        return Series(naming.CRITERION_PASS, self.labels_of(criterion), pieces)

    def labels_of(self, criterion: CriterionPlan) -> Labels:
        """The labels of the series of a criterion."""
        own = {naming.CATEGORY: criterion.category, naming.CRITERION: criterion.id, naming.GATE: self.gate.name}
        return tuple(sorted(own.items()))

    @property
    def place(self) -> str:
        """Which gate it is, and where it is written."""
        return f"{self.gate.title} ({self.gate.source}:{self.gate.origin.line})"
