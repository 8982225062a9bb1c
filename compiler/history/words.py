"""Times, durations and states as people read them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from compiler.states import GATE_STATES, STATES

_CRITERION: Final = {state.code: state for state in STATES}
_GATE: Final = {state.code: state for state in GATE_STATES}
_MINUTE: Final = 60
_HOUR: Final = 3600
_DAY: Final = 86_400


def moment(seconds: float) -> str:
    """`2026-11-24 15:00Z`."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%MZ")


def iso(seconds: float) -> str:
    """`2026-11-24T15:00:00Z`."""
    return datetime.fromtimestamp(round(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def lasted(seconds: float) -> str:
    """`45s`, `27m`, `1h3m`, `2d4h`: two units at most."""
    whole = round(seconds)
    for unit, letter, smaller, small in ((_DAY, "d", _HOUR, "h"), (_HOUR, "h", _MINUTE, "m"), (_MINUTE, "m", 1, "s")):
        if whole >= unit:
            rest = whole % unit // smaller
            return f"{whole // unit}{letter}" + (f"{rest}{small}" if rest and unit != _MINUTE else "")
    return f"{whole}s"


def share(part: float) -> str:
    """`0.56%`; what is little is not nothing."""
    return f"{part:.2%}".replace(".00%", "%") if part == 0 or part >= 0.0001 else "under 0.01%"  # noqa: PLR2004


def criterion_state(code: int) -> str:
    """The label of a criterion's state."""
    return _CRITERION[code].label if code in _CRITERION else f"state {code}"


def criterion_state_name(code: int) -> str:
    """The name of a criterion's state, for machines."""
    return _CRITERION[code].name if code in _CRITERION else str(code)


def gate_state_name(code: int) -> str:
    """The name of a gate's state, for machines."""
    return _GATE[code].name if code in _GATE else str(code)


def gate_states(seconds: Mapping[int, float]) -> list[str]:
    """`FAILING 17m`, each state on its own, the longest first."""
    ordered = sorted(seconds.items(), key=lambda one: (-one[1], one[0]))
    return [f"{_GATE[code].label if code in _GATE else f'state {code}'} {lasted(length)}" for code, length in ordered]
