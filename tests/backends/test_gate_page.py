"""GATE.md: complete for people, inert for browsers."""

import re
from dataclasses import replace
from itertools import pairwise

import pytest
from plans import HOSTILE, gate, hostile_gate, override, overrides
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from compiler.backends import gate_page, markdown
from compiler.middle.plan import ApproverPlan, GatePlan, LinkPlan, ReasonPlan
from compiler.moment import Moment
from compiler.states import STATES


class Page(SingleFileSnapshotExtension):
    """A snapshot that any viewer of Markdown shows."""

    _write_mode = WriteMode.TEXT
    file_extension = "md"


def page(plan: GatePlan) -> str:
    """The page of a gate."""
    (artifact,) = gate_page.emit((plan,))
    return artifact.text


def test_the_page_reads_well(snapshot: SnapshotAssertion) -> None:
    """The whole page of the sample gate; look at it before you update it."""
    assert page(gate()) == snapshot(extension_class=Page)


def test_the_page_lies_beside_the_rules_and_is_the_same_every_time() -> None:
    """One page a gate, in the order of the gates."""
    plans = (gate(), gate(name="zeta"))

    assert [str(artifact.path) for artifact in gate_page.emit(plans)] == ["sample/GATE.md", "zeta/GATE.md"]
    assert list(gate_page.emit(plans)) == list(gate_page.emit(plans))


def test_everything_that_a_criterion_is_said_to_be_is_there() -> None:
    """Title, requirement, measure, policies, inputs, place and runbook of each, and the meaning of every state."""
    text = page(gate())

    for one in gate().criteria:
        for said in (one.title, one.requirement, one.measure, *one.policies, f"sample.yaml, line {one.origin.line}"):
            assert markdown.plain(said) in text
        assert all(f"`{read.name}`" in text for read in one.inputs)
        assert f'gate:criterion:value{{gate="sample",criterion="{one.id}"}}' in text
        assert f"(#{one.id})" in text
        assert f'<a id="{one.id}"></a>' in text
    for state in STATES:
        assert f"| {state.code} | {state.label} |" in text
        assert markdown.plain(state.meaning) in text


def test_what_the_spec_leaves_out_leaves_no_hole() -> None:
    """Without optional texts, receivers and links there is no empty row, heading or value."""
    bare = replace(
        gate(),
        description="",
        on_call="",
        last_review="",
        review=None,
        dashboard_url="",
        links=(),
        notes=(),
        receivers=(),
        categories=tuple(replace(one, runbook="", description="") for one in gate().categories),
    )
    text = page(bare)

    assert "names nobody to notify" in text
    assert "## Notes" not in text
    assert not re.search(r"\| *\|$|:\*\* *$|\n\n\n|\(\)", text.replace("| | |\n", ""), re.MULTILINE)


def section(text: str, heading: str) -> str:
    """What is under a heading."""
    return text.partition(f"## {heading}\n\n")[2].partition("\n## ")[0]


def test_how_the_gate_may_be_overridden_is_told(snapshot: SnapshotAssertion) -> None:
    """Reasons, approvers, times, the commands, the line for CODEOWNERS, and what is in the file."""
    second = override(
        "inc-2",
        start=Moment(1200),
        expires=Moment(1500),
        retest_by=Moment(3000),
        scope=("latency",),
        risk_acceptance="Slow answers.",
        note="Only while we drain.",
    )
    policy = overrides(
        override(),
        second,
        reasons=(
            ReasonPlan("maintenance_window", "A window", ("risk_acceptance", "scope"), ("Ops | lead",)),
            ReasonPlan("p0_incident", "A P0 incident", (), ("Ops | lead", "sre")),
        ),
        approvers=(
            ApproverPlan("Ops | lead", "Ops Lead", ("@shop/ops", "lead@shop.example")),
            ApproverPlan("sre", "sre", ("@shop/ops",)),
        ),
        blocks=True,
    )

    assert section(page(gate(overrides=policy)), "Overrides") == snapshot(extension_class=Page)


def test_a_gate_that_nobody_may_override_says_so() -> None:
    """No alert, series or exit code speaks of what cannot be."""
    text = page(gate())

    assert section(text, "Overrides") == "Nobody may override this gate: its specification has no `overrides`.\n"
    assert "GateOverridden" not in text
    assert "override" not in section(text, "Ask the gate")


def test_without_code_owners_the_page_does_not_promise_a_review() -> None:
    """It says who may approve then."""
    nobody = overrides(approvers=(ApproverPlan("ops-lead", "Ops Lead", ()),))
    text = section(page(gate(overrides=nobody)), "Overrides")

    assert "whoever may merge to the branch may approve" in text
    assert "**/overrides" not in text
    assert text.endswith("\nNo override is in the file, or all are closed.\n")


