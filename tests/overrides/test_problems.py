"""What is wrong with overrides is found before anything is compiled, all of it at once, at its place."""

from collections.abc import Sequence

import pytest
from gates import override, overrides_text, spec_text

from compiler.diagnostics import Diagnostic, Severity
from compiler.moment import Moment
from compiler.pipeline import Result, compile_specs
from compiler.spec.text import SpecFile

METRICS = {name: {"type": "gauge"} for name in ("level", "load")}
CRITERIA = [
    {"id": name, "title": name, "measure": {"kind": "gauge", "metric": name}, "require": {"at_most": 5}}
    for name in METRICS
]
POLICY = """\
overrides:
  reasons:
    p0_incident: {title: A P0 incident}
    maintenance_window: {title: Maintenance, asks_for: [risk_acceptance], approvers: [board]}
  approvers: {ops-lead: {}, board: {title: The board}}
  max_duration: 2h
"""
SPEC = f"{spec_text(METRICS, CRITERIA)}{POLICY}"
NOON = Moment.parse("2026-11-24T12:00:00Z")
FILE = """\
apiVersion: promgate/v1
kind: Overrides
gate: case
overrides:
  - id: inc-1
    reason: p0_incident
    ticket: INC-1
    approver: ops-lead
    start: 2026-11-24T11:00:00Z
    expires: 2026-11-24T13:00:00Z
"""


def compiled(
    *files: str, now: Moment | None = NOON, spec: str = SPEC, name: str = "case", complete: bool = True
) -> Result:
    """The result of the small gate with these files of overrides."""
    read = [SpecFile(f"overrides{number or ''}/{name}.yaml", text) for number, text in enumerate(files)]
    return compile_specs([SpecFile("specs/gate.yaml", spec)], overrides=read, now=now, complete=complete)


def found(result: Result) -> list[Diagnostic]:
    """What is said of the overrides; the spec is small, and the checks have something to say of it."""
    return [one for one in result.diagnostics if one.span and one.span.file.startswith("overrides")]


def said(result: Result) -> list[str]:
    """The same as `line:column code message | hint`."""
    return [f"{d.span.line}:{d.span.column} {d.code} {d.message} | {d.hint}" for d in found(result) if d.span]


def test_a_good_override_compiles_without_a_word() -> None:
    """Into the rules, under its id; and without one there is no trace of it."""
    with_it, without = compiled(FILE), compiled()

    assert (said(with_it), said(without)) == ([], [])
    rules = [next(a.text for a in one.artifacts if a.path.name == "recording_rules.yml") for one in (with_it, without)]
    assert ["override: inc-1" in text for text in rules] == [True, False]
    assert "gate:override:" not in rules[1]


