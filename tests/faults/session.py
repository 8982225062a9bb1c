"""A running engine that scrapes, evaluates rules and answers queries, and that may be killed, starved and restarted.

Another engine is another `Session`.
"""

import resource
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

import yaml
from engines import Engine
from faults.pace import Pace
from servers import Prometheus, Sample, Server


@dataclass(frozen=True, slots=True)
class Series:
    """Raw samples of one series: (Unix seconds, value), oldest first."""

    labels: Mapping[str, str]
    samples: tuple[tuple[float, float], ...]


class Session(Protocol):
    """What the matrix asks of an engine. Entering starts it, leaving stops it.

    `files` are the rule files by name; what is changed there holds from the next `configure` or `reload` on.
    """

    files: dict[str, str]

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None: ...

    @property
    def url(self) -> str:
        """Base URL of an API that speaks Prometheus' language."""
        ...

    def query(self, expression: str, time: float | None = None) -> list[Sample]:
        """An instant vector, now or at `time` (Unix seconds)."""
        ...

    def raw(self, selector: str, seconds: int) -> list[Series]:
        """The samples of the last seconds as they were written, with their own timestamps."""
        ...

    def seen(self, selector: str, start: float, end: float) -> list[Series]:
        """What an instant query at each tick would have shown."""
        ...

    def configure(self) -> None:
        """Write all files, without the server's notice."""
        ...

    def reload(self) -> None:
        """Write all files and make the server read them. Raises EngineError if it refuses."""
        ...

    def end(self) -> None:
        """End it, and keep its data."""
        ...

    def crash(self) -> None:
        """End it as `kill -9` does."""
        ...

    def restart(self) -> None:
        """Start again on the same data (on another port)."""
        ...

    def pause(self) -> None:
        """Stop it without its notice."""
        ...

    def resume(self) -> None:
        """Let what was paused go on."""
        ...

    def fill_disk(self) -> None:
        """No file of it may grow any more, as on a full disk."""
        ...


class PrometheusSession(Prometheus):
    """A Prometheus with scrape jobs and rule files as they come."""

    def __init__(
        self,
        engine: Engine,
        pace: Pace,
        jobs: Sequence[Mapping[str, Any]],
        files: Mapping[str, str],
        flags: Sequence[str] = (),
    ) -> None:
        super().__init__(engine, flags=(*flags, "--log.level=error"))
        self.jobs = jobs
        self.files = dict(files)
        self.pace = pace

    def configure(self) -> None:
        """Write prometheus.yml and the rule files."""
        tick = self.pace.duration(1)
        every = {"scrape_interval": tick, "scrape_timeout": tick, "evaluation_interval": tick}
        rules = write_files(self.directory / "rules", self.files)
        document = {"global": every, "rule_files": [rules], "scrape_configs": list(self.jobs)}
        (self.directory / "prometheus.yml").write_text(yaml.safe_dump(document))

    def raw(self, selector: str, seconds: int) -> list[Series]:
        """See Session."""
        return _series(self.api("query", query=f"{selector}[{seconds}s]"))

    def seen(self, selector: str, start: float, end: float) -> list[Series]:
        """See Session."""
        return _series(self.api("query_range", query=selector, start=start, end=end, step=self.pace.seconds))

    def crash(self) -> None:
        """See Session."""
        kill(self)

    def restart(self) -> None:
        """See Session."""
        self._start()

    def pause(self) -> None:
        """See Session."""
        send(self, signal.SIGSTOP)

    def resume(self) -> None:
        """See Session."""
        send(self, signal.SIGCONT)

    def fill_disk(self) -> None:
        """See Session."""
        limit_files(self, Path(self.data_dir))


def write_files(home: Path, files: Mapping[str, str]) -> str:
    """Let `home` hold exactly these files, and return a pattern for their paths."""
    home.mkdir(exist_ok=True)
    for old in home.iterdir():
        old.unlink()
    for name, text in files.items():
        (home / name).write_text(text)
    return str(home / "*.yml")


def kill(server: Server) -> None:
    """End a server's process as `kill -9` does."""
    assert server._process is not None
    server._process.kill()
    server._process.wait()


def send(server: Server, what: signal.Signals) -> None:
    """Send a signal to a server's process."""
    assert server._process is not None
    server._process.send_signal(what)


def limit_files(server: Server, home: Path) -> None:
    """No file that a server's process writes may become larger than the largest in `home`."""
    assert server._process is not None
    largest = max(path.stat().st_size for path in home.rglob("*") if path.is_file())
    resource.prlimit(server._process.pid, resource.RLIMIT_FSIZE, (largest, largest))


def _series(data: Mapping[str, Any]) -> list[Series]:
    return [
        Series(one["metric"], tuple((float(at), float(text)) for at, text in one["values"])) for one in data["result"]
    ]
