"""The requirement of a criterion as bounds and as comparisons."""

import operator
from collections.abc import Callable
from typing import Final

from compiler.middle.plan import Bound, BoundKind
from compiler.middle.requirements import Limit, sides
from compiler.promql import build
from compiler.promql.expr import Binary, BinaryOp, Expr
from compiler.promql.printer import show
from compiler.spec.requirement import MetricLimit, Requirement, TableLimit

_MET: Final[dict[tuple[BoundKind, bool], BinaryOp]] = {
    ("min", False): ">=",
    ("min", True): ">",
    ("max", False): "<=",
    ("max", True): "<",
}
_HOLDS: Final[dict[BinaryOp, Callable[[float, float], bool]]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
}
_BROKEN: Final[dict[BinaryOp, BinaryOp]] = {">=": "<", ">": "<=", "<=": ">", "<": ">="}


def bounds(requirement: Requirement) -> tuple[Bound, ...]:
    """The sides of a requirement; two for `between` and `equals`."""
    return tuple(_bound(kind, limit, strict=strict) for kind, strict, limit in sides(requirement))


def _bound(kind: BoundKind, limit: Limit, *, strict: bool) -> Bound:
    match limit:
        case MetricLimit():
            return Bound(kind, strict, None, show(limit.metric), metric=show(limit.metric))
        case TableLimit():
            rows = tuple((member, value.base, str(value)) for member, value in sorted(limit.by_member.items()))
            return Bound(kind, strict, None, ", ".join(f"{m}: {text}" for m, _, text in rows), rows)
        case _:
            return Bound(kind, strict, limit.base, str(limit))


def met(bound: Bound) -> BinaryOp:
    """The comparison that a passing value satisfies."""
    return _MET[bound.kind, bound.strict]


def broken(bound: Bound) -> BinaryOp:
    """The comparison that a failing value satisfies (neither holds for NaN)."""
    return _BROKEN[met(bound)]


def holds(bound: Bound, value: float, limit: float) -> bool:
    """Whether a value meets a limit, which is the bound's own or a member's."""
    return _HOLDS[met(bound)](value, limit)


def compared(value: Expr, threshold: Expr | None, bound: Bound, op: BinaryOp, by: tuple[str, ...]) -> Expr:
    """The elements of the value for which `op` holds against the bound, or against each member's threshold."""
    if bound.limit is not None:
        return build.compare(op, value, bound.limit)
    assert threshold is not None  # noqa: S101 - a bound without a constant has recorded thresholds
    return Binary(op, value, threshold, on=by)
