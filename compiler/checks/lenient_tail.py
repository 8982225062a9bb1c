"""A quantile whose bound asks for the lenient tail.

What: a lower bound on a high quantile (p95 at least …), or an upper bound on a low one (p5 at most …).
Why: "p95 at least 65%" is met as soon as 5% of the observations reach 65%, whatever the other 95% are. Who says p95
usually means nearly all of them.
Use instead: the quantile of the other side, as in p5 at least 65%; nearly all observations then reach it.

Flagged:

    metrics:
      cache_hit_ratio: {type: histogram, unit: ratio}
    categories:
      - id: cache
        title: Cache
        criteria:
          - id: cache_hits
            title: Cache hits p95
            measure: {kind: quantile, histogram: cache_hit_ratio, quantile: 95%}
            require: {at_least: 80%}

Clean:

    metrics:
      cache_hit_ratio: {type: histogram, unit: ratio}
    categories:
      - id: cache
        title: Cache
        criteria:
          - id: cache_hits
            title: Cache hits p5
            measure: {kind: quantile, histogram: cache_hit_ratio, quantile: 5%}
            require: {at_least: 80%}
"""

from collections.abc import Iterator
from fractions import Fraction
from typing import Final

from compiler.checks.base import each_criterion
from compiler.diagnostics import Diagnostic, Label, Severity
from compiler.fields import UNITS, in_unit
from compiler.middle import requirements
from compiler.middle.context import Places
from compiler.spec.model import Gate

CODE: Final = "PG213"

_MIDDLE: Final = Fraction(1, 2)
_LOWER: Final = ("at_least", "above")
_UPPER: Final = ("at_most", "below")


def check(gate: Gate, places: Places) -> Iterator[Diagnostic]:
    """Every quantile that is bounded on its lenient side; the median has none."""
    for path, criterion, _ in each_criterion(gate):
        tail, word = criterion.measure.tail, criterion.require.word
        if tail is None or not ((tail > _MIDDLE and word in _LOWER) or (tail < _MIDDLE and word in _UPPER)):
            continue
        other = f"p{float(100 * (1 - tail)):g}"
        required = requirements.words(criterion.require, tuple(criterion.by))
        yield Diagnostic(
            CODE,
            f"p{float(100 * tail):g} {required} asks for the lenient tail",
            places.span((*path, "require", word)),
            f"for nearly all of them use {other}: `quantile: {in_unit(1 - tail, UNITS['percent'])}`",
            Severity.WARNING,
            (Label(places.span((*path, "measure", "quantile")), "the quantile"),),
            _reason(required, tail),
        )


def _reason(required: str, tail: Fraction) -> str:
    few, rest = min(tail, 1 - tail), max(tail, 1 - tail)
    percent = UNITS["percent"]
    return (
        f"it is met as soon as {in_unit(few, percent)} of the observations are {required}, "
        f"whatever the other {in_unit(rest, percent)} are"
    )
