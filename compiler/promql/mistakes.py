"""What authors do wrong in PromQL's grammar, in their words. Each function here stops the reading."""

from difflib import get_close_matches
from typing import Final, NoReturn

from compiler.promql.cursor import Cursor
from compiler.promql.functions import AGGREGATORS, FUNCTIONS
from compiler.promql.lexer import Token
from compiler.promql.syntax import BinaryExpr, Node, Syntax, Word

COMPARISONS: Final = ("==", "!=", "<=", "<", ">=", ">")
_SETS: Final = ("and", "or", "unless")


def is_dangling(cursor: Cursor) -> bool:
    """Whether a comparison stands where an operand should."""
    return cursor.is_symbol(*COMPARISONS)


def chained(cursor: Cursor, op: Token, left: Syntax) -> NoReturn:
    """`x >= 0.7 and <= 0.9`: each comparison needs a left side of its own."""
    second = cursor.take()
    bound = cursor.source(Node(cursor.next.start, cursor.next.end))
    value = left.left if isinstance(left, BinaryExpr) and left.op.text in COMPARISONS else left
    written = cursor.source(value)
    message = f"`{second.text}` has nothing on its left: `{op.text}` joins two whole expressions"
    hint = f"repeat the left side: `{cursor.source(left)} {op.text} {written} {second.text} {bound}`"
    cursor.fail(message, hint, at=second, marks=((value.start, value.end, "compared here"),))


def no_operand(cursor: Cursor) -> NoReturn:
    """Something stands where an operand should."""
    token, before = cursor.next, cursor.previous
    if token.problem:
        cursor.fail("")
    if before.text == "%" and before is not token:
        number = cursor.text[: before.start].split()[-1:] or [""]
        hint = f"`%` is the remainder of a division; as a share, {number[0]}% is {_share(number[0])}"
        cursor.fail("`%` is no unit", hint, at=before)
    if token.text == "=" and before.text in ("=", "<", ">", "!"):
        cursor.fail(f"`{before.text} =` is not PromQL", f"write `{before.text}=`, without a space")
    if token.kind == "variable":
        cursor.fail(f"{token.named()} is a variable of Grafana", "write what it stands for")
    what = "an expression" if before is token else f"an expression after {before.named()}"
    cursor.fail(f"expected {what}, found {token.named()}")


def _share(number: str) -> str:
    try:
        return f"{float(number) / 100:g}"
    except ValueError:
        return "a number from 0 to 1"


def after_an_expression(cursor: Cursor, expr: Syntax, opening: Token | None = None) -> NoReturn:
    """Something follows an expression that cannot follow one."""
    token = cursor.next
    marks = ((opening.start, opening.end, "opened here"),) if opening else ()
    if token.problem:
        cursor.fail("")
    if token.text == "=" and token.kind == "symbol":
        cursor.fail("`=` compares labels; values are compared with `==`", "write `==`")
    if token.word in ("by", "without"):
        hint = f"write `sum {token.word} (label) ({cursor.source(expr)})`"
        cursor.fail(f"`{token.word}` belongs to an aggregation, right before or after its parentheses", hint)
    if token.word in ("on", "ignoring", "group_left", "group_right", "bool"):
        cursor.fail(f"`{token.word}` must follow an operator", "write it right after `+`, `/`, `==`, `and` …")
    if token.text == "{":
        cursor.fail("matchers must follow a metric name", "put all matchers into one pair of braces")
    if token.kind == "symbol":
        cursor.fail(f"{token.named()} cannot follow an expression", marks=marks)
    hint = f"did you mean `{_KEYWORDS[token.word]}`?" if token.word in _KEYWORDS else ""
    cursor.fail(f"expected an operator before {token.named()}", hint, marks=marks)


_KEYWORDS: Final = {"not": "unless", "if": "and", "where": "and", "is": "==", "equals": "==", "div": "/", "mod": "%"}


def reserved(cursor: Cursor) -> NoReturn:
    """A keyword stands where an operand should."""
    word = cursor.next.word
    hint = "write it right after an operator" if word != "atan2" else ""
    cursor.fail(f"`{word}` is a keyword and cannot begin an expression", hint)


def unknown_function(cursor: Cursor, name: Word) -> NoReturn:
    """A function that no version has."""
    known = [*FUNCTIONS, *AGGREGATORS]
    near = get_close_matches(name.text.lower(), known, n=1, cutoff=0.7)
    hint = f"did you mean `{near[0]}`?" if near else _BORROWED.get(name.text.lower(), "")
    cursor.fail(f"there is no function `{name.text}`", hint, at=name)


_BORROWED: Final = {
    "mean": "write `avg`",
    "average": "write `avg`",
    "median": "write `quantile(0.5, …)`",
    "percentile": "write `quantile(0.95, …)`, or `histogram_quantile(0.95, …)` of buckets",
    "p95": "write `histogram_quantile(0.95, …)`",
    "now": "write `time()`",
    "if": "there is no conditional; use `and`, `or` and `unless`",
    "default": "`default` is VictoriaMetrics'; write `… or vector(0)` after aggregating to no labels",
    "distinct": "write `count(count by (label) (…))`",
    "log": "write `ln`, `log2` or `log10`",
    "pow": "write `a ^ b`",
}


def no_label_list(cursor: Cursor, where: str) -> NoReturn:
    """A list of labels without parentheses."""
    token = cursor.next
    hint = f"write `({token.text})`" if token.kind == "word" else "write the labels in parentheses"
    cursor.fail(f"expected `(` {where}, found {token.named()}", hint)
