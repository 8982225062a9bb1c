"""The unit tests of a gate's recording rules, synthesised from its spec; run by `promtool test rules rule_tests.yml`.

Scenarios that have the same topic are one test as far as their series do not disturb each other: what costs time is the
number of tests, each of which evaluates all rules.
"""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final

from compiler import naming
from compiler.backends.base import Artifact
from compiler.backends.decision_tests import decision_tests
from compiler.backends.promtool_tests import Expectation, Inputs, Sample, Test, render
from compiler.backends.remains import LEFT_BEHIND, Remainders
from compiler.backends.rules_yaml import generated_from
from compiler.middle.plan import CriterionPlan, GatePlan, Scenario
from compiler.promql import build
from compiler.promql.expr import Matcher, Vector
from compiler.promql.series import Labels, Series

NAME: Final = "rule_tests"


def emit(gates: tuple[GatePlan, ...]) -> Iterator[Artifact]:
    """One test file a gate."""
    for gate in gates:
        yield Artifact(
            PurePosixPath(gate.name, naming.RULE_TESTS_FILE),
            render(_header(gate), [naming.RECORDING_RULES_FILE], gate.judged_at, _tests(gate)),
        )


def _header(gate: GatePlan) -> list[str]:
    return [
        generated_from(gate.source),
        "",
        f"{gate.title}, revision {gate.revision}: what its rules must make of good, bad, odd and missing data.",
        "Run it here with: promtool test rules rule_tests.yml",
        "",
        f"Everything is judged at {gate.judged_at}. Counters start from 0 within the window and jump, so that nothing",
        "is extrapolated and a value can be exactly at its bound. No window begins or ends on a probe, so that closed",
        "ranges (Prometheus 2) and left-open ones (3) hold the same samples. Each expression says in its first line",
        "what it asks, since promtool names just that when it fails.",
    ]


@dataclass
class _Group:
    """Scenarios of one test: those of the same topic that do not disturb each other."""

    interval: object
    remains: object
    parts: list[tuple[CriterionPlan, Scenario]] = field(default_factory=list)
    series: dict[str, frozenset[Series]] = field(default_factory=dict)
    reads: dict[str, set[str]] = field(default_factory=dict)

    def takes(self, criterion: CriterionPlan, names: dict[str, frozenset[Series]], touched: frozenset[str]) -> bool:
        """Whether neither side would see series of the other that it reads."""
        if any(one.id == criterion.id for one, _ in self.parts):
            return False
        for name, series in self.series.items():
            if name in touched and names.get(name, frozenset()) != series:
                return False
        return all(
            name not in readers or self.series.get(name, frozenset()) == series
            for readers in self.reads.values()
            for name, series in names.items()
        )


def _tests(gate: GatePlan) -> Iterator[Test]:
    yield from criteria_tests(gate)
    yield from decision_tests(gate)


def criteria_tests(gate: GatePlan) -> Iterator[Test]:
    """Of each criterion by itself, whatever comes of the gate."""
    touched = {one.id: _touched(one) for one in gate.criteria}
    topics: dict[str, list[tuple[CriterionPlan, Scenario]]] = {}
    for criterion in gate.criteria:
        for scenario in criterion.scenarios:
            topics.setdefault(scenario.topic, []).append((criterion, scenario))
    remainders = Remainders(gate)
    for topic, parts in topics.items():
        groups = _packed(parts, touched)
        for at, group in enumerate(groups, 1):
            name = topic if len(groups) == 1 else f"{topic} ({at} of {len(groups)})"
            yield _test(remainders, name, group.parts)


def _touched(criterion: CriterionPlan) -> frozenset[str]:
    """The names of all metrics that bear on the criterion."""
    named = {one.name for scenario in criterion.scenarios for one in scenario.series}
    return frozenset(named | {one.metric for one in criterion.inputs})


def _packed(parts: Iterable[tuple[CriterionPlan, Scenario]], touched: dict[str, frozenset[str]]) -> list[_Group]:
    groups: list[_Group] = []
    for criterion, scenario in parts:
        names: dict[str, set[Series]] = {}
        for one in scenario.series:
            names.setdefault(one.name, set()).add(one)
        series = {name: frozenset(each) for name, each in names.items()}
        own = touched[criterion.id]
        fits = (one for one in groups if (one.interval, one.remains) == (scenario.interval, scenario.remains))
        group = next((one for one in fits if one.takes(criterion, series, own)), None)
        if group is None:
            group = _Group(scenario.interval, scenario.remains)
            groups.append(group)
        group.parts.append((criterion, scenario))
        group.series.update(series)
        group.reads[criterion.id] = set(own)
    return groups


