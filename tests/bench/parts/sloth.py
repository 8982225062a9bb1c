"""Where a `sloth` is on PATH: objectives on the same ratios of counters, compiled by both.

Sloth's rules give burn rates for alerts, and promgate's a verdict with its reason, so they are not the same thing; what
they read of raw series and how long it takes to make them can be compared.
"""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import yaml
from bench.fleet import openmetrics, platform
from bench.part import Column, Options, Panel, Row, number
from bench.process import PROMGATE, timed
from bench.replay import Replay
from engines import find_engine
from gates import spec_text

NAME = "sloth"
TITLE = "Against Sloth"
COLUMNS: tuple[Column, ...] = (
    Column("what", "compiler"),
    Column("objectives", "objectives", ",d"),
    Column("rules", "rules an objective", ".1f"),
    Column("samples", "samples an evaluation", ",d"),
    Column("wall", "generation, s", ".2f"),
)
_SUITE: Final = "forky"
_OBJECTIVES: Final = {
    "router": ("router_errors_total", "router_requests_total"),
    "redis": ("redis_connection_failures_total", "redis_connection_attempts_total"),
    "inference": ("vllm_request_failures_total", "vllm_requests_total"),
    "batches": ("batch_export_failures_total", "batch_export_uploads_total"),
}
_OUT: Final = "sloth.yml"


def measure(options: Options) -> list[Row]:
    """A row for each compiler; none without a Sloth."""
    del options
    sloth, engine = shutil.which("sloth"), find_engine(_SUITE)
    if not sloth or not engine:
        return []
    with (
        tempfile.TemporaryDirectory(prefix="promgate-bench-") as name,
        Replay(engine, openmetrics(platform())) as server,
    ):
        directory = Path(name)
        (directory / "slos.yml").write_text(yaml.safe_dump(_slos()))
        (directory / "gate.yaml").write_text(_gate())
        theirs = timed((sloth, "generate", "-i", "slos.yml", "-o", _OUT), directory, directory / "cache")
        ours = timed((*PROMGATE, "generate", "gate.yaml", "--no-validate"), directory, directory / "cache")
        return [
            _row("sloth", directory / _OUT, theirs.wall, server),
            _row("promgate", directory / "generated" / "case" / "recording_rules.yml", ours.wall, server),
        ]


def _row(what: str, path: Path, wall: float, server: Replay) -> Row:
    """Rules and what their expressions read of raw series; what they read of each other was not recorded there."""
    groups = yaml.safe_load(path.read_text())["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    return {
        "what": what,
        "objectives": len(_OBJECTIVES),
        "rules": len(rules) / len(_OBJECTIVES),
        "samples": sum(server.ask(rule["expr"]).samples for rule in rules),
        "wall": wall,
    }


def _slos() -> dict[str, Any]:
    return {"version": "prometheus/v1", "service": "bench", "slos": [_slo(*one) for one in _OBJECTIVES.items()]}


def _slo(name: str, counters: tuple[str, str]) -> dict[str, Any]:
    bad, every = (f"sum(rate({counter}[{{{{.window}}}}]))" for counter in counters)
    quiet = {"disable": True}
    return {
        "name": name,
        "objective": 99.5,
        "sli": {"events": {"error_query": bad, "total_query": every}},
        "alerting": {"name": name, "page_alert": quiet, "ticket_alert": quiet},
    }


def _gate() -> str:
    criteria = [
        {
            "id": name,
            "title": name,
            "measure": {"kind": "ratio", "bad": bad, "total": every},
            "require": {"at_least": "99.5%"},
        }
        for name, (bad, every) in _OBJECTIVES.items()
    ]
    metrics = {counter: {"type": "counter"} for one in _OBJECTIVES.values() for counter in one}
    return spec_text(metrics, criteria, scrape_interval="15s")


def findings(rows: Sequence[Row]) -> Iterator[str]:
    """The ratios."""
    if not rows:
        yield "Not measured here: no `sloth` is on PATH."
        return
    theirs, ours = rows
    yield "; ".join(
        f"{title}: {number(theirs, key) / number(ours, key):.2f} times promgate's"
        for title, key in (("rules", "rules"), ("samples", "samples"), ("generation", "wall"))
    )


def panels(rows: Sequence[Row]) -> Iterator[Panel]:
    """The table says it."""
    del rows
    return iter(())
