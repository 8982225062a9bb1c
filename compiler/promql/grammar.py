"""PromQL tokens to a syntax tree, by precedence climbing.

The language is the union of all versions from 2.42 to 3.x; what only some accept is noted. One mistake is reported, the
first, since what follows it would be guessed. Types are the business of `typecheck`.
"""

from dataclasses import dataclass
from typing import Final, cast

from compiler.promql import features, literals, mistakes, selectors
from compiler.promql.cursor import MAX_DEPTH, Cursor, as_word
from compiler.promql.features import Feature
from compiler.promql.functions import AGGREGATORS, FUNCTIONS
from compiler.promql.lexer import Token
from compiler.promql.syntax import (
    AggregateExpr,
    BinaryExpr,
    CallExpr,
    Labels,
    Matching,
    Node,
    NumberLiteral,
    ParenExpr,
    Side,
    StringLiteral,
    Syntax,
    UnaryExpr,
    Word,
)

PRECEDENCE: Final = {
    "or": 1,
    "and": 2,
    "unless": 2,
    **dict.fromkeys(("==", "!=", "<=", "<", ">=", ">"), 3),
    **dict.fromkeys(("+", "-"), 4),
    **dict.fromkeys(("*", "/", "%", "atan2"), 5),
    "^": 6,
}
_SIGN: Final = 5  # a sign binds as tightly as a multiplication: -a ^ b is -(a ^ b)
# Words that no metric can have for a name, unless it is written in braces.
_RESERVED: Final = frozenset({"bool", "on", "ignoring", "group_left", "group_right", "atan2"})
_NO_LABEL: Final = frozenset({"without", "inf", "nan"})
_FILLS: Final = ("fill", "fill_left", "fill_right")
_BOUNDS: Final = ("start", "end")


@dataclass(frozen=True, slots=True)
class Parsed:
    """An expression that was read. `used` are the features that not all versions accept, with their places."""

    text: str
    tree: Syntax
    used: tuple[tuple[Feature, Node], ...]

    def source(self, node: Node) -> str:
        """The text of a node, on one line."""
        return " ".join(self.text[node.start : node.end].split())


def read(text: str, *, variables: bool = False) -> Parsed:
    """Read an expression. Raises PromQLError; types are not checked.

    With `variables`, a variable of Grafana may stand for a duration.
    """
    cursor = Cursor(text, variables=variables)
    if cursor.at_end:
        cursor.fail("there is no expression")
    tree = _expression(cursor, 0)
    if not cursor.at_end:
        mistakes.after_an_expression(cursor, tree)
    return Parsed(text, tree, tuple(cursor.used))


def _expression(cursor: Cursor, least: int) -> Syntax:
    """Operations whose operators bind tighter than `least`."""
    cursor.depth += 1
    if cursor.depth > MAX_DEPTH:
        cursor.fail(f"this is nested more than {MAX_DEPTH} deep")
    left = _postfixed(cursor, _operand(cursor))
    while (precedence := PRECEDENCE.get(_operator(cursor.next), 0)) > least:
        op = cursor.take()
        returns_bool = cursor.take_word("bool")
        matching = _matching(cursor)
        if mistakes.is_dangling(cursor):
            mistakes.chained(cursor, op, left)
        right = _expression(cursor, precedence - (op.text == "^"))
        word = Word(op.start, op.end, op.text.lower())
        left = BinaryExpr(left.start, right.end, word, left, right, returns_bool, matching)
    cursor.depth -= 1
    return left


def _operator(token: Token) -> str:
    return token.text if token.kind == "symbol" else token.word


def _postfixed(cursor: Cursor, expr: Syntax) -> Syntax:
    while True:
        if cursor.is_symbol("["):
            expr = selectors.bracketed(cursor, expr)
        elif cursor.is_symbol("@") or cursor.next.word in ("offset", "anchored", "smoothed"):
            expr = selectors.moved(cursor, expr)
        else:
            return expr


def _operand(cursor: Cursor) -> Syntax:
    token = cursor.next
    if cursor.is_number() or token.kind == "duration":
        return _number(cursor)
    if token.kind == "string":
        cursor.take()
        return StringLiteral(token.start, token.end, literals.unquote(token.text))
    if cursor.is_symbol("("):
        return _parenthesised(cursor)
    if cursor.is_symbol("+", "-"):
        return _signed(cursor)
    if token.kind == "word":
        return _named(cursor)
    if cursor.is_symbol("{"):
        return selectors.selector(cursor)
    return mistakes.no_operand(cursor)


def _number(cursor: Cursor) -> NumberLiteral:
    token = cursor.take()
    if token.kind == "duration":
        cursor.use(features.BARE_DURATION, token.start, token.end)
    elif "_" in token.text:
        cursor.use(features.UNDERSCORES, token.start, token.end)
    return NumberLiteral(token.start, token.end, cursor.seconds(token))


def _parenthesised(cursor: Cursor) -> ParenExpr:
    opening = cursor.take()
    expr = _expression(cursor, 0)
    if not cursor.is_symbol(")"):
        mistakes.after_an_expression(cursor, expr, opening)
    return ParenExpr(opening.start, cursor.take().end, expr)


