"""Diagnostics as people, machines and GitHub read them."""

import json
import unicodedata
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner
from engines import ROOT
from syrupy.assertion import SnapshotAssertion

from compiler import report
from compiler.cli import promgate
from compiler.diagnostics import Diagnostic, Label, Severity, Span

SOURCES = {
    "b.yaml": 'apiVersion: promgate/v1\nmetadata:\n\tname: "日本 é\u0301x" # 😀 tail\nlast: one\r\n',
    "a.yaml": "key: " + "v" * 400 + "\nhostile: \x1b[31m\u202ered\n",
}
DIAGNOSTICS = (
    Diagnostic("PG103", "after wide characters", Span("b.yaml", 3, 18, 3, 22), "two lines\nof hint"),
    Diagnostic("PG102", "under a tab\nand more", Span("b.yaml", 3, 2, 3, 6)),
    Diagnostic("PG206", "only a warning", Span("b.yaml", 1, 1, 1, 11), severity=Severity.WARNING),
    Diagnostic("PG105", "many lines", Span("b.yaml", 2, 1, 4, 9)),
    Diagnostic("PG411", "in no file", None, "install it"),
    Diagnostic("PG105", "in a long line", Span("a.yaml", 1, 300, 1, 303)),
    Diagnostic("PG105", "a whole long line", Span("a.yaml", 1, 6, 1, 406)),
    Diagnostic("PG010", "hostile \x1b[2J text \u202e", Span("a.yaml", 2, 15, 2, 18)),
    Diagnostic("PG105", "at the very end", Span("b.yaml", 4, 10, 4, 11)),
    Diagnostic("PG401", "in a file that is not quoted", Span("c.yaml", 9, 1, 9, 2)),
    Diagnostic("PG401", "beyond the last line", Span("a.yaml", 99, 1, 99, 2)),
    Diagnostic(
        "PG230",
        "with other places",
        Span("b.yaml", 4, 7, 4, 10),
        "write it",
        Severity.WARNING,
        (
            Label(Span("b.yaml", 1, 1, 1, 11), "declared here"),
            Label(Span("a.yaml", 1, 1, 1, 4), "in another file"),
            Label(Span("c.yaml", 12, 1, 12, 4), "in one that is not quoted"),
        ),
        "99.9% of 30m is 1.8s\nso 18s is too long",
    ),
    Diagnostic("PG213", "known", Span("b.yaml", 2, 1, 2, 9), severity=Severity.WARNING, acknowledged="it stays"),
)
RULES = {"PG230": report.Rule("redundant criterion", "# PG230\n\nWhy."), "PG999": report.Rule("not used", "")}


def test_text_shows_the_line_and_a_caret(snapshot: SnapshotAssertion) -> None:
    """Sorted by place; the caret lines up after tabs, wide and combining characters; long lines are cut around it."""
    assert snapshot == report.text(DIAGNOSTICS, SOURCES)


def test_colour_comes_only_when_asked_for(snapshot: SnapshotAssertion) -> None:
    """The same words, with colours around the place, the kind and the caret."""
    coloured = report.text(DIAGNOSTICS[:3], SOURCES, colour=True)

    assert snapshot == coloured
    assert "\x1b" not in report.text(DIAGNOSTICS, SOURCES)


def test_the_order_of_the_diagnostics_does_not_matter() -> None:
    """Every format sorts, and says the same thing only once."""
    shuffled = (*reversed(DIAGNOSTICS), DIAGNOSTICS[0])

    assert report.text(shuffled, SOURCES) == report.text(DIAGNOSTICS, SOURCES)
    assert report.json_document(shuffled) == report.json_document(DIAGNOSTICS)
    assert report.github(shuffled) == report.github(DIAGNOSTICS)
    assert report.sarif(shuffled, RULES, "1.0.0") == report.sarif(DIAGNOSTICS, RULES, "1.0.0")


@pytest.mark.parametrize(
    ("line", "column", "end", "before", "width"),
    [
        ("abc", 2, 3, 1, 1),
        ("\tabc", 2, 5, 4, 3),
        ("日本x", 3, 4, 4, 1),
        ("日本x", 1, 3, 0, 4),
        ("e\u0301x", 3, 4, 1, 1),
        ("\x1bx", 2, 3, 4, 1),
        ("abc", 4, 4, 3, 1),
        ("", 1, 1, 0, 1),
        ("abc", 9, 12, 3, 1),
    ],
)
def test_the_caret_stands_under_the_span(line: str, column: int, end: int, before: int, width: int) -> None:
    """Counted in cells of a terminal, whatever the line holds and wherever the span ends."""
    rendered = report.text([Diagnostic("X", "m", Span("f", 1, column, 1, end))], {"f": line})

    assert rendered.split("\n")[2] == "    | " + " " * before + "^" * width


