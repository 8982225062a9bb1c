"""What a fault can be tried on: a generation of Prometheus, or VictoriaMetrics with vmalert."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from engines import ROOT, SUITES, Engine, find_engine
from faults.model import Fault
from faults.pace import Pace
from faults.session import PrometheusSession, Session
from faults.victoria_session import VictoriaSession
from victoria import SUITE, Victoria, find_victoria

from compiler.engines import PROMETHEUS, VICTORIAMETRICS, EngineName

VICTORIA: Final = VICTORIAMETRICS.name
NAMES: Final = (*SUITES, VICTORIA)
SECOND: Final = Pace()
# vmalert's shortest interval. A sample shows two seconds after it was sent, so the first evaluation after a scrape may
# miss it, the next one writes the state, and the one after that the verdict.
FIVE_SECONDS: Final = Pace(seconds=5, grace=3, lag=1, settle=5)

Jobs = Sequence[Mapping[str, Any]]
Launch = Callable[[Pace, Jobs, Mapping[str, str], Fault | None], Session]


@dataclass(frozen=True, slots=True)
class Platform:
    """`name` is that of the binary, `profile` the word of a spec; `launch` makes a session.

    `by_hand_lag`: ticks that rules by hand need more than compiled ones, as each of their layers reads the one before.
    """

    name: str
    profile: EngineName
    pace: Pace
    launch: Launch
    by_hand_lag: float = 0.0

    def start(self, jobs: Jobs, files: Mapping[str, str], fault: Fault | None = None) -> Session:
        """A session, not yet entered; with a server of its own for a fault if one is given."""
        return self.launch(self.pace, jobs, files, fault)

    def slower(self) -> "Platform":
        """The same with ticks of twice the length, for a machine that is too busy."""
        return replace(self, pace=replace(self.pace, seconds=2 * self.pace.seconds))

    def cannot(self, fault: Fault) -> str:
        """Why the fault cannot be had here, or nothing."""
        return fault.unproducible.get(self.name) or fault.unproducible.get(self.profile, "")


def on_prometheus(engine: Engine) -> Platform:
    """A generation of Prometheus."""

    def launch(pace: Pace, jobs: Jobs, files: Mapping[str, str], fault: Fault | None) -> Session:
        return PrometheusSession(engine, pace, jobs, files, fault.flags if fault else ())

    return Platform(engine.name, PROMETHEUS.name, SECOND, launch)


def on_victoria(tools: Victoria) -> Platform:
    """VictoriaMetrics with vmalert."""

    def launch(pace: Pace, jobs: Jobs, files: Mapping[str, str], fault: Fault | None) -> Session:
        return VictoriaSession(tools, pace, jobs, files, fault.victoria_flags if fault else ())

    # Debian's binaries do not know their version, the packages that they came with do.
    fetched = ROOT / ".engines" / SUITE / "packages"
    version = re.search(r"victoria-metrics_(\d+\.\d+)", fetched.read_text() if fetched.exists() else "")
    name = f"{VICTORIA}-{version[1]}" if version else VICTORIA
    return Platform(name, VICTORIA, FIVE_SECONDS, launch, by_hand_lag=3)


def find_platform(name: str) -> Platform | None:
    """The platform of one of `NAMES`, if its tools are here."""
    if name == VICTORIA:
        tools = find_victoria()
        return on_victoria(tools) if tools else None
    engine = find_engine(name)
    return on_prometheus(engine) if engine else None
