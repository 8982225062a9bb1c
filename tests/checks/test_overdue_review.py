"""A gate that is past its review: a warning by the date that is passed in, which changes nothing else."""

from pathlib import Path

import pytest
from engines import ROOT

from compiler.checks import overdue_review
from compiler.cli import main
from compiler.diagnostics import Severity
from compiler.frontend import check_specs
from compiler.moment import Moment
from compiler.spec.text import SpecFile

REFERENCE = ROOT / "specs" / "routing-readiness.yaml"
DAY = "2025-10-30"
BEFORE, DUE = f"{DAY[:-2]}29T23:59:59Z", f"{DAY}T00:00:00Z"


def found(text: str, now: str | None) -> list[str]:
    """What is said of the review of a spec."""
    checked = check_specs([SpecFile("gate.yaml", text)], (), Moment.parse(now) if now else None)
    assert checked.good, checked.diagnostics
    rows = [one for one in checked.diagnostics if one.code == overdue_review.CODE]
    assert all(one.severity is Severity.WARNING for one in rows)
    return [f"{one.span.line}:{one.span.column} {one.message}" for one in rows if one.span]


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (BEFORE, []),
        (DUE, [f"16:16 the review of this gate was due on {DAY}"]),
        ("2026-11-24T12:00:00Z", [f"16:16 the review of this gate was due on {DAY}"]),
        (None, []),
    ],
)
def test_it_is_due_from_its_day_on(now: str | None, expected: list[str]) -> None:
    """At the place of the date; never when nobody says what the date is."""
    assert found(REFERENCE.read_text(), now) == expected


def test_a_gate_without_a_date_is_never_due() -> None:
    """Nor is one that was just reviewed."""
    text = REFERENCE.read_text()

    assert found(text.replace(f"  next_review: {DAY}\n", ""), DUE) == []
    assert found(text.replace(DAY, "2025-11-01"), DUE) == []


@pytest.mark.parametrize("day", ["2025-02-30", "1969-12-31", "3000-01-01", "soon"])
def test_a_day_that_is_none_is_an_error(day: str) -> None:
    """At its place, like any wrong value."""
    checked = check_specs([SpecFile("gate.yaml", REFERENCE.read_text().replace(DAY, day))], (), Moment.parse(DUE))

    assert not checked.good
    assert [one.span.line for one in checked.diagnostics if one.span and "is not a date" in one.message] == [16]


def test_it_changes_neither_the_exit_code_nor_an_artifact(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever the date is, the same bytes; the commands say it and exit 0, as without a warning."""
    written, said = [], []
    for now in (BEFORE, DUE):
        out = tmp_path / now[:10]
        assert main(["generate", str(REFERENCE), "--out", str(out), "--no-validate", "--now", now]) == 0
        assert main(["generate", str(REFERENCE), "--out", str(out), "--no-validate", "--check", "--now", now]) == 0
        said.append(capsys.readouterr().err)
        written.append({path.relative_to(out): path.read_bytes() for path in out.rglob("*") if path.is_file()})
        assert main(["lint", str(REFERENCE), "--now", now]) == 0
        said.append(capsys.readouterr().err)

    assert written[0] == written[1]
    assert said[:2] == ["", ""]
    assert [text.count("warning[PG241]: the review of this gate was due on 2025-10-30") for text in said[2:]] == [2, 1]
