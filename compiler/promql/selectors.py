"""Selectors: a metric name, matchers in braces, ranges, subqueries, and what moves them in time."""

from dataclasses import replace
from typing import Final, NoReturn, cast

from compiler.promql import durations, features, literals
from compiler.promql.cursor import Cursor, as_word
from compiler.promql.expr import MatchOp
from compiler.promql.lexer import Token
from compiler.promql.regex import RegexError, check
from compiler.promql.syntax import (
    At,
    CallExpr,
    LabelMatcher,
    Modifiers,
    RangeSelector,
    Selector,
    SubqueryExpr,
    Syntax,
    Word,
    bare,
)

_MATCH_OPS: Final = ("=", "!=", "=~", "!~")
_OUT_OF_BOUNDS: Final = 2.0**63
_NO_MODIFIERS: Final = Modifiers()


def selector(cursor: Cursor) -> Selector:
    """A metric name, matchers, or both."""
    name = as_word(cursor.take()) if cursor.next.kind == "word" else None
    if not cursor.is_symbol("{"):
        assert name  # noqa: S101 - the caller saw a name or a brace
        return Selector(name.start, name.end, name, (), _NO_MODIFIERS)
    opening = cursor.take()
    matchers: list[LabelMatcher] = []
    while not cursor.is_symbol("}"):
        matchers.append(_matcher(cursor))
        if not cursor.is_symbol(","):
            break
        cursor.take()
    if not cursor.is_symbol("}"):
        cursor.fail(f"expected `,` or `}}` after a matcher, found {cursor.next.named()}")
    close = cursor.take()
    return Selector((name or opening).start, close.end, name, tuple(matchers), _NO_MODIFIERS)


def _matcher(cursor: Cursor) -> LabelMatcher:
    token = cursor.next
    if token.kind == "string":
        label = _quoted(cursor)
        if not cursor.is_symbol(*_MATCH_OPS):
            return LabelMatcher(token.start, token.end, Word(token.start, token.end, "__name__"), "=", label)
    elif token.kind == "word":
        label = as_word(cursor.take())
    else:
        cursor.fail(f"expected a label name, found {token.named()}", "" if token.problem else 'write label="value"')
    if not cursor.is_symbol(*_MATCH_OPS):
        cursor.fail(f"expected `=`, `!=`, `=~` or `!~` after the label, found {cursor.next.named()}")
    op = cursor.take()
    literal = cursor.next
    value = _value(cursor, op)
    if op.text in ("=~", "!~"):
        _check_pattern(cursor, value)
        if literal.text[0] != "`" and not literals.is_text(literal.text):
            cursor.use(features.BYTES_IN_PATTERN, literal.start, literal.end)
    return LabelMatcher(token.start, value.end, label, cast("MatchOp", op.text), value)


def _value(cursor: Cursor, op: Token) -> Word:
    token = cursor.next
    if token.kind == "string":
        cursor.take()
        return Word(token.start, token.end, literals.unquote(token.text))
    if token.text == "=" and op.text == "=":
        cursor.fail("matchers compare with a single `=`", 'write label="value"')
    quote = f'write "{token.text}"' if token.kind in ("word", "number", "duration") else ""
    return cursor.fail(f"a label's value is a string in quotes, found {token.named()}", quote)


def _check_pattern(cursor: Cursor, value: Word) -> None:
    try:
        check(value.text)
    except RegexError as error:
        hint = "Prometheus' regular expressions are RE2's" if error.foreign else ""
        cursor.fail(f"this regular expression is not valid: {error}", hint, at=value)


def _quoted(cursor: Cursor) -> Word:
    token = cursor.take()
    cursor.use(features.QUOTED_NAME, token.start, token.end)
    return Word(token.start, token.end, literals.unquote(token.text))


