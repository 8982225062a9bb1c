"""Series in promtool's notation: `name{label="value"}` and `_x10 0x45 18x45`.

https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/#series
"""

import math
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from typing import Final

from compiler.fields import Duration
from compiler.promql.printer import quote
from compiler.promql.series import Histogram, Labels, Piece, Stale, Value

_SECOND: Final = 1000
_EXACT: Final = 1e15


def selector(name: str, labels: Labels) -> str:
    """The name with its labels, as a series of a test and as an expected sample."""
    inner = ",".join(f"{label}={quote(value)}" for label, value in labels)
    return f"{name}{{{inner}}}" if inner or not name else name


def values(pieces: tuple[Piece, ...], interval: Duration, now: Duration) -> str:
    """The values at every multiple of the interval, from the start of the test until the judged moment."""
    return " ".join(_runs(pieces, interval.milliseconds, now.milliseconds))


def number(value: float) -> str:
    """A number without an exponent, which the notation might take for an expression."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    if value == int(value) and abs(value) < _EXACT:
        return str(int(value))
    text = repr(value)
    return format(Decimal(text), "f") if "e" in text else text


def _runs(pieces: tuple[Piece, ...], step: int, now: int) -> Iterator[str]:
    starts = [max(0, -((one.ago - now) // step)) for one in pieces]
    if starts and starts[0]:
        yield f"_x{starts[0]}"
    for piece, (start, end) in zip(pieces, pairwise((*starts, now // step + 1)), strict=True):
        if end > start:
            yield from _run(piece, now - start * step, step, end - start)


def _run(piece: Piece, ago: int, step: int, count: int) -> Iterator[str]:
    """`count` samples of one piece, the first of them at `ago`."""
    value = piece.at(ago)
    if value is None:
        yield f"_x{count}"
    elif value == "stale":
        yield "stale"
        if count > 1:
            yield f"_x{count - 1}"
    elif isinstance(value, float) and not math.isfinite(value):
        yield from [number(value)] * count  # 2.42 does not know `NaNx3`, nor `Infx3`
    else:
        times = f"{_slope(piece.slope * step / _SECOND)}x{count - 1}" if count > 1 else ""
        yield f"{_value(value)}{times}"


def _slope(each: float) -> str:
    if not each:
        return ""
    return f"+{number(each)}" if each > 0 else f"-{number(-each)}"


def _value(value: Value | Stale) -> str:
    match value:
        case Histogram(bound, below, count):
            offset = round(math.log2(bound))
            held = f"{number(below)} {number(count - below)}"
            return f"{{{{schema:0 sum:{number(count)} count:{number(count)} offset:{offset} buckets:[{held}]}}}}"
        case str():
            return value
        case _:
            return number(value)
