"""What is left of a spec that does not fit the model, so that its sound criteria can be checked all the same.

Authors want all problems at once, not one layer after the other. An unknown key is read as the one that it was meant to
be, or taken out; a criterion that does not fit stays in its place as one that asks for nothing, and what the checks say
about its lines is not to be believed. Where the rest of the spec (its metrics above all) is unsound, nothing is left:
everything else depends on it.
"""

import copy
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from pydantic import ValidationError

from compiler.diagnostics import Span
from compiler.spec.model import Gate
from compiler.spec.source import Path, Source
from compiler.spec.tree import Data

_IN_CRITERION: Final = 4  # ("categories", 0, "criteria", 0, …)


@dataclass(frozen=True, slots=True)
class Salvaged:
    """A gate that stands in for an unsound one; `unsound` are the places of criteria that were replaced."""

    gate: Gate
    unsound: tuple[Span, ...]

    def believes(self, place: Span | None) -> bool:
        """Whether what is said about a place is about what the author wrote."""
        return place is not None and not any(place.is_within(one) for one in self.unsound)


def salvage(source: Source, unknown: Iterable[tuple[Path, str]], unsound: Iterable[Path]) -> Salvaged | None:
    """The gate without its unknown keys (each with the key that is meant, or "") and unsound criteria.

    None if that is not enough to make it fit.
    """
    criteria = tuple(dict.fromkeys(path[:_IN_CRITERION] for path in unsound if _is_in_criterion(path)))
    data = copy.deepcopy(source.data)
    for path, meant in unknown:
        parent = _at(data, path[:-1])
        if isinstance(parent, dict):
            value = parent.pop(str(path[-1]), None)
            if meant:
                parent.setdefault(meant, value)
    for number, path in enumerate(criteria):
        parent = _at(data, path[:-1])
        if isinstance(parent, list) and isinstance(path[-1], int):
            parent[path[-1]] = _stand_in(number)
    try:
        gate = Gate.model_validate(data)
    except ValidationError:
        return None
    return Salvaged(gate, tuple(source.span(path) for path in criteria))


def _is_in_criterion(path: Path) -> bool:
    return len(path) >= _IN_CRITERION and path[0] == "categories" and path[2] == "criteria"


def _stand_in(number: int) -> Data:
    return {
        "id": f"unsound_{number}",
        "title": "Unsound",
        "measure": {"kind": "freshness"},
        "require": {"at_most": "5m"},
    }


def _at(data: Data, path: Path) -> Data:
    for step in path:
        if isinstance(data, dict):
            data = data.get(str(step))
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            data = data[step]
        else:
            return None
    return data
