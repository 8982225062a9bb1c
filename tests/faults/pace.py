"""How fast a fault goes: its times are counted in ticks, and each platform has ticks of a length of its own."""

import re
from dataclasses import dataclass
from typing import Final

_TICKS: Final = re.compile(r"\b(\d+(?:\.\d+)?)(t|n)\b")


@dataclass(frozen=True, slots=True)
class Pace:
    """A tick is the time between two scrapes of a target, and between two evaluations of a gate.

    - `seconds`: of a tick.
    - `grace`: ticks after a bad sample was scraped, in which an evaluation may still not know of it.
    - `lag`: ticks more where an evaluation reads back what another has written.
    - `settle`: ticks that healthy gates are given before the clock starts.
    """

    seconds: float = 1.0
    grace: float = 1.0
    lag: float = 0.0
    settle: float = 0.0

    def text(self, text: str) -> str:
        """The text with `12t` (twelve ticks) as a duration, and `12n` as a number of seconds."""
        return _TICKS.sub(
            lambda match: self.duration(float(match[1])) if match[2] == "t" else self._number(match), text
        )

    def duration(self, ticks: float) -> str:
        """A number of ticks as Prometheus writes durations."""
        milliseconds = round(ticks * self.seconds * 1000)
        return f"{milliseconds}ms" if milliseconds % 1000 else f"{milliseconds // 1000}s"

    def _number(self, match: re.Match[str]) -> str:
        return f"{float(match[1]) * self.seconds:g}"
