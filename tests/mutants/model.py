"""What a mutant is: one small change of what was compiled, and what became of it."""

import hashlib
from dataclasses import dataclass
from typing import Any, Final

_ID_LENGTH: Final = 10


@dataclass(frozen=True, slots=True)
class Change:
    """What an operator does to one place: its name, and the place before and after, as a person reads it."""

    operator: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Mutant:
    """A change of one rule, alert or line of a gate.

    `place` says which one (`router_availability gate:criterion:state`), `subject` what must notice: a criterion, or ""
    for what decides. `occurrence` tells equal changes of one place apart. `payload` is what is run in its stead.
    """

    gate: str
    place: str
    subject: tuple[str, ...]
    change: Change
    occurrence: int
    payload: Any

    @property
    def id(self) -> str:
        """Stable as long as the place and the change read the same."""
        change = self.change
        parts = (self.gate, self.place, change.operator, change.before, change.after, str(self.occurrence))
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:_ID_LENGTH]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a mutant: killed by a test (`by` quotes what it asked), or survived."""

    mutant: Mutant
    killed: bool
    by: str = ""
