"""`promgate generate` of many gates of 29 criteria each: the reference gate under other names.

Processor time and memory are those of all processes together. Where other work ran beside it, wall times are too long.
"""

import tempfile
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

from bench.counts import SPEC
from bench.part import Column, Lines, Options, Panel, Row, exponent, number
from bench.process import PROMGATE, weighed
from engines import find_engine

NAME = "compile"
TITLE = "Compiling"
COLUMNS: tuple[Column, ...] = (
    Column("gates", "gates", ",d"),
    Column("what", "what is compiled"),
    Column("wall", "wall, s", ",.2f"),
    Column("cpu", "processor, s", ",.2f"),
    Column("memory", "peak memory, MiB", ",.0f"),
    Column("rules", "recording rules", ",d"),
)
_SUITE: Final = "bookworm"
_COLD: Final = "all"
_NO_TESTS: Final = ", without tests"
_CHANGED: Final = "one has changed"
_FEW: Final = 100  # below it, starting Python and processes is most of what is measured
_MOST_CHECKED: Final = 1000  # promtool's time is its own, and linear
_MOST_WITH_TESTS: Final = 1000  # they are 4 GB for a thousand

_BEFORE: Final = 4  # gates that are compiled before any is measured: several processes, all tools, all bytecode
_HELD_SECONDS: Final = 30

_OLD: Final = "require: {at_least: 99.9%}"
_NEW: Final = "require: {at_least: 99.8%}"


def measure(options: Options) -> list[Row]:
    """For each number of gates, without tests too, and with promtool and amtool: all, nothing changed, one changed."""
    list(_rows(_BEFORE))
    return [row for gates in options.gates for row in _rows(gates)]


def _rows(gates: int) -> Iterator[Row]:
    with tempfile.TemporaryDirectory(prefix="promgate-bench-") as name:
        directory = Path(name)
        write_specs(directory / "specs", gates)
        if gates <= _MOST_WITH_TESTS:
            yield from _runs(directory, gates, "", ("--no-validate",))
        yield from _runs(directory, gates, _NO_TESTS, ("--no-validate", "--no-tests"))
        engine = find_engine(_SUITE)
        if engine and gates <= _MOST_CHECKED:
            tools = ("--promtool", str(engine.promtool), "--amtool", str(engine.amtool))
            yield from _runs(directory, gates, ", checked by promtool and amtool", tools)


def _runs(directory: Path, gates: int, how: str, options: Sequence[str]) -> Iterator[Row]:
    """From nothing, again, and after a change: to a bound of the first gate."""
    out, cache = (Path(tempfile.mkdtemp(dir=directory)) for _ in range(2))
    command = (*PROMGATE, "generate", "specs", "--out", str(out), "--now", "2025-10-01T00:00:00Z", *options)
    for what in (_COLD, "nothing has changed", _CHANGED):
        if what == _CHANGED:
            _change(directory / "specs")
        ran, memory = weighed(command, directory, cache)
        rules = sum(path.read_text().count("- record: ") for path in out.glob("*/recording_rules.yml"))
        yield {
            "gates": gates,
            "what": what + how,
            "wall": ran.wall,
            "cpu": ran.cpu,
            "memory": memory / 2**20,
            "rules": rules,
        }


def _change(specs: Path) -> None:
    """One bound to the other of two, so that there is always something to do."""
    first = min(specs.iterdir())
    text = first.read_text()
    old, new = (_OLD, _NEW) if _OLD in text else (_NEW, _OLD)
    assert old in text
    first.write_text(text.replace(old, new))


def write_specs(directory: Path, gates: int) -> None:
    """So many specs of the reference gate, each under a name of its own."""
    directory.mkdir()
    text = SPEC.read_text()
    for place in range(gates):
        name = f"gate-{place:05d}"
        (directory / f"{name}.yaml").write_text(text.replace("  name: routing-readiness\n", f"  name: {name}\n"))


def findings(rows: Sequence[Row]) -> Iterator[str]:
    """Against what the project is held to, and exponents of growth."""
    yield "Held to: 1,000 gates in 30 s and 1 GiB on 2 cores, one changed of 1,000 in 1 s; exponents within 0.05 of 1."
    for how, words in (("", ""), (_NO_TESTS, " without tests")):
        gates, seconds = _points(rows, _COLD + how, "cpu")[-1]
        each = seconds / gates
        yield (
            f"Measured{words}: {each:.2f} s of processors for each of {gates:,.0f} gates. On 2 cores that is "
            f"{each * 500:,.0f} s for 1,000, which is "
            f"{'within' if each * 500 <= _HELD_SECONDS else 'more than'} what it is held to."
        )
    for how, words in (("", ""), (_NO_TESTS, " without tests")):
        for title, key in (("processor time", "cpu"), ("wall time", "wall"), ("rules", "rules")):
            points = [point for point in _points(rows, _COLD + how, key) if point[0] >= _FEW]
            if len(points) > 1:
                spans = ", ".join(
                    f"{exponent(pair):.3f} from {pair[0][0]:,.0f} to {pair[1][0]:,.0f}" for pair in pairwise(points)
                )
                yield f"Growth of {title} with gates{words}, by exponent: {exponent(points):.3f} ({spans})."


def _points(rows: Sequence[Row], what: str, key: str) -> list[tuple[float, float]]:
    return [(number(row, "gates"), number(row, key)) for row in rows if row["what"] == what]


def panels(rows: Sequence[Row]) -> Iterator[Panel]:
    """Wall and processor time by the number of gates."""
    lines = [
        (f"{words}{how}", tuple(_points(rows, what + how, "wall")))
        for how in ("", _NO_TESTS)
        for words, what in (("wall", _COLD), ("one has changed, wall", _CHANGED))
    ]
    yield Lines("Seconds to compile gates of 29 criteria", "gates", tuple(lines))
