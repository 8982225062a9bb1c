"""Scenarios of the inputs: missing, gone, odd, and there for only a part of their window."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from math import inf, nan
from typing import Final

from compiler import naming, states
from compiler.measures.context import Read
from compiler.measures.situation import Impossible, Situation
from compiler.middle.plan import Remains
from compiler.middle.scenarios.cast import Cast
from compiler.middle.scenarios.draft import Draft, is_of, wholly
from compiler.promql.matching import strangers
from compiler.promql.series import Piece, Series
from compiler.states import State

MISSING: Final = "An input is missing, and what is left of it elsewhere does not count"
STALE: Final = "An input has just gone away, and its window still holds data"
NAN: Final = "The newest sample of an input is NaN"
ODD_ONE: Final = "The newest sample of one series among others is NaN"
INFINITE: Final = "The newest sample of an input is infinite"
ENOUGH: Final = "An input reported in just enough of its window"
TWICE: Final = "What lists the members lists each of them twice"
SHARE: Final = "The share of a window is just enough, or not quite"
PARTIAL: Final = "An input reported in too little of its window"
_STEP: Final = 0.01  # of a share
_HALF: Final = 0.68  # a share of six probes that half of a window cannot reach, wherever they lie


def missing(cast: Cast) -> Iterator[Draft]:
    """Each required input is not there, although others with its name are; or has just gone away."""
    yield from _nothing_at_all(cast)
    for read in _required(cast):
        nothing, good = _nothing_of(read), Remains.GOOD_INPUTS
        gone = _changed(cast, read, Series.ended)
        yield Draft(MISSING, f"no {read.name}", _without(cast, read), states.NO_DATA, remains=good, covered=nothing)
        yield Draft(STALE, f"{read.name} goes away", gone, states.NO_DATA, remains=good)


def _nothing_at_all(cast: Cast) -> Iterator[Draft]:
    """No series of anything: there is no value then, but for one that counts what others write."""
    if not any(read.required for read in cast.judged.reads):
        return
    valueless = not (cast.judged.spec.measure.answers_unasked or all(read.companion for read in cast.judged.reads))
    none, good = Situation((), () if valueless else None), Remains.GOOD_INPUTS
    yield Draft(MISSING, "nothing at all", lambda: none, states.NO_DATA, valueless=valueless, remains=good)


def odd(cast: Cast) -> Iterator[Draft]:
    """The newest sample of an input is no finite number."""
    optional = [read for read in cast.judged.reads if not read.required]
    first = True
    for read in (*_required(cast), *optional):
        for topic, sample, name in ((NAN, nan, "NaN"), (INFINITE, inf, "+Inf"), (INFINITE, -inf, "-Inf")):
            try:
                state = _without_number(cast, read, sample)
            except Impossible:
                continue
            make = _changed(cast, read, lambda one, sample=sample: one.newest(sample), alone=topic is INFINITE)  # type: ignore[misc]
            untold = state is states.UNDEFINED
            remains = Remains.HIGH if untold and first else None
            first = first and not untold
            yield Draft(topic, f"{read.name} is {name}", _voided(make) if untold else make, state, remains=remains)
            if topic is NAN and state in {states.UNDEFINED, states.NO_LIMIT}:
                made = _voided(_one_odd(cast, read, nan))
                yield Draft(ODD_ONE, f"of {read.name}", made, state, silent=True, covered=wholly)
            if sample == -inf and state is states.UNDEFINED and read.window:
                lowest = _voided(_one_odd(cast, read, sample, most=1))
                yield Draft(INFINITE, f"{read.name} is -Inf in one series more", lowest, state, silent=True)


def _without_number(cast: Cast, read: Read, sample: float) -> State:
    """What comes of an input that is there and is no number."""
    measure = cast.judged.spec.measure
    found = [measure.odd(own, sample) for own in measure.reads(cast.judged.context) if own.name == read.name]
    of_measure = [state for state in found if state]
    if of_measure:
        return of_measure[0]
    return states.NO_LIMIT if any(bound.metric == read.name for bound in cast.judged.bounds) else states.PASS


def _one_odd(cast: Cast, read: Read, sample: float, most: int | None = None) -> Callable[[], Situation]:
    """Beside each series of the input, but for some of them, there is one more, whose newest sample is no number."""

    def make() -> Situation:
        whole = cast.good()
        own = [one for one in whole.series if is_of(read.selector, one)]
        more = tuple(one.labelled(replica="b").newest(sample) for one in own[:most])
        if not more or any((one.name, one.labels) in {(s.name, s.labels) for s in whole.series} for one in more):
            raise Impossible
        return replace(whole, series=(*whole.series, *more))

    return make


def _twice(cast: Cast, read: Read) -> Callable[[], Situation]:
    def make() -> Situation:
        whole = cast.good()
        more = (one.labelled(replica="b") for one in whole.series if is_of(read.selector, one))
        return replace(whole, series=(*whole.series, *more), values=None)

    return make


def _voided(make: Callable[[], Situation]) -> Callable[[], Situation]:
    """The same, without any value."""
    return lambda: replace(make(), values=())


def covered(cast: Cast) -> Iterator[Draft]:
    """Each input with a window has just enough of it, one probe less, or only its younger half."""
    for read in cast.judged.reads:
        if read.inventory:
            yield Draft(TWICE, read.name, _twice(cast, read), states.PASS, covered=wholly)
        if not (read.required and read.window) or read.inventory:
            continue
        probes = cast.timeline.probes(read.window)
        hidden = max(m for m in range(len(probes)) if (len(probes) - m) / len(probes) >= cast.judged.min_coverage)
        what = f"of {len(probes)} probes in {read.window} of {read.name} are there"
        if cast.timeline.aligned(read.window):
            if 0 < hidden < len(probes) - 1:
                make = _changed(cast, read, _hidden(cast, probes, hidden))
                yield Draft(
                    ENOUGH, f"{len(probes) - hidden} {what}", make, states.PASS, covered=_share(read, probes, hidden)
                )
            if hidden + 1 < len(probes):
                make = _among_others(_changed(cast, read, _hidden(cast, probes, hidden + 1)), read)
                clause, share = f"{len(probes) - hidden - 1} {what}", _share(read, probes, hidden + 1)
                yield Draft(PARTIAL, clause, make, states.PARTIAL, remains=Remains.GOOD_INPUTS, covered=share)
            yield from _shares(cast, read, probes, hidden)
        if cast.judged.min_coverage > _HALF:
            half = read.window.milliseconds // 2
            make = _changed(cast, read, lambda one, half=half: one.begun(half))  # type: ignore[misc]
            yield Draft(PARTIAL, f"{read.name} begins in the middle of {read.window}", make, states.PARTIAL)


def _shares(cast: Cast, read: Read, probes: tuple[int, ...], hidden: int) -> Iterator[Draft]:
    """Probes give few shares, so somebody says of each group that it is the least that is enough, or a step less."""
    if hidden + 1 >= len(probes) or not read.window:
        return
    others = (one for one in cast.judged.reads if one.required and one.window and one.selector != read.selector)
    if read.selector.name in {one.selector.name for one in others}:
        return  # what is hidden of one input would be missing in the other
    least, own = cast.judged.min_coverage, {naming.GATE: cast.judged.gate, naming.INPUT: read.name}
    for share, state in ((least, states.PASS), (least - _STEP, states.PARTIAL)):

        def make(share: float = share) -> Situation:
            whole = _changed(cast, read, _hidden(cast, probes, hidden + 1))()
            found = (dict(one.labels) for one in whole.series if is_of(read.selector, one))
            groups = dict.fromkeys(tuple((label, have.get(label, "")) for label in read.by) for have in found)
            told = ({**own, naming.WINDOW: str(read.window), naming.STAND_IN: "1", **dict(group)} for group in groups)
            name = naming.input_coverage(read.by)
            more = (Series(name, tuple(sorted(labels.items())), (Piece(0, share),)) for labels in told)
            return replace(whole, series=(*whole.series, *more), values=None)

        yield Draft(SHARE, f"{share:g} of {read.window} of {read.name}", make, state, silent=True)


def _hidden(cast: Cast, probes: tuple[int, ...], number: int) -> Callable[[Series], Series]:
    """Hide the series from so many probes: from the second on, or from the first where all but one are hidden."""
    first = 1 if number < len(probes) - 1 else 0
    grid = cast.interval.milliseconds
    # The marker is the last sample that the first hidden probe sees; the next one comes after the last hidden probe.
    begin, end = probes[first] + grid - 1, probes[first + number - 1] - 1
    return lambda one: one.hidden(begin, end)


def _share(read: Read, probes: tuple[int, ...], hidden: int) -> Callable[[Read], float | None]:
    """What is covered where so many probes of one input see nothing of it; of the same metric, no more is said."""

    def covered(other: Read) -> float | None:
        if other.selector.name != read.selector.name:
            return 1.0
        mine = (other.name, other.window) == (read.name, read.window)
        return (len(probes) - hidden) / len(probes) if mine else None

    return covered


def _among_others(make: Callable[[], Situation], read: Read) -> Callable[[], Situation]:
    """Each series of the input twice, and beside them such that are not selected, which were always there."""

    def made() -> Situation:
        whole = make()
        own = [one for one in whole.series if is_of(read.selector, one)]
        twice = [one.labelled(replica="b") for one in own]
        begin = max(piece.ago for one in own for piece in one.pieces)
        others = [
            Series(one.name, labels, (Piece(begin, 1.0),))
            for one in own[:1]
            for labels in strangers(read.selector, one.labels)
        ]
        more = (one for one in (*twice, *others) if _is_new(one, whole.series))
        return replace(whole, series=(*whole.series, *more), values=None)

    return made


def _required(cast: Cast) -> tuple[Read, ...]:
    """The distinct inputs that must report."""
    return tuple({read.name: read for read in cast.judged.reads if read.required}.values())


def _nothing_of(read: Read) -> Callable[[Read], float | None]:
    """What is covered where one input was never there; of others of the same metric, no more is said."""

    def covered(other: Read) -> float | None:
        if other.name == read.name:
            return 0.0
        return None if other.selector.name == read.selector.name else 1.0

    return covered


def _without(cast: Cast, read: Read) -> Callable[[], Situation]:
    def make() -> Situation:
        whole = cast.good()
        left = tuple(one for one in whole.series if not is_of(read.selector, one))
        if len(left) == len(whole.series):
            raise Impossible
        gone = next(one for one in whole.series if is_of(read.selector, one))
        others = (replace(gone, labels=labels) for labels in strangers(read.selector, gone.labels))
        return replace(whole, series=(*left, *(one for one in others if _is_new(one, left))), values=None)

    return make


def _is_new(series: Series, others: tuple[Series, ...]) -> bool:
    return all((series.name, series.labels) != (one.name, one.labels) for one in others)


def _changed(
    cast: Cast, read: Read, change: Callable[[Series], Series], *, alone: bool = False
) -> Callable[[], Situation]:
    """All members are well, but the series of one input are changed; `alone`, those that are no other input's."""
    others = [one for one in cast.judged.reads if one.selector != read.selector] if alone else []

    def make() -> Situation:
        whole = cast.good()
        mine = [one for one in whole.series if is_of(read.selector, one)]
        own = [one for one in mine if not any(is_of(other.selector, one) for other in others)] or mine
        series = tuple(change(one) if one in own else one for one in whole.series)
        if series == whole.series:
            raise Impossible
        return replace(whole, series=series)

    return make
