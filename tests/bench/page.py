"""The page of the benchmarks: a section for each part that was measured, from what was measured."""

import inspect
from collections.abc import Iterator, Sequence
from types import ModuleType

from bench.part import Column, Part, Row
from bench.results import Result, Results

_HEAD = """# Benchmarks

What a gate costs Prometheus, and what it costs to compile. `make bench` measures all of it and writes this page, its
plot and [the numbers](benchmarks.json); `make bench ARGS='--only samples'` measures one part again.

Counts of samples are the same integers on every run and on every machine, so they are what tests look at
(`tests/bench/test_counts.py`). Wall times depend on the machine and on what else it does: look at their ratios within
one table. [cost.md](cost.md) says how counts are predicted, and [design.md](design.md) what the optimiser does.

![What was measured, as bars and lines](benchmarks.svg)
"""


def page(results: Results, parts: Sequence[Part]) -> str:
    """The page as Markdown. A part that was never measured says so."""
    return "\n".join([_HEAD, *("\n".join(_section(part, results.get(part.NAME))) for part in parts)])


def _section(part: Part, result: Result | None) -> Iterator[str]:
    yield f"## {part.TITLE}\n"
    yield f"{_docstring(part)}\n"
    if result is None:
        yield f"Not measured yet: `make bench ARGS='--only {part.NAME}'`.\n"
        return
    yield from (f"- {sentence}" for sentence in part.findings(result.rows))
    yield ""
    if result.rows:
        yield from _table(part.COLUMNS, result.rows)
        yield ""
    yield f"Measured on {result.machine.words}.\n"


def _docstring(part: Part) -> str:
    assert isinstance(part, ModuleType)
    return inspect.cleandoc(part.__doc__ or "")


def _table(columns: Sequence[Column], rows: Sequence[Row]) -> Iterator[str]:
    yield f"| {' | '.join(column.title for column in columns)} |"
    yield f"|{'|'.join('---:' if column.form else '---' for column in columns)}|"
    for row in rows:
        yield f"| {' | '.join(format(row[column.key], column.form) for column in columns)} |"
