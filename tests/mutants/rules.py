"""Mutants of the recording rules of a gate, and the tests that must notice each.

A mutant is held against the synthesised tests of the criteria that its rule bears on, with just the rules that these
need: what a test asks of one criterion does not depend on the rules of another.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

from mutants.model import Change, Mutant
from mutants.operators import mutations

from compiler import naming
from compiler.backends.decision_tests import decision_tests
from compiler.backends.promtool_tests import Test
from compiler.backends.rule_tests import criteria_tests
from compiler.backends.statistics_tests import judged_at, statistics_tests
from compiler.middle.plan import GatePlan, Rule
from compiler.promql.expr import Vector
from compiler.promql.grammar import read
from compiler.promql.printer import show
from compiler.promql.problem import PromQLError
from compiler.promql.typecheck import check
from compiler.promql.walk import vectors

DECISION: Final = ""
# What kills most mutants comes first, and the rest is only asked about those that are left.
_FIRST: Final = ("Healthy", "A value", "An input is missing", "What was recorded before", "All criteria pass, and did")


@dataclass(frozen=True)
class Suite:
    """The tests of one criterion, or of what decides, and the rules that they need, in order."""

    subject: str
    rules: tuple[Rule, ...]
    tests: tuple[Test, ...]
    gate: GatePlan

    @cached_property
    def ordered(self) -> tuple[Test, ...]:
        """The tests, those first that notice most."""
        return tuple(sorted(self.tests, key=lambda test: not test.name.startswith(_FIRST)))

    def writers(self, vector: Vector) -> Iterator[int]:
        """The rules whose results a selector reads."""
        return (i for i, rule in enumerate(self.rules) if reads(vector, rule))


def suites(gate: GatePlan) -> tuple[Suite, ...]:
    """One for each criterion, and one for what decides."""
    found = []
    for category in gate.categories:
        for criterion in category.criteria:
            rules = suite_rules(gate, criterion.id)
            alone = replace(gate, categories=(replace(category, criteria=(criterion,)),), rules=rules)
            tests = tuple(criteria_tests(alone))
            found.append(Suite(criterion.id, _asked(gate, rules, tests), tests, gate))
    found.append(Suite(DECISION, suite_rules(gate, DECISION), tuple(decision_tests(gate)), gate))
    return tuple(found)


def suite_rules(gate: GatePlan, subject: str) -> tuple[Rule, ...]:
    """The rules of a criterion, or of what decides, with those that they need."""
    if subject != DECISION:
        return _needed(gate, [rule for rule in gate.rules if _criterion(rule) == subject])
    passes = naming.CRITERION_PASS
    return tuple(
        rule for rule in gate.rules if rule.record == passes or (not _criterion(rule) and _is_of_the_gate(rule))
    )


def statistics_suite(gate: GatePlan) -> Suite:
    """The rules that count how a gate has done, as if they were all that the gate has."""
    alone = replace(gate, rules=gate.statistics, judged_at=judged_at(gate))
    return Suite(DECISION, gate.statistics, tuple(statistics_tests(gate)), alone)


@dataclass(frozen=True)
class RuleChange:
    """What a mutant does: another rule in the place of one, none, or the same rule after all others.

    `readers` are what the rule comes after, and read it; `rules` are all rules of the gate.
    """

    rule: Rule
    instead: Rule | None
    last: bool = False
    readers: tuple[Rule, ...] = ()
    rules: tuple[Rule, ...] = field(default=(), compare=False, repr=False)


def mutants(gate: GatePlan, all_suites: Sequence[Suite]) -> Iterator[Mutant]:
    """Every mutant of every rule that PromQL accepts; one of a rule that no test needs has nobody to notice it."""
    bears_on: dict[Rule, list[str]] = {}
    for suite in all_suites:
        for rule in suite.rules:
            bears_on.setdefault(rule, []).append(suite.subject)
    seen: Counter[tuple[str, Change]] = Counter()
    for at, rule in enumerate(gate.rules):
        for change, own in _of_rule(rule, gate.rules[at + 1 :]):
            payload, named = replace(own, rules=gate.rules), _named(change, gate.revision)
            seen[_place(rule), named] += 1
            yield Mutant(
                gate.name, _place(rule), tuple(bears_on.get(rule, ())), named, seen[_place(rule), named], payload
            )


def _of_rule(rule: Rule, after: Sequence[Rule]) -> Iterator[tuple[Change, RuleChange]]:
    """Changes of the expression and the labels, and the rule left out or moved behind those that read it."""
    for change, expr in mutations(rule.expr):
        if is_valid(show(expr)):
            yield change, RuleChange(rule, replace(rule, expr=expr))
    for i, (label, value) in enumerate(rule.labels):
        labels = (*rule.labels[:i], (label, f"{value}x"), *rule.labels[i + 1 :])
        yield (
            Change("label", f'{label}="{value}"', f'{label}="{value}x"'),
            RuleChange(rule, replace(rule, labels=labels)),
        )
    yield Change("rule left out", rule.record, "nothing"), RuleChange(rule, None)
    readers = tuple(other for other in after if any(reads(vector, rule) for vector in vectors(other.expr)))
    if readers:
        change = Change("order", rule.record, "the same, after all others")
        yield change, RuleChange(rule, rule, last=True, readers=readers)


def is_valid(text: str) -> bool:
    """A mutant that no Prometheus loads is none."""
    try:
        return not any(check(read(text)))
    except PromQLError:
        return False


def reads(vector: Vector, written: Rule) -> bool:
    """Whether a selector finds the results of a rule, as far as the labels that the rule sets tell."""
    own = dict(written.labels)
    return vector.name == written.record and all(
        one.op != "=" or own.get(one.label, one.value) == one.value for one in vector.matchers
    )


def _needed(gate: GatePlan, wanted: Iterable[Rule]) -> tuple[Rule, ...]:
    """The rules with those that they read, and so on, in the order of the gate."""
    found, todo = set(wanted), list(wanted)
    while todo:
        sought = list(vectors(todo.pop().expr))
        more = [rule for rule in gate.rules if rule not in found and any(reads(one, rule) for one in sought)]
        found.update(more)
        todo += more
    return tuple(rule for rule in gate.rules if rule in found)


def _asked(gate: GatePlan, rules: Iterable[Rule], tests: Iterable[Test]) -> tuple[Rule, ...]:
    """The rules, with those whose results the tests ask for by name."""
    selects = {one.select for test in tests for one in test.expectations if one.select.name}
    found = {*rules, *(rule for rule in gate.rules if any(_selects(one, rule) for one in selects))}
    return _needed(gate, found)


def _selects(select: Vector, rule: Rule) -> bool:
    own = dict(rule.labels)
    told = (one for one in select.matchers if one.op == "=~" and one.label in own)
    return reads(select, rule) and all(re.fullmatch(one.value, own[one.label]) for one in told)


def _criterion(rule: Rule) -> str:
    return dict(rule.labels).get(naming.CRITERION, "")


def _is_of_the_gate(rule: Rule) -> bool:
    return rule.record in {naming.CATEGORY_PASS, naming.REVIEW_DUE} or rule.record.startswith(
        naming.OVERALL_MET.removesuffix("met")
    )


def _place(rule: Rule) -> str:
    """Which rule: its name, and the labels that tell it from others."""
    labels = " ".join(f"{k}={v}" for k, v in rule.labels if k not in {naming.GATE, naming.REVISION})
    return f"{rule.record} {labels}".strip()


def _named(change: Change, revision: str) -> Change:
    """The change without the revision, which is another after every change of a spec."""
    return replace(
        change,
        before=change.before.replace(revision, "REVISION"),
        after=change.after.replace(revision, "REVISION"),
    )
