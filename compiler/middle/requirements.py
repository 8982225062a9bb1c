"""The requirement of a criterion: its sides, its limits, and how people read it, everywhere."""

from collections.abc import Iterator
from typing import Final, Literal

from compiler.fields import Quantity
from compiler.promql.printer import show
from compiler.spec.requirement import MetricLimit, Requirement, TableLimit, Word

Side = Literal["min", "max"]
Limit = Quantity | MetricLimit | TableLimit

_SIDES: Final[dict[Word, tuple[tuple[Side, bool], ...]]] = {
    "at_least": (("min", False),),
    "at_most": (("max", False),),
    "above": (("min", True),),
    "below": (("max", True),),
    "between": (("min", False), ("max", False)),
    "equals": (("min", False), ("max", False)),
}


def sides(requirement: Requirement) -> tuple[tuple[Side, bool, Limit], ...]:
    """Each side with its kind, whether it is strict, and its limit as it is written."""
    kinds, limits = _SIDES[requirement.word], requirement.limits
    both = limits * len(kinds) if len(limits) == 1 else limits
    return tuple((kind, strict, limit) for (kind, strict), limit in zip(kinds, both, strict=True))


def words(requirement: Requirement, by: tuple[str, ...]) -> str:
    """The requirement as people read it, everywhere."""
    label = " and ".join(by) if by else "member"
    texts = [_limit_words(limit, label) for limit in requirement.limits]
    match requirement.word:
        case "between":
            return f"between {texts[0]} and {texts[1]}"
        case "equals":
            return f"exactly {texts[0]}"
        case word:
            return f"{word.replace('_', ' ')} {texts[0]}"


def _limit_words(limit: Limit, label: str) -> str:
    match limit:
        case MetricLimit():
            return f"the {label}'s {show(limit.metric)}"
        case TableLimit():
            rows = ", ".join(f"{member}: {value}" for member, value in sorted(limit.by_member.items()))
            return f"the {label}'s limit ({rows})"
        case _:
            return str(limit)


def limit_metrics(requirement: Requirement) -> Iterator[MetricLimit]:
    """The limits that come from metrics."""
    yield from (limit for limit in requirement.limits if isinstance(limit, MetricLimit))
