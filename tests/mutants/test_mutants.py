"""The mutation tests themselves: batches say what single runs say, and every operator is at work."""

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest
from engines import Engine, run_tool
from mutants.batch import rule_text
from mutants.equivalent import reason
from mutants.model import Change, Mutant, Outcome
from mutants.operators import OPERATORS
from mutants.rules import RuleChange, mutants, suites
from mutants.trial import run
from plans import span

from compiler.backends.rule_tests import emit
from compiler.fields import Duration
from compiler.frontend import check_specs
from compiler.middle.lower import lower
from compiler.middle.optimise.coarse import increase
from compiler.middle.plan import GatePlan, Rule
from compiler.promql import build
from compiler.promql.parse import parse
from compiler.spec.text import SpecFile

_SAMPLE = 60
D = Duration.parse
_EACH = 6  # killed and surviving mutants that are run by themselves
SPEC = """
apiVersion: promgate/v1
kind: Gate
metadata: {name: shop, title: Shop, owner: Tests}
defaults: {window: 10m, scrape_interval: 15s, evaluate_every: 30s, stabilization: 2m}
metrics:
  failed_total: {type: counter}
  all_total: {type: counter}
  depth: {type: gauge, labels: [queue]}
categories:
  - id: shop
    title: Shop
    criteria:
      - id: errors
        title: Errors
        measure: {kind: ratio, bad: failed_total, total: all_total}
        require: {at_most: 1%}
        min_events: 10
      - id: depth
        title: Depth
        measure: {kind: gauge, metric: depth}
        by: [queue]
        members: {label: queue, listed: [a, b]}
        require: {below: 5}
"""


@pytest.fixture(scope="module")
def gate() -> GatePlan:
    """A gate with two criteria."""
    (spec,) = check_specs([SpecFile("shop.yaml", SPEC)]).specs
    return lower(spec.gate, spec.source)


def noticed(engine: Engine, directory: Path, gate: GatePlan, change: RuleChange | None = None) -> bool:
    """Whether promtool fails on the gate's own test file with the change."""
    rules = list(gate.rules)
    if change:
        at = rules.index(change.rule)
        rules[at : at + 1] = [] if change.last or not change.instead else [change.instead]
        rules += [change.rule] if change.last else []
    group = {"name": "g", "interval": str(gate.evaluate_every), "rules": [rule_text(rule) for rule in rules]}
    (artifact,) = emit((gate,))
    (directory / "recording_rules.yml").write_text(json.dumps({"groups": [group]}))
    (directory / "rule_tests.yml").write_text(artifact.text)
    ok, _ = run_tool(engine.promtool, "test", "rules", "rule_tests.yml", cwd=directory)
    return not ok


@pytest.mark.slow
def test_a_batch_says_what_single_runs_say(any_engine: Engine, tmp_path: Path, gate: GatePlan) -> None:
    """Of mutants that it kills and of those that it does not."""
    every = suites(gate)
    chosen = random.Random(3).sample(list(mutants(gate, every)), _SAMPLE)
    outcomes = sorted(run(any_engine.promtool, every, chosen, lambda _: None), key=lambda one: one.mutant.id)
    assert [one.mutant.id for one in outcomes] == sorted(one.id for one in chosen)

    def compared(*, killed: bool) -> list[Outcome]:
        return [one for one in outcomes if one.killed == killed][:_EACH]

    assert not noticed(any_engine, tmp_path, gate)
    assert compared(killed=True)
    for outcome in (*compared(killed=True), *compared(killed=False)):
        found = noticed(any_engine, tmp_path, gate, outcome.mutant.payload)
        assert found == outcome.killed, f"{outcome.mutant.place}: {outcome.mutant.change}"


def test_a_mutant_has_a_name_of_its_own(gate: GatePlan) -> None:
    """Which stays the same from run to run."""
    first, again = (tuple(mutants(one, suites(one))) for one in (gate, gate))

    assert [one.id for one in first] == [one.id for one in again]
    assert len({one.id for one in first}) == len(first)
    assert len(first) > 500


