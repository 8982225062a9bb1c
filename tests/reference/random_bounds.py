"""Bounds for the criteria of a random gate, near the values that they have when all is well.

That way verdicts go both ways, and few bounds are so close to a value that rounding would decide.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from reference.moment import Groups
from reference.random_gate import LABELS, Criterion, Draft, bound

_SHORT: Final = 120
# In which units a metric may give the limits of a dimension, and what they are in base units.
_UNITS: Final = {
    "number": {"number": 1.0},
    "ratio": {"ratio": 1.0, "percent": 0.01},
    "time": {"seconds": 1.0, "milliseconds": 0.001, "minutes": 60.0},
    "USD": {"USD": 1.0},
}


def with_bounds(made: Draft, values: Mapping[str, Groups]) -> Iterator[str]:
    """Give each criterion a bound near one of its values; yields the series of limits, each with its value."""
    for number, criterion in enumerate(made.criteria):
        found = values.get(criterion["id"], {})
        level = made.rng.choice(sorted(found.values())) if found else made.rng.choice([0.0, 1.0, 20.0])
        if criterion["measure"]["kind"] in {"age", "freshness"} and level < _SHORT:  # what two scrapes pass is refused
            level += made.rng.choice([60, 100, 200])
        groups = [*criterion.get("by", [])]
        if criterion["measure"]["kind"] == "share_deviation":
            groups.append(criterion["measure"]["of"])
        if groups and made.chance(0.25):
            yield from _limits(made, number, criterion, groups, found)
        else:
            criterion["require"] = _requirement(made, criterion["id"], level)


def _near(made: Draft, level: float) -> float:
    return level * made.rng.choice([0.5, 0.87, 1.13, 1.7]) + made.rng.choice([0, 0, 0.013, -0.017])


def _requirement(made: Draft, criterion: str, level: float) -> Criterion:
    word = made.rng.choice(["at_least", "at_most", "above", "below", "between", "equals", "at_most", "at_least"])
    if word == "between":
        low, high = sorted([_near(made, level), _near(made, level) + 0.01])
        texts = bound(made, criterion, low), bound(made, criterion, high + abs(high) * 0.05 + 0.01)
        return {"between": list(texts)}
    return {word: bound(made, criterion, level if word == "equals" or made.chance(0.1) else _near(made, level))}


def _limits(
    made: Draft,
    number: int,
    criterion: Criterion,
    groups: Sequence[str],
    found: Groups,
) -> Iterator[str]:
    """A limit for each member: a table of the spec, or a metric, whose series are yielded."""
    word = made.rng.choice(["at_least", "at_most", "above", "below"])
    members = [one for one in sorted(found) if made.chance(0.9)]
    if len(groups) == 1 and made.chance(0.5):
        table = {one[0][1]: bound(made, criterion["id"], _near(made, found[one])) for one in members if one}
        criterion["require"] = {word: {"by_member": table or {"a": bound(made, criterion["id"], 1)}}}
        return
    unit, factor = made.rng.choice(list(_UNITS[made.dimensions[criterion["id"]]].items()))
    name = f"limit{number}"
    made.metrics[name] = {"type": "gauge", "unit": unit, "labels": list(LABELS)}
    criterion["require"] = {word: {"metric": name if made.chance(0.8) else f'{name}{{zone!="y"}}'}}
    for one in members or [(("pool", "a"),)]:
        inside = ",".join(f'{label}="{value}"' for label, value in one)
        yield f"{name}{{{inside}}} {_near(made, found.get(one, 1.0)) / factor:.4g}"
