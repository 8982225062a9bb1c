"""The last row of the dashboard, live: what it says of a month is what happened, and what nobody saw is not good."""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from backfilled import FOREVER, NOW, Samples, openmetrics, recorded
from boards import Panel, board, color_at, of_type, titled
from engines import Engine, backfill
from gates import plan
from plans import gate
from servers import Prometheus

from compiler import states
from compiler.promql.printer import show

HOURS = 30 * 24
BEFORE_THE_HOUR = 40  # seconds; the statistics are evaluated at some time of their own
LAST = NOW % 3600  # seconds since the last full hour
READY, OVERRIDDEN, FAILING, STABILISING, NO_DATA = (state.code for state in states.GATE_STATES)

# What happened, by hours before NOW; in all others the gate was ready.
DAY = range(20, 44)  # nobody judged
EVENTS: Mapping[int, Mapping[int, float]] = {
    1: {FAILING: 0.25, STABILISING: 0.25, READY: 0.5},
    5: {OVERRIDDEN: 0.5, READY: 0.5},
    6: {NO_DATA: 0.4, READY: 0.6},
    10 * 24: {FAILING: 1.0},
}
CLOSINGS = {1: 2, 6: 1, 10 * 24: 1}


def month() -> Samples:
    """What the statistics recorded before each full hour of a month."""
    shares = {hour: EVENTS.get(hour, {READY: 1.0}) for hour in range(HOURS) if hour not in DAY}
    series: Samples = {recorded("overall:closings1h"): [(_ago(hour), CLOSINGS.get(hour, 0)) for hour in shares]}
    for code in (READY, OVERRIDDEN, FAILING, STABILISING, NO_DATA):
        name = recorded("overall_state:ratio1h", "state", f"{code}")
        series[name] = [(_ago(hour), share[code]) for hour, share in shares.items() if code in share]
    series[recorded("review:due")] = [(0, NOW + 86_400)]
    series[recorded("overall:state")] = [(600, 0.0), (0, 10.0)]
    return {name: sorted(samples, reverse=True) for name, samples in series.items()}


def _ago(hour: int) -> int:
    return LAST + 3600 * hour + BEFORE_THE_HOUR


