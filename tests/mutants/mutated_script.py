"""A plug-in of pytest that runs the tests once for each mutant of gate-check.sh: `-p mutants.mutated_script`.

Each mutant has a fork of the process that has read the tests, so that reading them is paid for once. A file in the
environment has the mutants: pairs of a regular expression that matches in one line, and what stands there instead. A
line comes back for each, on a pipe: the test that noticed it, or none. What no test may notice comes first: no change.
"""

import json
import os
import re
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Final

import pytest

from compiler.backends import gate_check
from compiler.backends.base import Artifact
from compiler.middle.plan import GatePlan

MUTANTS, PIPE = "PROMGATE_MUTANTS", "PROMGATE_MUTANTS_PIPE"
NOTHING: Final = ("", "")

_emit = gate_check.emit
# A test that takes so much longer than all of them need is one that never ends.
_PATIENCE: Final = 45  # seconds
_NO_MUTANT: Final = 77


class _NeverEndsError(Exception):
    """A test takes too long."""


class Mutating:
    """The mutant that is in force."""

    def __init__(self) -> None:
        self.pattern, self.instead = NOTHING

    def __call__(self, gates: tuple[GatePlan, ...]) -> Iterator[Artifact]:
        """The scripts, each with the change."""
        for artifact in _emit(gates):
            if not self.pattern:
                yield artifact
                continue
            text, changes = re.subn(self.pattern, self.instead, artifact.text, flags=re.MULTILINE)
            if changes > 1:
                os._exit(_NO_MUTANT)  # a failure would count as noticed
            yield replace(artifact, text=text)  # the script of another gate may not have the line


_mutating = Mutating()


def pytest_configure() -> None:
    """Before any test module is read."""
    gate_check.emit = _mutating


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool:
    """Instead of running the tests: run them for each mutant, those first that noticed the last ones."""
    items = list(session.items)
    assert items, "no test has been found"
    with os.fdopen(int(os.environ[PIPE]), "w") as pipe:
        for mutant in (NOTHING, *json.loads(Path(os.environ[MUTANTS]).read_text())):
            noticed_by = _in_a_fork(session, items, mutant)
            pipe.write(f"{noticed_by}\n")
            pipe.flush()
            items.sort(key=lambda item, first=noticed_by: item.nodeid != first)  # type: ignore[misc]
    return True


def _in_a_fork(session: pytest.Session, items: Sequence[pytest.Item], mutant: tuple[str, str]) -> str:
    """The test that notices it; none if the fork finds none."""
    reads, writes = os.pipe()
    if not (child := os.fork()):
        try:
            _mutating.pattern, _mutating.instead = mutant
            os.write(writes, _first_failure(session, items).encode())
            os._exit(0)
        finally:
            os._exit(1)
    os.close(writes)
    with os.fdopen(reads) as pipe:
        said = pipe.read()
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code != _NO_MUTANT, f"more than one place to change: {mutant}"
    assert code <= 0, f"the tests could not be run with {mutant}"
    return said if code == 0 else f"signal {-code}"  # a script has ended who has called it


def _first_failure(session: pytest.Session, items: Sequence[pytest.Item]) -> str:
    for item, following in zip(items, [*items[1:], None], strict=True):
        try:
            with _patience(item):
                session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        except _NeverEndsError:  # between two parts of the test, where pytest does not take it for a failure
            return item.nodeid
        if session.testsfailed:
            return item.nodeid
    return ""


@contextmanager
def _patience(item: pytest.Item) -> Iterator[None]:
    """The test fails after a while."""

    def give_up(_signal: int, _frame: FrameType | None) -> None:
        raise _NeverEndsError(item.nodeid)

    signal.signal(signal.SIGALRM, give_up)
    signal.alarm(_PATIENCE)
    try:
        yield
    finally:
        signal.alarm(0)
