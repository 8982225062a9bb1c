"""VictoriaMetrics and vmalert for tests: rule tests by vmalert-tool, and real servers on free ports of 127.0.0.1.

    with VictoriaMetrics(tools, scrape={"shop": ["127.0.0.1:9100"]}) as store, VMAlert(tools, store, rules=[path]):
        store.until("gate:overall:pass == 1", seconds=30)

vmalert-tool evaluates rules as vmalert does, on a VictoriaMetrics of its own, and reads promtool's notation of series.
"""

import json
import tempfile
import urllib.parse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from engines import find_tool, require, run_tool
from servers import Sample, Server, Target, _sample, _scrape_config
from web import http, wait_for

SUITE = "forky"
NAMES = ("victoria-metrics", "vmalert", "vmalert-tool")


@dataclass(frozen=True)
class Victoria:
    """The tools of one release."""

    victoria_metrics: Path
    vmalert: Path
    vmalert_tool: Path


def find_victoria() -> Victoria | None:
    """The tools, if they are here."""
    found = [find_tool(SUITE, name) for name in NAMES]
    paths = [path for path in found if path]
    return Victoria(*paths) if len(paths) == len(NAMES) else None


def require_victoria() -> Victoria:
    """The tools; without them the test is skipped, or fails when REQUIRE_ENGINES=1."""
    return require(find_victoria(), f"there is no VictoriaMetrics of {SUITE}: run scripts/fetch-engines")


@dataclass(frozen=True)
class Expectation:
    """What an expression gives at a time (such as `5m`): the values by their labels, in promtool's notation."""

    expr: str
    at: str
    samples: Mapping[str, float]


def rule_test(  # noqa: PLR0913  what a test is made of
    tools: Victoria,
    rules: str,
    series: Mapping[str, str],
    every: str,
    expected: Sequence[Expectation],
    *,
    step: str = "30s",
) -> tuple[bool, str]:
    """Evaluate the rules every `every` over series with such steps: whether all is as expected, and the output."""
    test = {
        "interval": step,
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "metricsql_expr_test": [
            {
                "expr": one.expr,
                "eval_time": one.at,
                "exp_samples": [{"labels": labels, "value": value} for labels, value in one.samples.items()],
            }
            for one in expected
        ],
    }
    document = {"rule_files": ["rules.yml"], "evaluation_interval": every, "tests": [test]}
    with tempfile.TemporaryDirectory(prefix="promgate-") as directory:
        Path(directory, "rules.yml").write_text(rules)
        Path(directory, "test.yml").write_text(yaml.safe_dump(document))
        return run_tool(tools.vmalert_tool, "unittest", "--files", "test.yml", cwd=Path(directory))


class VictoriaMetrics(Server):
    """A single node that scrapes its targets every second, and shows a sample as soon as it has it."""

    ready_path = "/health"

    def __init__(self, tools: Victoria, scrape: Mapping[str, Sequence[Target | str]] | None = None) -> None:
        super().__init__()
        self.tools = tools
        self.scrape = scrape or {}

    def configure(self) -> None:
        """Write scrape.yml."""
        document = {
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s"},
            "scrape_configs": [_scrape_config(job, targets) for job, targets in self.scrape.items()],
        }
        (self.directory / "scrape.yml").write_text(yaml.safe_dump(document))

    def command(self) -> list[str | Path]:
        """See Server."""
        return [
            self.tools.victoria_metrics,
            f"-storageDataPath={self.directory / 'data'}",
            f"-httpListenAddr=127.0.0.1:{self.port}",
            f"-promscrape.config={self.directory / 'scrape.yml'}",
            "-search.latencyOffset=0s",
            "-inmemoryDataFlushInterval=1s",
            "-memory.allowedBytes=256MB",
        ]

    def query(self, expression: str, time: float | None = None) -> list[Sample]:
        """An instant vector, now or at `time` (Unix seconds). Raises EngineError with the server's reason."""
        parameters = {"query": expression, "nocache": 1} | ({} if time is None else {"time": time})
        answer: Any = json.loads(http(f"{self.url}/api/v1/query?{urllib.parse.urlencode(parameters)}"))
        return [_sample(series["metric"], series["value"]) for series in answer["data"]["result"]]

    def until(self, expression: str, seconds: float) -> list[Sample]:
        """The result of a query as soon as it is not empty. Raises EngineError after `seconds`."""
        return wait_for(lambda: self.query(expression), seconds, f"a result of {expression}")

    def samples(self, selector: str, seconds: int) -> list[tuple[float, float]]:
        """Time and value of all samples of the only series of a selector, in the last seconds."""
        parameters = urllib.parse.urlencode({"match[]": selector, "start": f"-{seconds}s"})
        (line,) = http(f"{self.url}/api/v1/export?{parameters}").splitlines()
        series = json.loads(line)
        return [(at / 1000, value) for at, value in zip(series["timestamps"], series["values"], strict=True)]


class VMAlert(Server):
    """A vmalert that evaluates rule files on a VictoriaMetrics, and writes there what they give."""

    ready_path = "/health"

    def __init__(self, tools: Victoria, store: VictoriaMetrics, rules: Sequence[Path]) -> None:
        super().__init__()
        self.tools = tools
        self.store = store
        self.rules = rules

    def configure(self) -> None:
        """Its configuration is its flags."""

    def command(self) -> list[str | Path]:
        """See Server."""
        return [
            self.tools.vmalert,
            *(f"-rule={path}" for path in self.rules),
            f"-datasource.url={self.store.url}",
            f"-remoteWrite.url={self.store.url}",
            f"-httpListenAddr=127.0.0.1:{self.port}",
            "-notifier.blackhole",
            "-rule.evalDelay=0s",
            "-remoteWrite.flushInterval=100ms",
        ]
