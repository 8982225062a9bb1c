"""Values of a series as promtool writes them: `0+10x60`, `5x10 _x3 7 stale`.

`a` is one value, `axn` that value and n more of it, `a+bxn` n more that rise by b each; `_` is a missing sample, `_xn`
n of them, `stale` the end of a series.
https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/#series
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from compiler.promql.series import Piece, Stale

_DECIMAL: Final = r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
_NUMBER: Final = rf"[+-]?{_DECIMAL}(?:e[+-]?[0-9]+)?|[+-]?Inf|NaN"
_ITEM: Final = rf"(_|stale|{_NUMBER})(?:([+-]{_DECIMAL})?x([0-9]{{1,6}}))?"
VALUES: Final = rf"^\s*(?:{_ITEM})(?:\s+(?:{_ITEM}))*\s*$"  # but for how many they may be
_MOST: Final = 10_000
_SECOND: Final = 1000


@dataclass(frozen=True, slots=True)
class Run:
    """So many samples, the first of that value and each `rise` above the one before; None is no sample."""

    value: float | Stale | None
    rise: float
    count: int


def parse_values(text: str) -> tuple[Run, ...]:
    """Read the values of a series. Raises ValueError that says how to write them."""
    runs = tuple(_run(item) for item in text.split())
    if not runs or sum(run.count for run in runs) > _MOST:
        raise ValueError(f"a series has between 1 and {_MOST} values")
    return runs


def _run(item: str) -> Run:
    match = re.fullmatch(_ITEM, item)
    if not match:
        raise ValueError(
            f"{item[:40]!r} is no value of a series\n"
            "hint: write 5x10 for 5 and ten more of it, 0+2x10 for ten more that rise by 2, _x3 for three missing ones"
        )
    value, rise, times = match.groups()
    if value in {"_", "stale"}:
        return Run(None if value == "_" else "stale", 0.0, int(times or 1))
    return Run(float(value), float(rise or 0), int(times or 0) + 1)


def pieces(runs: Sequence[Run], interval: int) -> Iterator[Piece]:
    """The runs with samples so many milliseconds apart, the last of which is at the judged moment."""
    left = sum(run.count for run in runs)
    for run in runs:
        left -= run.count
        yield Piece((left + run.count - 1) * interval, run.value, run.rise / (interval / _SECOND))
