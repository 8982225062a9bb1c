"""gate-check.sh says what fails, by how much and since when."""

import re
import time
from dataclasses import replace
from pathlib import Path

import pytest
from gate_script import (
    AGE,
    FAIL,
    GATE,
    MET,
    PASS,
    SLOW_REGIONS,
    Script,
    criterion,
    series,
    states,
)
from plans import gate, hostile_override, override, overrides
from stub_prometheus import NOW, Reply, Row, StubPrometheus, scene, vector

from compiler.middle.plan import Bound, OverridePlan
from compiler.moment import Moment


def test_a_failing_criterion_is_explained(script: Script, shell: list[str]) -> None:
    """Title, requirement, the worst members with their distance, since when, and where to read on."""
    history = vector(({"gate": GATE, "category": "web", "criterion": "latency"}, f"{NOW - 860}"))

    ran = script.ask(scene(FAIL, vector(*SLOW_REGIONS), history), shell=shell)

    out = re.sub(r"http://127.0.0.1:\d+", "URL", ran.out)
    assert re.sub(r"since \d\d:\d\dZ", "since 21:59Z", out) == (
        "FAIL: Sample Readiness Gate (sample, revision 0123456789ab): 1 of 4 criteria do not pass\n"
        "  FAIL: Checkout latency p95 (web/latency), required: at most 250ms\n"
        '      312ms {region="eu"}, 62ms above 250ms\n'
        '      250.1ms {region="us"}, 0.1ms above 250ms\n'
        "      The requirement is not met.\n"
        "      since 21:59Z (14m)\n"
        "      runbook: /srv/runbooks/web.md\n"
        "  URL says fail, written 12s ago\n"
        "  owner: Shop Team, on call: #shop-ops, dashboard: https://grafana.example.org/d/sample\n"
    )


def explained(script: Script, *rows: Row, history: Reply | None = None) -> dict[str, object]:
    """The first failing criterion, as JSON."""
    ran = script.ask(scene(FAIL, vector(*rows), history), "--format", "json")
    failing = ran.document["failing"]
    assert isinstance(failing, list)
    first = failing[0]
    assert isinstance(first, dict)
    return first


def findings(script: Script, *rows: Row) -> list[str]:
    """Values and distances of the members of the first failing criterion."""
    members = explained(script, *rows)["members"]
    assert isinstance(members, list)
    return [f"{one['text']}, {one['miss']}" if one["miss"] else one["text"] for one in members]


def test_values_are_told_in_the_unit_of_the_requirement(script: Script) -> None:
    """Ratios are percent, differences between them are points, and rounding never hides a miss."""
    limit = criterion("threshold", "availability", 0.999, bound="min")

    def availability(value: float) -> list[str]:
        return findings(script, *states(availability=10), limit, criterion("value", "availability", value))

    assert availability(0.99) == ["99%, 0.9 points below 99.9%"]
    assert availability(0.998999) == ["99.8999%, 0.0001 points below 99.9%"]
    assert availability(0) == ["0%, 99.9 points below 99.9%"]


def test_a_member_is_held_against_its_own_limit(script: Script) -> None:
    """Limits that differ by member come from the recorded thresholds."""
    members = [
        criterion(kind, "unit_cost", value, "data", tier=tier, **({"bound": "max"} if kind == "threshold" else {}))
        for kind, tier, value in (
            ("threshold", "gold", 0.5), ("value", "gold", 0.4),
            ("threshold", "free", 0.1), ("value", "free", 0.15),
        )
    ]  # fmt: skip

    assert findings(script, *states(unit_cost=10), *members) == ["0.15 USD, 0.05 USD above 0.1 USD"]


def test_a_value_on_a_limit_that_excludes_it_is_a_miss(tmp_path: Path) -> None:
    """A value of 250ms misses "below 250ms", which no distance could say."""
    category = gate().categories[0]
    latency = replace(category.criteria[1], bounds=(Bound("max", strict=True, limit=0.25, text="250ms"),))
    script = Script(tmp_path, gate(categories=(replace(category, criteria=(latency,)),)))
    limit = criterion("threshold", "latency", 0.25, bound="max")

    good, at = (criterion("value", "latency", value, region=f"{value}") for value in (0.2, 0.25))

    found = findings(script, *states(latency=10), limit, good, at)

    assert found == ["250ms, exactly at 250ms"]


