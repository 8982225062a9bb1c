"""How verdicts look: value mappings and threshold colours of the codes that the rules record.

Text and colour always say the same, since a colour alone is lost on many people. What has no series at all gets a code
of its own: Grafana would otherwise carry the last state on, and a dead gate would stay green.
"""

from collections.abc import Sequence
from typing import Final

from compiler.backends.grafana import Json
from compiler.promql.printer import number
from compiler.states import (
    FAIL,
    FIRST_FAILING,
    FIRST_NO_DATA,
    GATE_FAILING,
    GATE_NO_DATA,
    GATE_OVERRIDDEN,
    GATE_READY,
    GATE_STABILISING,
    PASS,
    STATES,
    State,
)

GREEN: Final = "green"
RED: Final = "red"
ORANGE: Final = "orange"
YELLOW: Final = "yellow"
BLUE: Final = "blue"
PURPLE: Final = "purple"
GREY: Final = "#7b7b83"

NO_SERIES: Final = 99  # above every code of `states`, so that it counts as not judged and sorts as the worst
VERDICT_FAIL: Final = 0
VERDICT_PASS: Final = 1
VERDICT_OVERRIDE: Final = 2
NO_DATA_TEXT: Final = "NO DATA"


def steps(*rest: tuple[float, str], base: str) -> Json:
    """Absolute thresholds: `base` below all, then each colour from its value on."""
    bounds: list[tuple[float | None, str]] = [(None, base), *rest]
    return [{"color": color, "value": value} for value, color in bounds]


def mappings(rows: Sequence[tuple[float, str, str]], nothing: str) -> Json:
    """Value mappings of (value, text, colour); an empty or undefined value reads `nothing`."""
    codes: dict[str, Json] = {
        number(value): {"text": text, "color": color, "index": index} for index, (value, text, color) in enumerate(rows)
    }
    return [{"type": "value", "options": codes}, no_value(nothing, len(rows))]


def no_value(text: str, index: int = 0) -> Json:
    """A value mapping of an empty or undefined value."""
    empty: Json = {"text": text, "color": GREY, "index": index}
    return {"type": "special", "options": {"match": "null+nan", "result": empty}}


def _text(state: State) -> str:
    """The label of a state, with the verdict where the label alone does not tell it (IDLE may pass or fail)."""
    if state in {PASS, FAIL} or state.no_data:
        return state.label
    return f"{state.label} ({PASS.label if state.passes else FAIL.label})"


def _color(state: State) -> str:
    if state.no_data:
        return PURPLE
    if state.passes:
        return GREEN if state is PASS else BLUE
    return RED


VERDICT_MAPPINGS: Final = mappings(
    [
        (VERDICT_PASS, "PASS", GREEN),
        (VERDICT_FAIL, "FAIL", RED),
        (VERDICT_OVERRIDE, "OVERRIDDEN", ORANGE),
        (NO_SERIES, NO_DATA_TEXT, GREY),
    ],
    NO_DATA_TEXT,
)
VERDICT_STEPS: Final = steps(
    (VERDICT_FAIL, RED), (VERDICT_PASS, GREEN), (VERDICT_OVERRIDE, ORANGE), (NO_SERIES, GREY), base=GREY
)

STATE_MAPPINGS: Final = mappings(
    [*((state.code, _text(state), _color(state)) for state in STATES), (NO_SERIES, "NO SERIES", GREY)],
    "NO SERIES",
)
STATE_STEPS: Final = steps(
    (PASS.code, GREEN), (FIRST_FAILING, RED), (FIRST_NO_DATA, PURPLE), (NO_SERIES, GREY), base=GREY
)

_GATE_COLORS: Final = (
    (GATE_READY, GREEN),
    (GATE_OVERRIDDEN, ORANGE),
    (GATE_FAILING, RED),
    (GATE_STABILISING, YELLOW),
    (GATE_NO_DATA, PURPLE),
)
GATE_MAPPINGS: Final = mappings(
    [*((state.code, state.label, color) for state, color in _GATE_COLORS), (NO_SERIES, "NO SERIES", GREY)], "NO SERIES"
)
GATE_STEPS: Final = steps(*((state.code, color) for state, color in _GATE_COLORS), (NO_SERIES, GREY), base=GREY)
