"""The panels of a dashboard: verdicts, criteria, and how graphs show a bound."""

import math

import pytest
from boards import (
    NO_SERIES,
    at_least,
    at_most,
    board,
    color_at,
    graph,
    of_type,
    over_plans,
    overrides,
    texts,
    titled,
    words,
)
from plans import gate

from compiler import naming, states
from compiler.fields import UNITS
from compiler.middle.plan import Bound, GatePlan

UNIT_IDS = {
    *("percentunit", "s", "dthms", "dtdhms", "bytes", "decbytes", "short"),
    *("currencyUSD", "currencyEUR", "currencyGBP", "currencyJPY", "currencyCHF"),
}


# verdicts


def test_a_verdict_is_text_and_colour_and_never_green_without_data() -> None:
    """Overall and category stats read PASS, FAIL, OVERRIDDEN or NO DATA; only a pass is green."""
    for stat in of_type(board(gate()), "stat")[:3]:
        field = stat["fieldConfig"]["defaults"]
        codes, empty = (one["options"] for one in field["mappings"])
        shown = {code: (one["text"], one["color"]) for code, one in codes.items()}

        assert [shown[code] for code in "012"] == [("FAIL", "red"), ("PASS", "green"), ("OVERRIDDEN", "orange")]
        assert "NO DATA" == shown[str(NO_SERIES)][0] == empty["result"]["text"] == field["noValue"]
        assert "green" not in (shown[str(NO_SERIES)][1], empty["result"]["color"])
        for code, color in ((0, "red"), (1, "green"), (2, "orange")):
            assert color == color_at(field["thresholds"]["steps"], code)
        assert "green" not in (color_at(field["thresholds"]["steps"], at) for at in (-math.inf, NO_SERIES))


@over_plans
def test_stats_show_the_last_value_of_an_instant_query(plan: GatePlan) -> None:
    """No mean over the time range, no background graph, no query of the past."""
    for stat in of_type(board(plan), "stat"):
        assert (
            stat["options"]["reduceOptions"]["calcs"],
            stat["options"]["graphMode"],
            stat["options"]["colorMode"],
        ) == (["lastNotNull"], "none", "background")
        assert [(target["instant"], target["range"]) for target in stat["targets"]] == [(True, False)]


def test_every_state_has_a_text_and_a_colour_of_its_kind() -> None:
    """Timeline and table show each reason code: what passes is green or blue, what fails red, the rest neither."""
    made = board(gate())
    timeline = titled(made, "Criteria over time")["fieldConfig"]["defaults"]["mappings"]
    shown = timeline[0]["options"]

    assert overrides(titled(made, "Criteria, worst first"))["Status"]["mappings"] == timeline
    assert {str(state.code) for state in states.STATES} | {str(NO_SERIES)} == set(shown)
    for state in states.STATES:
        one = shown[str(state.code)]
        assert one["text"].startswith(state.label)
        assert (one["color"] in {"green", "blue"}) is state.passes
        assert (one["color"] == "red") is (not state.passes and not state.no_data)
    assert len({one["text"] for one in shown.values()}) == len(shown)
    assert max(state.code for state in states.STATES) < NO_SERIES


# the criteria


@over_plans
def test_every_criterion_is_in_timeline_table_and_one_graph(plan: GatePlan) -> None:
    """No criterion is forgotten, none appears twice, and the order is the spec's."""
    made, titles = board(plan), [words(one.title) for one in plan.criteria]
    timeline = titled(made, "Criteria over time")
    rows = sorted(overrides(timeline).items())

    assert titles == [words(properties["displayName"]) for _, properties in rows]
    assert titles == [words(text) for text in texts(titled(made, "Criteria, worst first"), "Criterion")]
    assert titles == [words(panel["title"]) for panel in of_type(made, "timeseries")]


def test_table_shows_what_a_person_asks_first() -> None:
    """Value, requirement in the author's words, status and runbook, with the worst on top."""
    table = titled(board(gate()), "Criteria, worst first")
    (organize,) = [one["options"] for one in table["transformations"] if one["id"] == "organize"]

    assert list(
        dict(sorted(organize["renameByName"].items(), key=lambda one: organize["indexByName"][one[0]])).values()
    ) == ["Category", "Criterion", "Value", "Requirement", "Status", "Runbook"]
    assert table["options"]["sortBy"] == [{"displayName": "Status", "desc": True}]
    assert [one.requirement for one in gate().criteria] == texts(table, "Requirement")


# units, colours, axes