def test_every_operator_is_at_work(gate: GatePlan) -> None:
    """On the rules of a small gate, but for those of which it has no use."""
    found = {one.change.operator for one in mutants(gate, suites(gate))}

    assert found == {*OPERATORS, "label", "rule left out", "order"}


def held(
    met: str = 'gate:overall:met{gate="g"}',
    *,
    unmet: str = "",
    counts: str = "5m1ms",
    looks: str = "5m1ms",
    step: str = "30s",
) -> str:
    """For how long a gate has been met, as its rule asks for it."""
    now = f"count_over_time({met}[{counts}]) and ignoring () last_over_time({met}[1ms]) == 1"
    none = f"timestamp({unmet or met}) and ignoring () {unmet or met} == 0"
    latest = f"max(max_over_time(({none})[{looks}:{step}]))"
    since = f"time() - ({latest} + 30)"
    return f"clamp_max((max({now}) - 1) * 30, scalar({since} or on () vector(Inf)))"


@pytest.mark.parametrize(
    ("written", "asked", "equivalent"),
    [
        ("vector(0)", "last_over_time(r[1ms]) == 1", True),
        ("vector(0)", "last_over_time(r[1ms]) == 0", False),
        ("vector(0)", "last_over_time(r[1ms])", False),
        ("vector(1)", "last_over_time(r[1ms]) == 1", False),
    ],
)
def test_what_is_always_zero_may_come_later(written: str, asked: str, equivalent: bool) -> None:  # noqa: FBT001 - a table
    """As long as those who read it ask whether it is 1."""
    rule, reader = (Rule(name, parse(expr), (), "", span(1)) for name, expr in (("r", written), ("s", asked)))
    change = RuleChange(rule, rule, last=True, readers=(reader,))

    assert bool(reason(Mutant("g", "r", ("",), Change("order", "r", "later"), 1, change))) == equivalent


def part(operation: str, metric: str = "a", level: str = "gate_x") -> str:
    """A shared part as it is read."""
    return f'last_over_time({level}:{metric}:{operation}{{gate="g"}}[1ms])'


SHARE = f"max({part('rate5m')}) / on () ({part('rate5m', level='gate')} > -Inf)"


