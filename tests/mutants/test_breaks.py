"""A compiler that lost a guard: the synthesised tests of the whole one fail on its rules, without a fault or server."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import Final
from unittest.mock import patch

from engines import ROOT, Engine
from faults.breaks import BREAKS, Break
from mutants.batch import whole_copy
from mutants.rules import Suite, suite_rules, suites
from mutants.trial import noticed

from compiler.engines import PROMETHEUS
from compiler.frontend import check_specs
from compiler.middle import lower as lowering
from compiler.middle.lower import lower
from compiler.middle.plan import GatePlan, Rule
from compiler.spec.text import SpecFile

# What the checkout gate has no use for: groups with joins, counters that may not exist, idleness that fails.
_MORE: Final = """
apiVersion: promgate/v1
kind: Gate
metadata: {name: more, title: More, owner: Tests}
defaults: {window: 10m, scrape_interval: 15s, evaluate_every: 30s, stabilization: 2m}
metrics:
  refused_total: {type: counter, labels: [tier]}
  all_total: {type: counter, labels: [tier]}
  lost_total: {type: counter}
  shipped_total: {type: counter}
  used: {type: gauge, labels: [pool]}
  size: {type: gauge, labels: [pool]}
categories:
  - id: more
    title: More
    criteria:
      - id: refused
        title: Refused by tier
        measure: {kind: ratio, bad: refused_total, total: all_total}
        by: [tier]
        require: {at_least: 99%}
        when_absent: zero
        when_idle: fail
      - id: pools
        title: Pools
        measure: {kind: promql, expr: used / on (pool) size, unit: ratio, examples: [
          {series: {'used{pool="a"}': 8, 'size{pool="a"}': 10}, expect: pass}]}
        by: [pool]
        require: {at_most: 80%}
      - id: lost
        title: Lost
        measure: {kind: increase, metric: lost_total, alive: shipped_total}
        require: {equals: 0}
        when_absent: zero
"""
_GATES: Final = (
    SpecFile("checkout.yaml", (ROOT / "specs" / "checkout-readiness.yaml").read_bytes()),
    SpecFile("more.yaml", _MORE),
)
# Not in the rules: what the reader takes.
_OF_THE_READER: Final = ("no-revision", "no-age")
_BREAKS: Final = {
    number: one for number, one in enumerate(BREAKS, 1) if one.on == PROMETHEUS.name and one.name not in _OF_THE_READER
}


def plan(file: SpecFile) -> GatePlan:
    """The gate as the compiler has it now, broken or not."""
    (spec,) = check_specs([file]).specs
    return lower(spec.gate, spec.source)


def broken(one: Break, whole: GatePlan, file: SpecFile) -> GatePlan:
    """The gate without the guard, and without tests; under the name of the revision with it."""
    with ExitStack() as stack:
        for name, instead in (("scenarios", lambda *_: ()), ("_revision", lambda _: whole.revision)):
            stack.enter_context(patch.object(lowering, name, instead))
        stack.enter_context(one.applied())
        return plan(file)


def changed(
    whole: GatePlan, file: SpecFile, alive: Mapping[int, Break]
) -> Iterator[tuple[Suite, dict[int, tuple[Rule, ...]]]]:
    """Each suite with the rules of every break that are others now."""
    without = {number: broken(one, whole, file) for number, one in alive.items()}
    for suite in suites(whole):
        rules = {number: _in_place(gate, suite) for number, gate in without.items()}
        yield suite, {number: found for number, found in rules.items() if _differ(found, suite.rules)}


def _in_place(gate: GatePlan, suite: Suite) -> tuple[Rule, ...]:
    """The rules that record what those of the suite do, and those that they need."""
    there = {(rule.record, rule.labels) for rule in suite.rules}
    needed = suite_rules(gate, suite.subject)
    return tuple(rule for rule in gate.rules if rule in needed or (rule.record, rule.labels) in there)


def _differ(some: tuple[Rule, ...], others: tuple[Rule, ...]) -> bool:
    """Whether Prometheus would see a difference."""
    first, second = ([(one.record, one.expr, one.labels) for one in rules] for rules in (some, others))
    return first != second


def test_no_guard_goes_without_notice(any_engine: Engine) -> None:
    """Whichever one is taken out of the compiler, a synthesised test fails; as long as all are there, none does."""
    alive = dict(_BREAKS)
    for file in _GATES:
        for suite, rules in changed(plan(file), file, alive):
            copies = [whole_copy(suite, number, found) for number, found in rules.items() if number in alive]
            for number in noticed(any_engine.promtool, suite, copies):
                del alive[number]
        if not alive:
            break
    assert not {one.name for one in alive.values()}
