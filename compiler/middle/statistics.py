"""How a gate has done, for people, by the hour: 30 days of a verdict are 86,400 samples, and of its hours 720.

The rules are a slow group of their own, in a file that may be left out: no verdict and no alert depends on them. An
hour is read at its probes, one an evaluation; a probe that finds no state written in the two evaluations before it does
not count, so that time in which nobody judged is unknown and neither good nor bad.

A week or a month is `sum_over_time(...[7d:1h])`: Prometheus aligns the steps of a subquery to full hours, and each hour
is seen once. So the last hour counts when it is over.
"""

from collections.abc import Iterator
from typing import Final

from compiler import naming, states
from compiler.diagnostics import Span
from compiler.engines import Evaluation
from compiler.fields import Duration
from compiler.middle.inputs import labels
from compiler.middle.plan import Rule
from compiler.promql import build
from compiler.promql.expr import Aggregate, Binary, Expr, Number, String, Subquery, Vector

HOUR: Final = Duration.parse("1h")
_PROBE_SEES: Final = 2  # evaluations


def statistics_rules(gate: str, evaluation: Evaluation, origin: Span) -> Iterator[Rule]:
    """The shares of the last hour by state, and how often the gate closed in it."""
    own = labels(gate=gate)
    state = _state(gate, evaluation)
    yield Rule(
        naming.STATE_RATIO_1H,
        _shares(state, evaluation.every),
        own,
        f"shares of the last hour, by the code of {naming.OVERALL_STATE}; what is missing to 1 is unknown",
        origin,
    )
    yield Rule(naming.OVERALL_CLOSINGS_1H, _closings(state, evaluation.every), own, "how often it closed", origin)


def _state(gate: str, evaluation: Evaluation) -> Expr:
    """The state at a probe, if it was written not long before it."""
    within = Duration(_PROBE_SEES * evaluation.every.milliseconds)
    series = Vector(naming.OVERALL_STATE, (build.equal(naming.GATE, gate),))
    return build.over("last_over_time", series, max(within, evaluation.within))


def _shares(state: Expr, every: Duration) -> Expr:
    by_code = Aggregate("count_values", state, param=String(naming.STATE))
    counted = build.call("count_over_time", Subquery(by_code, HOUR, every))
    # On closed ranges (Prometheus 2.x) an hour may have one probe more than on left-open ones.
    probes = build.call("count_over_time", Subquery(build.constant(1), HOUR, every))
    return Binary("/", counted, build.call("scalar", probes))


def _closings(state: Expr, every: Duration) -> Expr:
    """From a state that passes to one that does not: a fall of 1 to 0.

    The range begins one probe before the hour, so that what changed between two hours is seen once.
    """
    passes = Binary("<", build.aggregate("max", state), Number(states.FIRST_FAILING), returns_bool=True)
    return build.call("resets", Subquery(passes, Duration(HOUR.milliseconds + every.milliseconds), every))