@pytest.mark.parametrize(
    ("before", "after", "equivalent"),
    [
        ("count(x) or on () vector(0)", "count(x) or vector(0)", True),
        ("count by (a) (x) or on () vector(0)", "count by (a) (x) or vector(0)", False),
        ("count(x == 1)", "sum(x == 1)", True),
        ("count(x >= 1)", "sum(x >= 1)", False),
        ("count_over_time(count(x)[5m:1m])", "count_over_time(sum(x)[5m:1m])", True),
        ("sum_over_time(count(x)[5m:1m])", "sum_over_time(sum(x)[5m:1m])", False),
        ("count_over_time(vector(1)[5m:1m])", "count_over_time(vector(2)[5m:1m])", True),
        ("count_over_time(vector(1)[5m:1m])", "sum_over_time(vector(1)[5m:1m])", True),
        ("count(vector(1) * x)", "count(vector(2) * x)", True),
        ("count(vector(1) > x)", "count(vector(2) > x)", False),
        ("group by (a) (max by (a) (x) + on (a) x * 0)", "group by (a) (max by (a) (x) + on (a) x * -1)", True),
        ("sum by (a) (max by (a) (x) + on (a) x * 0)", "sum by (a) (max by (a) (x) + on (a) x * -1)", False),
        ("count(x >= 1 <= 1)", "sum(x >= 1 <= 1)", True),
        ("count(x >= 1 <= 2)", "sum(x >= 1 <= 2)", False),
        ("y and last_over_time(x[5m])", "y and max_over_time(x[5m])", True),
        ("last_over_time(x[5m]) and y", "max_over_time(x[5m]) and y", False),
        ("max(x) + sum(x) * 0", "max(x) - sum(x) * 0", True),
        ("max(x) + sum(x) * 1", "max(x) - sum(x) * 1", False),
        ('x{a="1"} and x{a="1"} == 1', 'x{a="1"} and x == 1', True),
        ('x{a="1"} and on () x{a="1"} == 1', 'x{a="1"} and on () x == 1', False),
        ('x{a="1"} or x{a="1"} == 1', 'x{a="1"} or x == 1', False),
        (
            'x{a="1"} + rate(x{a="1"}[5m]) * (resets(x{a="1"}[5m]) > bool 0)',
            'x{a="1"} + rate(x[5m]) * (resets(x{a="1"}[5m]) > bool 0)',
            True,
        ),
        ('x{a="1"} + rate(x{a="1"}[5m])', 'x + rate(x{a="1"}[5m])', True),
        ('x{a="1"} + on () rate(x{a="1"}[5m])', 'x + on () rate(x{a="1"}[5m])', False),
        ('x{a="1"} + 1', "x + 1", False),
        ('(x{a="1"} + y or x{a="1"}) unless x{a="1"}', '(x{a="1"} + y or x{a="1"}) unless x', True),
        ('(x{a="1"} + y or x) unless x{a="1"}', '(x{a="1"} + y or x) unless x', False),
        ("rate(x[5m]) * 2 or max_over_time(x[5m])", "rate(x[5m]) * 2 or min_over_time(x[5m])", False),
        (
            "max_over_time(x[5m]) + rate(x[5m]) or max_over_time(x[5m])",
            "max_over_time(x[5m]) + rate(x[5m]) or avg_over_time(x[5m])",
            True,
        ),
        (
            "max_over_time(x[5m]) + rate(x[5m]) or max_over_time(x[5m])",
            "max_over_time(x[5m]) + rate(x[5m]) or count_over_time(x[5m])",
            False,
        ),
        (
            "max_over_time(x[5m]) + rate(x[5m]) or max_over_time(x[4m])",
            "max_over_time(x[5m]) + rate(x[5m]) or min_over_time(x[4m])",
            False,
        ),
        ("max_over_time(x[5m]) + y or max_over_time(x[5m])", "max_over_time(x[5m]) + y or min_over_time(x[5m])", False),
        ("resets(x[5m]) + 1 or max_over_time(x[5m])", "resets(x[5m]) + 1 or min_over_time(x[5m])", False),
        ("max(x) + on () sum(x) * 0 > -Inf", "max(x) + on () sum(x) * 0 >= -Inf", True),
        ("max(x) + on () sum(y) * 0 > -Inf", "max(x) + on () sum(y) * 0 >= -Inf", False),
        ("(count(x) or vector(0)) > -Inf < Inf", "(count(x) or vector(0)) > -Inf <= Inf", True),
        ("(sum(x) or vector(0)) > -Inf < Inf", "(sum(x) or vector(0)) > -Inf <= Inf", False),
        ("deriv(x[5m]) * 60 > -Inf", "deriv(x[5m]) * 60 >= -Inf", True),
        ("rate(x[5m]) * 60 > -Inf", "rate(x[5m]) * 60 >= -Inf", False),
        ("abs(x) > -Inf < Inf", "abs(x) >= -Inf < Inf", True),
        ("abs(x) > -Inf < Inf", "abs(x) > -Inf <= Inf", False),
        (f"{part('max')} + {part('sum')} * 0 < Inf", f"{part('max')} + {part('sum')} * 0 <= Inf", True),
        (f"{part('max')} + {part('sum', 'b')} * 0 < Inf", f"{part('max')} + {part('sum', 'b')} * 0 <= Inf", False),
        (f"{part('avg')} + {part('sum')} * 0 < Inf", f"{part('avg')} + {part('sum')} * 0 <= Inf", False),
        (f"{SHARE} > -Inf < Inf", f"{SHARE} >= -Inf < Inf", True),
        (f"{SHARE} > -Inf < Inf", f"{SHARE} > -Inf <= Inf", False),
        ("x and on (a) (y or on (a) z)", "x and on (a) (y or z)", True),
        ("x and on (a) (y or on (b) z)", "x and on (a) (y or z)", False),
        ("count(y or on (a) z)", "count(y or z)", False),
        (
            "x - last_over_time(x[5m:5m]) * (x >= bool last_over_time(x[5m:5m]))",
            "x - last_over_time(x[10m:5m]) * (x >= bool last_over_time(x[5m:5m]))",
            True,
        ),
        (
            "x - last_over_time(x[5m:5m]) * (x >= bool last_over_time(x[5m:5m]))",
            "x - last_over_time(x[2m:5m]) * (x >= bool last_over_time(x[5m:5m]))",
            False,
        ),
        ("x - last_over_time(x[5m:5m])", "x - last_over_time(x[10m:5m])", False),
        ("count(x + y * 0 or on (a) z)", "count(x + y or on (a) z)", True),
        ("count(x + y * 0 or on (a) z)", "count(x + y / 0 or on (a) z)", True),
        ("count(x + y * 0 or on (a) z > 0)", "count(x + y * 0 or on (a) z)", False),
        ("sum(x + y * 0 or on (a) z)", "sum(x + y or on (a) z)", False),
        ("y and on () (group by (a) (x) and on () z)", "y and on () (group(x) and on () z)", True),
        ("y and on () (group by (a) (x) and on (a) z)", "y and on () (group(x) and on (a) z)", False),
        ("y and on (a) group by (a) (x)", "y and on (a) group(x)", False),
        ("count(group by (a) (x) or y)", "count(group(x) or y)", False),
        ("y and on () count(group by (a) (x))", "y and on () count(group(x))", False),
        ("last_over_time(x[5m:5m])", "max_over_time(x[5m:5m])", True),
        ("last_over_time(x[5m:1m])", "max_over_time(x[5m:1m])", False),
        ("last_over_time(x[5m:5m])", "count_over_time(x[5m:5m])", False),
        ('gate:a:b{gate="g"} / on () gate:c:d{gate="g"}', 'gate:a:b{gate="g"} / gate:c:d{gate="g"}', True),
        ('gate_x:a:b{gate="g"} / on () gate_x:c:d{gate="g"}', 'gate_x:a:b{gate="g"} / gate_x:c:d{gate="g"}', False),
        (
            'histogram_quantile(0.9, gate_x_le:a:b{gate="g"}) + on (x) gate_x:a:b{gate="g"}',
            'histogram_quantile(0.9, gate_x_le:a:b{gate="g"}) + gate_x:a:b{gate="g"}',
            True,
        ),
        (
            'histogram_quantile(0.9, gate_x_le:a:b{gate="g"}) + on (x) gate_x_y:a:b{gate="g"}',
            'histogram_quantile(0.9, gate_x_le:a:b{gate="g"}) + gate_x_y:a:b{gate="g"}',
            False,
        ),
        ("topk(1, x) or on () vector(0)", "topk(1, x) or vector(0)", False),
        (held(), held(step="15s"), True),
        (held(), held(step="1m"), False),
        (held(), held(step="20s"), False),
        (held(unmet="x"), held(unmet="x", step="15s"), False),
        (held(), held(looks="10m2ms"), True),
        (held(), held(looks="2m30s"), False),
        (held(counts="10m2ms"), held(counts="10m2ms", looks="10m2ms"), False),
    ],
)
def test_only_what_is_proven_is_equivalent(before: str, after: str, equivalent: bool) -> None:  # noqa: FBT001 - a table
    """Each kind of equivalence, and its nearest neighbour that is none."""
    rule = Rule("r", parse(before), (), "", span(1))
    change = RuleChange(rule, replace(rule, expr=parse(after)))
    mutant = Mutant("g", "r", ("",), Change("any", before, after), 1, change)

    assert bool(reason(mutant)) == equivalent


