"""What running a command costs: wall time, processor time and peak memory, with all the processes that it starts.

What is measured has bytecode to load, as an installed wheel has: it is kept from one command to the next, so whoever
measures runs its commands once before.
"""

import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import psutil

PROMGATE: Final = (str(Path(sys.executable).parent / "promgate"),)
_LOOK_SECONDS: Final = 0.02


@dataclass(frozen=True, slots=True)
class Ran:
    """Seconds of wall time and of processors."""

    wall: float
    cpu: float


class _Memory(threading.Thread):
    """Looks at the memory of a process and its descendants until it is stopped."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._root = psutil.Process(pid)
        self._done = threading.Event()
        self.peak = 0

    def run(self) -> None:
        while not self._done.wait(_LOOK_SECONDS):
            self.peak = max(self.peak, self._now())

    def stop(self) -> None:
        self._done.set()
        self.join()

    def _now(self) -> int:
        try:
            processes = [self._root, *self._root.children(recursive=True)]
            return sum(process.memory_full_info().pss for process in processes)
        except psutil.Error:  # one of them has just ended; the next look counts the rest
            return 0


def timed(command: Sequence[str | Path], cwd: Path, cache: Path) -> Ran:
    """Run a command to its end, with its own cache of a user. Raises RuntimeError with what it said if it fails."""
    before, start = _cpu(), time.perf_counter()
    with _started(command, cwd, cache) as process:
        _finish(process)
    return Ran(time.perf_counter() - start, _cpu() - before)


def weighed(command: Sequence[str | Path], cwd: Path, cache: Path) -> tuple[Ran, int]:
    """Like `timed`, and the most bytes that all its processes held at one time.

    Memory that they share is counted once (PSS). It is looked at every 20ms, so a shorter peak is missed.
    """
    before, start = _cpu(), time.perf_counter()
    with _started(command, cwd, cache) as process:
        memory = _Memory(process.pid)
        memory.start()
        try:
            _finish(process)
        finally:
            memory.stop()
    return Ran(time.perf_counter() - start, _cpu() - before), memory.peak


def _started(command: Sequence[str | Path], cwd: Path, cache: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command,
        cwd=cwd,
        env=_environ(cache),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _environ(cache: Path) -> dict[str, str]:
    """`make` exports that no bytecode be written, so that a checkout stays as it is; here it lies elsewhere."""
    ours = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**ours, "XDG_CACHE_HOME": str(cache), "PYTHONPYCACHEPREFIX": _bytecode().name}


@cache
def _bytecode() -> tempfile.TemporaryDirectory[str]:
    """One directory, which goes with this process."""
    return tempfile.TemporaryDirectory(prefix="promgate-bytecode-")


def _finish(process: subprocess.Popen[str]) -> None:
    said, _ = process.communicate()
    if process.returncode != 0:
        raise RuntimeError(f"{process.args!r} exited with {process.returncode}:\n{said[-2000:]}")


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