CASES: Sequence[tuple[str, str, str, list[str]]] = [
    (
        "an unknown reason",
        "p0_incident",
        "p0_incidents",
        [
            (
                "6:13 PG503 'p0_incidents' is no reason to override | did you mean 'p0_incident'? "
                "the reasons are p0_incident, maintenance_window"
            ),
        ],
    ),
    (
        "an unknown approver",
        "ops-lead",
        "me",
        ["8:15 PG504 'me' may not approve this override | the approvers are ops-lead, board"],
    ),
    (
        "an approver of other reasons, and no acceptance of the risk",
        "p0_incident",
        "maintenance_window",
        [
            "8:15 PG504 'ops-lead' may not approve this override | the approvers are board",
            "5:5 PG508 an override for 'maintenance_window' needs 'risk_acceptance' | add `risk_acceptance: …`",
        ],
    ),
    (
        "an unknown criterion and one that is there twice",
        "ticket: INC-1",
        "ticket: INC-1\n    scope: [levels, load, load]",
        [
            "8:13 PG505 the gate has no criterion 'levels' | did you mean 'level'?",
            "8:27 PG505 'load' is there twice | remove one",
        ],
    ),
    (
        "an end before the beginning",
        "expires: 2026-11-24T13",
        "expires: 2026-11-24T11",
        ["10:14 PG506 it ends before it begins | write a time after 2026-11-24T11:00:00Z"],
    ),
    (
        "an override that is too long by a second",
        "13:00:00Z",
        "14:00:01+01:00",
        [
            (
                "10:14 PG506 it lasts 2h1s, and the gate allows 2h | write 2026-11-24T13:00:00Z or earlier; "
                "to go on, add another one when it ends"
            ),
        ],
    ),
    (
        "no end",
        "    expires: 2026-11-24T13:00:00Z\n",
        "",
        [
            (
                "5:5 PG101 the key 'expires' is missing in item 1 of 'overrides' | "
                "add `expires: 2026-01-31T14:30:00Z` (The first moment at which it is over)"
            ),
        ],
    ),
    (
        "no ticket",
        "    ticket: INC-1\n",
        "",
        [
            (
                "5:5 PG101 the key 'ticket' is missing in item 1 of 'overrides' | "
                "add `ticket: …` (Where it is written down why)"
            ),
        ],
    ),
    (
        "no approver",
        "    approver: ops-lead\n",
        "",
        [
            (
                "5:5 PG101 the key 'approver' is missing in item 1 of 'overrides' | "
                "add `approver: …` (Who approved it: one of the approvers in the gate's spec)"
            ),
        ],
    ),
    (
        "a time without a zone",
        "start: 2026-11-24T11:00:00Z",
        "start: 2026-11-24T11:00:00",
        [
            (
                "9:12 PG105 '2026-11-24T11:00:00' has no time zone, so it is another moment in another place | "
                "write 2026-11-24T11:00:00Z if it is UTC, or end it with the offset of its zone, like +01:00"
            ),
        ],
    ),
    (
        "a misspelt key",
        "approver:",
        "approved_by:",
        ["8:5 PG102 unknown key 'approved_by' | did you mean 'approver'?"],
    ),
    (
        "an unknown gate",
        "gate: case",
        "gate: cases",
        [
            (
                "3:7 PG501 the overrides of 'cases' must be in cases.yaml, not in case.yaml | "
                "code owners review them by the name of the file; rename it"
            ),
            "3:7 PG501 there is no gate 'cases' | did you mean 'case'?",
        ],
    ),
    (
        "an override that has ended",
        "13:00:00Z",
        "11:30:00Z",
        [
            (
                "5:9 PG510 this override ended 30m ago | when all criteria have been met and stable since, close it: "
                "add `retested: TIME`; it is compiled until then, so that a re-test that is owed is not forgotten"
            ),
        ],
    ),
    (
        "one that was re-tested before it ended",
        "ticket: INC-1",
        "ticket: INC-1\n    retested: 2026-11-24T11:59:00Z",
        [
            (
                "8:15 PG511 it was re-tested before it ended | a re-test counts once the override has ended: "
                "write a time from 2026-11-24T13:00:00Z on"
            ),
        ],
    ),
    (
        "one that was re-tested in the future",
        "ticket: INC-1",
        "ticket: INC-1\n    retested: 2026-11-24T13:30:00Z",
        [
            (
                "8:15 PG511 it was re-tested in the future | "
                "write when all criteria were seen met and stable, once they were"
            ),
        ],
    ),
]


@pytest.mark.parametrize(("old", "new", "expected"), [row[1:] for row in CASES], ids=[row[0] for row in CASES])
def test_each_mistake_is_named_at_its_place(old: str, new: str, expected: list[str]) -> None:
    """With what to type instead; only a warning does not forbid to compile."""
    assert FILE.count(old) == 1, old

    result = compiled(FILE.replace(old, new))

    assert said(result) == expected
    warned = all(one.severity is Severity.WARNING for one in found(result))
    assert bool(result.artifacts) == warned


def test_without_a_date_nothing_has_ended() -> None:
    """What has ended is told by a date that is passed in and by no clock; and it changes no artifact."""
    ended = FILE.replace("13:00:00Z", "11:30:00Z")

    assert said(compiled(ended, now=None)) == []
    assert compiled(ended, now=None).artifacts == compiled(ended).artifacts


