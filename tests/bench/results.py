"""What was measured, where and when: kept as docs/benchmarks.json, so that a part can be measured again alone."""

import json
import os
import platform
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version

import psutil
from bench.part import Part, Row
from engines import SUITES, find_engine


@dataclass(frozen=True, slots=True)
class Machine:
    """Where a part was measured: what a reader needs to judge its wall times, and nothing that names a machine."""

    date: str
    cores: int
    memory: int  # GiB
    system: str
    python: str
    promgate: str
    engines: tuple[str, ...]
    busy: float  # load average of the last minute before it was measured

    @property
    def words(self) -> str:
        """In one line."""
        versions = ", ".join((f"Python {self.python}", f"promgate {self.promgate}", *self.engines))
        return (
            f"{self.date}, {self.cores} cores, {self.memory} GiB, {self.system}, {versions}; "
            f"load average before it began: {self.busy:.1f}"
        )


@dataclass(frozen=True, slots=True)
class Result:
    """What a part has given."""

    machine: Machine
    rows: tuple[Row, ...]


Results = Mapping[str, Result]  # by part


def here() -> Machine:
    """Where and when this runs."""
    engines = [engine for suite in SUITES if (engine := find_engine(suite))]
    return Machine(
        date=datetime.now(UTC).date().isoformat(),
        cores=os.cpu_count() or 1,
        memory=round(psutil.virtual_memory().total / 2**30),
        system=_system(),
        python=platform.python_version(),
        promgate=version("promgate"),
        engines=tuple(engine.name.replace("prometheus-", "Prometheus ") for engine in engines),
        busy=os.getloadavg()[0],
    )


def _system() -> str:
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return platform.system()
    return re.sub(r"GNU/Linux | \(.*\)", "", release["PRETTY_NAME"])


def dumped(results: Results, order: Sequence[Part]) -> str:
    """As JSON, in the order of the parts."""
    document = {part.NAME: asdict(results[part.NAME]) for part in order if part.NAME in results}
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def loaded(text: str) -> Results:
    """From JSON."""
    return {
        name: Result(Machine(**{**one["machine"], "engines": tuple(one["machine"]["engines"])}), tuple(one["rows"]))
        for name, one in json.loads(text).items()
    }
