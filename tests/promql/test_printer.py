"""Expressions are printed with the parentheses that they need and no others, and read back as the same tree."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.fields import Duration
from compiler.promql.expr import (
    Aggregate,
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
from compiler.promql.parse import parse
from compiler.promql.printer import number, pretty, quote, show

A, B, C = Vector("a"), Vector("b"), Vector("c")
FIVE = Duration.parse("5m")


@pytest.mark.parametrize(
    ("expr", "text"),
    [
        (Binary("+", A, Binary("*", B, C)), "a + b * c"),
        (Binary("*", Binary("+", A, B), C), "(a + b) * c"),
        (Binary("-", A, Binary("-", B, C)), "a - (b - c)"),
        (Binary("-", Binary("-", A, B), C), "a - b - c"),
        (Binary("/", A, Binary("/", B, C)), "a / (b / c)"),
        (Binary("^", A, Binary("^", B, C)), "a ^ b ^ c"),
        (Binary("^", Binary("^", A, B), C), "(a ^ b) ^ c"),
        (Binary("^", Number(-1), Number(2)), "(-1) ^ 2"),
        (Binary("or", Binary("and", A, B), C), "a and b or c"),
        (Binary("and", Binary("or", A, B), C), "(a or b) and c"),
        (Binary("unless", A, Binary("and", B, C)), "a unless (b and c)"),
        (Binary("<", Binary(">", A, Number(-math.inf)), Number(math.inf)), "a > -Inf < Inf"),
        (Binary("==", A, B, returns_bool=True, on=("x", "y")), "a == bool on (x, y) b"),
        (Binary("/", A, B, on=(), group="left", include=("z",)), "a / on () group_left (z) b"),
        (Binary("and", A, B, ignoring=("x",)), "a and ignoring (x) b"),
        (Negative(Binary("+", A, B)), "-(a + b)"),
        (Aggregate("sum", A, ("x",)), "sum by (x) (a)"),
        (Aggregate("sum", A, ("x",), without=True), "sum without (x) (a)"),
        (Aggregate("topk", A, (), param=Number(3)), "topk(3, a)"),
        (Call("rate", (Matrix(Vector("a", (Matcher("l", "=~", "x|y"),)), FIVE),)), 'rate(a{l=~"x|y"}[5m])'),
        (Matrix(Vector("a", offset=FIVE), FIVE), "a[5m] offset 5m"),
        (Subquery(Binary("+", A, B), FIVE, Duration(1000), FIVE), "(a + b)[5m:1s] offset 5m"),
        (Subquery(Call("f", (A,)), FIVE, None), "f(a)[5m:]"),
    ],
)
def test_precedence(expr: Expr, text: str) -> None:
    """Parentheses are printed exactly where precedence and associativity need them."""
    assert show(expr) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.999, "0.999"),
        (100.0, "100"),
        (-3.0, "-3"),
        (1e-9, "1e-09"),
        (1e300, "1e+300"),
        (math.inf, "Inf"),
        (-math.inf, "-Inf"),
        (math.nan, "NaN"),
    ],
)
def test_numbers(value: float, text: str) -> None:
    """Numbers are printed as short as they can be while being read back as the same float."""
    assert number(value) == text


def test_strings_are_inert() -> None:
    """Quotes, backslashes, newlines and control characters cannot end a string literal."""
    assert quote('a"b\\c\nd\u202e') == '"a\\"b\\\\c\\nd\\u202e"'


def test_long_expressions_are_broken_at_their_operators() -> None:
    """A long expression is printed over several lines, which parse as the same tree."""
    long = Vector("a_metric_with_a_name_that_is_rather_long_so_that_two_of_it_do_not_fit_on_a_line")
    expr = Binary("or", Binary("/", Aggregate("sum", long), Aggregate("sum", long, ("x",)), on=()), A)

    text = pretty(expr)

    assert text.count("\n") == 2
    assert parse(text) == parse(show(expr))


_OPS: tuple[BinaryOp, ...] = ("+", "-", "*", "/", "^", "%", "and", "or", "unless", "<", ">=")


def _binaries(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    return st.one_of(
        st.builds(Binary, st.sampled_from(_OPS), inner, inner),
        st.builds(lambda e: Aggregate("sum", e, ("x",)), inner),
        st.builds(lambda e: Call("abs", (e,)), inner),
        st.builds(lambda e: Subquery(Call("abs", (e,)), FIVE, Duration(60_000)), inner).map(
            lambda s: Call("max_over_time", (s,))
        ),
    )


@given(st.recursive(st.sampled_from([A, B, Vector("d", (Matcher("l", "!=", 'q"\\\n'),), FIVE)]), _binaries))
def test_printed_expressions_read_back_as_the_same_tree(expr: Expr) -> None:
    """On one line or over several, an expression means the same to another parser."""
    assert parse(show(expr)) == expr
    assert parse(pretty(expr)) == expr


def test_strings_print_as_arguments() -> None:
    """String arguments are quoted."""
    assert show(Call("label_replace", (A, String("x"), String("1"), String(""), String("")))) == (
        'label_replace(a, "x", "1", "", "")'
    )


def test_a_long_chain_is_no_deep_recursion() -> None:
    """A chain of thousands of alternatives, as over the criteria of a large gate, is printed."""
    chain: Expr = A
    for _ in range(5000):
        chain = Binary("or", chain, B)

    assert show(chain).count(" or ") == 5000
