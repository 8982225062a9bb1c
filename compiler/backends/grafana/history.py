"""The last row of a dashboard: how the gate itself has done over a week and a month, and when it must be reviewed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from grafanalib.core import GridPos, Panel

from compiler import naming
from compiler.backends.grafana import Json, queries
from compiler.backends.grafana.panels import About, Look, Target, bottom, row, stat, state_timeline
from compiler.backends.grafana.text import markdown
from compiler.backends.grafana.verdicts import (
    GATE_MAPPINGS,
    GATE_STEPS,
    GREEN,
    GREY,
    NO_DATA_TEXT,
    ORANGE,
    RED,
    no_value,
    steps,
)
from compiler.fields import Duration
from compiler.middle.plan import GatePlan, ReviewPlan
from compiler.promql.expr import Expr
from compiler.states import GATE_NO_DATA, GATE_OVERRIDDEN, GATE_STATES

TITLE: Final = "The Gate Itself"
WINDOWS: Final = (Duration.parse("7d"), Duration.parse("30d"))
_WIDTH: Final = 4
_STAT_HEIGHT: Final = 3
_TIMELINE_HEIGHT: Final = 5
_SOON: Final = Duration.parse("14d").seconds
_LONGEST: Final = 1e10  # seconds, three hundred years
_ANY: Final = 1e-9  # more than nothing
_GOOD_AT_ZERO: Final = steps((0, GREEN), (_ANY, ORANGE), base=GREY)


def history(gate: GatePlan, y: int) -> Iterator[Panel]:
    """The heading at height `y`, the states of the gate over time, and a line of stats for each window."""
    yield row(TITLE, y)
    width = 24 - (_WIDTH if gate.review else 0)
    yield _timeline(gate, GridPos(h=_TIMELINE_HEIGHT, w=width, x=0, y=y + 1))
    if gate.review:
        yield _review(gate, gate.review, GridPos(h=_TIMELINE_HEIGHT, w=_WIDTH, x=width, y=y + 1))
    top = y + 1 + _TIMELINE_HEIGHT
    for window in WINDOWS:
        stats = list(_stats(gate, window, top))
        yield from stats
        top = bottom(stats)


def _timeline(gate: GatePlan, place: GridPos) -> Panel:
    meanings = "".join(f"\n- **{markdown(state.label)}**: {markdown(state.meaning)}" for state in GATE_STATES)
    about = About(
        "Gate over time",
        f"`{naming.OVERALL_STATE}`: why the gate passes or does not; grey has no series at all.{meanings}",
    )
    target = Target(queries.gate_state(gate), legend="gate", shape="range")
    return state_timeline(about, place, target, Look(GATE_STEPS, GATE_MAPPINGS))


def _review(gate: GatePlan, review: ReviewPlan, place: GridPos) -> Panel:
    about = About(
        "Time until review",
        f"`{naming.REVIEW_DUE}`: the criteria and bounds of this gate must be looked at by"
        f" {markdown(review.day)}; whoever does, writes the next date into {markdown(gate.source)}."
        f" {naming.ALERT_REVIEW_DUE} tells the owner when it is overdue.",
    )
    overdue: Json = {"text": "OVERDUE", "color": RED, "index": 1}
    ends: Json = [
        {"type": "range", "options": {"from": -_LONGEST, "to": 0, "result": overdue}},
        no_value(NO_DATA_TEXT),
    ]
    colors = steps((-_LONGEST, RED), (0, ORANGE), (_SOON, GREEN), base=GREY)
    return stat(about, place, queries.until_review(gate), Look(colors, ends, unit="dtdhms"))


@dataclass(frozen=True, slots=True)
class _Figure:
    """One thing that is told of each window. `query` gives it; `unit` is Grafana's."""

    title: str
    description: str
    query: Callable[[GatePlan, Duration], Expr]
    unit: str


_FIGURES: Final = (
    _Figure("Time closed", "How long the gate did not pass, for whatever reason.", queries.time_closed, "dtdhms"),
    _Figure(
        "Closings",
        "How often the gate went from a pass to none. Many short ones are flaps: a criterion needs another window or"
        " bound.",
        queries.closings,
        "none",
    ),
    _Figure(
        "Time to green",
        "How long the gate stayed closed on average, stabilisation included: the time closed by the closings.",
        queries.time_to_green,
        "dtdhms",
    ),
    _Figure(
        "Overridden",
        "The share of the observed time in which an approved override let the gate pass.",
        lambda gate, window: queries.share_in(gate, GATE_OVERRIDDEN, window),
        "percentunit",
    ),
    _Figure(
        "No data",
        "The share of the observed time in which a criterion could not be judged.",
        lambda gate, window: queries.share_in(gate, GATE_NO_DATA, window),
        "percentunit",
    ),
    _Figure(
        "Not observed",
        "The share of the window in which nobody judged the gate: its rules were not evaluated, or not there yet."
        " Nothing is known of it, and nothing else here counts it.",
        queries.unobserved_share,
        "percentunit",
    ),
)


def _stats(gate: GatePlan, window: Duration, y: int) -> Iterator[Panel]:
    source = f"From `{naming.STATE_RATIO_1H}` and `{naming.OVERALL_CLOSINGS_1H}` of the full hours."
    for index, figure in enumerate(_FIGURES):
        place = GridPos(h=_STAT_HEIGHT, w=_WIDTH, x=_WIDTH * index, y=y)
        about = About(f"{figure.title} ({window})", f"{figure.description} {source}")
        look = Look(_GOOD_AT_ZERO, [no_value(NO_DATA_TEXT)], unit=figure.unit)
        yield stat(about, place, figure.query(gate, window), look)
