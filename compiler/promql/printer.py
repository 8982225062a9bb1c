"""PromQL tree to text: `show` on one line, `pretty` over several lines where one would be too long to read.

Parentheses are printed where precedence or associativity needs them, and around a set operation inside another.
https://prometheus.io/docs/prometheus/latest/querying/operators/#binary-operator-precedence
"""

import math
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

from compiler.fields import Duration
from compiler.promql.expr import (
    Aggregate,
    Binary,
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
from compiler.promql.walk import children

_WIDTH: Final = 110
_INDENT: Final = 2
_SHORT: Final = 12
_REMEMBERED: Final = 1024  # matchers: those of a gate
_LARGEST_EXACT: Final = 1e15
_LARGEST_SHORT_ESCAPE: Final = 0xFFFF
_PRECEDENCE: Final = {
    "or": 1,
    "and": 2,
    "unless": 2,
    **dict.fromkeys(("==", "!=", "<=", "<", ">=", ">"), 3),
    **dict.fromkeys(("+", "-"), 4),
    **dict.fromkeys(("*", "/", "%", "atan2"), 5),
    "^": 6,
}
_ATOM: Final = 8
_NO_LABEL: Final = frozenset({"without", "inf", "nan"})  # words that PromQL does not read as a label in a list
_ESCAPES: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\ufffd": "\\ufffd"}
_ESCAPED: Final = re.compile('["\\\\\ufffd]')  # of what is printable


def show(expr: Expr) -> str:
    """The expression on one line."""
    return _SHOWN[type(expr)](expr)


def _chain(expr: Binary) -> str:
    """A binary operation; its left side may be a chain of thousands (`a or b or …`), so this is no recursion."""
    parts: list[str] = []
    left: Expr = expr
    while isinstance(left, Binary):
        parts.append(f" {_operator(left)} {_operand_text(left, left.right, left=False)}")
        parent, left = left, left.left
        if _needs_parentheses(parent, left, left=True):
            return "".join((f"({show(left)})", *reversed(parts)))
    return "".join((show(left), *reversed(parts)))


def pretty(expr: Expr, indent: int = 0) -> str:
    """The expression over as many lines as readable lines need; continuation lines are indented by `indent` or more."""
    if not _is_surely_longer(expr, _WIDTH - indent):
        line = show(expr)
        if len(line) + indent <= _WIDTH:
            return line
    match expr:
        case Binary():
            return _pretty_binary(expr, indent)
        case Call(function, (Binary() as only,)):
            return f"{function}{_block(only, indent)}"
        case Call(function, (Binary() as first, Number() as last)):
            return f"{function}{_block(first, indent, f', {number(last.value)}')}"
        case Aggregate(expr=Binary() as only, param=None):
            return f"{_aggregate_head(expr)}{_block(only, indent)}"
        case _:
            return show(expr)


def _is_surely_longer(expr: Expr, width: int) -> bool:
    """Whether what every spelling of the expression has to hold is longer already; this saves printing it to see."""
    waiting: list[Expr] = [expr]
    while waiting and width >= 0:
        one = waiting.pop()
        if isinstance(one, Vector):
            width -= len(one.name) + sum([len(m.label) + len(m.value) + 3 for m in one.matchers])
        elif isinstance(one, Call):
            width -= len(one.function) + 2
            waiting += one.args
        elif isinstance(one, Binary):
            width -= len(one.op) + 2
            waiting += (one.left, one.right)
        else:
            waiting += children(one)
    return width < 0


def _pretty_binary(expr: Binary, indent: int) -> str:
    pad = "\n" + " " * indent
    left = _pretty_operand(expr, expr.left, indent, left=True)
    if isinstance(expr.right, Number):
        # `> -Inf < Inf` stays together, and a bound stays with a short left side.
        together = "\n" not in left or (isinstance(expr.left, Binary) and isinstance(expr.left.right, Number))
        return f"{left}{' ' if together else pad}{_operator(expr)} {number(expr.right.value)}"
    right = _pretty_operand(expr, expr.right, indent + _INDENT, left=False)
    return f"{left}{' ' if len(left) <= _SHORT else pad}{_operator(expr)} {right}"


def _pretty_operand(parent: Binary, child: Expr, indent: int, *, left: bool) -> str:
    if not _needs_parentheses(parent, child, left=left):
        return pretty(child, indent)
    if not _is_surely_longer(child, _WIDTH - indent - 2):
        text = f"({show(child)})"
        if len(text) + indent <= _WIDTH:
            return text
    return _block(child, indent)


def _block(expr: Expr, indent: int, more: str = "") -> str:
    """The expression in parentheses on lines of its own, with what follows it inside of them."""
    inner = indent + _INDENT
    return f"(\n{' ' * inner}{pretty(expr, inner)}{more}\n{' ' * indent})"


def number(value: float) -> str:
    """A float literal that Prometheus reads back as the same float."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Inf" if value > 0 else "-Inf"
    return str(int(value)) if value == int(value) and abs(value) < _LARGEST_EXACT else repr(value)


def quote(text: str) -> str:
    """A double-quoted string literal; control characters are escaped as Go does."""
    if text.isprintable() and not _ESCAPED.search(text):  # nearly all are plain
        return f'"{text}"'
    return '"' + "".join(_ESCAPES.get(c) or (c if c.isprintable() else _escape(c)) for c in text) + '"'


def _escape(char: str) -> str:
    code = ord(char)
    return f"\\u{code:04x}" if code <= _LARGEST_SHORT_ESCAPE else f"\\U{code:08x}"


def _vector(vector: Vector, suffix: str) -> str:
    matchers = f"{{{','.join(map(_matcher, vector.matchers))}}}" if vector.matchers else ""
    return f"{vector.name}{matchers}{suffix}{_offset(vector.offset)}"


@lru_cache(maxsize=_REMEMBERED)  # rules, alerts and panels of a gate all ask for its name
def _matcher(matcher: Matcher) -> str:
    return f"{_label(matcher.label)}{matcher.op}{quote(matcher.value)}"


def _label(name: str) -> str:
    """A label's name, quoted where it must be (which Prometheus reads from 2.53 on, and in lists from 3.0 on)."""
    return name if name.isascii() and name.isidentifier() else quote(name)


def _labels(names: tuple[str, ...]) -> str:
    return ", ".join(quote(name) if name.lower() in _NO_LABEL else _label(name) for name in names)


def _subquery(expr: Subquery) -> str:
    return f"{_wrapped(expr.expr, _ATOM)}[{expr.window}:{expr.step or ''}]{_offset(expr.offset)}"


def _offset(offset: Duration | None) -> str:
    return f" offset {offset}" if offset else ""


def _aggregate_head(expr: Aggregate) -> str:
    if expr.without:
        return f"{expr.op} without ({_labels(expr.labels)}) "
    return f"{expr.op} by ({_labels(expr.labels)}) " if expr.labels else expr.op


def _aggregate_args(expr: Aggregate) -> str:
    return f"{show(expr.param)}, {show(expr.expr)}" if expr.param is not None else show(expr.expr)


def _operator(expr: Binary) -> str:
    words: list[str] = [expr.op]
    if expr.returns_bool:
        words.append("bool")
    if expr.on is not None:
        words.append(f"on ({_labels(expr.on)})")
    if expr.ignoring is not None:
        words.append(f"ignoring ({_labels(expr.ignoring)})")
    if expr.group:
        words.append(f"group_{expr.group} ({_labels(expr.include)})")
    return " ".join(words)


def _operand_text(parent: Binary, child: Expr, *, left: bool) -> str:
    text = show(child)
    return f"({text})" if _needs_parentheses(parent, child, left=left) else text


def _needs_parentheses(parent: Binary, child: Expr, *, left: bool) -> bool:
    if isinstance(child, Number) and (child.value < 0 or math.isnan(child.value)):
        return parent.op == "^" and left
    if isinstance(child, Negative):
        return parent.op == "^" and left
    if not isinstance(child, Binary):
        return False
    own, inner = _PRECEDENCE[parent.op], _PRECEDENCE[child.op]
    if own != inner:
        return inner < own
    return left if parent.op == "^" else not left


def _call(expr: Call) -> str:
    return f"{expr.function}({', '.join(map(show, expr.args))})"


def _wrapped(expr: Expr, precedence: int) -> str:
    """Text of an operand that binds at least as tightly as `precedence`, in parentheses otherwise."""
    text = show(expr)
    loose = isinstance(expr, (Binary, Negative)) or (isinstance(expr, Number) and expr.value < 0)
    return f"({text})" if loose and precedence >= _ATOM else text


_SHOWN: Final[Mapping[type[Expr], Callable[[Any], str]]] = {  # `match` would try one kind after the other
    Number: lambda expr: number(expr.value),
    String: lambda expr: quote(expr.value),
    Vector: lambda expr: _vector(expr, ""),
    Matrix: lambda expr: _vector(expr.vector, f"[{expr.window}]"),
    Subquery: _subquery,
    Call: _call,
    Aggregate: lambda expr: f"{_aggregate_head(expr)}({_aggregate_args(expr)})",
    Binary: _chain,
    Negative: lambda expr: f"-{_wrapped(expr.expr, _ATOM)}",
}
