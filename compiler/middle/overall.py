"""The categories and the gate as a whole: passes counted against a number that is known at compile time (law 2)."""

from collections.abc import Iterator, Sequence

from compiler import naming
from compiler.diagnostics import Span
from compiler.engines import Evaluation
from compiler.middle import override_rules
from compiler.middle.holding import Whole, holds, passing, seconds_held
from compiler.middle.inputs import labels
from compiler.middle.plan import OverridesPlan, Rule
from compiler.promql import build
from compiler.promql.expr import Binary, Expr, Number


def category_rule(  # noqa: PLR0913, PLR0917 - what the verdict depends on, by name
    gate: str, category: str, criteria: Sequence[str], evaluation: Evaluation, title: str, origin: Span
) -> Rule:
    """1 if all criteria of the category pass."""
    own = build.equal(naming.GATE, gate), build.equal(naming.CATEGORY, category)
    verdict = _all_of(passing(evaluation, criteria, *own), len(criteria))
    return Rule(naming.CATEGORY_PASS, verdict, labels(gate=gate, category=category), title, origin)


def overall_rules(whole: Whole, overrides: OverridesPlan | None, origin: Span) -> Iterator[Rule]:
    """Met and for how long, overridden, re-tested, and the decision."""
    gate, criteria, evaluation = whole.gate, whole.criteria, whole.evaluation
    yield Rule(
        naming.OVERALL_MET,
        _all_of(passing(evaluation, criteria, whole.own), len(criteria)),
        labels(gate=gate),
        f"all {len(criteria)} criteria pass in {_when(evaluation)} evaluation",
        origin,
    )
    yield Rule(
        naming.OVERALL_HELD,
        seconds_held(whole),
        labels(gate=gate),
        f"for how many seconds they have, up to {whole.holding.stabilization}",
        origin,
    )
    yield from override_rules.retest_rules(whole, overrides)
    yield Rule(
        naming.OVERALL_OVERRIDE,
        override_rules.in_force(whole, overrides),
        labels(gate=gate),
        override_rules.summary(overrides),
        origin,
    )
    yield from override_rules.end_rules(whole, overrides)
    yield Rule(
        naming.OVERALL_PASS,
        build.either((holds(whole), *override_rules.opens(whole, overrides), build.constant(0))),
        labels(gate=gate, revision=whole.revision),
        f"the decision: met for {whole.holding.stabilization}, or overridden",
        origin,
    )


def _all_of(passes: Expr, criteria: int) -> Expr:
    count = build.aggregate("count", passes)
    return build.or_zero(Binary("==", count, Number(criteria), returns_bool=True))


def _when(evaluation: Evaluation) -> str:
    return "the last" if evaluation.engine.lag else "this"