def test_a_caret_is_under_its_character_in_a_cut_line() -> None:
    """In a line of any length the marked characters are shown, with the caret under them."""
    line = "日" * 500 + "X" + "é" * 500
    _, shown, carets, *_ = report.text([Diagnostic("X", "m", Span("f", 1, 501, 1, 502))], {"f": line}).split("\n")

    cells = [2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in shown[: shown.index("X")]]
    assert carets.index("^") == sum(cells)
    assert len(shown) < 120


def test_nothing_to_say_is_no_text() -> None:
    """A good spec gives an empty report, in JSON an empty list."""
    assert (report.text([], {}), report.github([])) == ("", "")
    assert json.loads(report.json_document([])) == {
        "diagnostics": [],
        "acknowledged": [],
        "errors": 0,
        "warnings": 0,
    }


def test_json_has_every_field(snapshot: SnapshotAssertion) -> None:
    """One document; a problem that lies in no file has null for its place."""
    document = report.json_document(DIAGNOSTICS)

    assert snapshot == document
    assert (json.loads(document)["errors"], json.loads(document)["warnings"]) == (10, 2)


def test_github_gets_one_escaped_command_a_problem(snapshot: SnapshotAssertion) -> None:
    """Each is one line with file, line, column and title; nothing in a message can end it or begin another."""
    hostile = Diagnostic("PG1", "100%\r\n::error::x", Span("a,b:c.yaml", 1, 2, 1, 5), "a\n::warning::y")

    said = report.github([*DIAGNOSTICS, hostile])

    assert snapshot == said
    assert len(DIAGNOSTICS) == len(said.splitlines())  # the hostile one more, the acknowledged one less
    assert (
        "::error file=a%2Cb%3Ac.yaml,line=1,endLine=1,col=2,endColumn=4,title=PG1::"
        "100%25\\r%0A::error::x%0Ahint: a%0A::warning::y\n"
    ) in said


def test_sarif_has_a_result_for_each_place(snapshot: SnapshotAssertion) -> None:
    """With the rules that were found, related places, and a notification for what lies in no file."""
    log = report.sarif(DIAGNOSTICS, RULES, "1.0.0")

    assert snapshot == log
    assert json.loads(report.sarif([], {}, "1.0.0"))["runs"][0]["results"] == []


def test_sarif_names_files_by_address() -> None:
    """Whatever a path holds, it is a URI; a relative path stays relative, which is what code scanning resolves."""
    places = [Span(file, 1, 1, 1, 2) for file in ("a b/ü%.yaml", "/srv/x y.yaml")]
    log = json.loads(report.sarif([Diagnostic("PG1", "m", place) for place in places], {}, "1.0.0"))

    uris = [
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in log["runs"][0]["results"]
    ]
    assert uris == ["file:///srv/x%20y.yaml", "a%20b/%C3%BC%25.yaml"]


@pytest.mark.slow
def test_sarif_fits_its_schema(npm: Callable[[Path], Path]) -> None:
    """OASIS' schema of SARIF 2.1.0, as a package of npm's has it, accepts every log."""
    package = npm(Path(__file__).with_name("sarif_schema")) / "@microsoft/jest-sarif"
    schema = json.loads((package / "lib/schemas/sarif-2.1.0-rtm.5.json").read_text())
    checker = jsonschema.Draft4Validator(schema)

    logs = [report.sarif(one, RULES, "1.0.0") for one in (DIAGNOSTICS, DIAGNOSTICS[:1], ())]
    logs.append(CliRunner().invoke(promgate, ["lint", str(ROOT / "specs"), "--format", "sarif"]).stdout)

    assert [error.message for log in logs for error in checker.iter_errors(json.loads(log))] == []
    assert list(checker.iter_errors({"version": "2.1.0", "runs": [{}]})) != []
    suppressed = [one for one in json.loads(logs[-1])["runs"][0]["results"] if "suppressions" in one]
    assert "PG223" in {one["ruleId"] for one in suppressed}
