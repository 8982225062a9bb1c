"""A generated gate-check.sh, run as CI runs it, and the recorded series of the sample gate that it reads."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from engines import require
from plans import gate
from stub_prometheus import Answer, Row, StubPrometheus, vector

from compiler.backends import gate_check
from compiler.middle.plan import GatePlan

GATE, REVISION = gate().name, gate().revision
OWN = {"__name__": "gate:overall:pass", "gate": GATE, "revision": REVISION}
PASS, FAIL = vector((OWN, "1")), vector((OWN, "0"))


def series(name: str, value: float, **labels: str) -> Row:
    """One recorded series of the sample gate."""
    return {"__name__": name, "gate": GATE, **labels}, f"{value}"


def criterion(name: str, identifier: str, value: float, category: str = "web", **labels: str) -> Row:
    """One recorded series of a criterion."""
    return series(f"gate:criterion:{name}", value, category=category, criterion=identifier, **labels)


def states(**codes: int) -> list[Row]:
    """The states of the four criteria; those not named pass."""
    homes = {"availability": "web", "latency": "web", "db_memory": "data", "unit_cost": "data"}
    return [criterion("state", name, codes.get(name, 0), home) for name, home in homes.items()]


AGE: Row = ({"gate": GATE, "revision": REVISION}, "12")
MET = series("gate:overall:met", 1)
SLOW_REGIONS = [
    AGE,
    series("gate:overall:met", 0),
    *states(latency=10),
    criterion("threshold", "latency", 0.25, bound="max"),
    criterion("value", "latency", 0.2501, region="us"),
    criterion("value", "latency", 0.312, region="eu"),
    criterion("value", "latency", 0.2, region="ap"),
]


@dataclass(frozen=True)
class Run:
    """What a script did."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, object]:
        """The one JSON document on stdout."""
        found = json.loads(self.out)
        assert isinstance(found, dict)
        return found


PATIENCE = "--connect-timeout 5 --max-time 10"


# A shell cannot trap what was ignored when it began, as after `nohup`, and in the background of a script.
_HEEDS_SIGNALS = (shutil.which("env") or "env", "--default-signal=HUP,INT")


class Script:
    """A generated script that runs in an empty environment, and must leave no temporary file behind.

    With `patience` (seconds to connect, in all) it waits for an answer as long as that instead of 5 and 10 seconds.
    """

    def __init__(self, directory: Path, plan: GatePlan, patience: tuple[int, int] = (5, 10)) -> None:
        (artifact,) = gate_check.emit((plan,))
        assert artifact.text.count(PATIENCE) == 1
        self.path = directory / "gate-check.sh"
        self.path.write_text(artifact.text.replace(PATIENCE, "--connect-timeout {} --max-time {}".format(*patience)))
        self.path.chmod(0o755)
        self.temporary = directory / "temporary"
        self.temporary.mkdir(exist_ok=True)
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(directory), "TMPDIR": str(self.temporary)}

    @contextmanager
    def started(
        self, *arguments: str, shell: list[str] | None = None, **environment: str
    ) -> Iterator["subprocess.Popen[str]"]:
        """Start it; whatever is left of it and its children at the end of the block is killed."""
        process = subprocess.Popen(
            [*_HEEDS_SIGNALS, *(shell or []), str(self.path), *arguments],
            env=self.environment | environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()

    def run(self, *arguments: str, shell: list[str] | None = None, **environment: str) -> Run:
        """Run it to its end."""
        with self.started(*arguments, shell=shell, **environment) as process:
            out, err = process.communicate(timeout=60)
        assert list(self.temporary.iterdir()) == []
        return Run(process.returncode, out, err)

    def ask(self, answer: Answer, *arguments: str, shell: list[str] | None = None, **environment: str) -> Run:
        """Run it against one stub."""
        with StubPrometheus(answer) as prometheus:
            return self.run("--prometheus", prometheus.url, *arguments, shell=shell, **environment)


def path_of(directory: Path, *tools: str) -> Path:
    """A directory that holds these tools and nothing else."""
    path = directory / "-".join(("only", *tools))
    path.mkdir()
    for tool in tools:
        where = shutil.which(tool)
        assert where, f"{tool} is not installed"
        (path / tool).symlink_to(where)
    return path


def until(look: Callable[[], object]) -> None:
    """Wait until something is true, for at most half a minute."""
    deadline = time.monotonic() + 30
    while not look():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.05)


def descendants(pid: int) -> dict[int, str]:
    """Command lines of the processes below one, as everyone on the machine can read them."""
    found: dict[int, str] = {}
    for child in _read(f"/proc/{pid}/task/{pid}/children").decode().split():
        found[int(child)] = _read(f"/proc/{child}/cmdline").replace(b"\0", b" ").decode()
        found |= descendants(int(child))
    return found


def environment(pid: int) -> str:
    """What a process has inherited."""
    return _read(f"/proc/{pid}/environ").decode()


def _read(path: str) -> bytes:
    """A file of /proc; nothing if its process has ended meanwhile."""
    try:
        return Path(path).read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


SHELLS = ("dash", "bash", "busybox")


def require_shell(name: str, directory: Path) -> list[str]:
    """How to run a script with this shell; busybox with its own tools instead of those of GNU. Skips without it."""
    found = require(shutil.which(name), f"{name} is not installed")
    if name != "busybox":
        return [found, "--posix"] if name == "bash" else [found]
    tools = directory / "applets"
    tools.mkdir()
    subprocess.run([found, "--install", "-s", str(tools)], check=True)
    return ["env", f"PATH={tools}:{path_of(directory, 'curl', 'jq')}", found, "sh"]
