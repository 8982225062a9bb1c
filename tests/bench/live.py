"""A Prometheus of today on the platform of `fleet.py`, which goes on being scraped, beside series that no gate reads.

with Live(engine, list(platform()), [gate], bystanders=100_000) as live:
    took = live.evaluated(rule_file, evaluations=3)
"""

import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Self

from bench.fleet import Series, openmetrics, scrapes
from bench.remote_write import Written, write
from bench.replay import met_before, stored
from engines import Engine
from servers import Prometheus
from web import EngineError

from compiler.middle.plan import GatePlan

_AT_ONCE = 20_000
_FEED_SECONDS = 3.0
_POLL_SECONDS = 1.0  # which costs the server something too
_PATIENCE_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Evaluated:
    """Seconds that each evaluation took, and seconds of processors that the server used for all of them."""

    wall: tuple[float, ...]
    cpu: float


class Live:
    """A server on the past of the series up to now; a thread writes what they would be scraped for from then on.

    `bystanders` are series beside them, with one sample each: what they cost is their place in memory and in the index.
    """

    def __init__(self, engine: Engine, series: Sequence[Series], gates: Iterable[GatePlan], bystanders: int) -> None:
        self._engine = engine
        self._series = series
        self._gates = tuple(gates)
        self._bystanders = bystanders
        self._stack = ExitStack()
        self._done = threading.Event()
        self.prometheus: Prometheus

    def __enter__(self) -> Self:
        directory = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="promgate-bench-")))
        begin = time.time()
        met = (line for gate in self._gates for line in met_before(gate, begin))
        data = stored(self._engine, directory, chain(met, openmetrics(self._series, begin)))
        flags = ("--web.enable-remote-write-receiver", "--storage.tsdb.retention.time=30d")
        self.prometheus = self._stack.enter_context(Prometheus(self._engine, data_dir=data, flags=flags, interval="1m"))
        feeder = threading.Thread(target=self._feed, args=(begin,), daemon=True)
        feeder.start()
        self._stack.callback(feeder.join)
        self._stack.callback(self._done.set)
        self._write(_bystander(number, time.time()) for number in range(self._bystanders))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def evaluated(self, rules: Path, evaluations: int) -> Evaluated:
        """What some evaluations of the only group of a rule file took; the first is left out."""
        self.prometheus.rules = [rules]
        self.prometheus.reload()
        found: dict[str, float] = {}
        used = 0.0
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while len(found) <= evaluations:
            if time.monotonic() > deadline:
                raise EngineError(f"{len(found)} evaluations of {rules.name} in {_PATIENCE_SECONDS:g}s")
            (group,) = self.prometheus.api("rules")["groups"]
            if not group["lastEvaluation"].startswith("0001-"):  # none yet
                found[group["lastEvaluation"]] = float(group["evaluationTime"])
                used = used or self.prometheus.processor_seconds()
            time.sleep(_POLL_SECONDS)
        return Evaluated(tuple(found.values())[1:], self.prometheus.processor_seconds() - used)

    def series(self) -> int:
        """How many series the server has in memory."""
        return int(self.prometheus.api("status/tsdb")["headStats"]["numSeries"])

    def _feed(self, sent: float) -> None:
        while not self._done.wait(_FEED_SECONDS):
            now = time.time()
            self._write(_scraped(self._series, sent, now))
            sent = now

    def _write(self, samples: Iterable[Written]) -> None:
        iterator = iter(samples)
        while batch := list(islice(iterator, _AT_ONCE)):
            write(self.prometheus.url, batch)


def _scraped(series: Iterable[Series], after: float, until: float) -> Iterator[Written]:
    for one in series:
        for moment in scrapes(one, after, until):
            yield {**one.labels, "__name__": one.name}, one.at(moment), moment


def _bystander(number: int, now: float) -> Written:
    labels = {
        "__name__": f"bystander_{number % 500}_total",
        "job": f"service-{number % 97}",
        "instance": f"10.0.{number % 251}.{number % 241}:9100",
        "path": f"/api/v1/{number}",
    }
    return labels, float(number), now
