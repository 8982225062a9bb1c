"""Measure what a gate costs, and write docs/benchmarks.md, its plot and its numbers.

make bench                                   all parts; about half an hour on 2 cores
make bench ARGS='--only samples --only start'    these; the page keeps what it says of the others
make bench ARGS='--gates 10000'              up to so many gates, by powers of ten
"""

import argparse
import sys
from collections.abc import Sequence
from typing import Final

from bench.page import page
from bench.part import Options, Part
from bench.parts import PARTS
from bench.plot import drawn
from bench.results import Result, dumped, here, loaded
from engines import ROOT, SUITES, find_engine

DOCS: Final = ROOT / "docs"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the command line asks for and return the exit code."""
    options = _options(arguments)
    if not any(find_engine(suite) for suite in SUITES):
        _say("there is no Prometheus here: run scripts/fetch-engines")
        return 3
    wanted = Options(gates=tuple(10**power for power in range(5) if 10**power <= options.gates), series=options.series)
    for part in PARTS:
        if not options.only or part.NAME in options.only:
            _say(f"measuring {part.NAME}")
            machine = here()
            _keep(part, Result(machine, tuple(part.measure(wanted))))
    _say("wrote docs/benchmarks.md, docs/benchmarks.svg and docs/benchmarks.json")
    return 0


def _keep(part: Part, result: Result) -> None:
    """Write what a part gave, beside what is known of the others by then: each may take long, and is not to be lost."""
    numbers = DOCS / "benchmarks.json"
    results = {**(loaded(numbers.read_text()) if numbers.exists() else {}), part.NAME: result}
    numbers.write_text(dumped(results, PARTS))
    (DOCS / "benchmarks.md").write_text(page(results, PARTS))
    panels = [panel for one in PARTS if one.NAME in results for panel in one.panels(results[one.NAME].rows)]
    (DOCS / "benchmarks.svg").write_bytes(drawn(panels))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", action="append", choices=[part.NAME for part in PARTS], help="may be repeated")
    parser.add_argument("--gates", type=int, default=1000, help="the most gates to compile")
    parser.add_argument("--series", type=int, default=1_000_000, help="the most series beside the gate's")
    return parser.parse_args(arguments)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
