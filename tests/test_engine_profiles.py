"""What a spec may say of its engine, and what it may not."""

from typing import get_args

import pytest
import yaml
from gates import plan, recording_rules, spec_text

from compiler.engines import ENGINES, EngineName, engine_profile
from compiler.pipeline import compile_specs
from compiler.spec.text import SpecFile

METRICS = {"level": {"type": "gauge"}}
CRITERION = {
    "id": "level",
    "title": "L",
    "measure": {"kind": "gauge", "metric": "level", "across": "max"},
    "require": {"at_most": 5},
}
WAIT = {"wait": {"type": "histogram", "native": True}}
QUANTILE = {
    "id": "wait",
    "title": "W",
    "measure": {"kind": "quantile", "histogram": "wait", "quantile": "95%"},
    "require": {"at_most": 5},
}


def _said(text: str) -> list[str]:
    return [one.message for one in compile_specs([SpecFile("x.yaml", text.encode())]).diagnostics]


def test_every_word_has_a_profile() -> None:
    """The words of the spec are the names of the profiles, in one order."""
    assert tuple(profile.name for profile in ENGINES) == get_args(EngineName)
    assert [engine_profile(profile.name) for profile in ENGINES] == list(ENGINES)


def test_prometheus_is_the_default() -> None:
    """Saying so changes no rule."""
    silent, said = plan(METRICS, [CRITERION]), plan(METRICS, [CRITERION], engine="prometheus")

    assert silent.revision == said.revision
    assert said.engine.closes_after == 1


def test_no_verdict_for_vmalert_reads_what_its_evaluation_writes() -> None:
    """What is read back is read over several evaluations, never over the millisecond of one."""
    rules = yaml.safe_load(recording_rules(METRICS, [CRITERION], engine="victoriametrics"))["groups"][0]["rules"]

    assert not [rule for rule in rules if "[1ms]" in rule["expr"]]
    assert [rule["record"] for rule in rules if "gate:" in rule["expr"]] == [
        "gate:criterion:pass",
        "gate:category:pass",
        "gate:overall:met",
        "gate:overall:held",
        "gate:overall:pass",
        "gate:overall:state",
    ]


def test_evaluations_that_cannot_see_each_other_are_refused() -> None:
    """A gate that vmalert evaluates every second would never open."""
    (said,) = _said(spec_text(METRICS, [CRITERION], engine="victoriametrics", evaluate_every="1s"))

    assert said == (
        "an evaluation every 1s is too often for vmalert, which would not see the results of the one before"
    )


def test_native_histograms_are_refused_where_there_are_none() -> None:
    """VictoriaMetrics converts them on ingestion, so that the series that is named does not exist."""
    (said,) = _said(spec_text(WAIT, [QUANTILE], engine="victoriametrics"))

    assert said == "vmalert has no native histograms, and wait is declared as one"
    assert _said(spec_text(WAIT, [QUANTILE])) == []


@pytest.mark.parametrize("more", [{"buckets": [1, 2]}, {"type": "gauge"}])
def test_only_a_histogram_without_buckets_is_native(more: dict[str, object]) -> None:
    """Buckets that the vocabulary lists are those of a classic histogram."""
    said = _said(spec_text({"wait": {**WAIT["wait"], **more}}, [QUANTILE]))

    assert "only a histogram without `buckets` is native" in said
