"""The tables of reason codes of `gate:criterion:state` and `gate:overall:state`, the one place where they live (law 9).

A state below `FIRST_FAILING` passes; one from `FIRST_NO_DATA` on means that something could not be judged.
"""

from dataclasses import dataclass
from typing import Final

FIRST_FAILING: Final = 10
FIRST_NO_DATA: Final = 20


@dataclass(frozen=True, slots=True)
class State:
    """One reason why a criterion or a gate passes or not. `label` fits a table cell, `meaning` is a sentence."""

    code: int
    name: str
    label: str
    meaning: str

    @property
    def passes(self) -> bool:
        """Whether a criterion or gate in this state counts as passed."""
        return self.code < FIRST_FAILING

    @property
    def no_data(self) -> bool:
        """Whether the state says that something could not be judged."""
        return self.code >= FIRST_NO_DATA


PASS: Final = State(0, "pass", "PASS", "The requirement is met.")
IDLE: Final = State(
    1, "idle", "IDLE", "Nothing (or less than min_events) happened in the window; the spec lets an idle criterion pass."
)
WAIVED: Final = State(2, "waived", "WAIVED", "A declared exception is in force, so the criterion does not apply now.")
FAIL: Final = State(10, "fail", "FAIL", "The requirement is not met.")
IDLE_FAIL: Final = State(
    11,
    "idle_fail",
    "IDLE",
    "Nothing (or less than min_events) happened in the window, and the spec does not let an idle criterion pass.",
)
NO_DATA: Final = State(20, "no_data", "NO DATA", "An input metric does not report.")
PARTIAL: Final = State(21, "partial", "PARTIAL DATA", "The window is only partly covered by data.")
MEMBER_MISSING: Final = State(22, "member_missing", "MEMBER MISSING", "An expected member does not report.")
SATURATED: Final = State(
    23,
    "saturated",
    "SATURATED",
    "The quantile lies above the highest finite histogram bucket, so its value is unknown.",
)
UNDEFINED: Final = State(
    24, "undefined", "UNDEFINED", "The value is not a finite number, or its rule could not be evaluated."
)
NO_LIMIT: Final = State(25, "no_limit", "NO LIMIT", "A member has no limit to be compared with.")

STATES: Final = (PASS, IDLE, WAIVED, FAIL, IDLE_FAIL, NO_DATA, PARTIAL, MEMBER_MISSING, SATURATED, UNDEFINED, NO_LIMIT)

GATE_READY: Final = State(0, "ready", "READY", "All criteria have passed for the stabilisation time.")
GATE_OVERRIDDEN: Final = State(1, "overridden", "OVERRIDDEN", "An approved override lets the gate pass.")
GATE_FAILING: Final = State(10, "failing", "FAILING", "A criterion does not meet its requirement.")
GATE_STABILISING: Final = State(11, "stabilising", "STABILISING", "All criteria pass, but not for long enough yet.")
GATE_NO_DATA: Final = State(20, "no_data", "NO DATA", "A criterion cannot be judged.")

GATE_STATES: Final = (GATE_READY, GATE_OVERRIDDEN, GATE_FAILING, GATE_STABILISING, GATE_NO_DATA)
