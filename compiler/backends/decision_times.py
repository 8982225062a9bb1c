"""Tests of what decides: for how long the gate was met, and whether anybody looked all the time."""

from collections.abc import Iterator
from math import ceil
from typing import Final

from compiler.backends.stand_ins import StandIns
from compiler.backends.told import Pieces, Told, met, unmet
from compiler.promql.series import Piece

_QUORUM: Final = 0.9  # of the evaluations in the stabilisation time must have happened


def times(cast: StandIns) -> Iterator[Told]:
    """What was met, and when, while all criteria pass now."""
    every, begin = cast.every, cast.begin
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
        told.append(("but for as many gaps as may be", cast.gap(begin, missing), True))
    if missing + 3 <= begin // every:
        told.append(("but for one gap too many", cast.gap(begin, missing + 1), False))
        counted_twice = (*cast.gap(begin, missing + 1), Piece(every, 2.0))
        told.append(("but for one gap too many, and were 2 once", counted_twice, False))
    for clause, pieces, passes in told:
        if all(piece.ago > 0 for piece in pieces):  # this evaluation writes for itself
            yield cast.now_met(clause, pieces, passes=passes)
    everyone, short = cast.standing(cast.gate.criteria), cast.history((met(2 * every),)).labelled(left_behind="1")
    yield Told(
        "All criteria pass, and somebody else says so for less long",
        (*everyone, cast.history(cast.long), short),
        passes=True,
    )
    broken = cast.history((met(begin + every), unmet(2 * every), Piece(every, None))).labelled(left_behind="1")
    yield Told(
        "All criteria pass, and somebody else tells of a break",
        (*everyone, cast.history(cast.long), broken),
        passes=True,
    )
    if begin >= 4 * every:
        own = cast.history((met(begin + every), unmet(4 * every), met(3 * every), Piece(0, None)))
        yield Told("All criteria pass, after a break, and somebody else tells of a later one", (*everyone, own, broken))


def gaps(cast: StandIns) -> Iterator[Told]:
    """Gaps before the stabilisation time, within the longest window of the criteria."""
    every, watched = cast.every, cast.gate.watched.milliseconds // cast.every * cast.every
    there = watched // every + 1
    missing = there - ceil(cast.gate.min_coverage * there)
    if not 0 < missing < (watched - cast.begin) // every - 2:
        return
    yield cast.now_met("throughout the window of the criteria", (met(3 * watched // 2),), passes=True)
    yield cast.now_met("in just enough of the window", cast.gap(watched, missing), passes=True)
    yield cast.now_met("in too little of the window", cast.gap(watched, missing + 1), passes=False)
    counted_twice = (*cast.gap(watched, missing + 1), Piece(cast.every, 2.0))
    yield cast.now_met("in too little of the window, and were 2 once", counted_twice, passes=False)
    gaps = cast.history(cast.gap(watched, missing + 1)).labelled(left_behind="1")
    yield Told(
        "All criteria pass, and somebody else has seen too little",
        (*cast.standing(cast.gate.criteria), cast.history(cast.long), gaps),
        passes=True,
    )
    young = max(cast.begin, watched * 2 // 3 // every * every)
    yield cast.now_met("since the gate is there, which is less than the window", (met(young),), passes=True)
