"""The dashboard's JSON in the eyes of Grafana's own models: its types, and its generated SDK."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from boards import artifact, board, over_plans
from engines import require, run_tool
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard
from plans import gate

from compiler.middle.plan import GatePlan

HERE = Path(__file__).resolve().parent


def _lost(before: Any, after: Any, path: str = "") -> Iterator[str]:
    """Where a value did not survive the round trip. What is added are defaults."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in before:
            yield from _lost(before[key], after[key], f"{path}.{key}") if key in after else (f"{path}.{key} is lost",)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (left, right) in enumerate(zip(before, after, strict=True)):
            yield from _lost(left, right, f"{path}[{index}]")
    elif before != after:
        yield f"{path}: {before!r} became {after!r}"


@over_plans
def test_foundation_sdk_reads_every_key(plan: GatePlan) -> None:
    """Grafana's generated models know every key and keep every value."""
    register_default_plugins()
    made = board(plan)

    assert list(_lost(made, json.loads(json.dumps(Dashboard.from_json(made), cls=JSONEncoder)))) == []


@pytest.fixture(scope="session")
def grafana_types(npm: Callable[[Path], Path]) -> Callable[[Path], tuple[bool, str]]:
    """Checks a dashboard file against the types of npm's @grafana/schema."""
    node = Path(require(shutil.which("node"), "node is not installed"))
    npm(HERE)
    return lambda path: run_tool(node, "check.mjs", path, cwd=HERE)


@over_plans
@pytest.mark.slow
def test_fits_grafanas_types(plan: GatePlan, grafana_types: Callable[[Path], tuple[bool, str]], tmp_path: Path) -> None:
    """No key, enum or type differs from what Grafana itself declares."""
    path = tmp_path / "dashboard.json"
    path.write_text(artifact(plan).text)

    assert grafana_types(path) == (True, "")


@pytest.mark.slow
def test_the_check_of_types_notices(grafana_types: Callable[[Path], tuple[bool, str]], tmp_path: Path) -> None:
    """A misspelt enum, an unknown key and an unknown panel type are found."""
    made = board(gate())
    row, stat, other, *_ = made["panels"]
    row["colapsed"], stat["options"]["colorMode"], other["type"] = False, "backgruond", "graph"
    path = tmp_path / "dashboard.json"
    path.write_text(json.dumps(made))

    fits, output = grafana_types(path)

    assert not fits
    for part in ("colapsed", "/options/colorMode", "unknown panel type graph"):
        assert part in output