def _signed(cursor: Cursor) -> Syntax:
    sign = as_word(cursor.take())
    expr = _expression(cursor, _SIGN)
    if isinstance(expr, NumberLiteral):
        return NumberLiteral(sign.start, expr.end, -expr.value if sign.text == "-" else expr.value)
    return UnaryExpr(sign.start, expr.end, sign, expr)


def _named(cursor: Cursor) -> Syntax:
    """A function call, an aggregation or a metric."""
    word, opens = cursor.next.word, cursor.after.text == "("
    if word in AGGREGATORS and (opens or cursor.after.word in ("by", "without")):
        return _aggregate(cursor)
    if word in _RESERVED:
        mistakes.reserved(cursor)
    is_function = word not in PRECEDENCE and word not in ("by", "without", "offset") and ":" not in word
    if opens and (is_function or word in FUNCTIONS):
        return _call(cursor)
    return selectors.selector(cursor)


def _call(cursor: Cursor) -> CallExpr:
    name = as_word(cursor.take())
    function = FUNCTIONS.get(name.text)
    if function is None:
        mistakes.unknown_function(cursor, name)
    elif function.feature:
        cursor.use(function.feature, name.start, name.end)
    args, end = _arguments(cursor)
    return CallExpr(name.start, end, name, args)


def _arguments(cursor: Cursor) -> tuple[tuple[Syntax, ...], int]:
    """Expressions in parentheses, and where the parentheses end."""
    opening = cursor.take()
    args: list[Syntax] = []
    while not cursor.is_symbol(")"):
        args.append(_expression(cursor, 0))
        if cursor.is_symbol(","):
            comma = cursor.take()
            if cursor.is_symbol(")"):
                cursor.fail("an argument is missing after this comma", "remove the comma", at=comma)
        elif not cursor.is_symbol(")"):
            mistakes.after_an_expression(cursor, args[-1], opening)
    return tuple(args), cursor.take().end


def _aggregate(cursor: Cursor) -> AggregateExpr:
    op = as_word(cursor.take())
    aggregator = AGGREGATORS[op.text.lower()]
    op = Word(op.start, op.end, aggregator.name)
    clause = cursor.take_word("by", "without")
    grouping = _labels(cursor, f"after `{clause.text}`") if clause else None
    if not cursor.is_symbol("("):
        cursor.fail(f"expected `(` with what to aggregate, found {cursor.next.named()}")
    args, end = _arguments(cursor)
    if clause is None and (clause := cursor.take_word("by", "without")):
        grouping = _labels(cursor, f"after `{clause.text}`")
        end = grouping.end
    wanted = 2 if aggregator.param else 1
    if len(args) != wanted:
        takes = "a parameter and a vector" if aggregator.param else "one vector"
        count = f"{len(args)} argument{'' if len(args) == 1 else 's'}"
        cursor.fail(f"{op.text} takes {takes}, not {count}", at=Node(op.start, end))
    if aggregator.feature:
        cursor.use(aggregator.feature, op.start, op.end)
    return AggregateExpr(op.start, end, op, grouping, bool(clause and clause.text.lower() == "without"), args)


def _matching(cursor: Cursor) -> Matching:
    clause = cursor.take_word("on", "ignoring")
    if clause is None:
        if cursor.next.word in ("group_left", "group_right"):
            hint = f"write `on (labels) {cursor.next.word}`"
            cursor.fail(f"`{cursor.next.word}` needs `on` or `ignoring` before it", hint)
        return Matching(filled=_filled(cursor))
    labels = _labels(cursor, f"after `{clause.text}`")
    group = cursor.take_word("group_left", "group_right")
    include = _labels(cursor, f"after `{group.text}`") if group and cursor.is_symbol("(") else None
    side = cast("Side", group.text.lower().removeprefix("group_")) if group else ""
    return Matching(labels, clause.text.lower() == "on", side, group, include, _filled(cursor))


def _filled(cursor: Cursor) -> bool:
    """Whether `fill(0)` and the like follow."""
    found = False
    while cursor.next.word in _FILLS and cursor.after.text == "(":
        word = cursor.take()
        cursor.take()
        if cursor.is_symbol("+", "-"):
            cursor.take()
        if not cursor.is_number():
            cursor.fail(f"expected a number, found {cursor.next.named()}")
        cursor.take()
        close = cursor.expect(")", "after the number")
        cursor.use(features.FILL, word.start, close.end)
        found = True
    return found


def _labels(cursor: Cursor, where: str) -> Labels:
    if not cursor.is_symbol("("):
        mistakes.no_label_list(cursor, where)
    opening = cursor.take()
    names: list[Word] = []
    while not cursor.is_symbol(")"):
        names.append(_label(cursor))
        if not cursor.is_symbol(","):
            break
        cursor.take()
    close = cursor.expect(")", "after the labels")
    return Labels(opening.start, close.end, tuple(names))


def _label(cursor: Cursor) -> Word:
    token = cursor.next
    if token.kind == "string":
        cursor.take()
        cursor.use(features.QUOTED_GROUPING, token.start, token.end)
        return Word(token.start, token.end, literals.unquote(token.text))
    if token.kind != "word" or token.word in _NO_LABEL:
        cursor.fail(f"expected a label name, found {token.named()}")
    if ":" in token.text:
        cursor.use(features.COLON_IN_LABEL, token.start, token.end)
    return as_word(cursor.take())
