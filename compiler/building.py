"""Specs to files: each spec is compiled, compared with what lies there, put on the stage and checked by promtool.

That is done for a few specs at a time, beside each other in processes, and only what is known of them is kept, so that
neither memory nor waiting grows with what the artifacts hold. What comes out does not depend on how many processes
there are.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from signal import SIG_DFL, SIG_IGN, SIGINT, SIGTERM, signal
from typing import TYPE_CHECKING, Final

from pydantic import TypeAdapter

from compiler import naming, promtool
from compiler.backends import BACKENDS, TEST_BACKENDS, dashboard, rule_tests
from compiler.beside import beside
from compiler.collector import collect_rarely
from compiler.comparing import Looked
from compiler.diagnostics import Diagnostic
from compiler.ledger import Claim, Written, of_spec, period, recalled, recorded
from compiler.middle.notices import NoticePlan
from compiler.middle.plan import GatePlan
from compiler.moment import Moment
from compiler.overrides.checked import Exceptions
from compiler.pipeline import Compiled, Emit, compile_spec, in_turn
from compiler.promtool import Tools
from compiler.spec.text import SpecFile
from compiler.writing import settle

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor

    from compiler.backends.base import Artifact, Backend

_NOTICES: Final = TypeAdapter(NoticePlan)

_TOGETHER: Final = 32  # specs at most: enough to outweigh a start of promtool, few enough for any command line
_ROUNDS: Final = 4  # parts for each process at least, so that none waits long for the last one
# From the slowest on: the first takes about as long as all the rest, and to load grafanalib takes the second a while.
_SLOW: Final = (rule_tests, dashboard)
_WORTH_IT: Final = 4  # specs: with fewer, starting processes takes longer than they save


@dataclass(frozen=True, slots=True)
class Order:
    """What is wanted of each spec.

    Without a `stage` nothing is written, without `tools` nothing is checked, and without `tests` there are none.
    """

    out: Path
    stage: Path | None
    exceptions: Exceptions
    now: Moment
    tools: Tools | None
    tests: bool

    @property
    def backends(self) -> "tuple[Backend, ...]":
        """The back ends that it takes."""
        return tuple(one for one in BACKENDS if self.tests or one not in TEST_BACKENDS)


@dataclass(frozen=True, slots=True)
class Made:
    """What is known of a spec: all but its artifacts, of which only their places and hashes are kept."""

    file: SpecFile
    compiled: Compiled
    looked: tuple[Looked, ...]
    written: tuple[Written, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """Some specs, and what promtool finds wrong with any of them."""

    made: tuple[Made, ...]
    refused: tuple[Diagnostic, ...]


def build(order: Order, files: Sequence[SpecFile], jobs: int) -> Iterator[Part]:
    """All specs, in their order, some at a time, in that many processes. Raises OSError."""
    size = max(1, min(_TOGETHER, -(-len(files) // (jobs * _ROUNDS))))
    parts = [tuple(files[n : n + size]) for n in range(0, len(files), size)]
    pool = _pool(order, min(jobs, len(parts))) if jobs > 1 and len(files) >= _WORTH_IT else None
    if pool is None:
        emit = partial(_beside if jobs > 1 else in_turn, backends=order.backends)
        yield from (_part(order, one, emit) for one in parts)
        return
    from concurrent.futures.process import BrokenProcessPool  # noqa: PLC0415

    with pool:
        try:
            yield from pool.map(_continue, parts)
        except BrokenProcessPool:
            raise OSError("a process that compiled was killed; with fewer --jobs they need less memory") from None


def _pool(order: Order, jobs: int) -> "ProcessPoolExecutor | None":
    """Processes, where the system lets us have them."""
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415 - slow to load, and one spec needs none

    try:
        return ProcessPoolExecutor(jobs, initializer=_begin, initargs=(order,))
    except (OSError, ImportError, NotImplementedError):  # no semaphores, as in some sandboxes
        return None


_orders: list[Order] = []  # of this process, which gets it once, and not with every part


def _begin(order: Order) -> None:
    signal(SIGINT, SIG_IGN)  # the first process hears of it too, and ends the others
    signal(SIGTERM, SIG_DFL)
    collect_rarely()  # what is not forked does not have it from the first process
    _orders[:] = [order]


def _continue(files: tuple[SpecFile, ...]) -> Part:
    order = _orders[0]
    return _part(order, files, partial(in_turn, backends=order.backends))


def _beside(plan: GatePlan, backends: "Sequence[Backend]") -> "tuple[Artifact, ...]":
    """What `in_turn` gives, with the slowest of the back ends at work beside the others."""
    at = backends.index(next(one for one in _SLOW if one in backends))
    slow, (before, after) = beside(
        partial(in_turn, plan, backends[at : at + 1]),
        lambda: (in_turn(plan, backends[:at]), in_turn(plan, backends[at + 1 :])),
    )
    return *before, *slow, *after


def _part(order: Order, files: tuple[SpecFile, ...], emit: Emit) -> Part:
    made, rules = [], []
    for file in files:
        compiled = compile_spec(file, order.exceptions, order.now, emit)
        made.append(_made(order, file, compiled))
        rules += [one for one in compiled.artifacts if one.path.name in naming.RULES_FILES]
    return Part(tuple(made), promtool.validate(rules, order.tools) if order.tools else ())


def _made(order: Order, file: SpecFile, compiled: Compiled) -> Made:
    looked = tuple(settle(order.out, one, order.stage) for one in compiled.artifacts)
    return Made(file, replace(compiled, artifacts=()), looked, tuple(map(written, compiled.artifacts)))


def written(artifact: "Artifact") -> Written:
    """What a claim says of an artifact."""
    return Written(str(artifact.path), hashlib.sha256(artifact.text.encode()).hexdigest(), artifact.executable)


def told(notices: NoticePlan) -> str:
    """What Alertmanager's config says of a gate, as JSON."""
    return _NOTICES.dump_json(notices).decode()


def heard(notices: str) -> NoticePlan:
    """The same, from its JSON."""
    return _NOTICES.validate_json(notices)


def claim(made: Made, now: Moment, accepted_by: str) -> Claim | None:
    """What may be believed of a spec the next time: nothing, if anything is wrong with it, or if it has overrides."""
    compiled = made.compiled
    if not compiled.notices or not compiled.named or compiled.excepted:
        return None
    name, place = compiled.named
    since, until = period(compiled.due, now)
    return Claim(
        of=made.file.path,
        digest=of_spec(made.file),
        artifacts=made.written,
        accepted_by=accepted_by,
        gate=name,
        place=(place.line, place.column, place.end_line, place.end_column),
        findings=recorded((compiled.diagnostics, compiled.acknowledged)),
        notices=told(compiled.notices),
        since=since,
        until=until,
    )


def believed(known: Claim) -> Compiled:
    """A spec that need not be compiled, as if it had been; what Alertmanager says of it stays JSON."""
    found, acknowledged = recalled(known.findings)
    return Compiled(known.named, found, acknowledged=acknowledged)
