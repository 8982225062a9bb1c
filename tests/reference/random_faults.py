"""What may happen to samples: series vanish, freeze, restart, come late, are relabelled or are no numbers."""

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Final

from reference.random_series import Rows, written
from reference.series import NOTHING, STALE, notation

from compiler.promql.parse import parse_selector

# The tokens of a series, from when to when something lasts, and what becomes of them.
Fault = Callable[[list[str], int, int], list[str]]


def number(token: str, change: Callable[[float], float]) -> str:
    """A token with its number changed, if it is one."""
    return token if token in {NOTHING, STALE} else written(change(float(token)))


def _each(change: Callable[[str], str]) -> Fault:
    """The samples in that time become something else; where there is none, there is still none."""

    def fault(tokens: list[str], start: int, end: int) -> list[str]:
        changed = [one if one == NOTHING else change(one) for one in tokens[start:end]]
        return [*tokens[:start], *changed, *tokens[end:]]

    return fault


def ended(tokens: list[str], start: int, end: int) -> list[str]:
    """The series ends with a staleness marker, and may come back."""
    return [*tokens[:start], STALE, *[NOTHING] * (end - start - 1), *tokens[end:]][: len(tokens)]


def _late(tokens: list[str], start: int, end: int) -> list[str]:
    """The series is created late."""
    del end
    return [NOTHING] * start + tokens[start:]


def _reset(tokens: list[str], start: int, end: int) -> list[str]:
    """A counter restarts from zero."""
    del end
    last = float(next(reversed(_numbers(tokens[:start])), "0"))
    return tokens[:start] + [number(one, lambda value: max(0.0, value - last)) for one in tokens[start:]]


def _frozen(tokens: list[str], start: int, end: int) -> list[str]:
    """The exporter serves the same value for a while."""
    last = next(reversed(_numbers(tokens[:start])), NOTHING)
    return tokens[:start] + [one if one == NOTHING else last for one in tokens[start:end]] + tokens[end:]


def _numbers(tokens: Sequence[str]) -> list[str]:
    return [token for token in tokens if token not in {NOTHING, STALE}]


FAULTS: Final[Mapping[str, Fault]] = {
    "gap": _each(lambda _: NOTHING),
    "ended": ended,
    "late": _late,
    "reset": _reset,
    "frozen": _frozen,
    "NaN": _each(lambda _: "NaN"),
    "infinite": _each(lambda _: "Inf"),
    "minus infinite": _each(lambda _: "-Inf"),
    "negative": _each(lambda token: number(token, lambda value: -value)),
    "out of range": _each(lambda token: number(token, lambda value: value * 1000 + 1)),
    "idle": _each(lambda token: number(token, lambda _: 7.0)),
}
# What happens to the set of series rather than to their samples.
_RELABELLED: Final = ("duplicate", "label dropped", "replaced")
_USUAL: Final = ("gap", "ended", "late", "reset", "idle")


def faulty(rng: Random, rows: Rows, count: int) -> Rows:
    """The series after so many faults, each of which happens to one, to all of a metric, of a target or of a pool."""
    result = dict(rows)
    for _ in range(count):
        if not result:
            break
        name = rng.choice([*FAULTS, *_USUAL, *_RELABELLED])
        start, end = _span(rng, len(next(iter(result.values()))))
        for series in _some(rng, result):
            if name in _RELABELLED:
                tokens = result.pop(series)
                result |= _relabelled(name, series, tokens, start)
            else:
                result[series] = FAULTS[name](result[series], start, end)
    return result


def _some(rng: Random, rows: Rows) -> list[str]:
    chosen = rng.choice(sorted(rows))
    name, labels = parts(chosen)
    match rng.randrange(4):
        case 0:
            return [one for one in rows if parts(one)[0] == name]
        case 1 if "pool" in labels:
            return [one for one in rows if parts(one)[1].get("pool") == labels["pool"]]
        case 2 if "le" in labels:
            return [one for one in rows if parts(one)[1].get("instance") == labels.get("instance")]
        case _:
            return [chosen]


def _span(rng: Random, steps: int) -> tuple[int, int]:
    """From when to when, often near the end."""
    start = int(steps * rng.choice([rng.random(), 1 - rng.random() * 0.4]))
    return start, min(steps, start + rng.choice([1, 2, 4, 8, 16, 24, steps]))


def parts(series: str) -> tuple[str, dict[str, str]]:
    """The name and the labels of a series."""
    selector = parse_selector(series)
    return selector.name, {matcher.label: matcher.value for matcher in selector.matchers}


def _relabelled(fault: str, series: str, tokens: list[str], start: int) -> Rows:
    """A second series beside the first, the first under fewer labels, or the first ended and another in its place."""
    name, labels = parts(series)
    if fault == "label dropped":
        labels.pop("pool", "")
        return {notation(name, tuple(labels.items())): tokens}
    if fault == "duplicate":
        return {series: tokens, notation(name, tuple({**labels, "replica": "2"}.items())): list(tokens)}
    other = notation(name, tuple({**labels, "instance": "new"}.items()))
    return {series: ended(tokens, start, len(tokens)), other: _late(tokens, start, 0)}
