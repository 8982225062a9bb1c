"""What a check is: a module with a CODE, a SUMMARY and `check`, a function from a gate to what is wrong with it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from compiler.diagnostics import Diagnostic, Label
from compiler.fields import NUMBER, Dimension, Quantity, Unit
from compiler.measures.context import Context
from compiler.middle.context import Places, criterion_context
from compiler.spec.model import Criterion, Gate, Metric
from compiler.spec.source import Path


class Check(Protocol):
    """A check module. Its docstring is its explanation, in the form that `catalogue.explanation` reads."""

    CODE: str

    def check(self, gate: Gate, places: Places) -> Iterator[Diagnostic]:
        """Everything that is wrong."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Same:
    """A gate as itself: to compare all of its content would take longer than what is remembered of it."""

    gate: Gate

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and self.gate is other.gate

    def __hash__(self) -> int:
        return id(self.gate)


def each_criterion(gate: Gate) -> tuple[tuple[Path, Criterion, Context], ...]:
    """Every criterion with its path in the spec and the context of its measure."""
    return _each_criterion(Same(gate))


@lru_cache(maxsize=1)  # the checks of one gate ask for it one after the other
def _each_criterion(same: Same) -> tuple[tuple[Path, Criterion, Context], ...]:
    gate = same.gate
    return tuple(
        (("categories", i, "criteria", j), criterion, criterion_context(gate, criterion))
        for i, category in enumerate(gate.categories)
        for j, criterion in enumerate(category.criteria)
    )


def spell(unit: Unit) -> str:
    """A unit in words, such as `in seconds` or `a plain number`."""
    return "a plain number" if unit.name == "number" else f"in {unit.name}"


def fits(bound: Quantity, unit: Unit) -> bool:
    """Whether a bound can be compared with values in a unit; a ratio may be written as a bare number up to 1."""
    if bound.unit == NUMBER and unit.dimension is Dimension.RATIO:
        return -1 <= bound.base <= 1
    return bound.unit.fits(unit)


def entry(gate: Gate, name: str) -> str | None:
    """The key of a metric in the vocabulary; `x_bucket`, `x_sum` and `x_count` belong to the histogram x."""
    if name in gate.metrics:
        return name
    for suffix in ("_bucket", "_sum", "_count"):
        stem = name.removesuffix(suffix)
        if stem != name and stem in gate.metrics and gate.metrics[stem].type == "histogram":
            return stem
    return None


def declared(gate: Gate, name: str) -> Metric | None:
    """The vocabulary's entry for a metric."""
    key = entry(gate, name)
    return gate.metrics[key] if key is not None else None


def declared_here(gate: Gate, places: Places, name: str, words: str) -> tuple[Label, ...]:
    """A label at a metric's entry in the vocabulary, if it has one."""
    key = entry(gate, name)
    return (Label(places.key_span(("metrics", key)), words),) if key is not None else ()
