"""Real Prometheus and Alertmanager servers, in temporary directories, on free ports of 127.0.0.1.

    with Prometheus(engine, rules=[path], scrape={"router": ["127.0.0.1:9100"]}, interval="1s") as prometheus:
        prometheus.until("gate:overall:pass == 1", seconds=30)

A server is ended by its own process id when its block ends.
"""

import json
import subprocess
import tempfile
import time
import urllib.parse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import psutil
import yaml
from engines import Engine
from web import EngineError, free_port, http, wait_for

READY_SECONDS = 30.0
STARTS = 5  # a free port can be taken between finding it and listening on it


@dataclass(frozen=True)
class Target:
    """What to scrape: `address` is host:port; `labels` go on every series."""

    address: str
    path: str = "/metrics"
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Sample:
    """One element of an instant vector (a scalar has no labels)."""

    labels: Mapping[str, str]
    value: float
    time: float  # of the evaluation, Unix seconds; only timestamp() in PromQL knows the sample's own


class Server:
    """A server process on a free port. A subclass says what to run, and where it is ready."""

    ready_path = "/-/ready"

    def __init__(self, directory: Path | None = None) -> None:
        self._temporary = None if directory else tempfile.TemporaryDirectory(prefix="promgate-")
        self.directory = directory or Path(self._temporary.name if self._temporary else "")
        self.directory.mkdir(parents=True, exist_ok=True)
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str | Path]:
        """The command line, listening on `self.port`."""
        raise NotImplementedError

    def configure(self) -> None:
        """Write the configuration into `self.directory`; `reload` does it again."""
        raise NotImplementedError

    @property
    def url(self) -> str:
        """Base URL, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        """All that the server has printed."""
        path = self.directory / "server.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def __enter__(self) -> Self:
        try:
            self.configure()
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _start(self) -> None:
        for _ in range(STARTS):
            self.port = free_port()
            with (self.directory / "server.log").open("wb") as log:
                self._process = subprocess.Popen(
                    self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
                )
            if self._wait_until_ready(self._process):
                return
            if "address already in use" not in self.log:
                break
        raise EngineError(f"{self.command()[0]} did not start:\n{self.log[-3000:]}")

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> bool:
        deadline = time.monotonic() + READY_SECONDS
        while process.poll() is None and time.monotonic() < deadline:
            try:
                http(f"{self.url}{self.ready_path}")
            except EngineError:
                time.sleep(0.05)
            else:
                # Another server that took the port would answer too, while ours is about to give up.
                return process.poll() is None
        return False

    def processor_seconds(self) -> float:
        """How much of processors the process has used so far."""
        assert self._process
        used = psutil.Process(self._process.pid).cpu_times()
        return used.user + used.system

    def stop(self) -> None:
        """End the process, kindly first, and remove the temporary directory. May be called twice."""
        self.end()
        if self._temporary:
            self._temporary.cleanup()

    def end(self) -> None:
        """End the process and keep its directory."""
        if self._process and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def reload(self) -> None:
        """Write the configuration again and make the server read it. Raises EngineError if it is refused."""
        self.configure()
        http(f"{self.url}/-/reload", b"")


class Prometheus(Server):
    """A Prometheus on `data_dir`. `interval` is both how often it scrapes and how often it evaluates.

    `rules`, `scrape` and `alertmanagers` may be changed before `reload`. `scrape` maps a job to its targets.
    """

    def __init__(  # noqa: PLR0913  what a server is started with
        self,
        engine: Engine,
        *,
        rules: Sequence[Path] = (),
        scrape: Mapping[str, Sequence[Target | str]] | None = None,
        interval: str = "1s",
        alertmanagers: Sequence[str] = (),
        data_dir: Path | None = None,
        flags: Sequence[str] = (),
    ) -> None:
        super().__init__()
        self.engine = engine
        self.rules = rules
        self.scrape = scrape or {}
        self.interval = interval
        self.alertmanagers = alertmanagers
        self.data_dir = data_dir or self.directory / "data"
        self.flags = flags

    def configure(self) -> None:
        """Write prometheus.yml."""
        document = {
            "global": {
                "scrape_interval": self.interval,
                "scrape_timeout": self.interval,
                "evaluation_interval": self.interval,
            },
            "rule_files": [str(path.resolve()) for path in self.rules],
            "scrape_configs": [_scrape_config(job, targets) for job, targets in self.scrape.items()],
            "alerting": {"alertmanagers": [_alertmanager_config(url) for url in self.alertmanagers]},
        }
        (self.directory / "prometheus.yml").write_text(yaml.safe_dump(document))

    def command(self) -> list[str | Path]:
        """See Server."""
        return [
            self.engine.prometheus,
            f"--config.file={self.directory / 'prometheus.yml'}",
            f"--storage.tsdb.path={self.data_dir}",
            f"--web.listen-address=127.0.0.1:{self.port}",
            "--web.enable-lifecycle",
            *self.flags,
        ]

    def api(self, endpoint: str, **parameters: str | float) -> Any:
        """The `data` of an endpoint, such as `api("rules")` or `api("query", query="up", stats="all")`."""
        text = urllib.parse.urlencode(parameters)
        return json.loads(http(f"{self.url}/api/v1/{endpoint}?{text}"))["data"]

    def query(self, expression: str, time: float | None = None) -> list[Sample]:
        """An instant vector, now or at `time` (Unix seconds). Raises EngineError with Prometheus' reason."""
        data = self.api("query", query=expression, **({} if time is None else {"time": time}))
        if data["resultType"] == "scalar":
            return [_sample({}, data["result"])]
        return [_sample(series["metric"], series["value"]) for series in data["result"]]

    def value(self, expression: str, time: float | None = None) -> float | None:
        """The value of the only series of a query, None if there is no series, EngineError if there are several."""
        found = self.query(expression, time)
        if len(found) > 1:
            raise EngineError(f"{expression} has {len(found)} series: {found}")
        return found[0].value if found else None

    def until(self, expression: str, seconds: float) -> list[Sample]:
        """The result of a query as soon as it is not empty. Raises EngineError after `seconds`."""
        return wait_for(lambda: self.query(expression), seconds, f"a result of {expression}")

    def samples_read(self, expression: str, time: float | None = None) -> int:
        """How many samples a query reads: the same number on every run."""
        moment = {} if time is None else {"time": time}
        stats = self.api("query", query=expression, stats="all", **moment)["stats"]
        return int(stats["samples"]["totalQueryableSamples"])


