"""One fault on a server of its own: what is done to the server, and what pipelines read of it meanwhile.

promgate's verdict is read by the generated gate-check.sh; the verdict by hand as `curl | jq` would.
"""

import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from faults.compiled import SUBJECT, Compiled, compile_all, compile_spec, rule_files
from faults.exporter import STEADY, Exporter
from faults.model import Fault, Spec
from faults.platforms import Jobs, Platform
from faults.session import Session
from faults.verdict import NAMES, UNPROVEN, Outcome, gaps
from web import EngineError, wait_for

_LARGE: Final = 15  # samples; a page of that many is one that was made large by a strike
MAX_AGE: Final = 5  # ticks; what gate-check.sh is told in place of its two minutes
_PATIENCE: Final = 60.0  # ticks until a healthy gate must be open
_ATTEMPTS: Final = 3
_LOOKS: Final = 3  # a tick
_EVIDENCE: Final = 20  # ticks
_SHOWS: Final = 3  # ticks until a verdict that was written can be read, on a busy machine
_LEFT_ALONE: Final = 10  # ticks before the end of a control, in which nothing is done to its server
_EXITS: Final = {0: "pass", 1: "fail", 3: "cannot tell"}


class Trial:
    """A running server with the gate of one fault. What is read is kept."""

    def __init__(self, platform: Platform, fault: Fault, gate: Compiled, directory: Path) -> None:
        self.fault = fault
        self.platform = platform
        self.exporter = Exporter([fault], platform.pace)
        self.gate = gate
        self.replicas: list[Session] = []
        self.readings: list[str] = []
        self.passed_at: list[float] = []
        self.struck = time.time()
        self.states: list[str] = []
        self.by_hand: list[str] = []
        self._script = directory / "gate-check.sh"
        self._script.write_text((self.compiled(fault.later) if fault.later else gate).script)
        self._opening = directory / "gate-check-before.sh"
        self._opening.write_text(gate.script)

    @property
    def server(self) -> Session:
        """The (first) server."""
        return self.replicas[0]

    def session(self, jobs: Jobs | None = None) -> Session:
        """A server with the fault's rules, not yet started."""
        return self.platform.start(jobs or self.exporter.jobs(), self.files(), self.fault)

    def files(self) -> dict[str, str]:
        """The rule files of the fault, as its gate is now."""
        return rule_files(self.fault, self.gate, self.platform)

    def compiled(self, spec: Spec) -> Compiled:
        """Another spec under the name of the gate."""
        return compile_spec(self.fault, spec, self.platform)

    def open(self) -> None:
        """Wait until the gate is open, on healthy data."""
        patience = _PATIENCE * self.platform.pace.seconds
        wait_for(lambda: self._check(self._opening) == "pass", patience, f"open gate of {self.fault.name}")

    def strike(self) -> None:
        """Let the exporter's part of the fault begin."""
        self.struck = time.time()
        self.exporter.strike(self.fault.name)

    def wait(self, ticks: float) -> None:
        """Let some ticks pass."""
        time.sleep(ticks * self.platform.pace.seconds)

    def wait_for_scrape(self) -> None:
        """Wait until what the exporter sends since a strike was scraped or refused; a large page takes its time."""
        struck = f'scrape_samples_scraped{{job!="{STEADY}"}} > {_LARGE} or up{{job!="{STEADY}"}} == 0'
        wait_for(lambda: bool(self.server.query(struck)), _PATIENCE * self.platform.pace.seconds, "a struck page")

    def wait_for_verdict(self) -> None:
        """Let so many ticks pass that the verdict must have seen what was scraped since a strike, and wait to see it.

        How long after it was written a verdict can be read is not the gate's doing, and no part of what is counted.
        """
        pace = self.platform.pace
        within = pace.grace + (pace.lag if self.fault.read_back else 0) + self.fault.delay
        due = time.time() + within * pace.seconds
        self.wait(1 + within)
        written = f'timestamp(gate:overall:pass{{revision="{self.gate.revision}"}}) >= {due}'
        wait_for(lambda: bool(self.server.query(written)), _SHOWS * pace.seconds, "a verdict of after the strike")

    def read(self, ticks: float = 0.0) -> None:
        """Read the verdicts, again and again for some ticks."""
        until = time.monotonic() + ticks * self.platform.pace.seconds
        while True:
            at = time.time()
            self.readings.append(self._check(self._script))
            if self.readings[-1] == "pass":
                self.passed_at.append(at)
            self.by_hand.append(self._ask_by_hand())
            self.states += self._state()
            if time.monotonic() >= until:
                return
            self.wait(1 / _LOOKS)

    def read_written(self, ticks: float) -> None:
        """Read every verdict of the gate's revision that was written in the last ticks, looked at or not."""
        own = f'gate:overall:pass{{revision="{self.gate.revision}"}}'
        seconds = round(ticks * self.platform.pace.seconds)
        values = [value for series in self.server.raw(own, seconds) for _, value in series.samples]
        self.readings += ["pass" if value == 1 else "fail" for value in values]

    def _check(self, script: Path) -> str:
        urls = [word for replica in self.replicas for word in ("--prometheus", replica.url)]
        command = ["/bin/sh", str(script), *urls, "--max-age", self.platform.pace.duration(MAX_AGE), "--format", "json"]
        ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        return _EXITS.get(ran.returncode, f"exit {ran.returncode}")

    def _ask_by_hand(self) -> str:
        """What `curl | jq -r '.data.result[0].value[1]'` says, compared with 1."""
        try:
            found = self.server.query("ready:overall")
        except EngineError:
            return "no answer"
        if not found:
            return "no answer"
        return "pass" if found[0].value == 1 else "fail"

    def _state(self) -> list[str]:
        """The state that was written in the last two ticks, if any."""
        recent = self.platform.pace.duration(2)
        try:
            found = self.server.query(f'last_over_time(gate:criterion:state{{criterion="{SUBJECT}"}}[{recent}])')
        except EngineError:
            return []
        return [NAMES[int(sample.value)] for sample in found]

    def evidence(self) -> str:
        """When a pass was read, and what had been written: seconds since the strike, and the verdict."""
        try:
            series = self.server.raw("gate:overall:pass", round(_EVIDENCE * self.platform.pace.seconds))
        except EngineError:  # some faults leave no server behind
            series = []
        written = [f"{at - self.struck:.1f}={value:g}" for one in series for at, value in one.samples]
        return f"at {', '.join(f'{at - self.struck:.1f}' for at in self.passed_at)}; written {' '.join(written)}"

    def missed(self) -> bool:
        """Whether the server missed a scrape in the last ticks, in which it was left alone."""
        pace = self.platform.pace
        found = self.server.raw(f'scrape_duration_seconds{{job="{STEADY}"}}', round(_LEFT_ALONE * pace.seconds))
        return not found or any(gaps(series.samples, pace) for series in found)


