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

from compiler import naming, states
from compiler.backends.base import Artifact
from compiler.backends.decision_tests import decision_tests
from compiler.backends.promtool_tests import Expectation, Inputs, Sample, Test, render
from compiler.backends.remains import Remainders
from compiler.backends.rules_yaml import generated_from
from compiler.fields import Duration
from compiler.middle.plan import CriterionPlan, GatePlan, Remains, Scenario
from compiler.promql import build
from compiler.promql.expr import Matcher, Vector
from compiler.promql.series import Labels, Series

NAME: Final = "rule_tests"
_VERDICT: Final = Matcher("__name__", "=~", "gate:criterion:(pass|state)")
_WITH_VALUE: Final = Matcher("__name__", "=~", "gate:criterion:(pass|state|value)")


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
        *_untested(gate),
    ]


def _untested(gate: GatePlan) -> Iterator[str]:
    """The criteria that no test sees pass: they have no examples, or more samples than promtool holds."""
    untold = [one.id for one in gate.criteria if not any(test.state is states.PASS for test in one.scenarios())]
    if untold:
        yield from ("", f"NOT TESTED is when these pass, and by which values: {', '.join(untold)}.")
        yield "Either an expression has no examples, or promtool cannot hold the samples: at most 10,000 for one rule."


@dataclass
class _Group:
    """Scenarios of one test: those of the same topic that do not disturb each other."""

    parts: list[tuple[CriterionPlan, Scenario]] = field(default_factory=list)
    criteria: set[str] = field(default_factory=set)
    series: dict[str, list[Series]] = field(default_factory=dict)
    read: set[str] = field(default_factory=set)

    def takes(self, criterion: CriterionPlan, names: dict[str, list[Series]], touched: frozenset[str]) -> bool:
        """Whether neither side would see series of the other that it reads."""
        if criterion.id in self.criteria:
            return False
        seen = {*(touched & self.series.keys()), *(self.read & names.keys())}
        return all(_alike(self.series.get(name, []), names.get(name, [])) for name in seen)

    def take(
        self, criterion: CriterionPlan, scenario: Scenario, names: dict[str, list[Series]], touched: frozenset[str]
    ) -> None:
        """Add a scenario."""
        self.parts.append((criterion, scenario))
        self.criteria.add(criterion.id)
        self.series.update(names)
        self.read |= touched


def _by_name(scenario: Scenario) -> dict[str, list[Series]]:
    names: dict[str, list[Series]] = {}
    for one in scenario.series:
        if not naming.is_recorded(one.name):  # else it carries its criterion's labels, and no other one reads it
            names.setdefault(one.name, []).append(one)
    return names


def _alike(some: list[Series], others: list[Series]) -> bool:
    """Whether they are the same series, in whichever order. They are few: to make sets of them would take longer."""
    return some == others or (all(one in others for one in some) and all(one in some for one in others))


def _tests(gate: GatePlan) -> Iterator[Test]:
    yield from criteria_tests(gate)
    yield from decision_tests(gate)


def criteria_tests(gate: GatePlan) -> Iterator[Test]:
    """Of each criterion by itself, whatever comes of the gate."""
    touched = {one.id: _touched(one) for one in gate.criteria}
    topics: dict[str, list[tuple[CriterionPlan, Scenario]]] = {}
    for criterion in gate.criteria:
        for scenario in criterion.scenarios():
            topics.setdefault(scenario.topic, []).append((criterion, scenario))
    remainders = Remainders(gate)
    for topic, parts in topics.items():
        groups = _packed(parts, touched)
        for at, group in enumerate(groups, 1):
            name = topic if len(groups) == 1 else f"{topic} ({at} of {len(groups)})"
            yield _test(remainders, name, group.parts)


def _touched(criterion: CriterionPlan) -> frozenset[str]:
    """The names of all metrics that bear on the criterion."""
    named = {
        one.name for scenario in criterion.scenarios() for one in scenario.series if not naming.is_recorded(one.name)
    }
    return frozenset(named | {one.metric for one in criterion.inputs})


def _packed(parts: Iterable[tuple[CriterionPlan, Scenario]], touched: dict[str, frozenset[str]]) -> list[_Group]:
    groups: list[_Group] = []
    fitting: dict[tuple[Duration, Remains | None], list[_Group]] = {}
    for criterion, scenario in parts:
        names, own = _by_name(scenario), touched[criterion.id]
        fits = fitting.setdefault((scenario.interval, scenario.remains), [])
        group = next((one for one in fits if one.takes(criterion, names, own)), None)
        if group is None:
            group = _Group()
            groups.append(group)
            fits.append(group)
        group.take(criterion, scenario, names, own)
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
    matchers = _matchers(gate.name, criterion.id, alone=scenario.remains is None)
    what = f"{criterion.title} ({gate.source}:{criterion.origin.line}): {scenario.topic}; {scenario.clause}"
    verdict = (
        Sample(naming.CRITERION_PASS, own, int(scenario.state.passes)),
        Sample(naming.CRITERION_STATE, own, scenario.state.code),
    )
    exact = values is not None and (not values or (scenario.digits is None and not scenario.error))
    known = values if exact and values else ()
    told = (Sample(naming.CRITERION_VALUE, _with(own, labels), value) for labels, value in known)
    yield Expectation(f"{what}: {scenario.state.name}", _results(matchers, exact=exact), (*verdict, *told))
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


def _matchers(gate: str, criterion: str, *, alone: bool) -> tuple[Matcher, ...]:
    """Of what is recorded of a criterion, and not left behind, if it is not alone."""
    own = build.equal(naming.GATE, gate), build.equal(naming.CRITERION, criterion)
    return own if alone else (*own, build.equal(naming.LEFT_BEHIND, ""))


def _results(matchers: tuple[Matcher, ...], *, exact: bool) -> Vector:
    """The verdict and its reason, and if it is `exact` the value."""
    return Vector("", (_WITH_VALUE if exact else _VERDICT, *matchers))


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
            build.equal(naming.LEFT_BEHIND, ""),
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
