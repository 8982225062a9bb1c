"""Why the gate passes or not, as one code: what people see of its history, and what statistics count.

It is written after the verdict and decides nothing.
"""

from collections.abc import Sequence

from compiler import naming, states
from compiler.diagnostics import Span
from compiler.engines import Evaluation
from compiler.middle.inputs import labels
from compiler.middle.plan import Rule
from compiler.promql import build
from compiler.promql.expr import Binary, Expr, Matcher


def state_rule(gate: str, criteria: Sequence[str], evaluation: Evaluation, revision: str, origin: Span) -> Rule:
    """The first reason that applies; a gate of which nothing is known fails."""
    own, within = build.equal(naming.GATE, gate), evaluation.within

    def is_one(name: str, *more: Matcher) -> Expr:
        return build.compare("==", build.fresh(name, own, *more, within=within), 1)

    passes = is_one(naming.OVERALL_PASS, build.equal(naming.REVISION, revision))
    overridden = Binary("and", passes, is_one(naming.OVERALL_OVERRIDE), on=())
    known = Matcher(naming.CRITERION, "=~", "|".join(criteria))  # not one that a reload has just removed
    state = build.fresh(naming.CRITERION_STATE, own, known, within=within)
    judged = build.aggregate("count", build.compare("<", state, states.FIRST_NO_DATA))
    chain = build.either(
        (
            build.code_when(states.GATE_OVERRIDDEN.code, overridden),
            build.code_when(states.GATE_READY.code, passes),
            build.code_unless(states.GATE_NO_DATA.code, build.compare(">=", judged, len(criteria))),
            build.code_when(states.GATE_STABILISING.code, is_one(naming.OVERALL_MET)),
            build.constant(states.GATE_FAILING.code),
        )
    )
    return Rule(naming.OVERALL_STATE, chain, labels(gate=gate), "why: the first reason that applies", origin)
