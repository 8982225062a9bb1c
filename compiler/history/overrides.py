"""Overrides: when each was in force, and for how long it let a gate pass that would not have."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from compiler import naming
from compiler.history.stretches import Samples, Stretch
from compiler.states import GATE_OVERRIDDEN


@dataclass(frozen=True, slots=True)
class Override:
    """An approved exception that was in force from `begin` until `end`, and was to end at `expires`.

    `opened` is for how many seconds of that the gate passed.
    """

    id: str
    reason: str
    ticket: str
    approver: str
    begin: float
    end: float
    expires: float
    opened: float


def overrides(
    recorded: Iterable[tuple[Mapping[str, str], Samples]], stretches: Sequence[Stretch], every: float
) -> tuple[Override, ...]:
    """The overrides in order of time, from their labels and the values of `gate:override:end` at each evaluation."""
    found = [_override(labels, samples, stretches, every) for labels, samples in recorded if samples]
    return tuple(sorted(found, key=lambda one: (one.begin, one.id)))


def _override(labels: Mapping[str, str], samples: Samples, stretches: Sequence[Stretch], every: float) -> Override:
    (begin, _), (last, expires) = samples[0], samples[-1]
    end = min(last + every, expires)
    return Override(
        id=labels.get(naming.OVERRIDE, ""),
        reason=labels.get(naming.REASON, ""),
        ticket=labels.get(naming.TICKET, ""),
        approver=labels.get(naming.APPROVER, ""),
        begin=begin,
        end=end,
        expires=expires,
        opened=sum(
            max(0.0, min(one.end, end) - max(one.start, begin))
            for one in stretches
            if one.state == GATE_OVERRIDDEN.code
        ),
    )