BUCKETS = 'last_over_time(gate_le:b:rate5m{gate="g"}[1ms])'


@pytest.mark.parametrize(
    ("value", "equivalent"),
    [
        (f"histogram_quantile(0.9, {BUCKETS}) + max({BUCKETS}) * 0", True),
        (f"sum({BUCKETS} > 0) / sum({BUCKETS})", True),
        (f"vector(1) and on () (max({BUCKETS}) < max({BUCKETS}) * 0.95)", True),
        (f"max({BUCKETS}) == 0", True),
        (f"max({BUCKETS}) == 1", False),
        (f"max({BUCKETS})", False),
        (f"max({BUCKETS}) * 300", False),
        (f"vector(1) and on () (max({BUCKETS}) < 5)", False),
        (f"histogram_quantile(0.9, {BUCKETS} + 1)", False),
        (f"topk(1, {BUCKETS})", False),
        (f"-max({BUCKETS})", False),
        (f"count({BUCKETS} > 0)", True),
    ],
)
def test_a_rate_may_be_an_increase_where_it_is_divided(value: str, equivalent: bool) -> None:  # noqa: FBT001 - a table
    """By the same, in all that reads it."""
    rule = Rule("gate_le:b:rate5m", parse("sum by (le) (rate(b[5m]))"), (("gate", "g"),), "", span(1))
    reader = Rule("gate:criterion:value", parse(value), (("gate", "g"),), "", span(1))
    instead = replace(rule, expr=parse("sum by (le) (increase(b[5m]))"))
    change = RuleChange(rule, instead, rules=(rule, reader))

    assert bool(reason(Mutant("g", "r", ("",), Change("function", "rate", "increase"), 1, change))) == equivalent


