"""The finishing pass: from grafanalib's objects to the text of a dashboard that today's Grafana reads as its own.

grafanalib 0.7.1 writes keys of Grafana 4 to 8 and a null for everything unset. What is kept is listed here; anything
else is dropped, and so are nulls, except a null threshold value, which means minus infinity.
"""

import json
from collections.abc import Sequence
from typing import Any, Final

from grafanalib.core import Dashboard

_DASHBOARD: Final = (
    *("annotations", "description", "editable", "graphTooltip", "links", "panels", "refresh", "schemaVersion", "tags"),
    *("templating", "time", "timepicker", "timezone", "title", "uid", "version"),
)
_ROW: Final = ("collapsed", "gridPos", "id", "panels", "title", "type")
_PANEL: Final = (
    *("datasource", "description", "fieldConfig", "gridPos", "id", "links", "options", "targets", "title"),
    *("transformations", "type"),
)
_VARIABLE: Final = ("hide", "includeAll", "label", "multi", "name", "options", "query", "refresh", "regex", "type")
_TIME: Final = ("from", "to")
_ENCODE: Final = json.JSONEncoder(ensure_ascii=False).encode


def finish(dashboard: Dashboard) -> str:
    """The dashboard as JSON text: sorted keys, indented by 2, with a newline at the end."""
    raw = _plain(dashboard.auto_panel_ids())
    return _indented(_dashboard(raw), "\n") + "\n"


def _dashboard(raw: dict[str, Any]) -> dict[str, Any]:
    kept = _only(raw, _DASHBOARD)
    kept["panels"] = [_only(panel, _ROW if panel["type"] == "row" else _PANEL) for panel in raw["panels"]]
    kept["templating"] = {"list": [{**_only(one, _VARIABLE), "current": {}} for one in raw["templating"]["list"]]}
    kept["time"] = _only(raw["time"], _TIME)
    kept["timepicker"] = {}
    return kept


def _only(raw: dict[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    return {key: raw[key] for key in keys if key in raw}


def _plain(raw: Any, *, within: str = "") -> Any:  # noqa: ANN401 - JSON of any shape, with grafanalib's objects
    """The data of all objects, without nulls."""
    if raw is None or isinstance(raw, (str, int, float)):
        return raw
    if isinstance(raw, (list, tuple)):
        return [_plain(item, within=within) for item in raw]
    if isinstance(raw, dict):
        return {key: _plain(value, within=key) for key, value in raw.items() if value is not None or within == "steps"}
    return _plain(raw.to_json_data(), within=within)


def _indented(raw: Any, start: str) -> str:  # noqa: ANN401 - JSON of any shape
    """What `json.dumps` makes of it with `indent=2, sort_keys=True`, for which it does without its C code.

    `start` is how the line begins on which the value ends: a line break, and the spaces before it.
    """
    if isinstance(raw, str):
        return _ENCODE(raw)
    inner = f"{start}  "
    if isinstance(raw, list):
        return f"[{inner}{f',{inner}'.join([_indented(item, inner) for item in raw])}{start}]" if raw else "[]"
    if isinstance(raw, dict):
        fields = [f"{_ENCODE(key)}: {_indented(raw[key], inner)}" for key in sorted(raw)]
        return f"{{{inner}{f',{inner}'.join(fields)}{start}}}" if raw else "{}"
    return "null" if raw is None else str(raw).lower()
