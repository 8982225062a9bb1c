"""Read the increase of a counter from its rate, where both are needed over the same window.

Before: `sum(increase(x[1h]))` in one rule and `sum by (zone) (rate(x[1h]))` in another.
After: `sum(rate(x[1h])) * 3600` in the first: Prometheus' rate is the increase divided by the seconds of the window.
"""

from compiler.middle.optimise.base import Frame, is_ours, parts, replaced, rewritten
from compiler.middle.plan import Rule
from compiler.promql.expr import Aggregate, Binary, Call, Expr, Matrix, Number


def run(rules: tuple[Rule, ...], frame: Frame) -> tuple[Rule, ...]:
    """The rules with each increase by way of the rate of the same range, if any rule reads that."""
    del frame
    sums = {part for rule in rules if is_ours(rule) for part in parts(rule.expr) if part.op == "sum"}
    rates = {part.expr for part in sums if isinstance(part.expr, Call) and part.expr.function == "rate"}
    names: dict[Expr, Expr] = {part: by for part in sums if (by := _by_rate(part, rates))}
    return rewritten(rules, lambda expr: replaced(expr, names)) if names else rules


def _by_rate(part: Aggregate, rates: set[Call]) -> Expr | None:
    match part.expr:
        case Call("increase", (Matrix(_, window),) as args) if (rate := Call("rate", args)) in rates:
            return Binary("*", Aggregate("sum", rate, part.labels), Number(window.seconds))
        case _:
            return None
