"""A scenario before it is known whether series can be found for it."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from compiler import naming, states
from compiler.fields import Duration
from compiler.measures.context import Read
from compiler.measures.situation import Impossible, Precision, Situation
from compiler.middle.coarse_step import step_of
from compiler.middle.inputs import probe_step
from compiler.middle.plan import Remains, Scenario
from compiler.middle.scenarios.cast import Cast
from compiler.promql.expr import Vector
from compiler.promql.matching import selects
from compiler.promql.series import Labels, Series
from compiler.states import State

_DIGITS: Final = 9
_DIGITS_OF_LONG: Final = 7
_MOST_SAMPLES: Final = 9950  # promtool holds 10,000 at a time for one expression
_JUDGED: Final = (states.PASS, states.FAIL, states.IDLE, states.IDLE_FAIL, states.UNDEFINED)


@dataclass(frozen=True, slots=True)
class Draft:
    """What a test is about, and how its series are made (raises Impossible).

    `state` is what must come of it, where the values alone do not say; `silent` says nothing about the values, and
    `valueless` that there are none, whatever comes of it; `limits` asks for the thresholds too, and `covered` for what
    is recorded of the inputs: it gives the share of its window in which each reported.
    """

    topic: str
    clause: str
    make: Callable[[], Situation]
    state: State | None = None
    silent: bool = False
    valueless: bool = False
    remains: Remains | None = None
    limits: bool = False
    covered: Callable[[Read], float | None] | None = None


def written(cast: Cast, drafts: Iterable[Draft]) -> Iterator[Scenario]:
    """The scenarios of the drafts that are possible."""
    windows = [read.window for read in cast.judged.reads if read.window]
    interval = cast.interval
    for draft in drafts:
        try:
            situation = draft.make()
        except Impossible:
            continue
        step = cast.timeline.halved(interval) if situation.fine else interval
        if _fits(cast, situation.series, step):
            yield _scenario(cast, draft, situation, step if windows else _grid(cast, situation, step))


def _scenario(cast: Cast, draft: Draft, situation: Situation, interval: Duration) -> Scenario:
    state = draft.state or cast.verdict(situation)
    told = state in _JUDGED and not draft.silent and situation.precision is not Precision.ROUGH
    told = told or draft.valueless
    return Scenario(
        topic=draft.topic,
        clause=draft.clause,
        series=situation.series,
        state=state,
        interval=interval,
        values=situation.values if told else None,
        digits=None if situation.precision is Precision.EXACT else _sure_digits(cast),
        error=cast.error,
        remains=draft.remains,
        limits=cast.limits if draft.limits else None,
        inputs=tuple(_inputs(cast, situation.series, draft.covered)) if draft.covered else None,
    )


def _sure_digits(cast: Cast) -> int:
    return _DIGITS_OF_LONG if cast.timeline.long else _DIGITS


def _inputs(
    cast: Cast, series: Iterable[Series], covered: Callable[[Read], float | None]
) -> Iterator[tuple[str, Labels, float]]:
    """How many series each required input has, and in which share of its window it reported, by group if it has any."""
    required, waiver = [read for read in cast.judged.reads if read.required], cast.judged.spec.waive_while
    declared = [Read(waiver.metric, None)] if waiver and waiver.must_exist else []
    for read in {read.name: read for read in (*required, *declared)}.values():
        there = [one for one in series if is_of(read.selector, one) and one.pieces[-1].value != "stale"]
        yield naming.input_series(()), ((naming.INPUT, read.name),), float(len(there))
    for read in dict.fromkeys(read for read in required if read.window):
        share = covered(read)
        if share is None:
            continue
        own = ((naming.INPUT, read.name), (naming.WINDOW, str(read.window)))
        labels = (dict(one.labels) for one in series if is_of(read.selector, one))
        groups = {tuple((label, each[label]) for label in read.by if each.get(label)) for each in labels}
        for group in sorted(groups) if read.by else [()]:
            yield naming.input_coverage(read.by), tuple(sorted((*own, *group))), share


def wholly(read: Read) -> float:
    """Every input was there throughout its window."""
    del read
    return 1.0


def is_of(selector: Vector, series: Series) -> bool:
    """Whether a selector finds the series."""
    return series.name == selector.name and selects(selector, series.labels)


def _fits(cast: Cast, series: Iterable[Series], interval: Duration) -> bool:
    """Whether promtool can hold what the rules read of these series at a time, whose samples are so far apart."""
    number = Counter(one.name for one in series)
    return all(_held(cast, read, number[read.selector.name], interval) <= _MOST_SAMPLES for read in cast.judged.reads)


def _held(cast: Cast, read: Read, number: int, interval: Duration) -> int:
    """How many samples of so many series it holds at a time, at most.

    A range is read of one series after the other. A subquery has all series at all its steps, and its result.
    """
    if read.window is None:
        return number
    window, measure, context = read.window.milliseconds, cast.judged.spec.measure, cast.judged.context
    each = window // interval.milliseconds + 1
    if measure.expressions:
        return number * each  # whatever the author makes of it
    # Another criterion may read them by groups, each of which is a series of the result.
    probed = 2 * number * (window // probe_step(read.window).milliseconds + 1) if read.required else 0
    if measure.looks(context):
        return probed  # its own looks are few
    coarse = step_of(read.window, context.scrape_interval, cast.error)
    return max(probed, (number + 1) * (window // coarse.milliseconds + 1) if coarse else each)


def _grid(cast: Cast, situation: Situation, interval: Duration) -> Duration:
    """Samples where the series change, if there is no window that says how far apart they are."""
    second = 1000
    changes = [piece.ago for one in situation.series for piece in one.pieces[:2] if piece.ago >= second]
    fine = [ago for ago in changes if ago % interval.milliseconds]
    return cast.timeline.grain if fine else interval
