"""The reference gate on real promtools: healthy passes, each criterion fails alone, each missing metric closes it."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from engines import Engine, promtool_test
from truth.platforms import METRICS, bad, ended, without
from truth.routing_platform import ALSO, BAD, END, HEALTHY, MAY_BE_ABSENT, STEP, Series

GENERATED = Path(__file__).resolve().parent.parent / "generated" / "routing-readiness"
SPEC = yaml.safe_load((GENERATED.parent.parent / "specs" / "routing-readiness.yaml").read_text())
CATEGORY_OF = {one["id"]: category["id"] for category in SPEC["categories"] for one in category["criteria"]}
GATE = "routing-readiness"


def test_the_table_is_complete() -> None:
    """Every criterion of the spec has a bad case, and every metric of its vocabulary is in the healthy platform."""
    vocabulary = {f"{n}_bucket" if m["type"] == "histogram" else n for n, m in SPEC["metrics"].items()}

    assert list(BAD) == list(CATEGORY_OF)
    assert vocabulary - set(MAY_BE_ABSENT) == set(METRICS)


def test_healthy_opens_the_gate(engine: Engine) -> None:
    """On a healthy platform that was met for ten minutes, all 29 criteria pass and the gate is open."""
    _judge(engine, HEALTHY, failing=frozenset(), overall=1)


@pytest.mark.parametrize("criterion", BAD)
def test_each_criterion_fails_alone(engine: Engine, criterion: str) -> None:
    """What makes one criterion bad fails it, its category and the gate, and nothing else."""
    _judge(engine, bad(criterion), failing=frozenset({criterion}) | ALSO.get(criterion, frozenset()))


@pytest.mark.parametrize("metric", METRICS)
def test_each_missing_metric_closes_the_gate(engine: Engine, metric: str) -> None:
    """Without one metric, the criteria that read it fail, as does metrics_fresh, and the gate is closed."""
    readers = frozenset(_readers(metric))

    _judge(engine, without(metric), failing=readers | {"metrics_fresh"})


@pytest.mark.parametrize("metric", METRICS)
def test_each_metric_that_goes_stale_closes_the_gate(engine: Engine, metric: str) -> None:
    """When all series of a metric end, although ranges still hold them, the gate is closed."""
    _judge(engine, ended(metric), failing=frozenset(_readers(metric)) | {"metrics_fresh"})


def test_a_gate_that_was_not_met_long_enough_stays_closed(engine: Engine) -> None:
    """Met now, and one failure nine minutes ago: all criteria pass, and the gate is still closed."""
    history = f"_x{END - 21} 1x1 0 1x17"

    _judge(engine, HEALTHY, failing=frozenset(), overall=0, met=history)


def test_a_gap_does_not_shorten_the_stabilisation(engine: Engine) -> None:
    """Met now and at each evaluation there was, but for three missing ones: the gate is still closed."""
    history = f"_x{END - 21} 1x8 _ _ _ 1x8"

    _judge(engine, HEALTHY, failing=frozenset(), overall=0, met=history)


def _readers(metric: str) -> set[str]:
    """The criteria whose measure, limit or members name the metric."""
    name = metric.removesuffix("_bucket")
    criteria = [one for category in SPEC["categories"] for one in category["criteria"]]
    return {one["id"] for one in criteria if name in _words({**one, "notes": None, "waive_while": None})}


def _words(value: Any) -> set[str]:
    if isinstance(value, dict):
        return {word for inner in value.values() for word in _words(inner)}
    if isinstance(value, list):
        return {word for inner in value for word in _words(inner)}
    return {str(value).partition("{")[0]}


def _judge(
    engine: Engine,
    series: Series,
    *,
    failing: frozenset[str],
    overall: int = 0,
    met: str = f"_x{END - 21} 1x19",
) -> None:
    """Run the generated rules over the series; `met` is the history of `gate:overall:met` before the judged moment."""
    inputs = [{"series": name, "values": values} for name, values in series.items()]
    inputs.append({"series": f'gate:overall:met{{gate="{GATE}"}}', "values": met})
    categories = {CATEGORY_OF[one] for one in failing}
    expected = [
        ("gate:criterion:pass == 0", [_sample("criterion", 0, criterion=c, category=CATEGORY_OF[c]) for c in failing]),
        ("count(gate:criterion:pass)", [{"labels": "{}", "value": 29}]),
        ("gate:category:pass == 0", [_sample("category", 0, category=c) for c in categories]),
        ("count(gate:category:pass)", [{"labels": "{}", "value": 7}]),
        ("sum(gate:overall:met)", [{"labels": "{}", "value": int(not failing)}]),
        ("sum(gate:overall:pass)", [{"labels": "{}", "value": overall}]),
        ("count(gate:overall:pass)", [{"labels": "{}", "value": 1}]),
    ]
    document = {
        "rule_files": ["rules.yml"],
        "evaluation_interval": f"{END * STEP}s",
        "tests": [
            {
                "interval": f"{STEP}s",
                "input_series": inputs,
                "promql_expr_test": [
                    {"expr": expr, "eval_time": f"{END * STEP}s", "exp_samples": samples} for expr, samples in expected
                ],
            }
        ],
    }
    ok, output = promtool_test(engine, document, {"rules.yml": GENERATED / "recording_rules.yml"})

    assert ok, output


def _sample(level: str, value: int, **labels: str) -> dict[str, Any]:
    text = ",".join(f'{k}="{v}"' for k, v in sorted({"gate": GATE, **labels}.items()))
    return {"labels": f"gate:{level}:pass{{{text}}}", "value": value}
