"""Samples as a Prometheus has them: series of labels, times and values, some of which are staleness markers.

Times are whole milliseconds, of which 0 is the first moment of a case. A case writes its samples in promtool's
notation, one token a step: a number, `_` for no sample, `stale` for the marker that ends a series.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from compiler.promql.expr import Matcher, Vector
from compiler.promql.parse import parse_selector

NOTHING: Final = "_"
STALE: Final = "stale"

Labels = tuple[tuple[str, str], ...]
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Series:
    """One series. `labels` are sorted and without the name; a value of None is a staleness marker."""

    labels: Labels
    times: tuple[int, ...]
    values: tuple[float | None, ...]

    def label(self, name: str) -> str:
        """The value of a label, empty if it is not there (which is the same to Prometheus)."""
        return dict(self.labels).get(name, "")

    def key(self, by: Sequence[str]) -> Key:
        """The values of some labels, which say to what group the series belongs."""
        own = dict(self.labels)
        return tuple(own.get(name, "") for name in by)


@dataclass(frozen=True, slots=True)
class Matrix:
    """All series of a case, by the name of their metric."""

    by_name: Mapping[str, tuple[Series, ...]]
    _selected: dict[Vector, tuple[Series, ...]] = field(default_factory=dict)

    def select(self, selector: Vector) -> tuple[Series, ...]:
        """The series that a selector selects."""
        if selector not in self._selected:
            self._selected[selector] = tuple(
                one for one in self.by_name.get(selector.name, ()) if _matches(one, selector.matchers)
            )
        return self._selected[selector]


def read(texts: Mapping[str, str], interval: int) -> Matrix:
    """The series of a case: notation of the name with its labels, and tokens that are `interval` apart."""
    by_name: dict[str, list[Series]] = {}
    for name, tokens in texts.items():
        selector = parse_selector(name)
        labels = tuple(sorted((m.label, m.value) for m in selector.matchers if m.value))
        by_name.setdefault(selector.name, []).append(_series(labels, tokens.split(), interval))
    return Matrix({name: tuple(series) for name, series in by_name.items()})


def _series(labels: Labels, tokens: Sequence[str], interval: int) -> Series:
    samples = [(i * interval, token) for i, token in enumerate(tokens) if token != NOTHING]
    return Series(
        labels,
        tuple(time for time, _ in samples),
        tuple(None if token == STALE else float(token) for _, token in samples),
    )


def notation(name: str, labels: Labels) -> str:
    """A series as promtool names it; its labels are sorted, so that one series has one name."""
    inside = ",".join(f'{label}="{value}"' for label, value in sorted(labels))
    return f"{name}{{{inside}}}" if inside else name


def shortened(tokens: Sequence[str]) -> str:
    """Tokens in promtool's short notation, for people: `1x3` instead of `1 1 1 1`, `_x3` instead of `_ _ _`."""
    return " ".join(_repeated(token, count) for token, count in _runs(tokens))


def _runs(tokens: Sequence[str]) -> Iterator[tuple[str, int]]:
    start = 0
    for i in range(1, len(tokens) + 1):
        if i == len(tokens) or tokens[i] != tokens[start]:
            yield tokens[start], i - start
            start = i


def _repeated(token: str, count: int) -> str:
    if token == NOTHING and count > 1:
        return f"{NOTHING}x{count}"
    if re.fullmatch(r"-?[\d.]+", token) and count > 2:
        return f"{token}x{count - 1}"
    return " ".join([token] * count)


def spelled_out(text: str) -> list[str]:
    """Single tokens of promtool's notation: `0+1x3` is `0 1 2 3`, `5x2` is `5 5 5`, `_x2` is two steps of nothing."""
    return [single for token in text.split() for single in _singles(token)]


_REPEATED: Final = re.compile(r"([+-]?[\d.]+(?:e[+-]?\d+)?)([+-][\d.]+)?x(\d+)")


def _singles(token: str) -> list[str]:
    if token.startswith(f"{NOTHING}x"):
        return [NOTHING] * int(token[2:])
    if found := _REPEATED.fullmatch(token):
        start, step = float(found[1]), float(found[2] or 0)
        return [repr(start + step * i) for i in range(int(found[3]) + 1)]
    return [token]


def _matches(series: Series, matchers: Sequence[Matcher]) -> bool:
    return all(_holds(matcher, series.label(matcher.label)) for matcher in matchers)


def _holds(matcher: Matcher, value: str) -> bool:
    match matcher.op:
        case "=":
            return value == matcher.value
        case "!=":
            return value != matcher.value
        case "=~":
            return re.fullmatch(matcher.value, value) is not None
        case "!~":
            return re.fullmatch(matcher.value, value) is None
