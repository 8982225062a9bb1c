"""The engines that tests run on, and their tools.

An engine is one generation of Prometheus with the Alertmanager of its time. `scripts/fetch-engines` unpacks three
of them into `.engines/<suite>/root`; the first suite falls back to what is on PATH. `servers.py` starts them.
"""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import pytest
import yaml
from web import EngineError

ROOT = Path(__file__).resolve().parent.parent
SUITES = ("bookworm", "trixie", "forky")

# Over hours of samples, promtool collects garbage in its head while the rules begin new series, and seldom drops the
# first sample of one (github.com/prometheus/prometheus/issues/8365). Of runs of the reference gate over a week on
# healthy data: on 2.42, 6 of 800 with two processors and 26 of 1,200 with one; on 3.5, 1 of 2,064 with three at once on
# two processors. It is a single recorded sample each time, and another one each time.
ASKED = 4

T = TypeVar("T")


@dataclass(frozen=True)
class Engine:
    """One generation of servers and their tools."""

    name: str  # prometheus-<major>.<minor>, as the binary says
    prometheus: Path
    promtool: Path
    alertmanager: Path
    amtool: Path

    @property
    def version(self) -> tuple[int, ...]:
        """Version of Prometheus, such as (2, 42)."""
        return tuple(int(part) for part in self.name.removeprefix("prometheus-").split("."))


def require(found: T | None, missing: str) -> T:
    """`found`; without it the test is skipped with the reason `missing`, or fails when REQUIRE_ENGINES=1."""
    if found is not None:
        return found
    if os.environ.get("REQUIRE_ENGINES") == "1":
        pytest.fail(f"REQUIRE_ENGINES=1, but {missing}", pytrace=False)
    pytest.skip(missing)


@cache
def find_engine(suite: str) -> Engine | None:
    """The engine of a Debian suite. The first suite falls back to PATH, which is no particular generation."""
    found = [find_tool(suite, *names) for names in (("prometheus",), ("promtool",), _ALERTMANAGER, ("amtool",))]
    paths = [path for path in found if path]
    name = _engine_name(paths[0]) if len(paths) == len(found) else None
    return Engine(name, *paths) if name else None


def find_tool(suite: str, *names: str) -> Path | None:
    """The first of `names` that `suite` has unpacked, such as `find_tool("forky", "vmalert")`."""
    unpacked = ROOT / ".engines" / suite / "root" / "usr" / "bin"
    for name in names:
        if (unpacked / name).exists():
            return unpacked / name
    on_path = [shutil.which(name) for name in names] if suite == SUITES[0] else []
    return next((Path(path) for path in on_path if path), None)


_ALERTMANAGER = ("prometheus-alertmanager", "alertmanager")  # Debian's name, then upstream's


def _engine_name(prometheus: Path) -> str | None:
    _, said = run_tool(prometheus, "--version")
    version = re.match(r"prometheus, version (\d+\.\d+)", said)
    return f"prometheus-{version[1]}" if version else None


def run_tool(tool: Path, *arguments: str | Path, cwd: Path | None = None) -> tuple[bool, str]:
    """Whether `tool` exits 0, and all that it printed."""
    ran = subprocess.run(
        [tool, *arguments],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",  # promtool quotes bytes that are no UTF-8
        timeout=300,
        check=False,
    )
    return ran.returncode == 0, ran.stdout + ran.stderr


def promtool_test(
    engine: Engine, document: Mapping[str, Any] | str, files: Mapping[str, str | Path]
) -> tuple[bool, str]:
    """Run `promtool test rules` on a test document, and return whether it passes, and its output.

    `files` maps the names in the document's `rule_files` to their text, or to a file to copy.
    """
    with tempfile.TemporaryDirectory(prefix="promgate-") as directory:
        for name, content in files.items():
            text = content.read_text() if isinstance(content, Path) else content
            Path(directory, name).write_text(text)
        Path(directory, "test.yml").write_text(document if isinstance(document, str) else yaml.safe_dump(document))
        return rule_tests_pass(engine, Path(directory, "test.yml"))


def rule_tests_pass(engine: Engine, file: Path) -> tuple[bool, str]:
    """Run `promtool test rules` on a file, and return whether it passes, and its output.

    One that fails is asked again, up to ASKED times: what rules get wrong, they get wrong each time.
    """
    for _ in range(ASKED):
        ok, output = run_tool(engine.promtool, "test", "rules", file.name, cwd=file.parent)
        if ok:
            break
    return ok, output


def backfill(engine: Engine, openmetrics: Path, data_dir: Path) -> None:
    """Write blocks with the samples of an OpenMetrics file, for a Prometheus that starts on `data_dir` afterwards.

    Raises EngineError with promtool's words.
    """
    ok, output = run_tool(engine.promtool, "tsdb", "create-blocks-from", "openmetrics", "-q", openmetrics, data_dir)
    if not ok:
        raise EngineError(f"promtool did not backfill {openmetrics}:\n{output[-2000:]}")