@pytest.mark.parametrize(
    ("state", "equivalent"),
    [
        ("{passes} or vector(10) and on () {value} or vector(23)", True),
        ("{passes} or vector(10) and on () {value}", True),
        ("{passes} or vector(10) or vector(24)", True),
        (
            "{passes} or vector(10) and on () gate:criterion:value or vector(24)",
            True,
        ),
        ("{passes} or vector(11) and on () {value} or vector(24)", False),
        ("{passes} or {value} or vector(24)", False),
        ("vector(20) or vector(0) and on () {value} < 2 or vector(10) and on () {value} or vector(24)", False),
        ("{passes} or vector(10) and on () {value} > 1 or vector(24)", False),
        ("{passes} or vector(24)", False),
    ],
)
@pytest.mark.parametrize("always", [True, False])
def test_what_comes_after_a_value_that_is_always_there(state: str, equivalent: bool, always: bool) -> None:  # noqa: FBT001
    """Is never reached; where there may be none, it is."""
    value = 'last_over_time(gate:criterion:value{gate="g"}[1ms])'
    passes = f"vector(20) or vector(0) and on () {value} < 1"
    before = f"{passes} or vector(10) and on () {value} or vector(24)"
    valued = "count(x) or vector(0)" if always else "count(x)"
    rules = [
        Rule(f"gate:criterion:{name}", parse(text), (("gate", "g"),), "", span(1))
        for name, text in (("value", valued), ("state", before))
    ]
    instead = replace(rules[1], expr=parse(state.format(value=value, passes=passes)))
    change = RuleChange(rules[1], instead, rules=tuple(rules))

    found = reason(Mutant("g", "s", ("",), Change("any", "", ""), 1, change))
    assert bool(found) == (equivalent and always)


@pytest.mark.parametrize("read", ["increase", "increase7d"])
@pytest.mark.parametrize(("after", "equivalent"), [("<", True), (">", False)])
def test_what_is_read_coarsely_is_never_just_at_its_bound(read: str, after: str, equivalent: bool) -> None:  # noqa: FBT001
    """What is read exactly may be."""
    value = 'last_over_time(gate:criterion:value{gate="g"}[1ms])'
    part = f'last_over_time(gate:x:{read}{{gate="g"}}[1ms])'
    coarse = build.aggregate("sum", increase(build.vector("x"), D("7d"), D("5m")))
    rules = [
        Rule(name, expr, (("gate", "g"),), "", span(1))
        for name, expr in (
            ("gate:x:increase7d", coarse),
            ("gate:x:increase", parse("sum(increase(x[7d]))")),
            ("gate:criterion:value", parse(part)),
            ("gate:criterion:state", parse(f"vector(0) and on () {value} <= 5")),
        )
    ]
    instead = replace(rules[-1], expr=parse(f"vector(0) and on () {value} {after} 5"))
    change = RuleChange(rules[-1], instead, rules=tuple(rules))

    found = reason(Mutant("g", "s", ("",), Change("comparison", "", ""), 1, change))
    assert bool(found) == (equivalent and read == "increase7d")