def run_alone(platform: Platform, fault: Fault) -> Outcome:
    """The outcome of a fault that has a trial.

    Where the machine was too busy for the gate to open at all, or to scrape every tick, it is tried again with longer
    ticks.
    """
    for _ in range(_ATTEMPTS):
        outcome = _run_once(platform, fault, compile_all([fault], platform)[fault.name])
        if outcome.problem not in UNPROVEN:
            break
        platform = platform.slower()
    return outcome


def _run_once(platform: Platform, fault: Fault, gate: Compiled) -> Outcome:
    assert fault.trial is not None
    with tempfile.TemporaryDirectory(prefix="promgate-") as directory:
        trial = Trial(platform, fault, gate, Path(directory))
        with trial.exporter.running(), trial.session() as server:
            trial.replicas.append(server)
            trial.exporter.begin()
            try:
                trial.open()
                fault.trial(trial)
            except EngineError as error:
                return Outcome(fault.name, "", "", "", "not evaluated", str(error).splitlines()[0])
            outcome = conclude(fault, trial.readings, trial.states, trial.by_hand)
            if outcome.problem == "false pass":
                return replace(outcome, detail=f"{outcome.detail}: {trial.evidence()}")
            if outcome.problem == "false fail" and trial.missed():
                return Outcome(fault.name, "", "", "", "disturbed", "this machine is too busy")
    return outcome


def conclude(fault: Fault, readings: Sequence[str], states: Sequence[str], by_hand: Sequence[str]) -> Outcome:
    """The outcome by what was read: where failing is right, one pass is too many; where passing is, one failure."""
    verdict, hand = _worst(fault, readings), _worst(fault, by_hand)
    usual = max(sorted(set(states)), key=states.count, default="")
    strange = sorted(set(states) - set(fault.states))
    if fault.right == "fail" and verdict == "pass":
        return Outcome(fault.name, verdict, usual, hand, "false pass", f"read {readings.count('pass')} times")
    if fault.right == "pass" and verdict != "pass":
        return Outcome(fault.name, verdict, usual, hand, "false fail", ", ".join(readings))
    if strange:
        return Outcome(fault.name, verdict, usual, hand, "wrong state", ", ".join(strange))
    return Outcome(fault.name, verdict, usual, hand)


def _worst(fault: Fault, readings: Sequence[str]) -> str:
    wrong: Callable[[str], bool] = (lambda one: one == "pass") if fault.right == "fail" else (lambda one: one != "pass")
    return next((one for one in readings if wrong(one)), readings[0] if readings else "no answer")
