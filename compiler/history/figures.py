"""How a gate has done in a window: the figures of the dashboard's last row, here to the evaluation."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from compiler.history.failures import is_closed, is_open
from compiler.history.stretches import Stretch
from compiler.states import GATE_NO_DATA, GATE_OVERRIDDEN


@dataclass(frozen=True, slots=True)
class Figures:
    """Of `days` days: seconds, counts, and shares (0..1) of the time that was observed.

    None where there is nothing to tell: of a time that nobody observed, and how long it took to open a gate that did
    not open. `unobserved` is the share of the window of which nothing is known.
    """

    days: int
    closed: float | None
    closings: int | None
    time_to_green: float | None
    overridden: float | None
    no_data: float | None
    unobserved: float


def figures(stretches: Sequence[Stretch], days: int, now: float) -> Figures:
    """The figures of the last `days` days."""
    start = now - days * 86_400
    inside = [Stretch(max(one.start, start), one.end, one.state) for one in stretches if one.end > start]
    known = sum(one.seconds for one in inside if one.state is not None)
    closed = sum(one.seconds for one in inside if is_closed(one))
    if not known:
        return Figures(days, None, None, None, None, None, 1.0)
    count = closings(inside)
    return Figures(
        days=days,
        closed=closed,
        closings=count,
        time_to_green=closed / max(count, 1) if closed else None,
        overridden=_in(inside, GATE_OVERRIDDEN.code) / known,
        no_data=_in(inside, GATE_NO_DATA.code) / known,
        unobserved=1 - known / (now - start),
    )


def closings(stretches: Sequence[Stretch]) -> int:
    """How often the gate was seen open, and the next time that it was seen, closed."""
    known = [one for one in stretches if one.state is not None]
    return sum(is_open(before) and is_closed(after) for before, after in pairwise(known))


def _in(stretches: Sequence[Stretch], state: int) -> float:
    return sum(one.seconds for one in stretches if one.state == state)
