"""Examples that an author gives of an expression of his own: series, and what must come of them.

    [{series: {pg_connections: 60, pg_max_connections: 100}, value: 60%, expect: pass},
     {title: they have risen, series: {pg_connections: 60x10 90x4, pg_max_connections: 100x14}, expect: fail}]

A number is a series that has always had that value. A text are its values as promtool writes them, as far apart as
scrapes; the last is the newest.
"""

from typing import Annotated, Any, Final, Literal

from pydantic import Field, PlainValidator, WithJsonSchema, model_validator

from compiler import states
from compiler.fields import Duration
from compiler.measures.situation import Precision, Situation
from compiler.promql.expr import Vector
from compiler.promql.notation import VALUES, Run, parse_values, pieces
from compiler.promql.series import Labels, Series, steady
from compiler.spec_fields import Line, QuantityField, SeriesName, SpecModel, read_selector
from compiler.states import State

Expected = Literal["pass", "fail", "no_data", "partial", "member_missing", "undefined", "no_limit"]

_MOST_SERIES: Final = 50
_STATES: Final[dict[Expected, State]] = {
    "pass": states.PASS,
    "fail": states.FAIL,
    "no_data": states.NO_DATA,
    "partial": states.PARTIAL,
    "member_missing": states.MEMBER_MISSING,
    "undefined": states.UNDEFINED,
    "no_limit": states.NO_LIMIT,
}


def _values(value: Any) -> float | tuple[Run, ...]:  # noqa: ANN401 - whatever the YAML held
    if isinstance(value, bool) or not isinstance(value, (str, int, float, tuple)):
        raise ValueError("expected a number, or values as promtool writes them, like 0+2x60")  # noqa: TRY004
    if isinstance(value, str):
        return parse_values(value)
    return value if isinstance(value, tuple) else float(value)


SeriesValues = Annotated[
    float | tuple[Run, ...],
    PlainValidator(_values),
    WithJsonSchema(
        {
            "type": ["number", "string"],
            "pattern": VALUES,
            "description": "A number, or values as promtool writes them.",
            "examples": [1, "0+2x60"],
        }
    ),
]


class Example(SpecModel):
    """Series, and what the criterion must make of them."""

    title: Line | None = Field(None, description="What it is an example of.")
    series: dict[SeriesName, SeriesValues] = Field(
        description="Values of each series, by metric and labels.", min_length=1, max_length=_MOST_SERIES
    )
    value: QuantityField | None = Field(None, description="What the expression gives, in the unit of the measure.")
    expect: Expected = Field(description="pass, fail, or the reason why neither.")

    @model_validator(mode="after")
    def _names_are_series(self) -> "Example":
        for name in self.series:
            selector = read_selector(name)
            if any(matcher.op != "=" for matcher in selector.matchers):
                raise ValueError(f'{name!r} is no series: its labels have values\nhint: write name{{label="value"}}')
        return self

    @property
    def selectors(self) -> tuple[Vector, ...]:
        """The series, as selectors that find just them."""
        return tuple(read_selector(name) for name in self.series)

    @property
    def state(self) -> State:
        """The reason that must be given."""
        return _STATES[self.expect]

    def situation(self, window: Duration, interval: Duration) -> Situation:
        """The series, with samples so far apart, and what comes of them."""
        series = tuple(
            _series(selector, values, window, interval)
            for selector, values in zip(self.selectors, self.series.values(), strict=True)
        )
        told = None if self.value is None else (((), self.value.base),)
        return Situation(series, told, self.state, Precision.CLOSE)


def _series(selector: Vector, values: float | tuple[Run, ...], window: Duration, interval: Duration) -> Series:
    labels: Labels = tuple(sorted((matcher.label, matcher.value) for matcher in selector.matchers))
    if isinstance(values, float):
        return steady(selector.name, labels, values, 2 * window.milliseconds)
    return Series(selector.name, labels, tuple(pieces(values, interval.milliseconds)))
