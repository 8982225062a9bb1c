"""Leave out a match on no label where neither side has any: all labels are then none.

Before: `count(x) or on () vector(0)`. After: `count(x) or vector(0)`.

It comes after the passes that record parts: a recorded part has labels, and what it stands for has none.
"""

from dataclasses import replace
from typing import Final

from compiler.middle.optimise.base import Frame, rewritten
from compiler.middle.plan import Rule
from compiler.promql.expr import Aggregate, Binary, Call, Expr, Number, Subquery
from compiler.promql.walk import mapped

_GROUPING: Final = frozenset({"sum", "avg", "min", "max", "count", "group"})
_KEEPING: Final = frozenset({"abs", "clamp_max", "clamp_min"})


def run(rules: tuple[Rule, ...], frame: Frame) -> tuple[Rule, ...]:  # noqa: ARG001 - of all passes
    """The rules, with plain operations where these are the same."""
    return plain(rules)


def plain(rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """The same for rules that no other pass changes: what decides."""
    return rewritten(rules, _plain)


def _plain(expr: Expr) -> Expr:
    expr = mapped(expr, _plain)
    if isinstance(expr, Binary) and expr.on == () and not expr.group and _is_bare(expr.left) and _is_bare(expr.right):
        return replace(expr, on=None)
    return expr


def _is_bare(expr: Expr) -> bool:
    """Whether all that an expression can give is an element without labels; False is also "not known"."""
    match expr:
        case Aggregate(op, _, (), without=False):
            return op in _GROUPING
        case Call("vector", _):
            return True
        case Call(name, (Subquery(expr=inner),)):
            return name.endswith("_over_time") and _is_bare(inner)
        case Call(name, (inner, *_)):
            return name in _KEEPING and _is_bare(inner)
        case Binary("and" | "unless", left, _):
            return _is_bare(left)
        case Binary("or", left, right):
            return _is_bare(left) and _is_bare(right)
        case Binary(group="", left=left, right=right):
            either = _is_bare(left) or _is_bare(right)
            return either and all(_is_scalar(one) or _is_bare(one) for one in (left, right))
        case _:
            return False


def _is_scalar(expr: Expr) -> bool:
    return isinstance(expr, Number) or (isinstance(expr, Call) and expr.function in {"scalar", "time"})
