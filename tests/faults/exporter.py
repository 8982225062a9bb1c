"""Serves the targets of faults over HTTP: each fault has its own clock, and every answer that matters is remembered."""

import json
import math
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from faults.model import Fault, Moment, Page, own
from faults.pace import Pace
from faults.pages import page
from web import wait_for

STEADY: Final = "steady"
_STEADY_PAGE: Final = page({"steady_up": 1})
_PATIENCE: Final = 30.0


class Exporter:
    """All targets of some faults on one port of 127.0.0.1, at /<fault>/<number of the target>.

    `begin` starts the clock when all were scraped. A fault begins at its time on that clock or, if it has a trial, when
    `strike` says so.
    """

    def __init__(self, faults: Sequence[Fault], pace: Pace) -> None:
        self._faults = {fault.name: fault for fault in faults}
        self._pace = pace
        self._started = math.inf
        self._struck: dict[str, float] = {}
        self._scraped: dict[tuple[str, str], float] = {}
        self._answers: Counter[tuple[str, str]] = Counter()
        self._asked: set[tuple[str, str]] = set()
        self.address = ""

    def begin(self) -> None:
        """Wait until every target was scraped (some are discovered after five seconds only), and start the clock."""
        expected = {(fault.name, str(n)) for fault in self._faults.values() for n in range(len(fault.targets))}
        patience = _PATIENCE * self._pace.seconds
        wait_for(lambda: self._asked >= expected, patience, f"first scrape of all {len(expected)} targets")
        time.sleep(self._pace.settle * self._pace.seconds)
        self._started = time.time()

    def strike(self, fault: str) -> None:
        """Let a fault begin now."""
        self._struck[fault] = time.time()

    def began(self, fault: Fault) -> float:
        """When a fault began or will begin, as Unix time."""
        if fault.trial:
            return self._struck.get(fault.name, math.inf)
        return self._started + fault.begins * self._pace.seconds

    def first_bad_scrape(self, fault: Fault) -> float:
        """When each target had been asked once since the fault began (its beginning, if nobody asked)."""
        times = [at for (name, _), at in self._scraped.items() if name == fault.name]
        return max(times, default=self.began(fault))

    def jobs(self) -> list[dict[str, Any]]:
        """The scrape jobs, as Prometheus' configuration has them."""
        steady = {"job_name": STEADY, "static_configs": [self._static(STEADY, 0)]}
        return [steady, *(self._job(fault) for fault in self._faults.values())]

    def _job(self, fault: Fault) -> dict[str, Any]:
        own_keys = {key: self._pace.text(one) if isinstance(one, str) else one for key, one in fault.scrape.items()}
        job = {"job_name": fault.name, "honor_timestamps": True, **own_keys}
        if fault.discovery:
            found = {"url": f"http://{self.address}/discover/{fault.name}", "refresh_interval": self._pace.duration(1)}
            return {**job, "http_sd_configs": [found]}
        return {**job, "static_configs": [self._static(fault.name, number) for number in range(len(fault.targets))]}

    def _static(self, name: str, number: int) -> dict[str, Any]:
        labels = {"__metrics_path__": f"/{name}/{number}", "instance": str(number)}
        return {"targets": [self.address], "labels": labels}

    @contextmanager
    def running(self) -> Iterator[None]:
        """Serve until the block ends."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        server.daemon_threads = True
        self.address = f"127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    def answer(self, path: str) -> Page:
        """The page of a target now."""
        name, _, number = path.strip("/").partition("/")
        self._asked.add((name, number))
        moment = self._moment(self._faults.get(number if name == "discover" else name))
        if name == STEADY:
            return _STEADY_PAGE(moment)
        if name == "discover":
            return self._discovered(self._faults[number], moment)
        if moment.since >= 0:
            self._scraped.setdefault((name, number), moment.now)
            moment = replace(moment, asked=self._answers[name, number])
            self._answers[name, number] += 1
        return self._faults[name].targets[int(number)](moment)

    def _moment(self, fault: Fault | None) -> Moment:
        now, tick = time.time(), self._pace.seconds
        since = (now - self.began(fault)) / tick if fault else -math.inf
        return Moment(t=max(0.0, now - self._started) / tick, since=since, now=now, tick=tick)

    def wait(self, ticks: float) -> None:
        """Let some ticks pass."""
        time.sleep(ticks * self._pace.seconds)

    def _discovered(self, fault: Fault, moment: Moment) -> Page:
        assert fault.discovery is not None
        count = fault.discovery(moment)
        return Page(json.dumps([self._static(fault.name, n) for n in range(count)]), content_type="application/json")


def _handler(exporter: Exporter) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = exporter.answer(self.path)
            exporter.wait(answer.delay)
            text = own(self.path.split("/")[1], answer.text).encode()
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(text) + (100 if answer.cut else 0)))
            self.end_headers()
            with suppress(ConnectionError):  # a scrape that timed out does not wait for it
                self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            pass

    return Handler
