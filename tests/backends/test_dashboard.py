"""The dashboard: what people see of a gate."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import promql_parser
import pytest
from boards import (
    artifact,
    board,
    expressions,
    of_type,
    over_plans,
    titled,
    words,
)
from engines import ROOT
from plans import criterion, gate

from compiler import naming
from compiler.middle.plan import CriterionPlan, GatePlan

# identity


def test_file_is_named_after_the_gate() -> None:
    """The path is the gate's directory and the dashboard's file name."""
    assert [str(artifact(gate()).path)] == ["sample/dashboard.json"]


@over_plans
def test_text_is_canonical_json(plan: GatePlan) -> None:
    """Keys are sorted, the indent is 2, a newline ends the file, and a second run gives the same bytes."""
    text = artifact(plan).text

    assert json.dumps(json.loads(text), indent=2, sort_keys=True, ensure_ascii=False) + "\n" == text
    assert artifact(plan).text == text


def test_bytes_do_not_depend_on_hash_seeds() -> None:
    """Another process with another order of sets writes the same bytes."""
    script = "from boards import artifact, gate; print(artifact(gate()).text, end='')"
    environment = {"PYTHONHASHSEED": "4711", "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}

    ran = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)

    assert artifact(gate()).text == ran.stdout


@over_plans
def test_head_of_the_dashboard(plan: GatePlan) -> None:
    """The uid is the gate's name, the title its title, and nobody is invited to edit what is generated."""
    made = board(plan)

    assert plan.name == made["uid"]
    assert words(plan.title) == words(made["title"])
    assert made["tags"] == ["generated", "readiness-gate", *plan.tags]
    assert f"generated from {plan.source}, do not edit." in made["description"]
    assert "id" not in made
    assert (made["schemaVersion"], made["version"], made["editable"]) == (42, 1, False)


@over_plans
def test_time_and_refresh(plan: GatePlan) -> None:
    """Six hours in the browser's time zone, refreshed no faster than once a minute, with a shared crosshair."""
    made = board(plan)

    assert made["time"] == {"from": "now-6h", "to": "now"}
    assert (made["refresh"], made["timezone"], made["graphTooltip"]) == ("1m", "browser", 1)


# layout


@over_plans
def test_rows_are_the_overview_the_categories_and_the_history(plan: GatePlan) -> None:
    """Rows stand in the order of the spec, between the overview and how the gate itself has done."""
    titles = [words(row["title"]) for row in of_type(board(plan), "row")]

    categories = [words(category.title) for category in plan.categories]
    assert ["Gate Status Overview", *categories, "The Gate Itself"] == titles


@pytest.mark.parametrize("categories", [1, 2, 7, 12])
@pytest.mark.parametrize("criteria", [1, 2, 4, 5])
def test_panels_tile_the_grid(categories: int, criteria: int) -> None:
    """No panel overlaps another or leaves the grid, every line of it is used, and ids are unique."""
    many = tuple(criterion(f"c{i}") for i in range(criteria))
    (first,) = gate().categories[:1]
    plan = gate(categories=tuple(replace(first, id=f"k{i}", criteria=many) for i in range(categories)))
    panels = board(plan)["panels"]
    places = [panel["gridPos"] for panel in panels]

    cells = [(x, y) for p in places for x in range(p["x"], p["x"] + p["w"]) for y in range(p["y"], p["y"] + p["h"])]

    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24
    assert set(range(max(y for _, y in cells) + 1)) == {y for _, y in cells}
    assert list(range(1, len(panels) + 1)) == [panel["id"] for panel in panels]


def test_verdict_and_categories_fit_the_first_screen() -> None:
    """With seven categories all stats end above grid line 11: with Grafana's own bars that is within 720 pixels."""
    (first,) = gate().categories[:1]
    stats = of_type(board(gate(categories=tuple(replace(first, id=f"k{i}") for i in range(7)))), "stat")[:10]

    assert max(stat["gridPos"]["y"] + stat["gridPos"]["h"] for stat in stats) <= 11


# descriptions and queries


@over_plans
def test_every_panel_says_what_it_shows(plan: GatePlan) -> None:
    """Each has a title and a description that names the series; a graph also says when its criterion passes."""
    for panel in board(plan)["panels"]:
        assert panel["title"].strip()
        if panel["type"] != "row":
            assert "gate:" in panel["description"]
        if panel["type"] == "timeseries":
            assert "**Passes when** the value is " in panel["description"]


