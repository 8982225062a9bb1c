"""The story of gates as text for people. Nothing that a label or a log holds can control a terminal."""

from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest
from typing import Final

from compiler.history import words
from compiler.history.failures import Failure
from compiler.history.figures import Figures
from compiler.history.story import Story
from compiler.report.visible import cells, visible

_GAP: Final = "  "
_CAUSES: Final = 8  # of a failure that are listed; JSON has all
_FAILURES: Final = ("begin", "end", "lasted", "was", "because of", "decisions")
_OVERRIDES: Final = ("begin", "end", "lasted", "open for", "reason", "ticket", "approver", "id")
_DECISIONS: Final = ("time", "verdict", "commit", "reason", "job")

Cell = Sequence[str]  # the lines of a cell


def text(stories: Sequence[Story]) -> str:
    """A block for each gate."""
    return "\n".join("".join(f"{line}\n" for line in _story(one)) for one in stories)


def _story(one: Story) -> Iterator[str]:
    heading = visible(f"{one.gate}, {words.moment(one.start)} to {words.moment(one.end)}")
    yield heading
    yield "=" * _width(heading)
    if one.figures:
        yield from _section("failures", _FAILURES, [_failure(one, failure) for failure in one.failures])
        yield from _section("overrides", _OVERRIDES, [_override(one, index) for index in range(len(one.overrides))])
        gaps = [[[words.moment(g.start)], [words.moment(g.end)], [words.lasted(g.seconds)]] for g in one.unknown]
        yield from _section("not observed", ("begin", "end", "lasted"), gaps)
        yield from _figures(one.figures)
    yield from _section("decisions", _DECISIONS, [_decision(one, index) for index in range(len(one.decisions))])


def _failure(one: Story, failure: Failure) -> list[Cell]:
    causes = [
        f"{cause.category}/{cause.criterion} {words.criterion_state(cause.state)} {words.lasted(cause.seconds)}"
        for cause in failure.causes[:_CAUSES]
    ]
    if more := len(failure.causes) - len(causes):
        causes.append(f"and {more} more")
    told = [decision.verdict for decision in one.during(failure)]
    unknown = [f"not observed {words.lasted(failure.unknown)}"] if failure.unknown else []
    return [
        [words.moment(failure.begin) if failure.begin_seen else f"by {words.moment(failure.begin)}"],
        [_end(one, failure)],
        [words.lasted(failure.seconds)],
        [*words.gate_states(failure.states), *unknown],
        causes or ["no criterion"],
        [f"{told.count(verdict)} {verdict}" for verdict in ("fail", "unknown", "pass") if verdict in told] or ["none"],
    ]


def _end(one: Story, failure: Failure) -> str:
    if failure.end == one.end:
        return "not over"
    return words.moment(failure.end) if failure.end_seen else f"after {words.moment(failure.end)}"


def _override(one: Story, index: int) -> list[Cell]:
    override = one.overrides[index]
    return [
        [words.moment(override.begin)],
        [words.moment(override.end)],
        [words.lasted(override.end - override.begin)],
        [words.lasted(override.opened)],
        [override.reason],
        [override.ticket],
        [override.approver],
        [override.id],
    ]


def _decision(one: Story, index: int) -> list[Cell]:
    decision = one.decisions[index]
    verdict = f"{decision.verdict}{' (override)' if decision.overrides else ''}"
    why = [decision.reason, *([", ".join(decision.failing)] if decision.failing else [])]
    return [[words.moment(decision.time)], [verdict], [decision.commit[:12] or "-"], why, [decision.job or "-"]]


def _or_dash(value: float | None, shown: Callable[[float], str]) -> str:
    return "-" if value is None else shown(value)


_FIGURES: Final[tuple[tuple[str, Callable[[Figures], str]], ...]] = (
    ("time closed", lambda one: _or_dash(one.closed, words.lasted)),
    ("closings", lambda one: _or_dash(one.closings, str)),
    ("time to green", lambda one: _or_dash(one.time_to_green, words.lasted)),
    ("overridden", lambda one: _or_dash(one.overridden, words.share)),
    ("no data", lambda one: _or_dash(one.no_data, words.share)),
    ("not observed", lambda one: words.share(one.unobserved)),
)


def _figures(figures: Sequence[Figures]) -> Iterator[str]:
    heads = ("", *(f"{one.days} day{'s' if one.days != 1 else ''}" for one in figures))
    rows = [[[title], *([shown(one)] for one in figures)] for title, shown in _FIGURES]
    yield from _section("the gate itself", heads, rows)


def _section(title: str, heads: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Iterator[str]:
    yield ""
    yield f"{title}: none" if not rows else title
    if rows:
        yield from _aligned(heads, rows, indent=_GAP)


def _aligned(heads: Sequence[str], rows: Sequence[Sequence[Cell]], indent: str) -> Iterator[str]:
    """Columns of equal width; a row is as high as its highest cell."""
    table = [[[head] for head in heads], *([[visible(line) for line in cell] for cell in row] for row in rows)]
    widths = [max(_width(line) for row in table for line in row[column]) for column in range(len(heads))]
    for row in table:
        for lines in zip_longest(*row, fillvalue=""):
            padded = (line + " " * (width - _width(line)) for line, width in zip(lines, widths, strict=True))
            yield (indent + _GAP.join(padded)).rstrip()


def _width(line: str) -> int:
    return sum(cells(char)[1] for char in line)