def test_two_at_once_are_refused_unless_their_scopes_differ() -> None:
    """Overlapping for an hour and for the same criterion is an error at the second, with the first in view."""
    first = override("inc-1", "2026-11-24T11:00:00Z", "2026-11-24T13:00:00Z", scope=["level"])
    second = override("inc-2", "2026-11-24T12:00:00Z", "2026-11-24T14:00:00Z")

    for scope in (None, ["level"], ["load", "level"]):
        result = compiled(overrides_text(first, second | ({"scope": scope} if scope else {})))
        (one,) = found(result)
        assert one.code == "PG507"
        assert one.message == "it overlaps with 'inc-1' from 2026-11-24T12:00:00Z to 2026-11-24T13:00:00Z"
        assert [label.text for label in one.labels] == ["'inc-1' begins here"]
    assert said(compiled(overrides_text(first, second | {"scope": ["load"]}))) == []
    assert said(compiled(overrides_text(first, second | {"start": "2026-11-24T13:00:00Z"}))) == []


def test_an_id_is_used_once_even_by_a_closed_one() -> None:
    """So that series, alerts and logs of one are never taken for those of another."""
    closed = override("inc-1", "2026-10-01T11:00:00Z", "2026-10-01T12:00:00Z", retested="2026-10-01T12:30:00Z")
    again = override("inc-1", "2026-11-24T11:00:00Z", "2026-11-24T13:00:00Z")

    assert [one.split(" | ")[0].split(" ", 1)[1] for one in said(compiled(overrides_text(closed, again)))] == [
        "PG509 the id 'inc-1' is taken already"
    ]


def test_a_closed_override_is_a_record_and_no_rule() -> None:
    """The policy may have changed since; and nothing of it is compiled."""
    past = override(
        "old-1", "2025-01-01T00:00:00Z", "2025-01-09T00:00:00Z",
        reason="gone", approver="left", scope=["removed"], retested="2025-01-09T01:00:00Z",
    )  # fmt: skip
    result = compiled(overrides_text(past))

    assert said(result) == []
    assert result.artifacts == compiled().artifacts


def test_a_gate_without_a_policy_cannot_be_overridden() -> None:
    """Not even with all else in order; an empty list is fine."""
    bare = spec_text(METRICS, CRITERIA)

    assert said(compiled(FILE, spec=bare)) == [
        (
            "5:5 PG502 the gate 'case' does not allow overrides | "
            "add `overrides:` with reasons and approvers to the spec of case, if it may be"
        ),
    ]
    assert said(compiled(overrides_text(), spec=bare)) == []


def test_overrides_of_a_gate_that_is_left_out_are_left_alone() -> None:
    """Compiling one spec of several says nothing about the gates of the others."""
    other = overrides_text(gate="other")

    assert said(compiled(other, name="other", complete=False)) == []
    assert "PG501 there is no gate 'other'" in said(compiled(other, name="other"))[0]
    assert "there is no gate" not in " ".join(said(compiled(other, name="other", spec=SPEC + "bad: key\n")))


def test_a_gate_has_one_file_of_overrides() -> None:
    """A second one, from another directory, is an error that shows the first."""
    (one,) = found(compiled(FILE, FILE.replace("inc-1", "inc-2")))

    assert (one.code, one.message) == ("PG501", "the gate 'case' has another file of overrides")
    assert [label.span.file for label in one.labels] == ["overrides/case.yaml"]


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "PG006"), ("overrides: [", "PG001"), ("kind: Gate\n", "PG104"), ("a: 1\na: 2\n", "PG002")],
    ids=["empty", "no YAML", "a spec", "a key that is there twice"],
)
def test_what_is_no_file_of_overrides_is_refused(text: str, code: str) -> None:
    """As specs are: by the same reader, with the same codes."""
    result = compiled(text)

    assert result.artifacts == ()
    assert code in {one.code for one in found(result)}