def test_limits_of_a_table_give_the_unit(tmp_path: Path) -> None:
    """A value is told in the unit of the first limit of the table."""
    category = gate().categories[0]
    table = Bound("max", strict=False, limit=None, text="eu: 250ms", per_member=(("eu", 0.25, "250ms"),))
    latency = replace(category.criteria[1], bounds=(table,))
    script = Script(tmp_path, gate(categories=(replace(category, criteria=(latency,)),)))
    limit = criterion("threshold", "latency", 0.25, bound="max", region="eu")

    found = findings(script, *states(latency=10), limit, criterion("value", "latency", 0.3, region="eu"))

    assert found == ["300ms, 50ms above 250ms"]


def test_at_most_five_members_are_told(script: Script) -> None:
    """The worst come first, on either side of the bounds, and the rest is counted; labels of a series are all shown."""
    limits = [
        criterion("threshold", "db_memory", value, "data", bound=bound) for bound, value in (("min", 0.7), ("max", 0.9))
    ]
    values = [criterion("value", "db_memory", 0.91 + n / 100, "data", instance=f"db{n}", job="db") for n in range(6)]
    low = criterion("value", "db_memory", 0.1, "data", instance="empty", job="db")

    found = explained(script, *states(db_memory=10), *limits, *values, low)

    members = found["members"]
    assert isinstance(members, list)
    assert [one["text"] for one in members] == ["10%", "96%", "95%", "94%", "93%"]
    assert members[0]["labels"] == {"instance": "empty", "job": "db"}
    assert found["more_members"] == 2
    assert "      and 2 more\n" in script.ask(scene(FAIL, vector(*states(db_memory=10), *limits, *values, low))).out
    assert " more" not in script.ask(scene(FAIL, vector(*states(db_memory=10), *limits, low))).out


def test_missing_inputs_are_named(script: Script) -> None:
    """A criterion without data says which of its own inputs are missing; another's are not its business."""
    inputs = {"http_errors_total": 0, 'http_requests_total{code="200"}': 3, "other_total": 0}
    rows = [series("gate:input:series", value, input=name) for name, value in inputs.items()]

    found = explained(script, *states(availability=20), *rows)

    assert (found["state"], found["meaning"]) == ("NO DATA", "An input metric does not report.")
    assert found["missing_inputs"] == ["http_errors_total"]
    assert found["members"] == []


def test_a_criterion_without_a_state_is_not_overlooked(script: Script) -> None:
    """A criterion that the rules say nothing about is told as failing: the plan knows that it exists."""
    found = explained(script, *[row for row in states() if row[0]["criterion"] != "db_memory"])

    assert (found["criterion"], found["state"], found["runbook"]) == ("db_memory", "NOT EVALUATED", "")


