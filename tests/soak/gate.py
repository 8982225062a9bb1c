"""The gate of gate.yaml, with its times."""

from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Final

from compiler.engines import EngineName
from compiler.fields import Duration

_SPEC: Final = Path(__file__).with_name("gate.yaml")


@dataclass(frozen=True)
class Scale:
    """How long things take: a tick is the time between two scrapes, all else is counted in ticks."""

    engine: EngineName
    tick: Duration
    window: int
    every: int
    held: int

    def ticks(self, count: int) -> Duration:
        """So many ticks."""
        return Duration(count * self.tick.milliseconds)


def gate_text(scale: Scale) -> str:
    """The spec."""
    return Template(_SPEC.read_text()).substitute(
        engine=scale.engine,
        tick=scale.tick,
        window=scale.ticks(scale.window),
        half=scale.ticks(scale.window // 2),
        every=scale.ticks(scale.every),
        held=scale.ticks(scale.held),
    )
