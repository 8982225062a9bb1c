"""What the model expects at a place of a spec, read from its JSON Schema: allowed keys, descriptions, examples."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Self

from pydantic import BaseModel

from compiler.spec.model import Gate
from compiler.spec.schema import schema
from compiler.spec.source import Path
from compiler.spec.tree import Data

Schema = Mapping[str, object]

_NOTHING: Final[Schema] = {}


@dataclass(frozen=True, slots=True)
class Shape:
    """What may stand at a place: the alternatives of the schema there, references resolved."""

    alternatives: tuple[Schema, ...]
    whole: Schema = field(compare=False, repr=False)  # where references lead

    @classmethod
    def root(cls, model: type[BaseModel] = Gate) -> Self:
        """The whole file."""
        whole = schema(model)
        return cls(tuple(_resolve(whole, whole)), whole)

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that a mapping may have here."""
        return tuple(dict.fromkeys(str(key) for one in self.alternatives for key in _mapping(one, "properties")))

    @property
    def description(self) -> str:
        """What the value means; "" if the model does not say."""
        return next((str(one["description"]) for one in self.alternatives if "description" in one), "")

    @property
    def example(self) -> object:
        """A value that could stand here, or None if the model gives none."""
        for one in self.alternatives:
            for word in ("examples", "enum"):
                values = one.get(word)
                if isinstance(values, Sequence) and values:
                    return values[0]
            if "const" in one:
                return one["const"]
        return None

    def tagged(self, tag: object) -> "Shape | None":
        """The alternative of a discriminated union that has this tag."""
        for one in self.alternatives:
            target = _mapping(_mapping(one, "discriminator"), "mapping").get(str(tag))
            if target is not None:
                return Shape(tuple(_resolve({"$ref": target}, self.whole)), self.whole)
        return None

    def step(self, key: str | int) -> "Shape":
        """What may stand at a key of a mapping, or at an index of a list."""
        word = "items" if isinstance(key, int) else "additionalProperties"
        found = (_mapping(one, "properties").get(str(key), one.get(word)) for one in self.alternatives)
        leaves = (leaf for one in found if isinstance(one, Mapping) for leaf in _resolve(one, self.whole))
        return Shape(tuple(leaves), self.whole)


def locate(location: Path, data: Data, model: type[BaseModel] = Gate) -> tuple[Path, Shape, Data]:
    """A location of pydantic's as a path of the data, with what is expected and what is there.

    Pydantic puts tags of unions and names of validators among the keys; those are not in the data.
    """
    path: list[str | int] = []
    shape = Shape.root(model)
    for step in location:
        if tagged := shape.tagged(step):
            shape = tagged
            continue
        if isinstance(data, dict) and isinstance(step, str) and step in data:  # noqa: SIM114 - each narrows a type
            data = data[step]
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            data = data[step]
        else:
            continue
        shape = shape.step(step)
        path.append(step)
    return tuple(path), shape, data


def _resolve(one: Schema, whole: Schema) -> Iterator[Schema]:
    """The schema and its alternatives; what stands beside a reference comes before what it refers to."""
    yield one
    reference = one.get("$ref")
    if isinstance(reference, str):
        yield from _resolve(_schema(_mapping(whole, "$defs").get(reference.removeprefix("#/$defs/"))), whole)
    for word in ("anyOf", "oneOf", "allOf"):
        choices = one.get(word)
        if isinstance(choices, Sequence) and "discriminator" not in one:
            for choice in choices:
                yield from _resolve(_schema(choice), whole)


def _mapping(one: Schema, key: str) -> Schema:
    return _schema(one.get(key))


def _schema(value: object) -> Schema:
    return value if isinstance(value, Mapping) else _NOTHING
