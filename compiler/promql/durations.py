"""Durations in ranges, subqueries and offsets: literals, and since 3.5 arithmetic behind a feature flag."""

import math
import operator
from collections.abc import Callable
from typing import Final

from compiler.promql import features, literals
from compiler.promql.cursor import Cursor
from compiler.promql.lexer import Token
from compiler.promql.syntax import Length

_EXAMPLE: Final = "write a duration such as 5m or 1h30m"
_ADDITIVE: Final = 1
_MULTIPLICATIVE: Final = 2
_POWER: Final = 3
_PRECEDENCE: Final = {"+": 1, "-": 1, "*": 2, "/": 2, "%": 2, "^": 3}
_OPERATIONS: Final[dict[str, Callable[[float, float], float]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "%": math.fmod,
    "^": operator.pow,
}
_EXTREMES: Final[dict[str, Callable[[int, int], int]]] = {"min": min, "max": max}


def window(cursor: Cursor, where: str) -> Length:
    """The length of a range or the step of a subquery, which must be above zero."""
    start = cursor.next
    length = _expression(cursor, 0, where)
    if length.milliseconds is not None and length.milliseconds <= 0:
        cursor.fail("a range must be longer than 0", _EXAMPLE, at=start if start.kind != "end" else length)
    return length


def offset(cursor: Cursor) -> Length:
    """What follows `offset`: a duration, a negative one, or a single operand of duration arithmetic."""
    length = _operand(cursor, "after `offset`")
    if length.milliseconds == 0:
        cursor.use(features.ZERO_DURATION, length.start, length.end)
    return length


def _expression(cursor: Cursor, least: int, where: str) -> Length:
    left = _operand(cursor, where)
    while cursor.is_symbol(*_PRECEDENCE) and _PRECEDENCE[cursor.next.text] > least:
        op = cursor.take()
        tighter = _PRECEDENCE[op.text] - (op.text == "^")
        right = _expression(cursor, tighter, where)
        cursor.use(features.DURATION_EXPRESSION, left.start, right.end)
        left = Length(left.start, right.end, _computed(cursor, op, left, right))
    return left


def _operand(cursor: Cursor, where: str) -> Length:
    token = cursor.next
    if cursor.is_symbol("+", "-"):
        return _signed(cursor, where)
    if token.kind in ("number", "duration") or cursor.is_number():
        return _literal(cursor)
    if token.kind == "variable":
        cursor.take()
        return Length(token.start, token.end, None)
    if cursor.is_symbol("("):
        cursor.take()
        inner = _expression(cursor, 0, where)
        close = cursor.expect(")", "after a duration")
        cursor.use(features.DURATION_EXPRESSION, token.start, close.end)
        return Length(token.start, close.end, inner.milliseconds)
    if token.word in ("step", "range", "min", "max") and cursor.after.text == "(":
        return _call(cursor)
    return cursor.fail(f"expected a duration {where}, found {token.named()}", "" if token.problem else _EXAMPLE)


def _signed(cursor: Cursor, where: str) -> Length:
    sign = cursor.take()
    is_double = cursor.is_symbol("+", "-")
    operand = _operand_of_sign(cursor, where)
    if sign.text == "+" or is_double or where != "after `offset`":
        cursor.use(features.SIGNED_DURATION, sign.start, operand.end)
    value = operand.milliseconds
    return Length(sign.start, operand.end, -value if value is not None and sign.text == "-" else value)


def _operand_of_sign(cursor: Cursor, where: str) -> Length:
    """The operand of a sign, which binds as tightly as `*`."""
    if where == "after `offset`":
        return _operand(cursor, where)
    return _expression(cursor, _MULTIPLICATIVE, where)


def _literal(cursor: Cursor) -> Length:
    token = cursor.take()
    try:
        if token.kind == "duration":
            return Length(token.start, token.end, literals.duration(token.text))
        cursor.use(features.BARE_NUMBER, token.start, token.end)
        seconds = literals.number(token.text)
        if math.isnan(seconds):
            raise ValueError("this is no duration")  # noqa: TRY301 - joins what the literals say
        return Length(token.start, token.end, literals.in_range(seconds * 1000))
    except ValueError as error:
        return cursor.fail(str(error), at=token)


def _call(cursor: Cursor) -> Length:
    word = cursor.take()
    cursor.take()
    if word.word in _EXTREMES:
        left = _expression(cursor, 0, f"in {word.text}()")
        cursor.expect(",", "between two durations")
        right = _expression(cursor, 0, f"in {word.text}()")
        close = cursor.expect(")", "after two durations")
        cursor.use(features.DURATION_EXPRESSION, word.start, close.end)
        known = left.milliseconds is not None and right.milliseconds is not None
        value = _EXTREMES[word.word](left.milliseconds or 0, right.milliseconds or 0) if known else None
        return Length(word.start, close.end, value)
    close = cursor.expect(")", f"after `{word.text}(`")
    cursor.use(features.DURATION_FUNCTION, word.start, close.end)
    return Length(word.start, close.end, None)


def _computed(cursor: Cursor, op: Token, left: Length, right: Length) -> int | None:
    if op.text in "/%" and right.milliseconds == 0:
        cursor.fail("division by zero", at=op)
    if left.milliseconds is None or right.milliseconds is None:
        return None
    try:
        seconds = _OPERATIONS[op.text](left.milliseconds / 1000, right.milliseconds / 1000)
        return round(seconds * 1000) if isinstance(seconds, float) and math.isfinite(seconds) else None
    except (OverflowError, ZeroDivisionError):
        return None
