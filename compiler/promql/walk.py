"""Walking a PromQL tree: the operands of a node, and a node with other operands."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from operator import is_
from typing import Final

from compiler.promql.expr import Aggregate, Binary, Call, Expr, Matrix, Negative, Subquery, Vector

_OF_ONE: Final = (Aggregate, Subquery, Negative)  # a tuple, since `A | B` would be made anew for every node


def children(expr: Expr) -> tuple[Expr, ...]:
    """The direct operands. The parameter of an aggregation, which reads nothing, is none."""
    # Walking is most of what compiling does: `match` takes four times as long.
    if isinstance(expr, Call):
        return expr.args
    if isinstance(expr, Binary):
        return expr.left, expr.right
    if isinstance(expr, Matrix):
        return (expr.vector,)
    if isinstance(expr, _OF_ONE):
        return (expr.expr,)
    return ()


def mapped(expr: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """The same node with each operand changed; the selector of a range stays, since only a selector can stand there."""
    if isinstance(expr, Call):
        args = tuple(map(change, expr.args))
        same = all(map(is_, args, expr.args))
        return expr if same else Call(expr.function, args)
    if isinstance(expr, _OF_ONE):
        inner = change(expr.expr)
        return expr if inner is expr.expr else replace(expr, expr=inner)
    if isinstance(expr, Binary):
        left, right = change(expr.left), change(expr.right)
        return expr if left is expr.left and right is expr.right else replace(expr, left=left, right=right)
    return expr


def nodes(expr: Expr) -> Iterator[Expr]:
    """Every node: each before its operands, and these from left to right."""
    waiting = [expr]
    while waiting:
        one = waiting.pop()
        yield one
        waiting += reversed(children(one))


def vectors(expr: Expr) -> Iterator[Vector]:
    """Every selector, also those of ranges and subqueries, from left to right."""
    return (one for one in nodes(expr) if isinstance(one, Vector))
