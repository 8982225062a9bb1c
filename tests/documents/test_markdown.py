"""Documents: where their queries are, and that lint names what is wrong with them and nothing else."""

from pathlib import Path

import pytest

from compiler.documents.markdown import queries
from compiler.linter import lint
from compiler.places.file_text import FileText
from compiler.spec.text import SpecFile

DOCUMENT = Path(__file__).parent / "readiness.md"


def test_lint_names_the_six_defects_of_a_document_and_nothing_else() -> None:
    """0/0, a chained comparison, two shares that never match, an age above the lookback, and increase of a gauge."""
    found = lint([SpecFile("readiness.md", DOCUMENT.read_text())])

    never = "the two sides of `/` never match, so that it is always empty: only the left side has the label region"
    age = "`(time() - max(timestamp(payment_calls_total)))` is between 0 and 300"
    assert [f"{one.span.line}:{one.span.column} {one.code} {one.message}" for one in found if one.span] == [
        "18:45 PG316 without a single event in payment_retry_total, this is 0 / 0, which no comparison lets pass",
        "24:52 PG301 `<=` has nothing on its left: `and` joins two whole expressions",
        f"32:53 PG303 {never}",
        f"38:54 PG303 {never}",
        f"53:51 PG306 this comparison is always true: {age}",
        "54:4 PG307 increase takes a counter, and ledger_queue_depth is a gauge by its name",
    ]


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ("a\nb", ["a", "b"]),
        ("a\n\nb", ["a", "b"]),
        ("a # one\n# two\nb", ["a", "b"]),
        ("a +\nb", ["a +\nb"]),
        ("a\n+ b", ["a\n+ b"]),
        ("a /\n\n# why\nb", ["a /\n\n# why\nb"]),
        ("(a\n\n+ b)\nc", ["(a\n\n+ b)", "c"]),
        ("sum by (x)\n(y)\nz", ["sum by (x)\n(y)", "z"]),
        ("sum(y)\nby (x)\nz", ["sum(y)\nby (x)", "z"]),
        ("sum(y) by (x)\n(z)", ["sum(y) by (x)", "(z)"]),
        ("a\n  / on (x)\n(b)\nc", ["a\n  / on (x)\n(b)", "c"]),
        ("rate(x\n[5m])\n{job='a'}", ["rate(x\n[5m])", "{job='a'}"]),
        ("x\n  offset 5m\ny", ["x\n  offset 5m", "y"]),
        ("sum(a\n\nb", ["sum(a", "b"]),
        ("a ? b\nc", ["a ? b", "c"]),
        ("# nothing\n", []),
    ],
)
def test_a_block_holds_several_queries(block: str, expected: list[str]) -> None:
    """Blank lines, comments and new lines separate them, unless an expression goes on."""
    file = FileText("d.md", f"```promql\n{block}\n```\n")

    assert [one.text for one in queries(file)] == expected


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("```promql\nup\n```", 2, 1),
        ("~~~ PromQL title=x\nup\n~~~", 2, 1),
        ("````promql\n```\nup\n````", 3, 1),
        ("> ```promql\n> up\n> ```", 2, 3),
        ("- item\n\n  ```promql\n  up\n  ```", 4, 3),
        ("1. ```promql\n   up\n   ```", 2, 4),
        ("```promql\r\nup\r\n```\r\n", 2, 1),
        ("```{.promql}\n  up\n```", 2, 3),
        ("```promql\nup", 2, 1),
    ],
)
def test_the_place_of_a_query(text: str, line: int, column: int) -> None:
    """Whatever stands before a block's lines."""
    found = [one for one in queries(FileText("d.md", text)) if one.text == "up"]

    assert [(one.span(0, 2).line, one.span(0, 2).column) for one in found] == [(line, column)]


@pytest.mark.parametrize("text", ["```\nup and\n```", "```yaml\nup and\n```", "`promql` up and", "    ```x\nup and"])
def test_other_text_is_left_alone(text: str) -> None:
    """Only blocks that say that they are PromQL are read."""
    assert lint([SpecFile("d.md", text)]) == ()