@pytest.mark.parametrize("plan", [gate(), hostile_gate()], ids=["plain", "hostile"])
def test_tables_have_the_same_cells_in_every_row(plan: GatePlan) -> None:
    """No text of a spec opens a cell, a row or a list of its own."""
    lines = page(plan).splitlines()
    plain = page(gate()).splitlines()

    assert all(_cells(head) == _cells(row) for head, row in pairwise(lines) if head[:1] == row[:1] == "|")
    assert [line for line in lines if line.startswith("## ")] == [line for line in plain if line.startswith("## ")]
    assert sum(line.startswith("|") for line in lines) >= sum(line.startswith("|") for line in plain)


def _cells(line: str) -> int:
    return len(re.findall(r"(?<!\\)\|", line))


def test_hostile_texts_are_only_text() -> None:
    """No HTML but our own anchors and comment, no link but to http, no emphasis or code from a text."""
    text = page(hostile_gate())
    # In code, which is fenced against its own backticks, nothing is HTML.
    prose = "\n".join(line for line in text.splitlines() if not line.startswith("- **Reads:** ``"))
    tags = set(re.findall(r"<[^>]*>", prose))

    assert tags == {
        "<!-- Generated by promgate from sample.yaml; do not edit. -->",
        "</a>",
        *(f'<a id="{one.id}">' for one in gate().criteria),
    }
    assert all(target.startswith(("#", "http")) for target in re.findall(r"(?<!\\)\]\(([^)]*)", prose))
    assert "\u202e" not in text
    assert "\u2028" not in text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("p95 of http_latency_seconds", "p95 of http_latency_seconds"),
        ("_a_ *b* `c` ~d~", r"\_a\_ \*b\* \`c\` \~d\~"),
        ("<b>&amp; & &#1; R&D", "&lt;b&gt;&amp;amp; & &amp;#1; R&amp;D"),
        ("a|b\nc", r"a\|b c"),
        ("[x](javascript:1)", r"\[x\](javascript:1)"),
        ("$x$ {{ y }} c:\\d", r"\$x\$ \{\{ y \}\} c:\\d"),
    ],
)
def test_plain_text_is_read_as_it_was_written(text: str, shown: str) -> None:
    """What Markdown would interpret is escaped, and names of metrics stay readable."""
    assert markdown.plain(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("# a", r"\# a"),
        ("- a", r"\- a"),
        ("+ a", r"\+ a"),
        ("> a", "&gt; a"),
        ("12. a", r"12\. a"),
        ("1) a", r"1\) a"),
        ("=", r"\="),
        ("12 a", "12 a"),
        ("a - b", "a - b"),
    ],
)
def test_a_paragraph_is_no_list_and_no_heading(text: str, shown: str) -> None:
    """The characters that begin a block are escaped where a block could begin."""
    assert markdown.paragraph(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"), [("a", "`a`"), ("a`b", "``a`b``"), ("`a``", "``` `a`` ```"), ("a\nb", "`a b`")]
)
def test_code_may_hold_backticks(text: str, shown: str) -> None:
    """The fence is longer than any run of backticks inside."""
    assert markdown.code(text) == shown


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "//evil", "/path", "", "http://", "vbscript:x", HOSTILE]
)
def test_only_web_addresses_are_links(address: str) -> None:
    """Anything else is shown as text."""
    assert markdown.link("x", address) == "x"
    assert f"({address})" not in page(gate(links=(LinkPlan("Link", address),)))


@pytest.mark.parametrize(
    ("runbook", "shown"),
    [
        ("/web.md", "[/web.md](https://runbooks.example.org/web.md)"),
        ("https://other.example.org/x", "[https://other.example.org/x](https://other.example.org/x)"),
        ("Check the disks.", "Check the disks."),
    ],
)
def test_runbooks_are_linked_where_they_are(runbook: str, shown: str) -> None:
    """A path is under the base URL, a URL is itself, and a sentence is no link."""
    plain = gate()
    plan = replace(plain, categories=(replace(plain.categories[0], runbook=runbook), *plain.categories[1:]))

    assert f"**Runbook:** {shown}\n" in page(plan)


def test_a_comment_ends_where_it_should() -> None:
    """The file name of a spec cannot leave the comment that shows it."""
    first = page(gate(source="a--><script>.yaml")).splitlines()[0]

    assert first.count("--") == 2
    assert "<script" not in first
