"""Scenarios of what must not matter: other series, other instances, resets of counters, what was recorded before."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Final

from compiler import states
from compiler.measures.situation import Impossible, Precision, Situation
from compiler.middle.plan import Remains
from compiler.middle.scenarios.cast import Cast
from compiler.middle.scenarios.draft import Draft
from compiler.promql.matching import selects, strangers
from compiler.promql.series import Piece, Series

INSTANCES: Final = "Several instances count together"
RESET: Final = "A counter starts anew within the window"
STRANGERS: Final = "Series that are not selected do not matter"
REMAINS: Final = "What was recorded before, or of something else, does not matter"
_MORE: Final = 1000.0


def surroundings(cast: Cast) -> Iterator[Draft]:
    """Nothing of this changes the verdict on healthy data."""
    yield Draft(INSTANCES, "two instances share each counter", _every_counter(cast, _shared), states.PASS)
    yield Draft(RESET, "a reset is no event, and loses none", _every_counter(cast, _reset), states.PASS)
    yield Draft(STRANGERS, "others are a thousand times as high", lambda: _among_strangers(cast), states.PASS)
    yield Draft(REMAINS, "it was bad, and nothing happened", cast.good, states.PASS, remains=Remains.ZERO)
    yield Draft(REMAINS, "it was bad, and much happened", cast.good, states.PASS, remains=Remains.HIGH)
    yield Draft(REMAINS, "it was good", cast.bad, states.FAIL, remains=Remains.GOOD)
    if cast.judged.spec.measure.counts_events:
        yield Draft(REMAINS, "nothing happened, and now nothing counts", lambda: _of_none(cast), remains=Remains.ZERO)


def _of_none(cast: Cast) -> Situation:
    """Something happens to all members, and the value of each is zero. Raises Impossible."""
    return cast.together(cast.staged(member.stage, 0.0) for member in cast.members)


def _every_counter(cast: Cast, change: Callable[[Series], Iterable[Series]]) -> Callable[[], Situation]:
    def make() -> Situation:
        whole = cast.good()
        if not any(one.counter and _moves(one) for one in whole.series):
            raise Impossible
        series = [new for one in whole.series for new in (change(one) if one.counter else (one,))]
        return replace(whole, series=tuple(series), precision=max(whole.precision, Precision.CLOSE))

    return make


def _moves(series: Series) -> bool:
    return any(piece.value for piece in series.pieces)


def _shared(series: Series) -> Iterator[Series]:
    half = series.scaled(0.5)
    yield half.labelled(replica="a")
    yield half.labelled(replica="b")


def _reset(series: Series) -> Iterator[Series]:
    """What it counts last happens in two halves, with a reset between them."""
    *before, last = series.pieces
    if not (before and isinstance(last.value, float) and isinstance(before[-1].value, float)):
        yield series
        return
    half = (last.value - before[-1].value) / 2
    first = last._replace(value=before[-1].value + half)
    yield replace(series, pieces=(*before, first, Piece(last.ago * 3 // 4, 0.0), Piece(last.ago // 2, half)))


def _among_strangers(cast: Cast) -> Situation:
    whole = cast.good()
    try:
        like = cast.bad()
    except Impossible:
        like = whole
    selectors = {read.selector for read in cast.judged.reads}
    more = {
        (one.name, labels): replace(one.scaled(_MORE), labels=labels)
        for one in like.series
        for selector in sorted(selectors, key=str)
        if selector.name == one.name and selects(selector, one.labels)
        for labels in strangers(selector, one.labels)
    }
    own = {(one.name, one.labels) for one in whole.series}
    others = {
        key: one
        for key, one in more.items()
        if key not in own and not any(s.name == one.name and selects(s, one.labels) for s in selectors)
    }
    if not others:
        raise Impossible
    return replace(whole, series=(*whole.series, *others.values()))
