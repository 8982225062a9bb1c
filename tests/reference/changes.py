"""Changes of cases: other samples of some series, other words of a spec."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from reference.case import Case, Spec, compiled
from reference.random_faults import number, parts
from reference.verdict import inputs_of

Criterion = dict[str, Any]


def criteria_of(spec: Spec) -> list[Criterion]:
    """The criteria of all categories."""
    return [criterion for category in spec["categories"] for criterion in category["criteria"]]


def ids(case: Case) -> frozenset[str]:
    """The ids of all criteria."""
    return frozenset(one["id"] for one in criteria_of(case.spec))


def with_series(case: Case, change: Callable[[str, list[str]], Mapping[str, list[str]]]) -> Case:
    """The case with each series replaced by others."""
    rows: dict[str, list[str]] = {}
    for series, text in case.series.items():
        rows |= change(series, text.split())
    return replace(case, series={series: " ".join(tokens) for series, tokens in rows.items()})


def of_metric(case: Case, metric: str, change: Callable[[list[str]], list[str]]) -> Case:
    """The case with the samples of one metric changed."""
    name = metric.partition("{")[0]
    return with_series(case, lambda series, tokens: {series: change(tokens) if parts(series)[0] == name else tokens})


def numbers(change: Callable[[float], float]) -> Callable[[list[str]], list[str]]:
    """Tokens with each number changed."""
    return lambda tokens: [number(token, change) for token in tokens]


def multiplied(factor: float) -> Callable[[list[str]], list[str]]:
    """Tokens with each number multiplied."""
    return numbers(lambda value: value * factor)


def counting_names(case: Case) -> list[str]:
    """The names of the series that count: counters, and the buckets of histograms."""
    metrics: Mapping[str, Mapping[str, Any]] = case.spec["metrics"]
    return [
        f"{name}_bucket" if metric["type"] == "histogram" else name
        for name, metric in metrics.items()
        if metric["type"] != "gauge"
    ]


def may_be_absent(case: Case) -> set[str]:
    """The metrics that need not exist, so that their absence is no loss."""
    gate, _ = compiled(case)
    return {one.selector.name for each in gate.criteria for one in inputs_of(gate, each) if not one.required}
