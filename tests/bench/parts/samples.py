"""What one evaluation of the reference gate reads, as Prometheus counts it (`stats=all`).

The data is backfilled: the platform of `tests/bench/fleet.py`, with a sample every 15s. "By hand" is one query a
criterion: those of the document that the gate comes from, repaired so that they run, and queries in its manner for the
other criteria (`tests/bench/document.py`). The floor is each distinct selector and window read once
(`tests/bench/floor.py`).
"""

from collections.abc import Iterator, Sequence
from typing import Final

from bench.counts import Counts, count, total
from bench.floor import FLOOR
from bench.part import Bars, Column, Options, Panel, Row, number
from engines import find_engine

NAME = "samples"
TITLE = "Samples per evaluation"
COLUMNS: tuple[Column, ...] = (
    Column("engine", "engine"),
    Column("what", "what is evaluated"),
    Column("rules", "rules or queries", ",d"),
    Column("samples", "samples", ",d"),
    Column("of_floor", "times the floor", ".3f"),
    Column("of_hand", "times by hand", ".3f"),
)
SUITES: Final = ("bookworm", "forky")

_HAND: Final = "by hand"
_PLAIN: Final = "promgate without its optimiser"
_EXACT: Final = "promgate, each window read exactly"
_GATE: Final = "promgate, the reference gate as it is (`max_error: 0.1%` on one criterion)"
_BARE: Final = "promgate, exactly, without the guards"
_FLOOR: Final = "floor"


def measure(options: Options) -> list[Row]:
    """Rows by engine."""
    del options
    engines = [engine for suite in SUITES if (engine := find_engine(suite))]
    return [row for engine in engines for row in _rows(count(engine))]


def _rows(counts: Counts) -> Iterator[Row]:
    by_hand = len(counts.document) + len(counts.manner)
    found = {
        _PLAIN: (len(counts.plain), total(counts.plain)),
        _HAND: (by_hand, counts.of_document),
        _EXACT: (len(counts.exact), total(counts.exact)),
        _BARE: (len(counts.bare), total(counts.bare)),
        _FLOOR: (len(FLOOR), counts.of_floor),
        _GATE: (len(counts.gate), total(counts.gate)),
    }
    for what, (rules, samples) in found.items():
        yield {
            "engine": counts.engine,
            "what": what,
            "rules": rules,
            "samples": samples,
            "of_floor": samples / counts.of_floor,
            "of_hand": samples / counts.of_document,
        }


def findings(rows: Sequence[Row]) -> Iterator[str]:
    """Against what the project is held to."""
    last = {str(row["what"]): row for row in rows}
    yield (
        f"Held to: at most 1.15 times the floor, 1.05 times without the guards, and a quarter of the queries by hand. "
        f"Measured: {number(last[_EXACT], 'of_floor'):.3f}, {number(last[_BARE], 'of_floor'):.3f} and "
        f"{number(last[_GATE], 'of_hand'):.3f}."
    )
    saved = number(last[_PLAIN], "samples") / number(last[_EXACT], "samples")
    yield (
        f"Without the optimiser's passes, {saved:.1f} times as many samples are read; the verdicts are the same "
        f"(`tests/middle/test_passes_verdicts.py`)."
    )
    if _same(rows):
        yield "Each count is the same on every engine that was measured."


def _same(rows: Sequence[Row]) -> bool:
    counted = {(row["what"], row["samples"]) for row in rows}
    return len(counted) == len({what for what, _ in counted}) and len({row["engine"] for row in rows}) > 1


def panels(rows: Sequence[Row]) -> Iterator[Panel]:
    """The newest engine's."""
    last = {str(row["what"]).partition(" (")[0]: number(row, "samples") for row in rows}
    yield Bars("Samples read in one evaluation of 29 criteria", "samples", tuple(last.items()))
