"""PromQL text to the tree of what it means.

What the tree cannot say (`@` modifiers, features behind flags) is refused by name rather than dropped. How an
expression was written, and where, is in the tree of `grammar`.
"""

import re
from typing import Final, cast

from compiler.fields import Duration
from compiler.promql import grammar, typecheck
from compiler.promql.expr import (
    Aggregate,
    AggregateOp,
    Binary,
    BinaryOp,
    Call,
    Expr,
    Matcher,
    Matrix,
    Negative,
    Number,
    String,
    Subquery,
    Vector,
)
from compiler.promql.problem import Problem, PromQLError
from compiler.promql.syntax import (
    AggregateExpr,
    BinaryExpr,
    CallExpr,
    Length,
    Modifiers,
    Node,
    NumberLiteral,
    ParenExpr,
    RangeSelector,
    Selector,
    StringLiteral,
    SubqueryExpr,
    Syntax,
    UnaryExpr,
    walk,
)

_METRIC: Final = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LONGEST_SELECTOR: Final = 2000
_BREAKS_ORDER: Final = "it breaks rule ordering in Prometheus 2.51 to 3.0"


def parse(text: str) -> Expr:
    """Read an expression. Raises PromQLError, a ValueError that says what is wrong with it and where."""
    parsed = grammar.read(text)
    for problem in typecheck.check(parsed):
        raise PromQLError(problem)
    return meaning(parsed.tree)


def parse_selector(text: str) -> Vector:
    """Read `metric` or `metric{label="value"}`. Raises ValueError; a selector without a metric name is refused.

    Nameless selectors (`{__name__=~…}`) break rule ordering in Prometheus 2.51 to 3.0 (DESIGN law 7).
    """
    if _METRIC.fullmatch(text):
        return Vector(text)
    if len(text) > _LONGEST_SELECTOR:
        raise ValueError(f"this selector is {len(text)} characters long; at most {_LONGEST_SELECTOR} make sense")
    try:
        tree = grammar.read(text).tree
    except PromQLError as error:
        raise ValueError(
            f'{text!r} is not a metric selector ({error}); write metric or metric{{label="value"}}'
        ) from None
    if not isinstance(tree, Selector) or not tree.name or tree.modifiers != Modifiers():
        raise ValueError(f'{text!r} is not a plain metric selector; write metric or metric{{label="value"}}')
    return _vector(tree)


def selectors(expr: Expr) -> tuple[tuple[Vector, Duration | None], ...]:
    """Every selector of an expression in reading order, with its range (a subquery's range for those inside one)."""
    found: dict[tuple[Vector, Duration | None], None] = {}
    stack: list[tuple[Expr, Duration | None]] = [(expr, None)]
    while stack:
        node, window = stack.pop()
        match node:
            case Vector():
                found[node, window] = None
            case Matrix(vector, span):
                found[vector, span] = None
            case Subquery(inner, span, _, _):
                stack.append((inner, span))
            case Call(_, args):
                stack += [(arg, window) for arg in reversed(args)]
            case Aggregate() | Negative():
                stack.append((node.expr, window))
            case Binary():
                stack += [(node.right, window), (node.left, window)]
            case _:
                pass
    return tuple(found)


def meaning(root: Syntax) -> Expr:
    """What an expression means. Raises PromQLError for what promgate does not allow."""
    known: dict[int, Expr] = {}
    for node in walk(root):
        known[id(node)] = _meaning(node, known)
    return known[id(root)]


def _meaning(node: Syntax, known: dict[int, Expr]) -> Expr:  # noqa: C901 - one arm per node kind
    match node:
        case NumberLiteral():
            return Number(node.value)
        case StringLiteral():
            return String(node.value)
        case ParenExpr():
            return known[id(node.expr)]
        case UnaryExpr():
            return _signed(node.op.text, known[id(node.expr)])
        case Selector():
            return _vector(node)
        case RangeSelector():
            return Matrix(_moved(_vector(node.selector), node.modifiers), _duration(node.window))
        case SubqueryExpr():
            step = _duration(node.step) if node.step else None
            return Subquery(known[id(node.expr)], _duration(node.window), step, _offset(node.modifiers))
        case CallExpr():
            return Call(node.function.text, tuple(known[id(arg)] for arg in node.args))
        case AggregateExpr():
            labels = node.grouping.texts if node.grouping else ()
            param = known[id(node.param)] if node.param else None
            return Aggregate(cast("AggregateOp", node.op.text), known[id(node.vector)], labels, node.without, param)
        case BinaryExpr():
            return _binary(node, known[id(node.left)], known[id(node.right)])


def _signed(op: str, inner: Expr) -> Expr:
    if op == "+":
        return inner
    return Number(-inner.value) if isinstance(inner, Number) else Negative(inner)


def _vector(node: Selector) -> Vector:
    if not node.name:
        raise _refused(f"a selector without a metric name is not allowed ({_BREAKS_ORDER})", node, "name the metric")
    named = next((matcher for matcher in node.matchers if matcher.label.text == "__name__"), None)
    if named:
        raise _refused("a matcher on __name__ is not allowed; name the metric", named)
    # Sorted, so that the order in which matchers were written does not matter.
    matchers = {Matcher(matcher.label.text, matcher.op, matcher.value.text) for matcher in node.matchers}
    return _moved(Vector(node.name.text, tuple(sorted(matchers))), node.modifiers)


def _moved(vector: Vector, modifiers: Modifiers) -> Vector:
    return Vector(vector.name, vector.matchers, _offset(modifiers) or vector.offset)


def _offset(modifiers: Modifiers) -> Duration | None:
    if modifiers.at:
        message = "the @ modifier is not allowed: a gate is judged at the time of its evaluation"
        raise _refused(message, modifiers.at, "remove it")
    if modifiers.extension:
        raise _refused(f"promgate does not support `{modifiers.extension.text}`", modifiers.extension)
    if modifiers.offset is None or modifiers.offset.milliseconds == 0:
        return None
    if (modifiers.offset.milliseconds or 0) < 0:
        message = "a negative offset is not allowed: a gate cannot look into the future"
        raise _refused(message, modifiers.offset, "write how far back to look")
    return _duration(modifiers.offset)


def _duration(length: Length) -> Duration:
    if length.milliseconds is None:
        raise _refused("promgate must know the length of a range", length, "write a duration such as 5m")
    return Duration(length.milliseconds)


def _binary(node: BinaryExpr, left: Expr, right: Expr) -> Binary:
    matching = node.matching
    if matching.filled:
        raise _refused("promgate does not support `fill`", node.op)
    labels = matching.labels.texts if matching.labels else None
    return Binary(
        cast("BinaryOp", node.op.text),
        left,
        right,
        bool(node.returns_bool),
        on=labels if matching.on else None,
        ignoring=None if matching.on else labels,
        group=matching.group,
        include=matching.include.texts if matching.include else (),
    )


def _refused(message: str, node: Node, hint: str = "") -> PromQLError:
    return PromQLError(Problem(message, node.start, node.end, hint))
