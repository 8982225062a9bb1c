"""Age of the newest sample of every metric that the gate requires to exist.

Value: for each such metric, how old its newest sample is, in seconds; label `input`. A metric that has not reported for
five minutes is not seen by Prometheus at all, so it shows as no data rather than as an age; either way it is no pass.

    measure: {kind: freshness}
    require: {at_most: 5m}

https://prometheus.io/docs/prometheus/latest/querying/basics/#staleness
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Final, Literal

from compiler import states
from compiler.fields import SECONDS, Duration, Unit
from compiler.measures.base import Lowered, Measurand, MeasureModel, Wanted
from compiler.measures.context import Context, Read, Use
from compiler.measures.situation import Aims, Impossible, Situation, Stage, Telling
from compiler.naming import GATE, INPUT, INPUT_AGE, STAND_IN
from compiler.promql import build
from compiler.promql.expr import Vector
from compiler.promql.matching import selects, strangers
from compiler.promql.series import Piece, Series
from compiler.spec_fields import read_selector

_OLDER: Final = Duration.parse("1m").milliseconds  # at least
_VERY_OLD: Final = 1e6  # seconds
_SOME: Final = 60.0  # seconds
_LOOKBACK: Final = Duration.parse("5m")  # what is older is not seen at all


class Freshness(MeasureModel):
    """Age of the newest sample of every required metric."""

    kind: Literal["freshness"]

    def uses(self) -> tuple[Use, ...]:
        """What the other criteria use."""
        return ()

    def unit(self, context: Context) -> Unit:
        """Seconds."""
        del context
        return SECONDS

    def reads(self, context: Context) -> tuple[Read, ...]:
        """Nothing of its own: the watched inputs have recorded ages."""
        del context
        return ()

    def lower(self, context: Context) -> Lowered:
        """The recorded ages, all of them."""
        ages = build.fresh(INPUT_AGE, build.equal(GATE, context.gate), within=context.evaluation.within)
        expected = len(context.watched)
        return Lowered(
            value=build.aggregate("max", ages, (INPUT,)),
            complete=build.compare("==", build.aggregate("count", ages), expected),
            expected=expected,
        )

    def situation(self, context: Context, stage: Stage, value: float) -> Situation:
        """One input is so old, and the others are new; of what is too old to be seen, somebody else says so."""
        if value >= _LOOKBACK.seconds and not context.evaluation.engine.collapses:
            return self._unseen(context, stage, value)
        return self._aged(context, stage, {self._oldest(context): value})

    def telling(self, context: Context, stage: Stage, aims: Aims) -> Telling:
        """Inputs that are missing, and several series of each."""
        last = self._oldest(context)
        yield (
            "the newest of the series counts, and none that is not selected",
            lambda: self._several(context, stage, aims.good),
        )
        yield "all are new", lambda: self._aged(context, stage, {})
        yield "without one of its inputs nothing is known", lambda: self._missing(context, stage, last)
        if not context.evaluation.engine.collapses:
            yield "ages that are no numbers are undefined", lambda: self._odd_ages(context)
            yield "one age more than there are inputs is one too many", lambda: self._more(context, stage, aims.good)
            yield "of two ages of an input the larger counts", lambda: self._twice(context, stage)

    def _odd_ages(self, context: Context) -> Situation:
        """Nothing reports, but somebody says of every input an age that is none."""
        odd = (math.nan, math.inf, -math.inf)
        told = (_told(context, name, odd[i % len(odd)]) for i, name in enumerate(context.watched))
        return Situation(tuple(told), (), states.UNDEFINED)

    def _more(self, context: Context, stage: Stage, age: float) -> Situation:
        whole = self._aged(context, stage, {})
        return replace(whole, series=(*whole.series, _told(context, "another", age)), values=None, state=states.NO_DATA)

    def _twice(self, context: Context, stage: Stage) -> Situation:
        """Somebody says another age of one input, and an input is missing."""
        last = self._oldest(context)
        gone, other = read_selector(last), next((name for name in context.watched if name != last), None)
        if other is None:
            raise Impossible
        whole = self._aged(context, stage, dict.fromkeys(context.watched, _SOME))
        left = tuple(one for one in whole.series if one.name != gone.name or not selects(gone, one.labels))
        ages = {labels: age for labels, age in whole.values or () if labels != ((INPUT, last),)}
        values = tuple((ages | {((INPUT, other),): _VERY_OLD}).items())
        return Situation((*left, _told(context, other, _VERY_OLD)), values)

    def _oldest(self, context: Context) -> str:
        """An input whose series are no other input's."""
        selectors = [read_selector(name) for name in context.watched]
        for name, selector in zip(context.watched, selectors, strict=True):
            own = Stage().of(selector)
            if sum(one.name == selector.name and selects(one, own) for one in selectors) == 1:
                return name
        raise Impossible

    def _several(self, context: Context, stage: Stage, age: float) -> Situation:
        """Each input with an older series beside, and among newer ones that it does not select."""
        whole = self._aged(context, stage, dict.fromkeys(context.watched, age))
        if any(not value for _, value in whole.values or ()):
            raise Impossible
        grain = round(1000 * stage.grain)
        longer = -(-_OLDER // grain) * grain  # there is a sample at that time
        older = (self._other(context, one).aged(longer) for one in whole.series)
        selectors = [read_selector(name) for name in context.watched]
        others = {
            (one.name, labels): Series(one.name, labels, (Piece(0, 1.0),))
            for one in whole.series
            for selector in selectors
            if selector.name == one.name and selects(selector, one.labels)
            for labels in strangers(selector, one.labels)
            if not any(one.name == mine.name and selects(mine, labels) for mine in selectors)
        }
        return replace(whole, series=(*whole.series, *older, *others.values()))

    def _other(self, context: Context, series: Series) -> Series:
        """One series more, with labels of its own, so that an author's join still finds one on each side."""
        own = {label for label, _ in series.labels}
        free = [label for label in context.labels(Vector(series.name)) if label not in own]
        return series.labelled(replica="b", **dict.fromkeys(free, "b"))

    def _unseen(self, context: Context, stage: Stage, age: float) -> Situation:
        name = self._oldest(context)
        missing, whole = self._missing(context, stage, name), self._aged(context, stage, {})
        values = tuple((labels, age if labels == ((INPUT, name),) else own) for labels, own in whole.values or ())
        return Situation((*missing.series, _told(context, name, age)), values)

    def _missing(self, context: Context, stage: Stage, name: str) -> Situation:
        whole = self._aged(context, stage, {})
        gone = read_selector(name)
        left = tuple(one for one in whole.series if one.name != gone.name or not selects(gone, one.labels))
        return Situation(left, None, states.NO_DATA)

    def _aged(self, context: Context, stage: Stage, ages: Mapping[str, float]) -> Situation:
        """All inputs, some of them with an old sample (seconds) as their newest, as far as the grid has such times."""
        if any(not 0 <= age < _LOOKBACK.seconds for age in ages.values()):
            raise Impossible
        grain = round(1000 * stage.grain)
        past = {name: round(1000 * age) // grain * grain for name, age in ages.items()}
        series = []
        for name in context.watched:
            selector = read_selector(name)
            series.append(_sampled(selector, past.get(name, 0)))
        now = round(1000 * stage.now)
        values = tuple((((INPUT, name),), now / 1000 - (now - past.get(name, 0)) / 1000) for name in context.watched)
        return Situation(tuple(dict.fromkeys(series)), values)

    def describe(self, context: Context) -> str:
        """How many metrics."""
        return f"age of the newest sample of each of the {len(context.watched)} metrics that must exist"

    def problems(self, context: Context) -> Iterator[tuple[str, str, str]]:
        """There must be something to watch, and no grouping of it."""
        if context.by:
            yield "", "freshness is measured by metric; `by` means nothing here", "leave `by` out"
        if not context.watched:
            yield "", "no other criterion of this gate requires a metric to exist", "remove this criterion"

    @property
    def own_labels(self) -> tuple[str, ...]:
        """One value per input."""
        return (INPUT,)

    def measurand(self, context: Context) -> Measurand:
        """The age of a sample that can be seen: what is older than the lookback is not there at all."""
        seen = None if context.evaluation.engine.lookback is None else context.evaluation.engine.lookback.milliseconds
        high = None if seen is None else Fraction(seen, 1000)
        return Measurand(("freshness",), "the age of a sample that is still seen", low=Fraction(0), high=high)

    def wanted(self) -> Wanted:
        """Young samples are the good ones."""
        return Wanted("low", "young samples are the good ones")

    @property
    def ages(self) -> bool:
        """By a second each second, until the next sample."""
        return True


def _told(context: Context, name: str, age: float) -> Series:
    """An age of an input that somebody else has recorded in this evaluation."""
    labels = {GATE: context.gate, INPUT: name, STAND_IN: "1"}
    return Series(INPUT_AGE, tuple(sorted(labels.items())), (Piece(0, age),))


def _sampled(selector: Vector, ago: int) -> Series:
    """A series with a single sample."""
    return Series(
        selector.name, Stage().of(selector), (Piece(ago, 1.0), Piece(ago - 1, None)) if ago else (Piece(0, 1.0),)
    )
