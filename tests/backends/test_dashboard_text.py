"""Texts and links of a spec in its dashboard: all that was written, and nothing that acts."""

import re
from dataclasses import replace

from boards import (
    board,
    of_type,
    overrides,
    strings,
    texts,
    titled,
)
from plans import HOSTILE, criterion, gate, hostile_gate

from compiler.middle.plan import GatePlan, LinkPlan

# annotations and links


def test_changes_of_the_verdict_are_annotated() -> None:
    """Two annotations that can be switched off, on the reader's data source, beside Grafana's own."""
    builtin, *own = board(gate())["annotations"]["list"]

    assert builtin["datasource"]["uid"] == "-- Grafana --"
    assert [one["name"] for one in own] == ["Gate does not pass", "Override in force"]
    for one in own:
        assert (one["enable"], one["hide"], one["datasource"]["uid"]) == (True, False, "${datasource}")


def test_links_of_the_gate() -> None:
    """Other gates keep the time range and the data source; the spec's links open in their own tab."""
    others, source = board(gate())["links"]

    assert (others["keepTime"], others["includeVars"], others["tags"]) == (True, True, ["readiness-gate"])
    assert (source["title"], source["url"], source["targetBlank"]) == ("Source", "https://git.example.org/gates", True)


def test_link_that_is_no_web_address_is_left_out() -> None:
    """A link with another scheme would run in the reader's browser."""
    made = board(gate(links=(LinkPlan("x", "javascript:alert(1)"), LinkPlan("y", "ftp://h/"))))

    assert [one["title"] for one in made["links"]] == ["Readiness gates"]


def test_runbook_path_is_a_link_under_the_base_url() -> None:
    """Graph, category and table lead to the runbook."""
    made, address = board(gate()), "https://runbooks.example.org/srv/runbooks/web.md"

    assert [address] == [one["url"] for one in titled(made, "Shop availability")["links"]]
    assert [address] == [one["url"] for one in titled(made, "Web shop")["links"]]
    table = titled(made, "Criteria, worst first")
    assert [address, address] == texts(table, "Runbook")
    assert [one["url"] for one in overrides(table)["Runbook"]["links"]] == ["${__value.text:raw}"]


def test_no_base_url_no_dead_link() -> None:
    """A path alone is told in the description, and nothing links to it."""
    made = board(gate(runbook_base_url=""))

    assert [panel["links"] for panel in of_type(made, "timeseries")] == [[]] * 4
    assert "Runbook" not in overrides(titled(made, "Criteria, worst first"))
    assert "/srv/runbooks/web.md" in titled(made, "Shop availability")["description"]


def test_runbook_url_needs_no_base() -> None:
    """A runbook that is a web address is taken as it is."""
    (category, *_) = gate().categories
    url = "https://wiki.example.org/r?id=7#top"
    one = replace(category, criteria=(criterion(runbook=url),))

    assert [url] == [
        link["url"] for link in of_type(board(gate(categories=(one,), runbook_base_url="")), "timeseries")[0]["links"]
    ]


# hostile text


def test_no_text_of_the_spec_becomes_a_variable() -> None:
    """Grafana replaces $name, ${name} and [[name]]; only our own are left."""
    plan = hostile_gate()
    tricks = "$datasource ${datasource} [[datasource]] ${__user.login}"
    (category, *_) = plan.categories
    one = criterion(
        title=tricks,
        runbook="runbooks/$datasource",
        measure=tricks,
        requirement=tricks,
        policies=(tricks,),
        inputs=(replace(category.criteria[0].inputs[0], name=f'm{{l="{tricks}"}}'),),
    )
    plan = replace(plan, title=tricks, categories=(replace(category, title=tricks, criteria=(one,)),))
    ours = {"${datasource}", "${__value.text:raw}"}

    found, of_hostile = (
        {text for text in strings(made) if re.search(r"\$[{A-Za-z_]|\[\[", text)}
        for made in (board(plan), board(hostile_gate()))
    )
    assert ours == found
    assert of_hostile <= ours


def test_descriptions_hold_no_markup_of_the_spec() -> None:
    """No tag, link, code or table of a text survives as Markdown or HTML; the words do."""
    text = of_type(board(hostile_gate()), "timeseries")[0]["description"]
    ours = re.sub(r"\*\*[A-Z][a-z ]+:?\*\*|`gate:criterion:value`", "", text)

    assert not re.search(r"[<>`*|$\[\]\\]", ours)
    assert "&#60;/script&#62;&#60;b&#62;" in ours


def test_titles_hold_no_control_or_direction_characters() -> None:
    """What a reader sees is what was written: nothing is reversed, broken or hidden."""
    for text in strings(board(hostile_gate())):
        assert not re.search(r"[\x00-\x09\x0b-\x1f\u2028\u202e]", text)


def _with_runbooks(runbook: str) -> GatePlan:
    """The hostile gate with a runbook that is a path, since a sentence is no link."""
    plan = hostile_gate()
    return replace(
        plan,
        categories=tuple(
            replace(category, criteria=tuple(replace(one, runbook=runbook) for one in category.criteria))
            for category in plan.categories
        ),
    )


def test_hostile_runbooks_are_inert_addresses() -> None:
    """Everything unusual in a link is percent-encoded."""
    made = board(_with_runbooks("".join(HOSTILE.split())))
    links = [link["url"] for panel in made["panels"] for link in panel.get("links", ())]

    assert links
    for url in (*links, made["links"][1]["url"]):
        assert re.fullmatch(r"https://[\w.]+/[\w/:?#\[\]@!&'()*+,;=%~.-]*", url, re.ASCII)