@pytest.fixture(scope="module")
def server(any_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """A Prometheus with that month."""
    directory = tmp_path_factory.mktemp("month")
    (directory / "samples").write_text(openmetrics(month()))
    backfill(any_engine, directory / "samples", directory / "data")
    with Prometheus(any_engine, data_dir=directory / "data", flags=FOREVER) as running:
        yield running


def panels() -> list[Panel]:
    """The stats of the row."""
    made = board(gate())
    (row,) = (panel for panel in made["panels"] if panel["title"] == "The Gate Itself")
    return [panel for panel in of_type(made, "stat") if panel["gridPos"]["y"] > row["gridPos"]["y"]]


FIGURES = {
    "Time closed (7d)": (0.5 + 0.4) * 3600,
    "Time closed (30d)": (0.5 + 0.4 + 1) * 3600,
    "Closings (7d)": 3,
    "Closings (30d)": 4,
    "Time to green (7d)": (0.5 + 0.4) * 3600 / 3,
    "Time to green (30d)": (0.5 + 0.4 + 1) * 3600 / 4,
    "Overridden (7d)": 0.5 / (168 - 24),
    "Overridden (30d)": 0.5 / (720 - 24),
    "No data (7d)": 0.4 / (168 - 24),
    "No data (30d)": 0.4 / (720 - 24),
    "Not observed (7d)": 24 / 168,
    "Not observed (30d)": 24 / 720,
    "Time until review": 86_400,
}


@pytest.mark.parametrize("title", FIGURES)
def test_figures_are_what_happened(server: Prometheus, title: str) -> None:
    """Of a month with two closings, an override, missing data, and a day that nobody saw."""
    value = server.value(titled(board(gate()), title)["targets"][0]["expr"], NOW)

    assert value == pytest.approx(FIGURES[title])


def test_every_figure_is_tested() -> None:
    """What is above is what there is."""
    assert sorted(panel["title"] for panel in panels()) == sorted(FIGURES)


def test_a_month_costs_little(server: Prometheus) -> None:
    """All figures together read fewer samples than two days of a verdict that is written every 30 seconds."""
    read = sum(server.samples_read(panel["targets"][0]["expr"], NOW) for panel in panels())

    assert 0 < read < 2 * 2 * 24 * 120


def test_the_gate_over_time_is_its_state(server: Prometheus) -> None:
    """And it has a value where there is no series, lest the last one is carried on."""
    expr = titled(board(gate()), "Gate over time")["targets"][0]["expr"]

    assert [server.value(expr, at) for at in (NOW - 600, NOW, NOW + 3600)] == [READY, FAILING, 99]


def test_nothing_known_is_no_data_in_grey(any_engine: Engine) -> None:
    """Every stat is empty on a server without the gate; and an empty one is grey, and says NO DATA."""
    with Prometheus(any_engine) as empty:
        assert [empty.query(panel["targets"][0]["expr"]) for panel in panels()] == [[]] * len(panels())
    for panel in panels():
        field = panel["fieldConfig"]["defaults"]
        (nothing,) = (one["options"] for one in field["mappings"] if one["type"] == "special")
        assert (nothing["match"], nothing["result"]["text"], field["noValue"]) == ("null+nan", "NO DATA", "NO DATA")
        assert "green" not in nothing["result"]["color"]
        assert color_at(field["thresholds"]["steps"], -math.inf) != "green"


def test_an_hour_of_trouble_is_not_green() -> None:
    """Only nothing at all is; and a review that is due is red and says so."""
    for panel in panels():
        steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
        if panel["title"] == "Time until review":
            (overdue,) = (
                one["options"] for one in panel["fieldConfig"]["defaults"]["mappings"] if one["type"] == "range"
            )
            assert (overdue["to"], overdue["result"]["text"], overdue["result"]["color"]) == (0, "OVERDUE", "red")
            assert [color_at(steps, days * 86_400) for days in (-400, -1, 1, 20)] == ["red", "red", "orange", "green"]
        else:
            assert [color_at(steps, value) for value in (0, 1e-6, 5)] == ["green", "orange", "orange"]


def test_a_gate_without_a_review_has_no_panel_of_it() -> None:
    """The timeline takes its place."""
    made = board(gate(review=None))

    assert not [panel for panel in made["panels"] if panel["title"] == "Time until review"]
    assert titled(made, "Gate over time")["gridPos"]["w"] == 24


def test_every_state_of_the_gate_has_a_text_and_a_colour() -> None:
    """Only a pass by all criteria is green."""
    field = titled(board(gate()), "Gate over time")["fieldConfig"]["defaults"]
    shown = field["mappings"][0]["options"]

    assert {str(state.code): state.label for state in states.GATE_STATES} == {
        code: one["text"] for code, one in shown.items() if code != "99"
    }
    assert [code for code, one in shown.items() if one["color"] == "green"] == ["0"]
    for code, one in shown.items():
        assert color_at(field["thresholds"]["steps"], float(code)) == one["color"]


def test_the_rules_cost_little(any_engine: Engine, tmp_path: Path) -> None:
    """An evaluation of the statistics reads each state of an hour about four times, whatever the gate measures."""
    criterion = {"id": "c", "title": "C", "measure": {"kind": "gauge", "metric": "level"}, "require": {"equals": 1}}
    rules = plan({"level": {"type": "gauge"}}, [criterion]).statistics
    states_of_two_hours: Samples = {'gate:overall:state{gate="case"}': [(ago, 0.0) for ago in range(7200, -1, -30)]}
    (tmp_path / "samples").write_text(openmetrics(states_of_two_hours))
    backfill(any_engine, tmp_path / "samples", tmp_path / "data")
    with Prometheus(any_engine, data_dir=tmp_path / "data", flags=FOREVER) as server:
        read = [server.samples_read(show(rule.expr), NOW) for rule in rules]

    assert 2 * 120 < sum(read) <= 4.2 * 120
