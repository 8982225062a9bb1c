"""Watch a gate close and open on a simulated platform, with a real Prometheus and a real Alertmanager.

    make demo [INCIDENT=router_latency_p95] [KEEP=1]

Everything is on 127.0.0.1 and in temporary directories, and is gone when the demo ends.
"""

import argparse
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NoReturn

from engines import ROOT, SUITES, Engine, backfill, find_engine
from servers import Alertmanager, Prometheus
from web import EngineError, wait_for

from demo.backfill import PASTS, openmetrics
from demo.exporter import Exporter
from demo.fast_spec import HURRY, write_fast_spec
from demo.incidents import DAY, INCIDENTS, MINUTE
from demo.simulation import Platform, begin, recover
from demo.stand_ins import Inbox

GATE = "routing-readiness"
OPEN = f'gate:overall:pass{{gate="{GATE}"}} == 1'
CLOSED = f'gate:overall:pass{{gate="{GATE}"}} == 0'
FAILING = f'gate:criterion:pass{{gate="{GATE}"}} == 0'
PATIENCE = 90.0  # seconds for each step
# These look back too far to show within minutes.
SLOW = {"cost_anomaly_alerts"} | {name for name, incident in INCIDENTS.items() if incident.lasts > 30 * MINUTE}
BEGAN = time.monotonic()


class Stage:
    """The running platform, its monitoring, and the files compiled for it."""

    def __init__(self, directory: Path, engine: Engine) -> None:
        self.directory = directory
        self.engine = engine
        self.inbox = Inbox(tell)
        self.exporter = Exporter(Platform(origin=time.time() - 8.1 * DAY))
        self.prometheus: Prometheus
        self.alertmanager: Alertmanager

    @contextmanager
    def running(self) -> Iterator[None]:
        """Compile, backfill and start everything; end it all afterwards."""
        with ExitStack() as stack:
            stand_in = stack.enter_context(self.inbox.running())
            generated = self._compile(stand_in)
            self._backfill()
            stack.enter_context(self.exporter.running())
            config = generated / "alertmanager.yml"
            self.alertmanager = stack.enter_context(Alertmanager(self.engine, config))
            self.prometheus = stack.enter_context(self._monitor(generated / GATE))
            yield

    def _compile(self, stand_in: str) -> Path:
        say(f"compile {GATE} in a hurry: " + ", ".join(f"{key} {value}" for key, value in HURRY.items()))
        generated, spec = self.directory / "generated", self.directory / f"{GATE}.yaml"
        write_fast_spec(ROOT / "specs" / spec.name, spec, stand_in)
        command = [sys.executable, "-m", "compiler", "generate", str(spec), "--out", str(generated)]
        ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if ran.returncode:
            raise EngineError(f"promgate generate: exit {ran.returncode}\n{ran.stdout}{ran.stderr}")
        return generated

    def _backfill(self) -> None:
        now = time.time()
        for name, past in PASTS.items():
            say(f"write {past.begin / DAY:.1f} days of {len(past.jobs)} jobs into Prometheus")
            with (self.directory / name).open("w") as file:
                file.writelines(openmetrics(self.exporter.platform, past, now))
            backfill(self.engine, self.directory / name, self.directory / "data")

    def _monitor(self, rules: Path) -> Prometheus:
        say(f"start {self.engine.name} and Alertmanager")
        return Prometheus(
            self.engine,
            rules=[*sorted(rules.glob("*_rules.yml")), ROOT / "demo" / "cost_anomaly_rules.yml"],
            scrape=self.exporter.targets(),
            interval=HURRY["scrape_interval"],
            alertmanagers=[self.alertmanager.url],
            data_dir=self.directory / "data",
        )

    def gate_check(self, expected: int) -> None:
        """Run gate-check.sh as a pipeline would, show what it says, and insist on its exit code."""
        script = self.directory / "generated" / GATE / "gate-check.sh"
        say(f"$ gate-check.sh --prometheus {self.prometheus.url}")
        ran = subprocess.run(
            ["/bin/sh", str(script), "--prometheus", self.prometheus.url], capture_output=True, text=True, check=False
        )
        for line in (ran.stdout + ran.stderr).splitlines():
            tell(line)
        say(f"gate-check.sh: exit {ran.returncode}")
        if ran.returncode != expected:
            raise EngineError(f"gate-check.sh should have exited {expected}")

    def wait(self, expression: str, what: str) -> None:
        """Wait for a result of a query, telling which criteria fail meanwhile."""
        shown: list[list[str]] = []

        def look() -> bool:
            failing = sorted(sample.labels["criterion"] for sample in self.prometheus.query(FAILING))
            if [failing] != shown[-1:]:
                shown.append(failing)
                tell("failing: " + (", ".join(failing) or "nothing"))
            return bool(self.prometheus.query(expression))

        say(f"wait until {what}")
        wait_for(look, PATIENCE, f"sign that {what}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo and return its exit code: 0 if all went as told, 1 otherwise, 3 without an engine."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--keep", action="store_true", help="leave everything running at the end, until Ctrl-C")
    choices = [name for name in INCIDENTS if name not in SLOW]
    parser.add_argument("--incident", choices=choices, default="router_availability", metavar="CRITERION")
    options = parser.parse_args(arguments)
    engine = next((found for suite in reversed(SUITES) if (found := find_engine(suite))), None)
    if engine is None:
        say("there is no Prometheus here: run scripts/fetch-engines")
        return 3
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        with tempfile.TemporaryDirectory(prefix="promgate-demo-") as directory:
            return _play(Stage(Path(directory), engine), options.incident, keep=options.keep)
    except KeyboardInterrupt:
        say("stopped")
        return 130


def _play(stage: Stage, incident: str, *, keep: bool) -> int:
    try:
        with stage.running():
            _story(stage, incident)
            if keep:
                _keep(stage)
    except EngineError as error:
        say(f"the demo failed: {error}")
        return 1
    say("done: everything is stopped and removed")
    return 0


def _story(stage: Stage, incident: str) -> None:
    stage.wait(OPEN, "the gate is open: all criteria pass, and have for the stabilisation time")
    stage.gate_check(0)

    say(f"INCIDENT: {INCIDENTS[incident].happens}")
    stage.exporter.platform = begin(stage.exporter.platform, incident, time.time())
    stage.wait(CLOSED, "the gate is closed")
    stage.gate_check(1)
    _wait_for_slack(stage, "danger", "Slack knows")

    say("RECOVERY: the platform is healthy again")
    stage.exporter.platform = recover(stage.exporter.platform, time.time())
    stage.wait(OPEN, "the gate is open again: the window forgets, then the stabilisation time passes")
    stage.gate_check(0)
    _wait_for_slack(stage, "good", "Slack knows that, too")


def _wait_for_slack(stage: Stage, color: str, what: str) -> None:
    say(f"wait until {what}")
    wait_for(lambda: stage.inbox.slack(color), PATIENCE, f"{color} message in Slack")


def _keep(stage: Stage) -> NoReturn:
    say(f"Prometheus    {stage.prometheus.url}/graph?g0.expr=gate%3Acriterion%3Apass")
    say(f"Alertmanager  {stage.alertmanager.url}")
    say(f"generated     {stage.directory / 'generated'}")
    say("running until Ctrl-C")
    while True:
        signal.pause()


def _interrupt(_signal: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


def say(text: str) -> None:
    """Print a step of the story, with the seconds since the demo began."""
    print(f"{time.monotonic() - BEGAN:6.1f}s  {text}", flush=True)


def tell(text: str) -> None:
    """Print what something else says."""
    print(f"         | {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
