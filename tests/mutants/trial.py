"""Holding mutants against tests: a batch at a time, and of each batch the tests first that notice most."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeVar

from engines import ASKED
from mutants.batch import Copy, GateFailsError, copy, killed
from mutants.model import Mutant, Outcome
from mutants.rules import Suite

T = TypeVar("T")

_BATCH: Final = 100  # mutants in a run of promtool
_CHUNK: Final = 6  # tests in a run of promtool


def run(
    promtool: Path, suites: Sequence[Suite], mutants: Sequence[Mutant], progress: Callable[[int], None], jobs: int = 1
) -> Iterator[Outcome]:
    """The outcome of each mutant. A mutant that bears on several criteria is shown to each until one notices.

    `progress` hears how many are done; `jobs` batches are run at a time. Raises AssertionError if a test fails without
    any mutant.
    """
    by_subject = {suite.subject: suite for suite in suites}
    left, turn, done = list(mutants), 0, 0
    with ThreadPoolExecutor(jobs) as pool:
        while left:
            shown: dict[str, list[Mutant]] = {}
            for mutant in left:
                if turn < len(mutant.subject):
                    shown.setdefault(mutant.subject[turn], []).append(mutant)
                else:
                    yield Outcome(mutant, killed=False)
            tasks = [
                pool.submit(_try, promtool, by_subject[subject], batch)
                for subject, each in shown.items()
                for batch in _split(each, _BATCH)
            ]
            left = []
            for task in as_completed(tasks):
                dead, alive = task.result()
                yield from dead
                left += alive
                done += len(dead)
                progress(done)
            turn += 1


def _try(promtool: Path, suite: Suite, mutants: Sequence[Mutant]) -> tuple[list[Outcome], list[Mutant]]:
    """The mutants that the suite notices, and those that it does not."""
    numbered = dict(enumerate(mutants, 1))
    found = noticed(promtool, suite, [copy(suite, number, mutant.payload) for number, mutant in numbered.items()])
    dead = [Outcome(numbered[number], killed=True, by=asks) for number, asks in found.items()]
    return dead, [mutant for number, mutant in numbered.items() if number not in found]


def noticed(promtool: Path, suite: Suite, copies: Sequence[Copy]) -> dict[int, str]:
    """The copies that a suite's tests notice, by number, with what noticed them."""
    found: dict[int, str] = {}
    with tempfile.TemporaryDirectory(prefix="promgate-") as name:
        for tests in _split(suite.ordered, _CHUNK):
            alive = [one for one in copies if one.number not in found]
            if alive:
                found |= _sure(lambda tests=tests, alive=alive: killed(promtool, Path(name), suite, tests, alive))  # type: ignore[misc]
    return found


def _sure(ask: Callable[[], T]) -> T:
    """The answer; where the gate itself fails, another one: what rules get wrong, they get wrong each time."""
    for _ in range(ASKED - 1):
        with suppress(GateFailsError):
            return ask()
    return ask()


def _split(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (items[at : at + size] for at in range(0, len(items), size))
