"""What a measure kind is: how its value comes from metrics.

A kind is one pydantic model with the methods of `MeasureModel`. Nothing else in the compiler asks which kind it has.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from compiler import states
from compiler.fields import Duration, Unit
from compiler.measures.context import Context, Read, Use
from compiler.measures.situation import Aims, Impossible, Situation, Stage, Telling
from compiler.promql import build
from compiler.promql.expr import Expr
from compiler.spec_fields import SpecModel
from compiler.states import State


@dataclass(frozen=True, slots=True)
class Lowered:
    """A measure as PromQL. Every expression has exactly the `by` labels of the context (beside `gate`).

    - `value`: in base units. Elements may be NaN; the compiler drops those that are not finite.
    - `result`: recorded as it is before the value: an expression of the author's own, which is not to be taken apart,
      or what has to be read once only.
    - `idle`: the members in which nothing happened in the window.
    - `contradicted`: no event is not always idleness, since something else may speak of events.
    - `events`: the number of events per member in the window, for `min_events`; where that may be `contradicted`, of
      members that have any: whether none is idle, errors without requests being not, is for `idle` to say.
    - `saturated`: the members whose quantile lies above the highest finite bucket.
    - `complete`: has an element only if every watched input reports (else: no data).
    - `expected`: the number of members, where it is not simply one per group of the inputs.
    - `also`: members beside those groups, of which an input that is not required tells.
    - `every_series`: the value keeps all labels of the measured series instead of the `by` labels.
    """

    value: Expr
    result: Expr | None = None
    idle: Expr | None = None
    events: Expr | None = None
    saturated: Expr | None = None
    complete: Expr | None = None
    expected: Expr | float | None = None
    also: Expr | None = None
    every_series: bool = False
    contradicted: bool = False


def every_series(series: Expr, context: Context) -> Lowered:
    """Each series is judged by itself, with all its labels.

    Those that are judged are counted against all that there are. Both come from one recorded reading: between two
    readings of a metric a scrape may be written, and a series that begins or ends then would be one too many.
    """
    if context.evaluation.engine.collapses:
        return Lowered(series, every_series=True)
    count = build.aggregate("count", context.result)
    return Lowered(context.result, result=series, expected=count, every_series=True)


@dataclass(frozen=True, slots=True)
class Measurand:
    """What a measure measures, in a form in which it is the same for all measures of the same thing.

    The value is `offset + scale × quantity`, in base units, so that bounds on an availability and on an error rate are
    bounds on one quantity.

    - `of`: what tells quantities apart. Measures are of one quantity if this, `window` and the groups are equal.
    - `text`: how people write the quantity, as in `errors_total / requests_total`.
    - `low`, `high`: what the quantity can be at least and at most; None if the kind does not say.
    - `rank`: quantities that differ only in it are ordered as their ranks, as p50 is never above p99.
    """

    of: tuple[object, ...]
    text: str
    window: Duration | None = None
    offset: Fraction = Fraction(0)
    scale: Fraction = Fraction(1)
    low: Fraction | None = None
    high: Fraction | None = None
    rank: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which values are the good ones: low or high ones. `sure` is False where only a name says so."""

    direction: Literal["low", "high"]
    because: str
    sure: bool = True


class MeasureModel(SpecModel):
    """The methods of every kind; see the module of a kind for what it means."""

    def uses(self) -> tuple[Use, ...]:
        """The metrics at the keys of this measure."""
        raise NotImplementedError

    def unit(self, context: Context) -> Unit:
        """The unit of the value, as exported (values are recorded in its base unit)."""
        raise NotImplementedError

    def reads(self, context: Context) -> tuple[Read, ...]:
        """What must report for the value to be believed."""
        raise NotImplementedError

    def lower(self, context: Context) -> Lowered:
        """The measure as PromQL."""
        raise NotImplementedError

    def describe(self, context: Context) -> str:
        """How the value is had, in words and formulas for people."""
        raise NotImplementedError

    def situation(self, context: Context, stage: Stage, value: float) -> Situation:
        """Series over which the measure has this value, or one near it; `values` say which. Raises Impossible."""
        del context, stage, value
        raise Impossible

    def idle(self, context: Context, stage: Stage) -> Situation:
        """Series over which nothing happens in the window. Raises Impossible."""
        del context, stage
        raise Impossible

    def odd(self, read: Read, sample: float) -> State | None:
        """What comes of an input whose newest sample is this, NaN or infinite; None if its values do not matter."""
        del sample
        return None if read.companion else states.UNDEFINED

    def telling(self, context: Context, stage: Stage, aims: Aims) -> Telling:
        """Situations that tell a right rule of this kind from a wrong one, each named by a clause.

        What can be said of every kind (bounds, policies, inputs that are missing or odd) needs not be repeated here.
        """
        del context, stage, aims
        yield from ()

    def examples(self, context: Context) -> Telling:
        """Situations that the author of the spec has told, each named by a clause."""
        del context
        yield from ()

    def looks(self, context: Context) -> Duration | None:
        """How far apart the measure looks at its metrics, if its value depends on what it sees in each look."""
        del context
        return None

    @property
    def whole_examples(self) -> bool:
        """Whether a situation is always one of all members."""
        return False

    @property
    def answers_unasked(self) -> bool:
        """Whether there may be a value although none of its metrics is there."""
        return False

    @property
    def counts_events(self) -> bool:
        """Whether the measure can be idle, so that when_idle and min_events mean something."""
        return False

    @property
    def absence_of(self) -> str:
        """The key of the metric that `when_absent: zero` may speak about, or "" if there is none."""
        return ""

    @property
    def needs_companion(self) -> str:
        """The key that must be given for `when_absent: zero` to be believable, or "" if nothing is missing."""
        return ""

    def problems(self, context: Context) -> Iterator[tuple[str, str, str]]:
        """What is wrong with this measure in its criterion, as (key, message, hint)."""
        del context
        yield from ()

    def measurand(self, context: Context) -> Measurand | None:
        """What is measured, for reasoning about bounds; None if nothing can be said."""
        del context
        return None

    def wanted(self) -> Wanted | None:
        """Which values are good ones, if the measure or the name of its metric says so."""
        return None

    def tolerance(self, low: Fraction | None, high: Fraction | None) -> Fraction | None:
        """Which share of the events may be bad (0..1) under bounds on the value; None if that is not how it works."""
        del low, high
        return None

    def resolution(self, context: Context) -> tuple[Fraction, ...]:
        """The values that can be told apart, rising, where it is not any: a histogram's bounds, in base units."""
        del context
        return ()

    @property
    def tail(self) -> Fraction | None:
        """The share of the observations that lie below the value, if it is a quantile."""
        return None

    @property
    def ages(self) -> bool:
        """Whether the value grows by itself from one scrape to the next."""
        return False

    @property
    def expressions(self) -> Mapping[str, str]:
        """The keys of the measure that hold PromQL of the author's own, with the text."""
        return {}

    @property
    def own_labels(self) -> tuple[str, ...]:
        """Labels of the value that the measure brings itself, beside the criterion's `by`."""
        return ()

    @property
    def label_keys(self) -> Mapping[str, str]:
        """The keys of the measure that name a label, with the label; every metric it reads must have it."""
        return {}
