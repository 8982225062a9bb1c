"""Test files for `promtool test rules`, as people read them: every test a sentence, every line with where it is from.

https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from compiler.backends import input_series
from compiler.backends.yaml_text import comment, scalar
from compiler.fields import Duration
from compiler.promql.expr import Vector
from compiler.promql.printer import number, show
from compiler.promql.series import Labels, Piece, Series

_ITEM: Final = 6
_REMEMBERED: Final = 2048  # texts


class Sample(NamedTuple):
    """One expected sample; the tests of a gate have thousands, and a tuple is made in a third of the time."""

    name: str
    labels: Labels
    value: float


@dataclass(frozen=True, slots=True)
class Expectation:
    """What is recorded at the judged moment: `samples` are all that the selector finds.

    `asks` says what it is about; it becomes a part of the expression, which promtool quotes. Values are the same to the
    last bit, or rounded to the `nearest` multiple, or, of a single sample, `within` that distance.
    """

    asks: str
    select: Vector
    samples: tuple[Sample, ...]
    nearest: float | None = None
    within: float | None = None

    @property
    def expr(self) -> str:
        """The expression that promtool evaluates."""
        select = _shown(self.select)
        if self.nearest is not None:
            return f"round({select}, {number(self.nearest)})"
        if self.within is not None:
            (only,) = self.samples
            return f"abs({select} - {number(only.value)}) <= bool {number(self.within)}"
        return select

    @property
    def given(self) -> tuple[Sample, ...]:
        """What the expression gives."""
        if self.nearest is not None:
            inverse = 1 / self.nearest  # as `round` computes it, to the last bit
            return tuple(Sample("", s.labels, math.floor(s.value * inverse + 0.5) / inverse) for s in self.samples)
        if self.within is not None:
            return tuple(Sample("", sample.labels, 1) for sample in self.samples)
        return self.samples


@dataclass(frozen=True, slots=True)
class Inputs:
    """Series that belong together, under a comment."""

    comment: str
    series: tuple[Series, ...]


@dataclass(frozen=True, slots=True)
class Test:
    """One test: a sentence, series with samples that are an interval apart, and what comes of them."""

    name: str
    interval: Duration
    inputs: tuple[Inputs, ...]
    expectations: tuple[Expectation, ...]


def render(header: Sequence[str], rule_files: Sequence[str], now: Duration, tests: Iterable[Test]) -> str:
    """The file. Its rules are evaluated at the start of each test and at `now`, which is when it is judged."""
    lines = [line for text in header for line in comment(text)]
    lines += ["", f"rule_files: [{', '.join(map(scalar, rule_files))}]", f"evaluation_interval: {now}", "tests:"]
    notation = _Notation(now)
    for test in tests:
        lines += (f"  - name: {scalar(test.name)}", f"    interval: {test.interval}")
        lines += ("    input_series:", *notation.inputs(test))
        lines += ("    promql_expr_test:", *map(notation.expectation, test.expectations))
    return "\n".join(lines) + "\n"


class _Notation:
    """How the parts of tests are written that are judged at `now`.

    Most series, and most that belong together, are in many tests, as the same object: what is written of them is known
    by that, since it takes longer to compare them than to write them.
    """

    def __init__(self, now: Duration) -> None:
        self._now = now
        self._judged = f"        eval_time: {now}\n        exp_samples:"
        # By interval and id; what has an id has to live as long.
        self._known: dict[int, dict[int, tuple[Series, str, str]]] = {}
        self._together: dict[tuple[int, int], tuple[tuple[Series, ...], dict[str, str]]] = {}

    def inputs(self, test: Test) -> Iterator[str]:
        """The lines of all series, each of which is there once."""
        seen: set[str] = set()
        for inputs in test.inputs:
            yield from comment(inputs.comment, _ITEM)
            lines = self._lines(inputs.series, test.interval.milliseconds)
            yield from lines.values() if seen.isdisjoint(lines) else [lines[name] for name in lines if name not in seen]
            seen.update(lines)

    def _lines(self, series: tuple[Series, ...], interval: int) -> dict[str, str]:
        """A line for each series, by its name."""
        key = id(series), interval
        if key not in self._together:
            known, lines = self._known.setdefault(interval, {}), dict[str, str]()
            for one in series:
                if id(one) not in known:
                    known[id(one)] = one, *self._series(one, interval)
                _, name, line = known[id(one)]
                lines.setdefault(name, line)
            self._together[key] = series, lines
        return self._together[key][1]

    def _series(self, one: Series, interval: int) -> tuple[str, str]:
        name, values = _name(one.name, one.labels), _values(one.pieces, interval, self._now.milliseconds)
        return name, f"      - {{series: {name}, values: {values}}}"

    def expectation(self, expectation: Expectation) -> str:
        """Lines of one expectation."""
        samples = "".join(map(_sample, expectation.given)) or " []"
        asks = f"          # {_line(expectation.asks)}\n          {expectation.expr}"
        return f"      - expr: |-\n{asks}\n{self._judged}{samples}"


def _sample(sample: Sample) -> str:
    labels, value = _name(sample.name, sample.labels), input_series.number(sample.value)
    return f"\n          - {{labels: {labels}, value: {value}}}"


def _line(text: str) -> str:
    """The text on one line, without what a YAML block cannot hold."""
    return text if text.isprintable() else "".join(char if char.isprintable() else " " for char in text)


# The tests of a gate have few series and selectors, of which each is in many of them.
@lru_cache(maxsize=_REMEMBERED)
def _shown(select: Vector) -> str:
    return show(select)


@lru_cache(maxsize=_REMEMBERED)
def _name(name: str, labels: Labels) -> str:
    return scalar(input_series.selector(name, labels))


@lru_cache(maxsize=_REMEMBERED)
def _values(pieces: tuple[Piece, ...], interval: int, now: int) -> str:
    """By milliseconds, which are compared faster than lengths of time."""
    return scalar(input_series.values(pieces, Duration(interval), Duration(now)))
