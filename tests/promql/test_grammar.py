"""The reading of PromQL: where everything is, and what is said of what cannot be read."""

from pathlib import Path

import pytest

from compiler.promql.grammar import read
from compiler.promql.problem import PromQLError
from compiler.promql.syntax import AggregateExpr, BinaryExpr, CallExpr, RangeSelector, Selector, walk
from compiler.promql.typecheck import check

MISTAKES = (Path(__file__).parent / "mistakes.txt").read_text().rstrip("\n").split("\n\n")


def report(text: str) -> str:
    """What is wrong with an expression: the expression, and for each problem carets, the message and the hint."""
    try:
        found = list(check(read(text)))
    except PromQLError as error:
        found = [error.problem]
    rows = [text]
    for one in found:
        rows += [" " * one.start + "^" * max(one.end - one.start, 1), one.message]
        rows += [f"hint: {one.hint}"] if one.hint else []
    return "\n".join(rows)


@pytest.mark.parametrize("case", MISTAKES, ids=lambda case: case.split("\n")[0])
def test_mistake(case: str) -> None:
    """Each mistake of `mistakes.txt` is named at its place, with what to type instead."""
    assert report(case.split("\n", maxsplit=1)[0]) == case


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "there is no expression"),
        ("x\u00a0> 5", "a no-break space, U+00A0"),
        ("(" * 200, "this is nested more than 100 deep"),
        ('x{a="\ufffd"}', "U+FFFD, which stands for text that was lost, cannot be in a string"),
    ],
)
def test_what_cannot_be_seen(text: str, message: str) -> None:
    """Texts that would not be readable in the file."""
    with pytest.raises(PromQLError) as caught:
        read(text)

    assert caught.value.problem.message == message


def test_every_node_knows_its_place() -> None:
    """A node's text is what a reader would mark for it."""
    text = 'sum by (job) (rate(x{a="b"}[5m] offset 1h))\n  / on (job) # weights\n  (y @ end())'
    tree = read(text).tree

    marked = {type(node).__name__: text[node.start : node.end] for node in walk(tree)}

    assert marked == {
        "Selector": "y @ end()",
        "RangeSelector": 'x{a="b"}[5m] offset 1h',
        "CallExpr": 'rate(x{a="b"}[5m] offset 1h)',
        "AggregateExpr": 'sum by (job) (rate(x{a="b"}[5m] offset 1h))',
        "ParenExpr": "(y @ end())",
        "BinaryExpr": text,
    }
    assert isinstance(tree, BinaryExpr)
    assert isinstance(tree.left, AggregateExpr)
    assert isinstance(tree.left.vector, CallExpr)
    ranged = tree.left.vector.args[0]
    assert isinstance(ranged, RangeSelector)
    assert isinstance(ranged.selector, Selector)
    assert [text[m.start : m.end] for m in ranged.selector.matchers] == ['a="b"']
    assert text[tree.op.start : tree.op.end] == "/"


def test_a_mistake_names_what_else_it_has_to_do_with() -> None:
    """Where a parenthesis was opened is a place of its own."""
    with pytest.raises(PromQLError) as caught:
        read("a + (b c)")

    assert caught.value.problem.marks == ((4, 5, "opened here"),)


def test_a_variable_of_grafana_may_stand_for_a_duration_where_documents_say_so() -> None:
    """Dashboards' queries are found in documents too; the length is simply not known."""
    tree = read("rate(x[$__rate_interval])", variables=True).tree

    assert [node.window.milliseconds for node in walk(tree) if isinstance(node, RangeSelector)] == [None]
