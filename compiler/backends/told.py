"""What a test says of a gate and of its past, and what must come of it."""

from dataclasses import dataclass

from compiler import states
from compiler.middle.plan import CategoryPlan
from compiler.promql.series import Labels, Piece, Series
from compiler.states import State

Pieces = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """What a test says of the gate, and what must come of it. `unknown`: some criterion has no data."""

    name: str
    series: tuple[Series, ...]
    failing: tuple[CategoryPlan, ...] = ()
    unknown: bool = False
    passes: bool = False
    overridden: bool = False

    @property
    def state(self) -> State:
        """The reason of the gate."""
        if self.passes:
            return states.GATE_OVERRIDDEN if self.overridden else states.GATE_READY
        if self.unknown:
            return states.GATE_NO_DATA
        return states.GATE_FAILING if self.failing else states.GATE_STABILISING


def level(pieces: Pieces, ago: int) -> float | None:
    """What was recorded so long ago."""
    levels = [one.value for one in pieces if one.ago >= ago]
    return levels[-1] if levels and isinstance(levels[-1], float) else None


def met(ago: int) -> Piece:
    """The gate is met, from so many milliseconds ago on."""
    return Piece(ago, 1.0)


def unmet(ago: int) -> Piece:
    """It is not met, from then on."""
    return Piece(ago, 0.0)


def with_labels(labels: Labels, **more: str) -> Labels:
    """The labels with more of them, sorted."""
    return tuple(sorted({**dict(labels), **more}.items()))
