"""The types of an expression's parts, and where they do not fit: what Prometheus refuses after it has read the text."""

from collections.abc import Iterator
from typing import Final, assert_never

from compiler.fields import Duration
from compiler.promql import regex
from compiler.promql.functions import AGGREGATORS, FUNCTIONS
from compiler.promql.grammar import Parsed
from compiler.promql.mistakes import COMPARISONS
from compiler.promql.problem import Problem
from compiler.promql.syntax import (
    SPOKEN,
    AggregateExpr,
    BinaryExpr,
    CallExpr,
    NumberLiteral,
    ParenExpr,
    RangeSelector,
    Selector,
    StringLiteral,
    SubqueryExpr,
    Syntax,
    UnaryExpr,
    ValueType,
    bare,
    walk,
)

SETS: Final = ("and", "or", "unless")


class Types:
    """The type of every part of an expression, by identity: equal parts at other places are other parts."""

    def __init__(self, root: Syntax) -> None:
        self._types: dict[int, ValueType] = {}
        for node in walk(root):
            self._types[id(node)] = self._infer(node)

    def of(self, node: Syntax) -> ValueType:
        """The type of what the part returns."""
        return self._types[id(node)]

    def _infer(self, node: Syntax) -> ValueType:
        match node:
            case NumberLiteral():
                return "scalar"
            case StringLiteral():
                return "string"
            case RangeSelector() | SubqueryExpr():
                return "matrix"
            case Selector() | AggregateExpr():
                return "vector"
            case CallExpr():
                return FUNCTIONS[node.function.text].gives
            case BinaryExpr():
                return "scalar" if self.of(node.left) == "scalar" == self.of(node.right) else "vector"
            case ParenExpr() | UnaryExpr():
                return self.of(node.expr)
            case _:
                assert_never(node)


def check(parsed: Parsed) -> Iterator[Problem]:
    """Every place where types do not fit, in reading order of their ends."""
    types = Types(parsed.tree)
    exempt = {id(node.args[1]) for node in walk(parsed.tree) if isinstance(node, CallExpr) and _is_info(node)}
    for node in walk(parsed.tree):
        match node:
            case CallExpr():
                yield from _call(node, types)
            case AggregateExpr():
                yield from _aggregate(node, types)
            case BinaryExpr():
                yield from _binary(node, types, parsed)
            case UnaryExpr() if types.of(node.expr) not in ("scalar", "vector"):
                message = f"`{node.op.text}` takes a scalar or an instant vector, not {SPOKEN[types.of(node.expr)]}"
                yield Problem(message, node.start, node.end)
            case SubqueryExpr() if types.of(node.expr) != "vector":
                message = f"a subquery is of an instant vector, not of {SPOKEN[types.of(node.expr)]}"
                yield Problem(message, node.start, node.end)
            case Selector() if id(node) not in exempt:
                yield from _selector(node)
            case _:
                pass


def _is_info(node: CallExpr) -> bool:
    """Whether the second argument is a selector that may lack a metric and a matcher that excludes ""."""
    return node.function.text == "info" and len(node.args) > 1


def _call(node: CallExpr, types: Types) -> Iterator[Problem]:
    function = FUNCTIONS[node.function.text]
    count, fewest, most = len(node.args), function.fewest, function.most
    if count < fewest or (most is not None and count > most):
        wanted = f"{fewest}" if fewest == most else f"{fewest} or more" if most is None else f"{fewest} to {most}"
        message = (
            f"{function.name} takes {wanted} {'argument' if wanted == '1' else 'arguments'}, and there are {count}"
        )
        yield Problem(message, node.start, node.end)
    for i, arg in enumerate(node.args):
        if i >= len(function.takes) and function.optional == 0:
            break
        wants, has = function.takes[min(i, len(function.takes) - 1)], types.of(arg)
        if has != wants:
            message = f"{function.name} takes {SPOKEN[wants]} here, not {SPOKEN[has]}"
            yield Problem(message, arg.start, arg.end, _repair(node, arg, wants, has))
    if _is_info(node):
        yield from _info(node.args[1])


def _repair(node: CallExpr, arg: Syntax, wants: ValueType, has: ValueType) -> str:
    inner = bare(arg)
    if wants == "matrix" and has == "vector" and isinstance(inner, Selector):
        return f"give it a range: `{inner.metric or '{…}'}[5m]`"
    if wants == "matrix" and has == "vector":
        return (
            f"give it a range of a metric, such as `sum({node.function.text}(metric[5m]))`, or a subquery: `(…)[5m:]`"
        )
    if wants == "vector" and has == "matrix" and isinstance(inner, RangeSelector):
        return f"take a function of the range, such as `rate`, or remove `[{_length(inner)}]`"
    if wants == "scalar" and has == "vector":
        return "`scalar(…)` turns a vector of one element into a scalar"
    if wants == "vector" and has == "scalar":
        return "`vector(…)` turns a scalar into a vector of one element"
    return ""


