"""What each check of expressions finds, where, and what it leaves alone."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from compiler.analysis.facts import Declared, Facts
from compiler.fields import UNITS
from compiler.queries import QUERY_CHECKS, findings, syntax, understand
from compiler.queries.base import Finding, Purpose, Query

CASES = [case.split("\n") for case in (Path(__file__).parent / "findings.txt").read_text().rstrip("\n").split("\n\n")]
GOOD = [row for row in (Path(__file__).parent / "good.txt").read_text().split("\n") if row and not row.startswith("#")]
FACTS = Facts(
    {
        "depth": Declared("gauge", ("pool",)),
        "served": Declared("counter", ("pool",)),
        "delay_seconds": Declared("histogram", ("pool",)),
        "size": Declared("gauge", ("pool",), unit=UNITS["bytes"]),
        "age": Declared("gauge", ("pool",), unit=UNITS["seconds"]),
    }
)


def found(text: str, purpose: Purpose, name: str = "") -> tuple[Finding, ...]:
    """All findings in an expression."""
    query = understand(text, purpose, FACTS, name)
    return findings(query) if isinstance(query, Query) else query


def report(head: str, text: str) -> list[str]:
    """The findings as the file of cases has them: carets, code and message, marks, note and hint."""
    purpose, _, name = head.removeprefix("[").removesuffix("]").partition(" ")
    rows = [head, text]
    for one in found(text, purpose, name):  # type: ignore[arg-type] # the file of cases has only purposes
        problem = one.problem
        rows.append(" " * problem.start + "^" * max(problem.end - problem.start, 1))
        rows.append(f"{one.code} {one.severity.value}: {problem.message}")
        rows += [f"  {text[start:end]}: {words}" for start, end, words in problem.marks]
        rows += [f"  note: {one.note}"] if one.note else []
        rows += [f"  hint: {problem.hint}"] if problem.hint else []
    return rows


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[1])
def test_finding(case: list[str]) -> None:
    """Each mistake of `findings.txt` is found at its place, with the reason and the remedy, and nothing else is."""
    assert report(case[0], case[1]) == case


@pytest.mark.parametrize("text", GOOD)
@pytest.mark.parametrize("purpose", ["alert", "record", "measure", "document"])
def test_nothing_is_found_in_what_is_right(text: str, purpose: Purpose) -> None:
    """Queries that look like mistakes, and are none, whatever they are for."""
    if purpose != "alert" and text.endswith("# alert"):
        return
    assert found(text.removesuffix("# alert"), purpose) == ()


def test_every_check_has_a_case() -> None:
    """And a code of its own."""
    codes = [check.CODE for check in QUERY_CHECKS]
    tested = {row.split()[0] for case in CASES for row in case if row.startswith("PG")}

    assert len(set(codes)) == len(codes)
    assert tested == {*codes, syntax.CODE}


def test_what_rules_record_is_known_to_other_rules() -> None:
    """Facts hold the labels of recorded series, and which are sums of counters."""
    facts: Mapping[str, object] = FACTS.declared

    assert "depth" in facts
    assert FACTS.kind("depth") == ("gauge", True)
    assert FACTS.kind("delay_seconds_bucket") == ("counter", True)
    assert FACTS.kind("jobs_total") == ("counter", False)
    assert FACTS.kind("job:jobs_total:sum") == (None, False)
