"""Compare compiled rules with the reference evaluator on random gates and samples, through promtool.

make differential N=10000 SEED=1                  on promtool 2.42 and 3.5
make differential N=1000 ENGINE=victoriametrics   on vmalert-tool

It exits 1 if they disagree, and shows a small case.
"""

import argparse
import sys
from collections.abc import Sequence
from typing import Final

from engines import find_engine
from reference.case import saved
from reference.differential import Disagreement, check, smallest
from reference.evaluator import Evaluator, of_prometheus, of_victoria
from reference.random_case import cases
from victoria import find_victoria

from compiler.engines import EngineName

_SUITES: Final = ("bookworm", "forky")
_SHOWN: Final = 5


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the command line asks for and return the exit code."""
    parser = argparse.ArgumentParser(prog="make differential", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--count", type=int, default=400, help="how many pairs of a gate and samples")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--engine", choices=("prometheus", "victoriametrics"), default="prometheus")
    options = parser.parse_args(arguments)
    engines = _engines(options.engine)
    if not engines:
        _say(f"there is no {options.engine} here: run scripts/fetch-engines")
        return 3
    agreed = doubtful = 0
    wrong: list[Disagreement] = []
    for one in check(engines, cases(options.seed, options.count, options.engine)):
        agreed, doubtful = agreed + one.agreed, doubtful + one.doubtful
        wrong += one.disagreements
        for found in one.disagreements:
            _say(f"{found.engine.name}: {found.first}\n{found.case.text}")
        _say(f"{agreed} agree, {doubtful} are too close to call, {len(wrong)} disagree")
    _say(f"seed {options.seed}, {options.count} pairs on {', '.join(engine.name for engine in engines)}")
    for disagreement in wrong[:_SHOWN]:
        small = smallest(disagreement)
        _say(saved(small.case, f"{small.engine.name}: {small.first}"))
    return 1 if wrong else 0


def _engines(name: EngineName) -> list[Evaluator]:
    if name == "victoriametrics":
        tools = find_victoria()
        return [of_victoria(tools)] if tools else []
    return [of_prometheus(engine) for suite in _SUITES if (engine := find_engine(suite))]


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
