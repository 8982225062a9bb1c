"""Hours of the healthy service in real proportions: scraped every 15s, judged every 30s over windows of half an hour.

Here pods are replaced: a restarted target comes back as another instance. Everything is evaluated by the tools for rule
tests, in seconds; `make soak` does the same on running engines.
"""

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Final

import pytest
from engines import Engine, promtool_test
from soak.gate import Scale, gate_text
from soak.service import TARGETS, Service, started, up
from victoria import Expectation, require_victoria, rule_test

from compiler.fields import Duration
from compiler.pipeline import compile_specs
from compiler.spec.text import SpecFile

TICK: Final = 15  # seconds
HOURS: Final = 4
TICKS: Final = HOURS * 3600 // TICK
SCALES: Final = {
    profile: Scale(profile, Duration(1000 * TICK), window=120, every=2, held=40)
    for profile in ("prometheus", "victoriametrics")
}
# The gate opens after half an hour and its stabilisation time.
JUDGED: Final = "3h"
CLOSED: Final = f"sum(count_over_time((gate:overall:pass == 0)[{JUDGED}:30s])) or vector(0)"
EVALUATED: Final = f"sum(count_over_time(gate:overall:pass[{JUDGED}:30s])) >= bool 360"
FAILED: Final = f"count by (criterion) (max_over_time(gate:criterion:state[{JUDGED}]) >= 10)"


@pytest.fixture(scope="module")
def samples() -> dict[str, str]:
    """All series of the service in the notation of rule tests."""
    return {name: " ".join(_runs(values)) for name, values in _series().items()}


@pytest.mark.slow
def test_on_prometheus(engine: Engine, samples: Mapping[str, str]) -> None:
    """Three hours of evaluations, and not one of them closed; no criterion ever failed."""
    test = {
        "interval": f"{TICK}s",
        "input_series": [{"series": name, "values": values} for name, values in samples.items()],
        "promql_expr_test": [
            {"expr": FAILED, "eval_time": f"{HOURS}h", "exp_samples": []},
            {"expr": CLOSED, "eval_time": f"{HOURS}h", "exp_samples": [{"labels": "{}", "value": 0}]},
            {"expr": EVALUATED, "eval_time": f"{HOURS}h", "exp_samples": [{"labels": "{}", "value": 1}]},
        ],
    }
    document = {"rule_files": ["r.yml"], "evaluation_interval": "30s", "tests": [test]}

    ok, output = promtool_test(engine, document, {"r.yml": _rules(SCALES["prometheus"])})

    assert ok, output


@pytest.mark.slow
def test_on_vmalert(samples: Mapping[str, str]) -> None:
    """The same with the rules for vmalert, evaluated by VictoriaMetrics."""
    expected = [
        Expectation(f"count({FAILED}) or vector(0)", f"{HOURS}h", {"{}": 0}),
        Expectation(CLOSED, f"{HOURS}h", {"{}": 0}),
        Expectation(EVALUATED, f"{HOURS}h", {"{}": 1}),
    ]

    ok, output = rule_test(
        require_victoria(), _rules(SCALES["victoriametrics"]), samples, "30s", expected, step=f"{TICK}s"
    )

    assert ok, output


def _series() -> dict[str, list[str]]:
    """What each scrape brought of each series; a failed one a staleness marker, and nothing while a target is down."""
    service, series = Service(TICKS + 1), dict[str, list[str]]()
    for tick in range(TICKS + 1):
        for target in range(TARGETS):
            for name, value in (service.page(target, tick, tick * TICK) or {}).items():
                label = f'instance="{target}-{started(target, tick)}"'
                full = f"{name[:-1]},{label}}}" if name.endswith("}") else f"{name}{{{label}}}"
                values = series.setdefault(full, [])
                values += _missed(tick - len(values), known=bool(values))
                values.append(f"{value:.6g}" if value < 1e5 else f"{value:.0f}")
    return {name: [*values, *_missed(TICKS + 1 - len(values), known=True)] for name, values in series.items()}


def _missed(count: int, *, known: bool) -> list[str]:
    return ["stale" if known and n == 0 else "_" for n in range(count)]


def _runs(values: list[str]) -> Iterator[str]:
    """The values, with what is missing written once."""
    for value, same in groupby(values):
        count = sum(1 for _ in same)
        yield from [f"_x{count}"] if value == "_" else [value] * count


def _rules(scale: Scale) -> str:
    result = compile_specs([SpecFile("soak.yaml", gate_text(scale))])
    assert result.artifacts, result.diagnostics
    return next(one.text for one in result.artifacts if str(one.path) == "soak/recording_rules.yml")


def test_somebody_is_always_up() -> None:
    """Restarts and failed scrapes take turns, so that no metric is ever gone; and there are some of both."""
    states = [[up(target, tick) for target in range(TARGETS)] for tick in range(TICKS)]

    assert all(any(state) for state in states)
    assert sum(not all(state) for state in states) > TICKS / 10