@pytest.mark.parametrize(
    ("bounds", "passing", "failing"),
    [
        ((at_most(0.25, "250ms"),), (0.1, 0.25), (math.nextafter(0.25, 1), 0.3)),
        ((at_most(60.0, "60s", strict=True),), (59.0, math.nextafter(60, 0)), (60.0, 61.0)),
        ((at_least(0.999, "99.9%"),), (0.999, 1.0), (math.nextafter(0.999, 0), 0.5)),
        ((at_least(0.0, "0", strict=True),), (5e-324, 1.0), (0.0, -1.0)),
        (
            (at_least(0.7, "70%"), at_most(0.9, "90%")),
            (0.7, 0.8, 0.9),
            (math.nextafter(0.7, 0), math.nextafter(0.9, 1)),
        ),
        ((at_least(1.0, "1"), at_most(1.0, "1")), (1.0,), (0.0, 0.5, 2.0)),
    ],
    ids=["at most", "below", "at least", "above", "between", "equals"],
)
def test_colour_changes_exactly_at_the_bound(
    bounds: tuple[Bound, ...], passing: tuple[float, ...], failing: tuple[float, ...]
) -> None:
    """A value that just passes is green, one that just fails is red, on the operator's side."""
    panel = graph(bounds)
    steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]

    assert ["green"] * len(passing) == [color_at(steps, value) for value in passing]
    assert ["red"] * len(failing) == [color_at(steps, value) for value in failing]
    assert "line" in panel["fieldConfig"]["defaults"]["custom"]["thresholdsStyle"]["mode"]


@pytest.mark.parametrize(
    ("unit", "limit", "text", "expected"),
    [
        ("ratio", 0.999, "99.9%", "percentunit"),
        ("seconds", 0.15, "150ms", "s"),
        ("seconds", 90_000.0, "25h", "dthms"),
        ("seconds", 604_800.0, "7d", "dtdhms"),
        ("bytes", 5e8, "500MB", "decbytes"),
        ("bytes", 1024.0, "1KiB", "bytes"),
        ("USD", 0.02, "0.02 USD", "currencyUSD"),
        ("EUR", 2.0, "2 EUR", "currencyEUR"),
        ("number", 100.0, "100", "short"),
    ],
)
def test_unit_is_the_requirements(unit: str, limit: float, text: str, expected: str) -> None:
    """The axis speaks the language of the requirement."""
    panel = graph((at_most(limit, text),), unit=UNITS[unit])

    assert expected == panel["fieldConfig"]["defaults"]["unit"]


@over_plans
def test_units_are_known_to_grafana(plan: GatePlan) -> None:
    """Every graph has a unit, and Grafana has it too."""
    assert {panel["fieldConfig"]["defaults"]["unit"] for panel in of_type(board(plan), "timeseries")} <= UNIT_IDS


@pytest.mark.parametrize(
    ("bounds", "unit", "expected"),
    [
        ((at_least(0.999, "99.9%"),), "ratio", (0.996, 1)),
        ((at_most(0.01, "1%"),), "ratio", (0, 0.011)),
        ((at_most(100.0, "100"),), "number", (0, 110)),
        ((at_most(0.0, "0"),), "number", (0, 1)),
        ((at_least(0.7, "70%"), at_most(0.9, "90%")), "ratio", (0.5, 1)),
        ((at_least(1.0, "1"), at_most(1.0, "1")), "number", (0, 2)),
        ((at_least(1.0, "100%"),), "ratio", (0.99, 1)),
    ],
)
def test_bound_is_in_sight(bounds: tuple[Bound, ...], unit: str, expected: tuple[float, float]) -> None:
    """The axis softly starts and ends around the bound, so that it is seen and the line is not squeezed flat."""
    custom = graph(bounds, unit=UNITS[unit])["fieldConfig"]["defaults"]["custom"]

    assert expected == (custom["axisSoftMin"], custom["axisSoftMax"])


def test_limits_that_are_series_are_drawn_dashed() -> None:
    """Where limits differ by member there is no step that would be true for all, but a dashed line for each."""
    cost = titled(board(gate()), "Cost per order")
    defaults, limit = cost["fieldConfig"]["defaults"], overrides(cost)["B"]

    assert [target["refId"] for target in cost["targets"]] == ["A", "B"]
    assert naming.CRITERION_THRESHOLD in cost["targets"][1]["expr"]
    assert limit["custom.lineStyle"]["fill"] == "dash"
    assert defaults["custom"]["thresholdsStyle"]["mode"] == "off"
    assert defaults["thresholds"]["steps"] == [{"color": "green", "value": None}]


def test_legend_only_where_there_is_something_to_tell_apart() -> None:
    """One line needs no legend; lines by label are named after it; each of many series after what differs."""
    graphs = of_type(board(gate()), "timeseries")

    assert [panel["options"]["legend"]["showLegend"] for panel in graphs] == [False, True, True, True]
    assert [panel["targets"][0]["legendFormat"] for panel in graphs] == ["value", "{{region}}", "__auto", "{{tier}}"]