class Alertmanager(Server):
    """An Alertmanager with a configuration: its text, its document, or a file."""

    def __init__(self, engine: Engine, config: str | Mapping[str, Any] | Path) -> None:
        super().__init__()
        self.engine = engine
        self.config = config

    def configure(self) -> None:
        """Write alertmanager.yml."""
        config = self.config.read_text() if isinstance(self.config, Path) else self.config
        text = config if isinstance(config, str) else yaml.safe_dump(dict(config))
        (self.directory / "alertmanager.yml").write_text(text)

    def command(self) -> list[str | Path]:
        """See Server."""
        return [
            self.engine.alertmanager,
            f"--config.file={self.directory / 'alertmanager.yml'}",
            f"--storage.path={self.directory / 'data'}",
            f"--web.listen-address=127.0.0.1:{self.port}",
            "--cluster.listen-address=",
        ]

    def alerts(self) -> list[dict[str, Any]]:
        """The alerts it holds now, as /api/v2/alerts tells them."""
        return list(json.loads(http(f"{self.url}/api/v2/alerts")))


def _sample(labels: Mapping[str, str], pair: Sequence[Any]) -> Sample:
    return Sample(labels, float(pair[1]), float(pair[0]))


def _scrape_config(job: str, targets: Sequence[Target | str]) -> dict[str, Any]:
    typed = [target if isinstance(target, Target) else Target(target) for target in targets]
    return {
        "job_name": job,
        "static_configs": [
            {"targets": [target.address], "labels": {"__metrics_path__": target.path, **target.labels}}
            for target in typed
        ],
    }


def _alertmanager_config(url: str) -> dict[str, Any]:
    parts = urllib.parse.urlsplit(url)
    return {
        "scheme": parts.scheme,
        "path_prefix": parts.path,
        "static_configs": [{"targets": [parts.netloc]}],
    }