def test_since_when_is_told_as_far_as_it_is_known(script: Script) -> None:
    """The last pass within a day, or that there was none, or nothing."""
    own = {"gate": GATE, "category": "web", "criterion": "latency"}

    def since(*rows: Row) -> object:
        return explained(script, *SLOW_REGIONS, history=vector(*rows))["since"]

    found = re.fullmatch(r"since (\d\d):(\d\d)Z \(2h5m\)", str(since((own, f"{NOW - 7500}"))))
    assert found
    assert ((time.time() - 7500) // 60 - int(found[1]) * 60 - int(found[2])) % (24 * 60) <= 1
    assert since() == "has not passed in the last 24h"
    assert explained(script, *SLOW_REGIONS, history=Reply("", 500))["since"] is None


def test_stabilising_is_not_failing_criteria(script: Script) -> None:
    """When all criteria are met and the gate waits, it says for how long they have been."""

    def reason(held: float) -> object:
        scenery = scene(FAIL, vector(AGE, MET, *states(), series("gate:overall:held", held)))
        return script.ask(scenery, "--format=json").document["reason"]

    assert reason(365) == "stabilising, 6m of 10m"
    assert reason(600) == "stabilising, 10m of 10m, but not recorded throughout"


def test_only_a_gate_that_fails_while_all_criteria_are_met_stabilises(script: Script) -> None:
    """Not one that passes, nor one that fails by a criterion, or without any."""
    unmet = series("gate:overall:met", 0)

    def stabilises(verdict: Reply, *rows: Row) -> object:
        return script.ask(scene(verdict, vector(AGE, *rows)), "--format=json").document["stabilising"]

    assert stabilises(FAIL, MET, *states()) is True
    assert stabilises(PASS, MET, *states()) is False
    assert stabilises(FAIL, unmet, *states()) is False
    assert stabilises(FAIL, MET, *states(latency=10)) is False


def test_a_verdict_is_as_old_as_this_revision_says(script: Script) -> None:
    """What another one has just written says nothing of it."""
    other: Row = ({"gate": GATE, "revision": "another"}, "3")

    assert "written 12s ago" in script.ask(scene(FAIL, vector(other, *SLOW_REGIONS))).out


def test_what_a_gate_does_not_have_is_not_told(tmp_path: Path) -> None:
    """Nobody is on call, there is no dashboard, and no runbook."""
    category = replace(gate().categories[0], runbook="")
    category = replace(category, criteria=tuple(replace(one, runbook="") for one in category.criteria))
    script = Script(tmp_path, gate(on_call="", dashboard_url="", categories=(category,)))

    out = script.ask(scene(FAIL, vector(*SLOW_REGIONS))).out

    assert out.endswith("  owner: Shop Team\n")
    assert "runbook" not in out


def test_a_fail_that_no_criterion_explains_is_said_to_be_one(script: Script) -> None:
    """No failing state and not met: some rule is not evaluated."""
    ran = script.ask(scene(FAIL, vector(series("gate:overall:met", 0), *states())))

    assert "no criterion says why; see the rules page" in ran.out


def overridden(directory: Path, *entries: OverridePlan, **changes: object) -> Script:
    """The script of the sample gate with overrides."""
    return Script(directory, gate(overrides=overrides(*entries, **changes)))


def now(**changes: object) -> OverridePlan:
    """An override that began ten minutes ago and ends in half an hour."""
    at = int(time.time())
    running = override(start=Moment(at - 600), expires=Moment(at + 1800), retest_by=Moment(at + 3600))
    return replace(running, **changes)  # type: ignore[arg-type]


def end(entry: OverridePlan) -> Row:
    """The series of an override that is in force."""
    labels = {"override": entry.id, "reason": entry.reason, "ticket": entry.ticket, "approver": entry.approver}
    return series("gate:override:end", entry.expires.seconds, **labels)


OVERRIDDEN = series("gate:overall:override", 1)


def test_an_override_is_loud(tmp_path: Path, shell: list[str]) -> None:
    """A pass by override says by whom, why and until when, and what fails underneath."""
    entry = now(scope=("latency",), risk_acceptance="Slow answers", note="Only while we drain")
    script = overridden(tmp_path, entry)

    ran = script.ask(scene(PASS, vector(*SLOW_REGIONS, OVERRIDDEN, end(entry))), shell=shell)

    assert (ran.code, ran.err) == (0, "")
    first, *rest = ran.out.splitlines()
    assert re.sub(r"\((29|30)m left\)", "(30m left)", first) == (
        "OVERRIDDEN: Sample Readiness Gate (sample, revision 0123456789ab): "
        f"until {entry.expires} (30m left), approved by Ops Lead, ticket INC-1; 1 of 4 criteria do not pass"
    )
    assert rest[:5] == [
        f"  override inc-1, since {entry.start}, approved by Ops Lead (ops-lead): A P0 incident",
        "    only these criteria may fail: latency",
        "    accepted risk: Slow answers",
        "    note: Only while we drain",
        "  FAIL: Checkout latency p95 (web/latency), required: at most 250ms",
    ]


def test_what_an_override_does_not_have_is_not_told(tmp_path: Path) -> None:
    """It covers all criteria, and nobody has written more than must be."""
    entry = replace(now(), scope=(), risk_acceptance="", note="")

    out = overridden(tmp_path, entry).ask(scene(PASS, vector(*SLOW_REGIONS, OVERRIDDEN, end(entry)))).out

    assert "override inc-1" in out
    assert not re.search("accepted risk|note:|only these", out)


def test_one_replica_that_is_overridden_is_enough_to_hear_of_it(tmp_path: Path) -> None:
    """Whatever the others say, and in the document for machines as well."""
    entry = now()
    script = overridden(tmp_path, entry)
    facts = vector(*SLOW_REGIONS, OVERRIDDEN, end(entry))
    with StubPrometheus(scene(PASS)) as plain, StubPrometheus(scene(PASS, facts)) as second:
        document = script.run("--prometheus", plain.url, "--prometheus", second.url, "--format", "json").document

    assert (document["verdict"], document["exit"], document["overridden"]) == ("pass", 0, True)
    told = document["overrides"][0]  # type: ignore[index]
    assert (told["id"], told["reason"], told["ticket"], told["approver"]) == (
        "inc-1",
        "p0_incident",
        "INC-1",
        "ops-lead",
    )
    assert (told["expires"], told["expires_at"]) == (str(entry.expires), entry.expires.seconds)
    assert [one["criterion"] for one in document["failing"]] == ["latency"]  # type: ignore[attr-defined]


def test_an_override_that_the_plan_does_not_know_is_told_by_its_series(script: Script) -> None:
    """Its labels say who and why, its value until when; one that has ended is not said to be in force."""
    entry = now()
    ended = series("gate:override:end", 1_600_000_000, override="old")

    out = script.ask(scene(PASS, vector(*SLOW_REGIONS, OVERRIDDEN, end(entry), ended))).out

    assert f": until {entry.expires} (" in out
    assert "left), approved by ops-lead, ticket INC-1; 1 of 4 criteria do not pass\n" in out
    assert "  override inc-1, approved by ops-lead (ops-lead): p0_incident\n" in out
    assert "old" not in out


def test_an_override_is_told_without_its_series(tmp_path: Path) -> None:
    """Where the series of its end comes an evaluation later, or not at all, the plan knows who, why and until when."""
    script = overridden(tmp_path, now(), now(id="inc-2", start=Moment(0), expires=Moment(60)))
    known = script.ask(scene(PASS, vector(*SLOW_REGIONS, OVERRIDDEN)))
    unknown = overridden(tmp_path).ask(scene(PASS, vector(*SLOW_REGIONS, OVERRIDDEN)))

    assert "approved by Ops Lead, ticket INC-1;" in known.out.splitlines()[0]
    assert "inc-2" not in known.out
    assert ": by an approved exception; 1 of 4 criteria do not pass" in unknown.out.splitlines()[0]


@pytest.mark.parametrize(("ago", "words"), [(-600, "due by"), (600, "OVERDUE since")])
def test_a_retest_that_is_owed_is_told(tmp_path: Path, ago: int, words: str) -> None:
    """By when, and what an overdue one means."""
    at = int(time.time())
    entry = override(start=Moment(at - 9000), expires=Moment(at - 6000), retest_by=Moment(at - ago))
    owed = series("gate:override:retest", entry.retest_by.seconds, override="inc-1")
    done = series("gate:override:retest", 0, override="inc-1")
    unknown = series("gate:override:retest", entry.retest_by.seconds, override="inc-9")
    script = overridden(tmp_path, entry, blocks=True)

    out = script.ask(scene(FAIL, vector(*SLOW_REGIONS, owed))).out
    blocks = ", and until it is done no override opens the gate" if ago > 0 else ""
    assert (
        f"  the re-test after override inc-1 (ticket INC-1) is {words} {entry.retest_by}{blocks}: "
        "all criteria met for 10m, at its end or later\n"
    ) in out
    assert "re-test" not in script.ask(scene(FAIL, vector(*SLOW_REGIONS, done, unknown))).out


def test_a_workflow_is_warned_of_an_override(tmp_path: Path) -> None:
    """GitHub shows a warning with who and why, although the step succeeds."""
    entry = now()

    ran = overridden(tmp_path, entry).ask(
        scene(PASS, vector(*SLOW_REGIONS, OVERRIDDEN, end(entry))), "--format", "github"
    )

    assert ran.code == 0
    assert ran.out.startswith("::warning title=Readiness gate sample::OVERRIDDEN: until ")
    assert f"%0Aoverride inc-1, since {entry.start}, approved by Ops Lead (ops-lead): A P0 incident%0A" in ran.out


def test_the_words_of_an_override_are_only_words(tmp_path: Path, shell: list[str]) -> None:
    """Hostile texts in every field are one line each, run nothing, and end no command to the workflow."""
    at = int(time.time())
    entry = replace(hostile_override(), start=Moment(at - 60), expires=Moment(at + 60), retest_by=Moment(at + 120))
    script = overridden(tmp_path, entry)
    answer = scene(PASS, vector(*SLOW_REGIONS, OVERRIDDEN, end(entry)))

    text, github = script.ask(answer, shell=shell), script.ask(answer, "--format", "github", shell=shell)

    assert (text.code, text.err, github.code) == (0, "", 0)
    assert len([line for line in text.out.splitlines() if "$(id)" in line]) == 4
    assert all(line.startswith("::") for line in github.out.splitlines())
    assert not re.search("[\x00-\x09\x0b-\x1f\u202e\u2028]", text.out)