def test_graph_tells_all_that_the_plan_knows() -> None:
    """Requirement, measure, inputs, policies, runbook and the place in the spec."""
    text = titled(board(gate()), "Shop availability")["description"]

    for part in ("at least 99.9%", "1 − errors / requests", "http_errors_total", "No events in the window: fails."):
        assert part in text
    assert "/srv/runbooks/web.md" in text
    assert "sample.yaml, line 20" in text


@over_plans
def test_one_datasource_variable_and_no_other_datasource(plan: GatePlan) -> None:
    """Everything is asked from the data source that the reader picks."""
    made = board(plan)
    (variable,) = made["templating"]["list"]
    text = json.dumps(made)

    assert (
        variable["name"],
        variable["label"],
        variable["type"],
        variable["query"],
    ) == ("datasource", "Data source", "datasource", "prometheus")
    assert {"${datasource}", "-- Grafana --"} == set(re.findall(r'"uid": "([^"]*)"', text)) - {plan.name}


def _selectors(tree: Any) -> Iterator[Any]:
    """Every vector selector of a parsed expression."""
    if isinstance(tree, promql_parser.VectorSelector):
        yield tree
    for name in ("expr", "lhs", "rhs", "vs", "vector_selector", "param"):
        child = getattr(tree, name, None)
        if child is not None:
            yield from _selectors(child)
    for argument in getattr(tree, "args", None) or ():
        yield from _selectors(argument)


@over_plans
def test_queries_read_only_this_gates_recorded_series(plan: GatePlan) -> None:
    """Every selector names a series that the rules record, and always with the gate's label."""
    recorded = {getattr(naming, name) for name in dir(naming) if str(getattr(naming, name)).startswith("gate:")}
    known = recorded | {naming.input_series(())}
    for expr in expressions(board(plan)):
        selectors = list(_selectors(promql_parser.parse(expr)))
        assert len(re.findall(r"gate:\w+:\w+[{]", expr)) == len(selectors) > 0
        for selector in selectors:
            labels = {matcher.name: matcher.value for matcher in selector.matchers.matchers}
            assert selector.name in known
            assert plan.name == labels[naming.GATE]


@over_plans
def test_number_of_queries_grows_with_the_criteria_only(plan: GatePlan) -> None:
    """One query a panel, two in the table and where limits are series; none is throttled."""
    made = board(plan)
    moved = sum(any(bound.limit is None for bound in one.bounds) for one in plan.criteria)
    for panel in made["panels"]:
        moving = panel["type"] == "timeseries" and bool(panel["fieldConfig"]["overrides"])
        table = panel["title"].startswith("Criteria, worst first")
        assert (0 if panel["type"] == "row" else 2 if moving or table else 1) == len(panel.get("targets", ()))
        assert not {"maxDataPoints", "interval"} & set(panel)
        assert not any({"intervalFactor", "step", "interval"} & set(target) for target in panel.get("targets", ()))
    history = 2 + 2 * 6  # the gate over time, its review, and six figures of two windows
    exceptions = 2 if plan.overrides else 0  # those in force, and what must be re-tested
    assert len(expressions(made)) <= len(plan.criteria) + moved + len(plan.categories) + 9 + history + exceptions


# cost


def test_grafanalib_is_imported_only_for_a_dashboard() -> None:
    """Commands that make no dashboard do not pay for the import."""
    script = "import sys, compiler.backends.dashboard; sys.exit('grafanalib' in sys.modules)"

    subprocess.run([sys.executable, "-c", script], env={"PYTHONPATH": str(ROOT)}, check=True)


@over_plans
def test_fits_a_configmap(plan: GatePlan) -> None:
    """Compact, it stays below what kubectl keeps in an annotation (262144 bytes)."""
    compact = json.dumps(json.loads(artifact(plan).text), separators=(",", ":"))

    assert len(json.dumps(compact).encode()) < 262_144


def test_criterion_plan_is_not_read_for_its_kind() -> None:
    """The same dashboard for another kind: what a kind means is in its measure, unit and bounds."""
    (first, *rest) = gate().categories
    other: tuple[CriterionPlan, ...] = tuple(replace(one, kind="anything") for one in first.criteria)

    assert artifact(gate()).text == artifact(gate(categories=(replace(first, criteria=other), *rest))).text
