"""From the shell's prompt to the answer: the median of eleven runs of each command, which took turns.

These are wall times, so compare what they are to the start of a bare Python.
"""

import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from bench.counts import SPEC
from bench.part import Column, Options, Panel, Row
from bench.process import PROMGATE, Ran, timed

NAME = "start"
TITLE = "Cold start"
COLUMNS: tuple[Column, ...] = (
    Column("command", "command"),
    Column("wall", "wall, ms", ".0f"),
    Column("cpu", "processor, ms", ".0f"),
    Column("of_python", "times `python -c pass`", ".1f"),
)
_RUNS: Final = 11
_BARE: Final = "python -c pass"


def measure(options: Options) -> list[Row]:
    """A row for each command; the commands take turns, so that what disturbs one disturbs all."""
    del options
    ran: dict[str, list[Ran]] = {}
    with tempfile.TemporaryDirectory(prefix="promgate-bench-") as directory:
        for turn in range(1 + _RUNS):  # the first is not counted: after it, there is bytecode to load
            for name, command in _commands(f"{directory}/{turn}"):
                one = timed(command, SPEC.parents[1], Path(directory, f"cache-{turn}"))
                ran.setdefault(name, []).extend([one] if turn else [])
    bare = statistics.median(one.wall for one in ran[_BARE])
    return [_row(name, several, bare) for name, several in ran.items()]


def _commands(out: str) -> Iterator[tuple[str, Sequence[str]]]:
    """Each with how it is shown; what is generated goes where nothing is yet."""
    spec = str(SPEC.relative_to(SPEC.parents[1]))
    generate = ("generate", "--no-validate", spec)
    less = ("generate", "--no-validate", "--no-tests", spec)
    yield _BARE, (sys.executable, "-c", "pass")
    yield "promgate --version", (*PROMGATE, "--version")
    yield "promgate --help", (*PROMGATE, "--help")
    yield f"promgate lint {spec}", (*PROMGATE, "lint", spec)
    yield f"promgate {' '.join(generate)}", (*PROMGATE, *generate, "--out", out)
    yield f"promgate {' '.join(less)}", (*PROMGATE, *less, "--out", f"{out}-less")


def _row(name: str, several: Sequence[Ran], bare: float) -> Row:
    wall = statistics.median(one.wall for one in several)
    cpu = statistics.median(one.cpu for one in several)
    return {"command": f"`{name}`", "wall": wall * 1000, "cpu": cpu * 1000, "of_python": wall / bare}


def findings(rows: Sequence[Row]) -> Iterator[str]:
    """The project's numbers for a quiet machine."""
    del rows
    yield "Held to, on a quiet machine: `promgate --help` in 150 ms, `generate` of the reference gate in 600 ms."


def panels(rows: Sequence[Row]) -> Iterator[Panel]:
    """The table says it."""
    del rows
    return iter(())