def _test(remainders: Remainders, name: str, parts: Sequence[tuple[CriterionPlan, Scenario]]) -> Test:
    gate, inputs = remainders.gate, []
    for criterion, scenario in parts:
        inputs.append(Inputs(f"{criterion.id}: {scenario.clause}", scenario.series))
        if scenario.remains:
            beside = remainders.beside(criterion, scenario)
            inputs.append(Inputs(f"{criterion.id}: what is recorded besides is {scenario.remains.value}", beside))
    expectations = [one for criterion, scenario in parts for one in _expectations(gate, criterion, scenario)]
    return Test(name, parts[0][1].interval, tuple(inputs), tuple(expectations))


def _expectations(gate: GatePlan, criterion: CriterionPlan, scenario: Scenario) -> Iterator[Expectation]:
    """The verdict and its reason, and the value: exactly, or as many digits of it as are sure."""
    own, values = _own(gate, criterion), scenario.values
    matchers = [build.equal(naming.GATE, gate.name), build.equal(naming.CRITERION, criterion.id)]
    if scenario.remains:
        matchers.append(build.equal(LEFT_BEHIND, ""))
    what = f"{criterion.title} ({gate.source}:{criterion.origin.line}): {scenario.topic}; {scenario.clause}"
    verdict = (
        Sample(naming.CRITERION_PASS, own, int(scenario.state.passes)),
        Sample(naming.CRITERION_STATE, own, scenario.state.code),
    )
    exact = values is not None and (not values or (scenario.digits is None and not scenario.error))
    known = values if exact and values else ()
    told = (Sample(naming.CRITERION_VALUE, _with(own, labels), value) for labels, value in known)
    name = Matcher("__name__", "=~", f"gate:criterion:({'pass|state|value' if exact else 'pass|state'})")
    yield Expectation(f"{what}: {scenario.state.name}", Vector("", (name, *matchers)), (*verdict, *told))
    if scenario.limits is not None:
        thresholds = (
            Sample(naming.CRITERION_THRESHOLD, _with(own, ((naming.BOUND, kind), *labels)), limit)
            for kind, labels, limit in scenario.limits
        )
        yield Expectation(f"{what}: limits", build.vector(naming.CRITERION_THRESHOLD, *matchers), tuple(thresholds))
    if scenario.inputs is not None:
        yield from _of_inputs(f"{what}: inputs", gate, scenario.inputs)
    if values and not exact:
        yield from _about(f"{what}: value", matchers, own, scenario)


def _of_inputs(what: str, gate: GatePlan, inputs: Iterable[tuple[str, Labels, float]]) -> Iterator[Expectation]:
    """What is recorded of the inputs, whoever reads them: how many series, and the shares of each window."""
    alike: dict[tuple[str, str], list[Sample]] = {}
    for name, labels, value in inputs:
        sample = Sample(name, _with(((naming.GATE, gate.name),), labels), value)
        alike.setdefault((name, dict(labels).get(naming.WINDOW, "")), []).append(sample)
    for (name, window), samples in alike.items():
        matchers = (
            build.equal(naming.GATE, gate.name),
            build.equal(naming.WINDOW, window),
            _one_of(naming.INPUT, tuple(dict.fromkeys(dict(sample.labels)[naming.INPUT] for sample in samples))),
            build.equal(LEFT_BEHIND, ""),
        )
        by = [label for label, _ in samples[0].labels if label not in {naming.GATE, naming.INPUT, naming.WINDOW}]
        asks = " ".join((what, *(("in", window) if window else ()), *(("by", ", ".join(by)) if by else ())))
        yield Expectation(asks, build.vector(name, *matchers), tuple(samples))


def _one_of(label: str, values: tuple[str, ...]) -> Matcher:
    return build.equal(label, *values) if len(values) == 1 else Matcher(label, "=~", "|".join(map(re.escape, values)))


def _about(what: str, matchers: Sequence[Matcher], own: Labels, scenario: Scenario) -> Iterator[Expectation]:
    """The values to so many digits of the largest, or each as near to what it should be as the spec asks for."""
    values = [(labels, value) for labels, value in scenario.values or ()]
    samples = [Sample(naming.CRITERION_VALUE, _with(own, labels), value) for labels, value in values]
    if not scenario.error:
        largest = max(abs(value) for _, value in values) or 1.0
        nearest = float(f"1e{math.floor(math.log10(largest)) + 1 - (scenario.digits or 0)}")
        yield Expectation(what, build.vector(naming.CRITERION_VALUE, *matchers), tuple(samples), nearest=nearest)
        return
    for (labels, value), sample in zip(values, samples, strict=True):
        member = (build.equal(label, text) for label, text in labels)
        select = build.vector(naming.CRITERION_VALUE, *matchers, *member)
        yield Expectation(what, select, (sample,), within=scenario.error * (1 + abs(value)))


def _own(gate: GatePlan, criterion: CriterionPlan) -> Labels:
    return (
        (naming.CATEGORY, criterion.category),
        (naming.CRITERION, criterion.id),
        (naming.GATE, gate.name),
    )


def _with(own: Labels, more: Labels) -> Labels:
    return tuple(sorted((*own, *more)))
