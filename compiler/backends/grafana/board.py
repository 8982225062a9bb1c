"""The whole dashboard of one gate."""

from typing import Final

from grafanalib.core import Annotations, Dashboard, DashboardLink, Template, Templating, Time

from compiler.backends.addresses import web_address
from compiler.backends.grafana import Json, queries
from compiler.backends.grafana.criteria import sections
from compiler.backends.grafana.finish import finish
from compiler.backends.grafana.history import history
from compiler.backends.grafana.overview import overview
from compiler.backends.grafana.panels import DATASOURCE, bottom
from compiler.backends.grafana.text import link, plain, query
from compiler.backends.grafana.verdicts import ORANGE, RED
from compiler.middle.plan import GatePlan, LinkPlan
from compiler.promql.expr import Expr

_SCHEMA_VERSION: Final = 42  # the last one of classic dashboards; newer Grafanas refuse any other
_VERSION: Final = 1  # fixed: the file is the source, and Grafana counts its own saves
_SHARED_CROSSHAIR: Final = 1
_TAG: Final = "readiness-gate"


def render(gate: GatePlan) -> str:
    """The text of the gate's dashboard file."""
    panels = list(overview(gate))
    panels += sections(gate, bottom(panels))
    panels += history(gate, bottom(panels))
    return finish(
        Dashboard(
            title=plain(gate.title),
            uid=gate.name,
            description=_description(gate),
            tags=list(dict.fromkeys(("generated", _TAG, *map(plain, gate.tags)))),
            panels=panels,
            templating=Templating([_datasource()]),
            annotations=Annotations(_annotations(gate)),
            links=[_other_gates(), *(_to_page(page) for page in gate.links if web_address(page.url))],
            editable=False,
            graphTooltip=_SHARED_CROSSHAIR,
            refresh="1m",
            time=Time("now-6h", "now"),
            timezone="browser",
            schemaVersion=_SCHEMA_VERSION,
            version=_VERSION,
        )
    )


def _description(gate: GatePlan) -> str:
    people = [("Owner", gate.owner), ("On call", gate.on_call), ("Next review", gate.review.day if gate.review else "")]
    known = "".join(f" {role}: {plain(who)}." for role, who in people if who)
    return f"generated from {plain(gate.source)}, do not edit. Revision {gate.revision}.{known}"


def _datasource() -> Template:
    return Template(
        name="datasource", label="Data source", type="datasource", query="prometheus", regex="", hide=0, refresh=1
    )


def _annotations(gate: GatePlan) -> list[Json]:
    return [
        {
            "builtIn": 1,
            "datasource": {"type": "grafana", "uid": "-- Grafana --"},
            "enable": True,
            "hide": True,
            "iconColor": "rgba(0, 211, 255, 1)",
            "name": "Annotations & Alerts",
            "type": "dashboard",
        },
        _annotation("Gate does not pass", queries.failing(gate), RED),
        _annotation("Override in force", queries.overridden(gate), ORANGE),
    ]


def _annotation(name: str, expr: Expr, color: str) -> Json:
    """A region from one change of the verdict to the next: Grafana joins neighbouring samples that are above 0."""
    return {
        "datasource": DATASOURCE,
        "enable": True,
        "expr": query(expr),
        "hide": False,
        "iconColor": color,
        "name": name,
        "step": "60s",
        "textFormat": name,
        "titleFormat": name,
    }


def _other_gates() -> DashboardLink:
    return DashboardLink(
        title="Readiness gates", type="dashboards", tags=[_TAG], asDropdown=True, keepTime=True, includeVars=True
    )


def _to_page(page: LinkPlan) -> DashboardLink:
    return DashboardLink(
        title=plain(page.title), type="link", uri=link(web_address(page.url)), targetBlank=True, keepTime=False
    )
