"""Dashboards of plans, and how tests look at them."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from engines import ROOT
from plans import criterion, gate, hostile_gate

from compiler.backends import dashboard
from compiler.backends.base import Artifact
from compiler.middle.lower import lower
from compiler.middle.plan import Bound, GatePlan
from compiler.spec.load import load

Board = dict[str, Any]
Panel = dict[str, Any]

NO_SERIES = 99


def _compiled(spec: Path) -> GatePlan:
    """The plan of a real gate."""
    loaded = load(spec.read_text(), spec.name)
    assert loaded.gate is not None, loaded.diagnostics
    assert loaded.source is not None
    return lower(loaded.gate, loaded.source)


PLANS = {"sample": gate(), "hostile": hostile_gate()} | {
    spec.stem: _compiled(spec) for spec in sorted((ROOT / "specs").glob("*.yaml"))
}

over_plans = pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)  # what every dashboard must fulfil


def artifact(plan: GatePlan) -> Artifact:
    """The only artifact of a gate."""
    (only,) = dashboard.emit((plan,))
    return only


def board(plan: GatePlan) -> Board:
    """The dashboard of a gate, parsed."""
    parsed: Board = json.loads(artifact(plan).text)
    return parsed


def of_type(board: Board, kind: str) -> list[Panel]:
    """All panels of one type, from the top."""
    return [panel for panel in board["panels"] if panel["type"] == kind]


def titled(board: Board, title: str) -> Panel:
    """The panel whose title begins so."""
    (found,) = (panel for panel in board["panels"] if panel["type"] != "row" and panel["title"].startswith(title))
    only: Panel = found
    return only


def graph(bounds: tuple[Bound, ...], **changes: Any) -> Panel:
    """The graph of the only criterion of a gate."""
    category = gate().categories[0]
    one = criterion(bounds=bounds, **changes)
    (only,) = of_type(board(gate(categories=(replace(category, criteria=(one,)),))), "timeseries")
    return only


def expressions(board: Board) -> list[str]:
    """Every query: of panels and of annotations."""
    panels = [target["expr"] for panel in board["panels"] for target in panel.get("targets", ())]
    return panels + [one["expr"] for one in board["annotations"]["list"] if "expr" in one]


def strings(value: Any) -> Iterator[str]:
    """Every text in a JSON value, keys excluded."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from strings(item)


def color_at(steps: list[Board], value: float) -> str:
    """The colour that Grafana gives a value: that of the last step that is not above it."""
    reached = [step["color"] for step in steps if step["value"] is None or step["value"] <= value]
    return str(reached[-1])


def overrides(panel: Panel) -> dict[str, dict[str, Any]]:
    """The properties that a panel overrides, by field."""
    return {
        rule["matcher"]["options"]: {one["id"]: one["value"] for one in rule["properties"]}
        for rule in panel["fieldConfig"]["overrides"]
    }


def texts(panel: Panel, column: str) -> list[str]:
    """What the cells of a column may read, in the order of the spec."""
    options = overrides(panel)[column]["mappings"][0]["options"]
    return [one["text"] for one in sorted(options.values(), key=lambda one: one["index"])]


def words(text: str) -> str:
    """A text as a title shows it: on one line, without what cannot be seen."""
    return " ".join("".join(c if c.isprintable() else " " for c in text.replace("\u2060", "")).split())


def at_most(limit: float, text: str, *, strict: bool = False) -> Bound:
    """An upper bound."""
    return Bound("max", strict, limit, text)


def at_least(limit: float, text: str, *, strict: bool = False) -> Bound:
    """A lower bound."""
    return Bound("min", strict, limit, text)
