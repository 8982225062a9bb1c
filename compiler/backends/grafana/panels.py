"""The kinds of panel that a gate's dashboard is made of, with grafanalib's wrong defaults put right."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from grafanalib.core import GridPos, Panel, RowPanel, Stat, StateTimeline, Table, TableSortByField, TimeSeries

from compiler.backends.grafana import Json
from compiler.backends.grafana.text import link, plain, query
from compiler.promql.expr import Expr

DATASOURCE: Final = {"type": "prometheus", "uid": "${datasource}"}


@dataclass(frozen=True, slots=True)
class About:
    """What every panel says of itself. `title` is plain text; `description` is Markdown; `links` are (title, URL)."""

    title: str
    description: str
    links: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """One query. grafanalib's own class would halve the resolution (`intervalFactor`, `step`)."""

    expr: Expr
    legend: str = "__auto"
    shape: Literal["now", "rows", "range"] = "now"
    ref: str = "A"

    def to_json_data(self) -> Json:
        """What grafanalib's encoder calls."""
        return {
            "datasource": DATASOURCE,
            "editorMode": "code",
            "expr": query(self.expr),
            "format": "table" if self.shape == "rows" else "time_series",
            "instant": self.shape != "range",
            "legendFormat": self.legend,
            "range": self.shape == "range",
            "refId": self.ref,
        }


@dataclass(frozen=True, slots=True)
class Look:
    """How values look: threshold colours, value mappings, Grafana's id of the unit, and overrides of single fields."""

    steps: Json
    mappings: Json = None
    unit: str = "none"
    overrides: tuple[Json, ...] = ()


@dataclass(frozen=True, slots=True)
class Axes:
    """What a graph shows beside its lines: the steps, a legend, a range that is always in sight."""

    steps: Literal["off", "line", "line+area"]
    legend: bool
    soft_range: tuple[float, float] | None


def override(matcher: str, options: str, **properties: Json) -> Json:
    """A field override; `custom_x` stands for the property `custom.x`."""
    return {
        "matcher": {"id": matcher, "options": options},
        "properties": [{"id": key.replace("custom_", "custom."), "value": value} for key, value in properties.items()],
    }


def row(title: str, y: int) -> RowPanel:
    """The heading of a section, at height `y` of the grid."""
    return RowPanel(title=plain(title), gridPos=GridPos(h=1, w=24, x=0, y=y))


def stat(about: About, place: GridPos, expr: Expr, look: Look) -> Stat:
    """One big value, as it is now, on a coloured background."""
    return Stat(
        **_shared(about, place, [Target(expr)]),
        colorMode="background",
        graphMode="none",
        textMode="value",
        reduceCalc="lastNotNull",
        color={"mode": "thresholds"},
        alignment="center",
        noValue="NO DATA",
        mappings=look.mappings,
        format=look.unit,
        extraJson={"fieldConfig": {"defaults": {"thresholds": _absolute(look.steps)}}},
    )


def state_timeline(about: About, place: GridPos, target: Target, look: Look) -> StateTimeline:
    """Coloured bars over time, one row a series."""
    return StateTimeline(
        **_shared(about, place, [target]),
        mappings=look.mappings,
        overrides=list(look.overrides),
        extraJson={
            "fieldConfig": {"defaults": {"thresholds": _absolute(look.steps)}},
            "options": {"legend": {"showLegend": False}, "tooltip": {"mode": "single", "sort": "none"}},
        },
    )


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a table, in order: (name of the field, heading). `overrides` are by heading."""

    names: tuple[tuple[str, str], ...]
    overrides: tuple[Json, ...]
    worst_first: str = ""
    when_empty: str = ""

    def transformations(self, joined_by: str) -> list[Json]:
        """From the frames of the queries to the columns; `joined_by` is a field that all frames have, if several."""
        kept = [name for name, _ in self.names]
        join: Json = {"id": "joinByField", "options": {"byField": joined_by, "mode": "outer"}}
        return [
            *([join] if joined_by else []),
            {"id": "filterFieldsByName", "options": {"include": {"names": kept}}},
            {
                "id": "organize",
                "options": {
                    "excludeByName": {},
                    "indexByName": {name: index for index, name in enumerate(kept)},
                    "renameByName": dict(self.names),
                },
            },
        ]


def table(about: About, place: GridPos, targets: Iterable[Target], columns: Columns, joined_by: str = "") -> Table:
    """Rows of the instant queries `targets`."""
    return Table(
        **_shared(about, place, list(targets)),
        transformations=columns.transformations(joined_by),
        overrides=list(columns.overrides),
        sortBy=[TableSortByField(displayName=columns.worst_first, desc=True)] if columns.worst_first else [],
        extraJson={
            "fieldConfig": {"defaults": {"custom": {"displayMode": None}, "noValue": columns.when_empty or None}},
            "options": {"cellHeight": "sm"},
        },
    )


def time_series(about: About, place: GridPos, targets: list[Target], look: Look, axes: Axes) -> TimeSeries:
    """Lines over time."""
    low, high = axes.soft_range or (None, None)
    return TimeSeries(
        **_shared(about, place, targets),
        unit=look.unit,
        lineWidth=2,
        showPoints="never",
        stacking={"mode": "none", "group": "A"},
        thresholdsStyleMode=axes.steps,
        tooltipMode="multi",
        tooltipSort="desc",
        overrides=list(look.overrides),
        extraJson={
            "fieldConfig": {
                "defaults": {
                    "custom": {"axisSoftMin": low, "axisSoftMax": high, "scaleDistribution": {"log": None}},
                    "noValue": "No value: idle, or no data",
                    "mappings": None,  # an empty list would switch dashboard-linter's check of units off
                    "thresholds": _absolute(look.steps),
                }
            },
            "options": {"legend": {"showLegend": axes.legend}},
        },
    )


def bottom(panels: Iterable[Panel]) -> int:
    """The first grid line below all panels."""
    return max((panel.gridPos.y + panel.gridPos.h for panel in panels), default=0)


def _absolute(steps: Json) -> Json:
    return {"mode": "absolute", "steps": steps}


def _shared(about: About, place: GridPos, targets: list[Target]) -> dict[str, object]:
    links = [{"title": plain(title), "url": link(url), "targetBlank": True} for title, url in about.links]
    return {
        "title": plain(about.title),
        "description": about.description,
        "links": links,
        "gridPos": place,
        "dataSource": DATASOURCE,
        "targets": targets,
    }
