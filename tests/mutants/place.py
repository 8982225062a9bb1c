"""The place in an expression at which a mutant differs, which is all that a proof of equivalence looks at."""

from dataclasses import dataclass

from compiler.promql.expr import Aggregate, Binary, Call, Expr, Matrix, Subquery
from compiler.promql.walk import children


@dataclass(frozen=True, slots=True)
class Place:
    """The node that was changed, what it became, and the nodes around it, the innermost last."""

    before: Expr
    after: Expr
    around: tuple[Expr, ...]


def place_of(before: Expr, after: Expr, around: tuple[Expr, ...]) -> Place:
    """Where two expressions part: as deep as only one operand differs."""
    pairs = list(zip(children(before), children(after), strict=False))
    changed = [(one, other) for one, other in pairs if one != other]
    if type(before) is type(after) and len(changed) == 1 and _head(before) == _head(after):
        return place_of(*changed[0], (*around, before))
    return Place(before, after, around)


def _head(expr: Expr) -> object:
    """What an expression is, apart from its operands."""
    match expr:
        case Binary():
            return expr.op, expr.on, expr.ignoring, expr.group, expr.include, expr.returns_bool
        case Aggregate():
            return expr.op, expr.labels
        case Call():
            return expr.function, len(expr.args)
        case Matrix():
            return expr.window
        case Subquery():
            return expr.window, expr.step, expr.offset
        case _:
            return expr
