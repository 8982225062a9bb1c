"""`require`: the bound on a criterion's value, in the author's words and units."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Discriminator, Field, Tag, model_validator

from compiler.fields import Quantity
from compiler.spec_fields import QuantityField, SelectorField, SpecModel, Text, exactly_one

Word = Literal["at_least", "at_most", "above", "below", "between", "equals"]


class MetricLimit(SpecModel):
    """A limit for each member, taken from a metric."""

    metric: SelectorField = Field(description="A gauge with one series per member, with the labels of `by`.")


class TableLimit(SpecModel):
    """A limit for each member, written in the spec."""

    by_member: dict[Text, QuantityField] = Field(
        description="Limit by the value of the criterion's one `by` label.", min_length=1, max_length=1000
    )


def _limit_kind(value: Any) -> str:  # noqa: ANN401 - whatever the YAML held
    if isinstance(value, (MetricLimit, TableLimit)):
        return "metric" if isinstance(value, MetricLimit) else "table"
    if isinstance(value, dict):
        return "table" if "by_member" in value else "metric"
    return "quantity"


Limit = Annotated[
    Annotated[QuantityField, Tag("quantity")]
    | Annotated[MetricLimit, Tag("metric")]
    | Annotated[TableLimit, Tag("table")],
    Discriminator(_limit_kind),
]


class Requirement(SpecModel):
    """What the value must be: exactly one of these words."""

    model_config = ConfigDict(
        json_schema_extra=exactly_one("at_least", "at_most", "above", "below", "between", "equals")
    )

    at_least: Limit | None = Field(None, description="The value is this or more.")
    at_most: Limit | None = Field(None, description="The value is this or less.")
    above: Limit | None = Field(None, description="The value is more than this.")
    below: Limit | None = Field(None, description="The value is less than this.")
    between: Annotated[list[QuantityField], Field(min_length=2, max_length=2)] | None = Field(
        None, description="The value lies between these two, both included."
    )
    equals: QuantityField | None = Field(None, description="The value is exactly this.")

    @model_validator(mode="after")
    def _one_word(self) -> Self:
        given = [word for word, _ in self._given()]
        if len(given) != 1:
            raise ValueError(
                f"`require` has exactly one word; found {' and '.join(given) or 'none'}\n"
                "hint: at_least, at_most, above, below, between: [low, high], or equals"
            )
        return self

    def _given(self) -> Iterator[tuple[Word, Any]]:
        words: tuple[Word, ...] = ("at_least", "at_most", "above", "below", "between", "equals")
        yield from ((word, value) for word in words if (value := getattr(self, word)) is not None)

    @property
    def word(self) -> Word:
        """Which word is used."""
        return next(self._given())[0]

    @property
    def limits(self) -> tuple[Quantity | MetricLimit | TableLimit, ...]:
        """The limit, or both bounds of `between`."""
        value = next(self._given())[1]
        return tuple(value) if isinstance(value, list) else (value,)