def bracketed(cursor: Cursor, expr: Syntax) -> Syntax:
    """A range or a subquery of what stands before the `[`."""
    opening = cursor.take()
    window = durations.window(cursor, "in a range")
    if cursor.is_symbol(":") or cursor.next.kind == "word":
        colon = cursor.take()
        if colon.kind == "word":
            cursor.use(features.LETTER_AS_COLON, colon.start, colon.end)
        step = None if cursor.is_symbol("]") else durations.window(cursor, "as the step of a subquery")
        close = cursor.expect("]", "at the end of a subquery")
        return SubqueryExpr(expr.start, close.end, expr, window, step, _NO_MODIFIERS)
    close = cursor.expect("]", "at the end of a range")
    if not isinstance(expr, Selector):
        return _no_range(cursor, expr, opening, close)
    if expr.modifiers.offset and expr.modifiers.offset.milliseconds != 0:
        cursor.fail("a range stands before its offset", "write metric[5m] offset 1h", at=opening)
    if expr.modifiers.at and not expr.modifiers.at.bound:
        cursor.fail("a range stands before `@`", "write metric[5m] @ end()", at=opening)
    return RangeSelector(expr.start, close.end, expr, window, _NO_MODIFIERS)


def _no_range(cursor: Cursor, expr: Syntax, opening: Token, close: Token) -> NoReturn:
    length = cursor.text[opening.start + 1 : close.start].strip()
    inner = bare(expr)
    hint = f"for a subquery, write a colon: `{cursor.source(expr)}[{length}:]`"
    if isinstance(inner, CallExpr) and len(inner.args) == 1 and isinstance(bare(inner.args[0]), Selector):
        hint = f"write `{inner.function.text}({cursor.source(inner.args[0])}[{length}])`"
    elif isinstance(inner, Selector):
        hint = f"write `{cursor.source(inner)}[{length}]`"
    cursor.fail("only a selector has a range", hint, at=opening)


def moved(cursor: Cursor, expr: Syntax) -> Syntax:
    """What stands before `offset`, `@`, `anchored` or `smoothed`, with that modifier."""
    word = cursor.take()
    if not isinstance(expr, (Selector, RangeSelector, SubqueryExpr)):
        hint = "write it inside, after each selector" if word.text != "@" else ""
        cursor.fail(f"`{word.text}` must follow a selector, a range or a subquery", hint, at=word)
    if word.word == "offset":
        return _offset(cursor, expr, word)
    if word.text == "@":
        return _at(cursor, expr, word)
    cursor.use(features.EXTENDED_RANGE, word.start, word.end)
    if isinstance(expr, SubqueryExpr):
        cursor.fail(f"a subquery cannot be {word.word}", at=word)
    return replace(expr, end=word.end, modifiers=replace(expr.modifiers, extension=as_word(word)))


def _offset(cursor: Cursor, expr: Selector | RangeSelector | SubqueryExpr, word: Token) -> Syntax:
    length = durations.offset(cursor)
    before = _modifiers(expr)
    if any(one.offset and one.offset.milliseconds != 0 for one in before):
        cursor.fail("this has an offset already", "write one offset", at=word)
    return replace(expr, end=length.end, modifiers=replace(expr.modifiers, offset=length))


def _at(cursor: Cursor, expr: Selector | RangeSelector | SubqueryExpr, word: Token) -> Syntax:
    if any(one.at for one in _modifiers(expr)):
        cursor.fail("this has an `@` already", "write one `@`", at=word)
    if cursor.next.word in ("start", "end"):
        bound = cursor.take()
        cursor.expect("(", f"after `{bound.text}`")
        close = cursor.expect(")", f"after `{bound.text}(`")
        return replace(expr, end=close.end, modifiers=replace(expr.modifiers, at=At(word.start, close.end, bound.word)))
    if cursor.is_symbol("+", "-"):
        cursor.take()
    if not cursor.is_number() and cursor.next.kind != "duration":
        cursor.fail(f"expected a time after `@`, found {cursor.next.named()}", "write Unix seconds, start() or end()")
    time = cursor.take()
    if time.kind == "duration":
        cursor.use(features.BARE_DURATION, time.start, time.end)
    if not abs(cursor.seconds(time)) < _OUT_OF_BOUNDS:
        cursor.fail("this is no time", "write Unix seconds, start() or end()", at=time)
    return replace(expr, end=time.end, modifiers=replace(expr.modifiers, at=At(word.start, time.end, "")))


def _modifiers(expr: Selector | RangeSelector | SubqueryExpr) -> tuple[Modifiers, ...]:
    """Those of a range and of the selector in it."""
    inner = (expr.selector.modifiers,) if isinstance(expr, RangeSelector) else ()
    return (expr.modifiers, *inner)
