"""A VictoriaMetrics that scrapes and stores, and a vmalert that evaluates rules on it: one session, two processes."""

import json
import signal
import time
import urllib.parse
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import yaml
from faults.pace import Pace
from faults.session import Series, kill, limit_files, send, write_files
from servers import Sample
from victoria import Victoria, VictoriaMetrics, VMAlert
from web import EngineError, http, wait_for

_PATIENCE: Final = 10.0  # seconds until a reload shows in vmalert's own metrics
_TOTAL: Final = "vmalert_config_last_reload_total"
_SUCCESSFUL: Final = "vmalert_config_last_reload_successful"


class _Store(VictoriaMetrics):
    def __init__(self, tools: Victoria, pace: Pace, jobs: Sequence[Mapping[str, Any]], flags: Sequence[str]) -> None:
        super().__init__(tools)
        self._pace = pace
        self._jobs = jobs
        self._flags = flags

    def configure(self) -> None:
        """Write scrape.yml."""
        tick = self._pace.duration(1)
        every = {"scrape_interval": tick, "scrape_timeout": tick}
        document = {"global": every, "scrape_configs": [_job(job) for job in self._jobs]}
        (self.directory / "scrape.yml").write_text(yaml.safe_dump(document))

    def command(self) -> list[str | Path]:
        """See Server."""
        found = f"-promscrape.httpSDCheckInterval={self._pace.duration(1)}"
        return [*super().command(), found, "-loggerLevel=ERROR", *self._flags]


class _Alert(VMAlert):
    def __init__(self, tools: Victoria, pace: Pace, store: VictoriaMetrics) -> None:
        super().__init__(tools, store, ())
        self._pace = pace
        self.rules = [self.directory / "rules" / "*.yml"]

    def command(self) -> list[str | Path]:
        """See Server."""
        return [*super().command(), f"-evaluationInterval={self._pace.duration(1)}", "-loggerLevel=ERROR"]


class VictoriaSession:
    """See Session; `flags` are those of the VictoriaMetrics."""

    def __init__(
        self,
        tools: Victoria,
        pace: Pace,
        jobs: Sequence[Mapping[str, Any]],
        files: Mapping[str, str],
        flags: Sequence[str] = (),
    ) -> None:
        self._pace = pace
        self._store = _Store(tools, pace, jobs, flags)
        self._alert = _Alert(tools, pace, self._store)
        self.files = dict(files)

    def __enter__(self) -> Self:
        self._store.__enter__()
        try:
            self.configure()
            self._alert.__enter__()
        except BaseException:
            self._store.stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._alert.stop()
        self._store.stop()

    @property
    def url(self) -> str:
        """See Session."""
        return self._store.url

    def query(self, expression: str, time: float | None = None) -> list[Sample]:
        """See Session."""
        return self._store.query(expression, time)

    def raw(self, selector: str, seconds: int) -> list[Series]:
        """See Session."""
        http(f"{self.url}/internal/force_flush")
        parameters = urllib.parse.urlencode({"match[]": selector, "start": f"-{seconds}s"})
        lines = http(f"{self.url}/api/v1/export?{parameters}").splitlines()
        return [_series(json.loads(line)) for line in lines]

    def seen(self, selector: str, start: float, end: float) -> list[Series]:
        """See Session. A range query would look back less far than an instant one does."""
        found: dict[tuple[tuple[str, str], ...], list[tuple[float, float]]] = {}
        at = start
        while at <= end:
            for sample in self.query(selector, at):
                found.setdefault(tuple(sorted(sample.labels.items())), []).append((at, sample.value))
            at += self._pace.seconds
        return [Series(dict(labels), tuple(samples)) for labels, samples in found.items()]

    def configure(self) -> None:
        """See Session."""
        write_files(self._alert.directory / "rules", self.files)

    def reload(self) -> None:
        """See Session."""
        self.configure()
        before = self._reloads(_TOTAL)
        http(f"{self._alert.url}/-/reload", b"")
        wait_for(lambda: self._reloads(_TOTAL) > before, _PATIENCE, "reload of vmalert")
        time.sleep(1)  # it counts a reload before it knows how that ends
        if not self._reloads(_SUCCESSFUL):
            raise EngineError(f"vmalert refuses the rules:\n{self._alert.log[-1000:]}")

    def _reloads(self, metric: str) -> float:
        """What vmalert says of its reloads."""
        lines = http(f"{self._alert.url}/metrics").splitlines()
        return next(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(f"{metric} "))

    def end(self) -> None:
        """See Session."""
        self._alert.end()
        self._store.end()

    def crash(self) -> None:
        """See Session."""
        kill(self._alert)
        kill(self._store)

    def restart(self) -> None:
        """See Session."""
        self._store._start()
        self._alert._start()

    def pause(self) -> None:
        """See Session."""
        send(self._alert, signal.SIGSTOP)
        send(self._store, signal.SIGSTOP)

    def resume(self) -> None:
        """See Session."""
        send(self._store, signal.SIGCONT)
        send(self._alert, signal.SIGCONT)

    def fill_disk(self) -> None:
        """See Session."""
        limit_files(self._store, self._store.directory / "data")


def _job(job: Mapping[str, Any]) -> dict[str, Any]:
    """The scrape job without the keys that VictoriaMetrics has as flags."""
    found = [{"url": one["url"]} for one in job.get("http_sd_configs", ())]
    return {**job, **({"http_sd_configs": found} if found else {})}


def _series(exported: Mapping[str, Any]) -> Series:
    labels = {name: value for name, value in exported["metric"].items() if name != "__name__"}
    pairs = zip(exported["timestamps"], exported["values"], strict=True)
    return Series(labels, tuple((at / 1000, float(value)) for at, value in pairs if value is not None))
