"""Leave out a match on labels where neither side has any others: a match is on all labels then.

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
    if isinstance(expr, Binary) and expr.on is not None and not expr.group:
        all_of_them = frozenset(expr.on)
        if _labels(expr.left) == all_of_them == _labels(expr.right):
            return replace(expr, on=None)
    return expr


def _labels(expr: Expr) -> frozenset[str] | None:
    """The only labels that what an expression can give may have; None is "not known"."""
    match expr:
        case Aggregate(op, _, labels, without=False):
            return frozenset(labels) if op in _GROUPING else None
        case Call("vector", _):
            return frozenset()
        case Call(name, (Subquery(expr=inner),)):
            return _labels(inner) if name.endswith("_over_time") else None
        case Call(name, (inner, *_)):
            return _labels(inner) if name in _KEEPING else None
        case Binary("and" | "unless", left, _):
            return _labels(left)
        case Binary(group="", left=left, right=right):
            sides = {_labels(one) for one in (left, right) if not _is_scalar(one)}
            return sides.pop() if len(sides) == 1 else None
        case _:
            return None


def _is_scalar(expr: Expr) -> bool:
    return isinstance(expr, Number) or (isinstance(expr, Call) and expr.function in {"scalar", "time"})
