"""The inputs of a gate as recorded series: how many series each has now, and how much of its window they cover.

Criteria share them, so an input is probed once however many criteria read it. A coverage probe looks at the window at
a few instants only (a twentieth of its samples at a scrape interval of 15s): it can miss gaps shorter than a step plus
Prometheus' lookback of five minutes, and never misses longer ones.
"""

from collections.abc import Iterator, Sequence
from math import ceil
from typing import Final

from compiler import naming
from compiler.diagnostics import Span
from compiler.fields import Duration
from compiler.measures.context import Read
from compiler.middle.plan import Rule
from compiler.promql import build
from compiler.promql.expr import Binary, Call, Expr, Matcher, Subquery, Vector

_PROBES: Final = 6
_LONGEST_STEP: Final = Duration.parse("5m")
_MINUTE: Final = 60_000  # milliseconds
# promtool holds 10,000 samples at a time in a test of rules: those of some series at all probes must be among them.
_MOST_PROBES: Final = 720

Labels = tuple[tuple[str, str], ...]


def labels(**values: str) -> Labels:
    """Rule labels in their fixed (sorted) order."""
    return tuple(sorted(values.items()))


def probe_step(window: Duration) -> Duration:
    """How far apart the probes of a window are: a sixth of it in whole seconds, at most five minutes.

    Of a window of days, as many whole minutes as keep it to 720 probes.
    """
    step = window.milliseconds // _PROBES
    longest = max(_LONGEST_STEP.milliseconds, ceil(window.milliseconds / _MOST_PROBES / _MINUTE) * _MINUTE)
    return Duration(max(1, min(step // 1000 * 1000 or step, longest)))


def input_rules(gate: str, reads: Sequence[tuple[Read, Span]], *, ages: bool) -> Iterator[Rule]:
    """The rules of all distinct inputs, in the order of first use. `ages` adds the age of each newest sample."""
    distinct = _distinct(reads)
    for read, origin in distinct["series"]:
        yield _series(gate, read, origin)
    for read, origin in distinct["total"]:
        yield _total(gate, read, origin)
    for read, origin in distinct["coverage"]:
        yield _coverage(gate, read, origin)
    if ages:
        for read, origin in distinct["total"]:
            yield _age(gate, read, origin)


def watched(reads: Sequence[tuple[Read, Span]]) -> tuple[str, ...]:
    """The names of all inputs that must exist, in the order of first use."""
    return tuple(dict.fromkeys(read.name for read, _ in reads if read.required))


def _distinct(reads: Sequence[tuple[Read, Span]]) -> dict[str, list[tuple[Read, Span]]]:
    series: dict[tuple[str, tuple[str, ...]], tuple[Read, Span]] = {}
    total: dict[str, tuple[Read, Span]] = {}
    coverage: dict[tuple[str, tuple[str, ...], Duration], tuple[Read, Span]] = {}
    for read, origin in reads:
        if not read.required:
            continue
        total.setdefault(read.name, (read, origin))
        if read.by:
            series.setdefault((read.name, read.by), (read, origin))
        if read.window:
            coverage.setdefault((read.name, read.by, read.window), (read, origin))
    return {"series": list(series.values()), "total": list(total.values()), "coverage": list(coverage.values())}


def series_of(read: Read, *matchers: Matcher) -> Expr:
    """How many series an input has now, in each group of its `by`; absent if it has none."""
    selector = Vector(read.selector.name, (*read.selector.matchers, *matchers))
    return build.aggregate("count", selector, read.by)


def coverage_of(read: Read) -> Expr:
    """Probes that saw data, of all probes; both counted alike, so that ranges of 2.x and 3.x give the same share."""
    assert read.window is not None  # noqa: S101 - only inputs with a window are probed
    step = probe_step(read.window)
    seen = Subquery(series_of(read), read.window, step)
    all_of = Subquery(build.constant(1), read.window, step)
    share = Binary("/", build.call("count_over_time", seen), Call("scalar", (build.call("count_over_time", all_of),)))
    return share if read.by else build.or_zero(share)


def _series(gate: str, read: Read, origin: Span) -> Rule:
    return Rule(
        naming.input_series(read.by),
        series_of(read),
        labels(gate=gate, input=read.name),
        f"series of {read.name} by {', '.join(read.by)}",
        origin,
    )


def _total(gate: str, read: Read, origin: Span) -> Rule:
    """One series always, 0 if the input is missing."""
    return Rule(
        naming.input_series(()),
        build.or_zero(build.aggregate("count", read.selector)),
        labels(gate=gate, input=read.name),
        f"series of {read.name}, 0 if it is missing",
        origin,
    )


def _coverage(gate: str, read: Read, origin: Span) -> Rule:
    return Rule(
        naming.input_coverage(read.by),
        coverage_of(read),
        labels(gate=gate, input=read.name, window=str(read.window)),
        f"share of {read.window} in which {read.name} reported",
        origin,
    )


def _age(gate: str, read: Read, origin: Span) -> Rule:
    newest = build.aggregate("max", build.call("timestamp", read.selector))
    return Rule(
        naming.INPUT_AGE,
        Binary("-", build.call("time"), newest),
        labels(gate=gate, input=read.name),
        f"age of the newest sample of {read.name}",
        origin,
    )
