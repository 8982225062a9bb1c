"""The platforms of the truth table: the healthy one, one that is bad for each criterion, two for each metric's loss."""

from collections.abc import Iterator
from typing import Final

from truth.routing_platform import BAD, HEALTHY, Series

METRICS: Final = sorted({name.partition("{")[0] for name in HEALTHY})


def without(metric: str) -> Series:
    """The healthy platform, where a metric has never been."""
    return {name: values for name, values in HEALTHY.items() if not _is_of(metric, name)}


def ended(metric: str) -> Series:
    """The healthy platform, where all series of a metric have just ended: ranges still hold them."""
    return {name: _with_end(values) if _is_of(metric, name) else values for name, values in HEALTHY.items()}


def bad(criterion: str) -> Series:
    """The healthy platform, but for what makes one criterion fail."""
    changed = {**HEALTHY, **BAD[criterion]}
    return {name: values for name, values in changed.items() if values is not None}


def platforms() -> Iterator[tuple[str, Series]]:
    """Each with what is the matter with it."""
    yield "healthy", HEALTHY
    yield from ((f"bad: {criterion}", bad(criterion)) for criterion in BAD)
    for metric in METRICS:
        yield f"missing: {metric}", without(metric)
        yield f"ended: {metric}", ended(metric)


def _is_of(metric: str, name: str) -> bool:
    return name.partition("{")[0] == metric


def _with_end(values: str) -> str:
    """The same values, but a stale marker as the last."""
    head, blank, _ = values.rpartition(" _x9 ")
    if blank:
        return f"{head} _x9 stale"
    head, _, count = values.rpartition("x")
    return f"{head}x{int(count) - 1} stale"
