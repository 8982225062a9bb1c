"""Costs by what a spec declares, attributed to criteria, with advice."""

from collections.abc import Mapping
from typing import Any

import pytest
from gates import spec_text

from compiler.middle.cost import GateCost, predict
from compiler.middle.cost.cardinality import Declared
from compiler.middle.cost.cheaper import advice, reading_words
from compiler.middle.lower import lower
from compiler.middle.plan import GatePlan
from compiler.promql.expr import Matcher, Vector
from compiler.spec.load import load
from compiler.spec.model import Gate

METRICS = {
    "bad_total": {"type": "counter", "series": 10},
    "all_total": {"type": "counter", "labels": ["zone"]},
    "delay_seconds": {"type": "histogram", "labels": ["zone"], "buckets": [0.1, 1, 10]},
    "depth": {"type": "gauge", "series": 7},
}
RATIO = {"measure": {"kind": "ratio", "part": "bad_total", "total": "all_total"}, "require": {"at_most": "1%"}}
DEPTH = {"measure": {"kind": "gauge", "metric": "depth"}, "require": {"at_most": 5}}


def _gate(*criteria: Mapping[str, Any]) -> tuple[Gate, GatePlan]:
    named = [{"id": f"c{n}", "title": "C", **one} for n, one in enumerate(criteria)]
    text = spec_text(METRICS, named, scrape_interval="15s") + "cost: {values: {zone: 5}}\n"
    loaded = load(text, "case.yaml")
    assert loaded.gate, loaded.diagnostics
    assert loaded.source
    return loaded.gate, lower(loaded.gate, loaded.source)


def _cost(*criteria: Mapping[str, Any]) -> GateCost:
    gate, plan = _gate(*criteria)
    return predict(plan, Declared(gate))


@pytest.mark.parametrize(
    ("selector", "labels", "series", "groups"),
    [
        (Vector("bad_total"), (), 10, 1),
        (Vector("all_total"), ("zone",), 3 * 5, 5),
        (Vector("all_total", (Matcher("zone", "=", "a"),)), ("zone",), 3, 1),
        (Vector("all_total", (Matcher("zone", "=~", "a|b"),)), (), 15, 1),
        (Vector("delay_seconds_bucket"), ("le",), 3 * 5 * 4, 4),
        (Vector("delay_seconds_bucket", (Matcher("le", "=", "+Inf"),)), ("zone",), 15, 5),
        (Vector("ALERTS"), ("alertname",), 0, 0),
    ],
    ids=str,
)
def test_declared_sizes(selector: Vector, labels: tuple[str, ...], series: int, groups: int) -> None:
    """A metric has the series that it says, or three instances of each combination of its labels' values."""
    declared = Declared(_gate(RATIO)[0])

    assert (declared.series(selector), declared.groups(selector, labels)) == (series, groups)


def test_what_is_not_said_is_named() -> None:
    """Metrics without `series`."""
    assert list(Declared(_gate(RATIO)[0]).assumed()) == ["all_total", "delay_seconds"]


def test_a_window_costs_its_samples_once() -> None:
    """Two ratios over the same counters read them once, and neither is alone in that."""
    one, two = _cost(RATIO), _cost(RATIO, {**RATIO, "require": {"at_most": "2%"}})
    windows = (10 + 15) * 120

    assert one.criteria[0].alone == one.criteria[0].samples > windows
    assert two.samples < one.samples + 50
    assert all(criterion.samples > windows > criterion.alone for criterion in two.criteria)


def test_what_a_subquery_reads_inside_is_told_apart() -> None:
    """Six probes of ten series are six samples to Prometheus, and sixty more that are read."""
    (coverage,) = [
        one for one in _cost(RATIO).rules if one.rule.record == "gate:input:coverage" and one.raw[0].series == 10
    ]

    assert (coverage.counted, coverage.inside) == (6 + 6, 60)


def test_the_most_expensive_criterion_is_named_with_what_makes_it_cheaper() -> None:
    """A day of counters can be read coarsely; ten series of now cannot be read cheaper, only fewer of them."""
    gate, plan = _gate({**RATIO, "window": "24h"}, DEPTH)
    worst = predict(plan, Declared(gate)).most_expensive
    _, plan_of_now = _gate(DEPTH)
    (now,) = predict(plan_of_now, Declared(gate)).criteria

    assert worst.criterion.id == "c0"
    assert worst.largest
    assert reading_words(worst.largest) == "all_total over 24h (15 series, 86,400 samples)"
    assert advice(plan, worst) == ("`max_error: 0.5%` lets 24h be read every 3m: 966 samples a series instead of 5,760")
    assert advice(plan_of_now, now) == "a selector with fewer than its 7 series"