def _length(node: RangeSelector) -> str:
    milliseconds = node.window.milliseconds
    return "…" if milliseconds is None else str(Duration(milliseconds))


def _info(arg: Syntax) -> Iterator[Problem]:
    if not isinstance(arg, Selector) or arg.name:
        yield Problem("the second argument of info is matchers in braces, without a metric", arg.start, arg.end)


def _aggregate(node: AggregateExpr, types: Types) -> Iterator[Problem]:
    wanted = AGGREGATORS[node.op.text].param
    if node.param and wanted and types.of(node.param) != wanted:
        message = f"the parameter of {node.op.text} is {SPOKEN[wanted]}, not {SPOKEN[types.of(node.param)]}"
        yield Problem(message, node.param.start, node.param.end)
    if types.of(node.vector) != "vector":
        message = f"{node.op.text} aggregates an instant vector, not {SPOKEN[types.of(node.vector)]}"
        hint = ""
        if isinstance(bare(node.vector), RangeSelector):
            hint = "take a function of the range first, such as `rate` or `avg_over_time`"
        yield Problem(message, node.vector.start, node.vector.end, hint)


def _binary(node: BinaryExpr, types: Types, parsed: Parsed) -> Iterator[Problem]:
    op, left, right = node.op, types.of(node.left), types.of(node.right)
    for side, kind in ((node.left, left), (node.right, right)):
        if kind not in ("scalar", "vector"):
            hint = ""
            if isinstance(bare(side), RangeSelector):
                hint = "take a function of the range first, such as `rate` or `avg_over_time`"
            message = f"`{op.text}` takes scalars and instant vectors, not {SPOKEN[kind]}"
            yield Problem(message, side.start, side.end, hint)
    if node.returns_bool and op.text not in COMPARISONS:
        word = node.returns_bool
        yield Problem(
            f"`bool` turns comparisons into 0 and 1, and `{op.text}` is none", word.start, word.end, "remove it"
        )
    if op.text in SETS and "scalar" in (left, right):
        side = node.left if left == "scalar" else node.right
        message = f"`{op.text}` takes two vectors, and this is a scalar"
        yield Problem(message, side.start, side.end, f"write `vector({parsed.source(side)})`")
    elif op.text in COMPARISONS and left == right == "scalar" and not node.returns_bool:
        hint = f"write `{op.text} bool`, which gives 0 or 1"
        yield Problem("two scalars can only be compared with `bool`", op.start, op.end, hint)
    yield from _matching(node, left == right == "vector")


def _matching(node: BinaryExpr, both_vectors: bool) -> Iterator[Problem]:  # noqa: FBT001 - internal
    matching = node.matching
    labels, include = matching.labels, matching.include
    if labels and labels.names and not both_vectors:
        yield Problem("labels can only be matched between two vectors", labels.start, labels.end, "remove this")
    if matching.filled and (not both_vectors or node.op.text in SETS):
        yield Problem("`fill` is for arithmetic and comparisons of two vectors", node.op.start, node.op.end)
    if node.op.text in SETS and matching.group_word and both_vectors:
        word = matching.group_word
        message = f"`{node.op.text}` keeps whole elements of its sides, so there is nothing to group"
        yield Problem(message, word.start, word.end, f"remove `{word.text}`")
    for name in include.names if include and labels and matching.on else ():
        if name.text in labels.texts:  # type: ignore[union-attr] # labels is there, see the line above
            message = f"the label {name.text} is in `on` and in `{matching.group_word.text}`"  # type: ignore[union-attr]
            yield Problem(message, name.start, name.end, "both sides have it already; remove it here")


def _selector(node: Selector) -> Iterator[Problem]:
    named = [matcher for matcher in node.matchers if matcher.label.text == "__name__"]
    if node.name:
        for matcher in named:
            marks = ((node.name.start, node.name.end, "named here"),)
            yield Problem("the metric is named twice", matcher.start, matcher.end, "keep one", marks)
    elif all(_matches_empty(matcher.op, matcher.value.text) for matcher in node.matchers):
        hint = "name a metric, or give one matcher that does not match an empty value"
        yield Problem("this selects every series", node.start, node.end, hint)


def _matches_empty(op: str, value: str) -> bool:
    if op in ("=", "!="):
        return (value == "") == (op == "=")
    return regex.check(value).empty == (op == "=~")
