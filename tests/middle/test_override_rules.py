"""Overrides and re-tests as Prometheus evaluates them, to the second, on every generation of promtool."""

from collections.abc import Mapping
from typing import Any

import pytest
import yaml
from engines import Engine, promtool_test
from gates import overridden_plan, override, plan

from compiler.backends import recording_rules as backend
from compiler.middle.plan import GatePlan

NAMES = ("level", "load", "lag")
METRICS = {name: {"type": "gauge"} for name in NAMES}
CRITERIA = [
    {"id": name, "title": name, "measure": {"kind": "gauge", "metric": name}, "require": {"at_most": 5}}
    for name in NAMES
]
TIMES = {"evaluate_every": "1s", "scrape_interval": "1s", "stabilization": "10s"}
POLICY = {"max_duration": "1m", "retest_within": "1m"}
GOOD, BAD = "1x150", "9x150"

PASS, MET, HELD = "sum(gate:overall:pass)", "sum(gate:overall:met)", "sum(gate:overall:held)"
OVERRIDE, END, RETEST = "sum(gate:overall:override)", "gate:override:end", "gate:override:retest"
LABELS = 'approver="ops-lead",gate="case",override="inc-1",reason="p0_incident",ticket="INC-1"'

Expected = Mapping[tuple[int, str], float | None]


def rules(gate: GatePlan) -> str:
    """The recording rules of a gate."""
    return next(backend.emit((gate,))).text


def overridden(*entries: Mapping[str, object], **policy: object) -> str:
    """The rules of the gate of three criteria with overrides."""
    return rules(overridden_plan(METRICS, CRITERIA, *entries, policy={**POLICY, **policy}, **TIMES))


def check(
    engine: Engine, files: Mapping[str, str], series: Mapping[str, str], expected: Expected, every: str = "1s"
) -> None:
    """Evaluate rules over series of one-second steps: each expression has that value (None: nothing) at its second."""
    test: dict[str, Any] = {
        "interval": "1s",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [
            {
                "expr": f"sum({expr})" if value is not None else expr,
                "eval_time": f"{at}s",
                "exp_samples": [] if value is None else [{"labels": "{}", "value": value}],
            }
            for (at, expr), value in expected.items()
        ],
    }
    document = {"rule_files": list(files), "evaluation_interval": every, "tests": [test]}
    ok, output = promtool_test(engine, document, files)
    assert ok, output


def levels(**values: str) -> dict[str, str]:
    """The three gauges; those that are not named are good."""
    return {name: values.get(name, GOOD) for name in NAMES}


def test_an_override_begins_and_ends_to_the_second_and_hides_nothing(engine: Engine) -> None:
    """A failing gate passes from `start` until just before `expires`, and every other series stays honest."""
    entry = override("inc-1", "00:00:17", "00:00:41")
    expected: Expected = {
        (16, PASS): 0,
        (16, OVERRIDE): 0,
        (16, END): None,
        (16, RETEST): None,
        (17, PASS): 1,
        (17, OVERRIDE): 1,
        (17, END): 41,
        (17, RETEST): 77,
        (40, PASS): 1,
        (40, OVERRIDE): 1,
        (40, END): 41,
        (41, PASS): 0,
        (41, OVERRIDE): 0,
        (41, END): None,
        (41, RETEST): 77,
        (30, MET): 0,
        (30, HELD): 0,
        (30, "count(gate:criterion:pass == 0)"): 1,
        (30, 'gate:criterion:state{criterion="level"}'): 10,
        (30, "gate:category:pass"): 0,
        (30, f"count(gate:override:end{{{LABELS}}})"): 1,
    }
    totals = {
        (at, f"count({name})"): 1.0 for at in (0, 17, 41) for name in ("gate:overall:pass", "gate:overall:override")
    }

    check(engine, {"r.yml": overridden(entry)}, levels(level=BAD), {**expected, **totals})


def test_an_override_that_gets_a_later_end_must_be_retested_again(engine: Engine) -> None:
    """What its first life left behind, a re-test that was done, says nothing of the second."""
    entry = override("inc-1", "00:00:20", "00:00:50")
    done = {f"gate:override:retest{{{LABELS}}}": "0x19"}
    expected: Expected = {(20, RETEST): 80, (60, RETEST): 80, (140, RETEST): 80}

    check(engine, {"r.yml": overridden(entry)}, levels(level=BAD) | done, expected)


def test_a_retest_elsewhere_is_none(engine: Engine) -> None:
    """What another Prometheus recorded is no re-test here; while one is overdue, no override opens the gate."""
    first, second = override("inc-1", "00:00:10", "00:00:20"), override("inc-2", "00:01:20", "00:02:00")
    copy = {f'gate:override:retest{{{LABELS},job="federate"}}': "0x150"}
    own = 'gate:override:retest{override="inc-1",job=""}'
    rules = {"r.yml": overridden(first, second, overdue_retest="blocks")}

    check(engine, rules, levels(level=BAD) | copy, {(60, own): 70, (90, PASS): 0, (90, OVERRIDE): 0})


def test_a_retest_is_done_by_all_criteria_met_and_stable_after_the_end(engine: Engine) -> None:
    """Not by a part of the stabilisation time; and what was done stays done when the gate fails again."""
    entry = override("inc-1", "00:00:20", "00:00:30")
    expected: Expected = {
        (49, HELD): 0,
        (50, HELD): 0,
        (56, HELD): 6,
        (60, HELD): 10,
        (64, HELD): 10,
        (59, PASS): 0,
        (59, RETEST): 80,
        (60, PASS): 1,
        (60, RETEST): 0,
        (69, PASS): 1,
        (70, PASS): 0,
        (70, RETEST): 0,
        (70, HELD): 0,
        (120, RETEST): 0,
    }

    check(engine, {"r.yml": overridden(entry)}, levels(level="9x49 1x19 9x80"), expected)


def test_a_retest_that_is_not_done_is_owed_for_ever(engine: Engine) -> None:
    """At the deadline and after it the series is there, in the past; one criterion that fails is enough."""
    entry = override("inc-1", "00:00:20", "00:00:30")
    overdue = "gate:override:retest <= time()"
    expected: Expected = {(79, overdue): None, (80, overdue): 80, (149, overdue): 80}

    check(engine, {"r.yml": overridden(entry)}, levels(lag=BAD), expected)


def test_a_retest_does_not_count_before_the_override_ends(engine: Engine) -> None:
    """A gate that is met throughout is re-tested when the override ends: before, it may be used at any moment."""
    entry = override("inc-1", "00:00:20", "00:00:50")
    expected: Expected = {(49, RETEST): 80, (50, RETEST): 0, (49, PASS): 1, (50, PASS): 1}

    check(engine, {"r.yml": overridden(entry)}, levels(), expected)


def test_a_retest_is_stable_after_the_override_began(engine: Engine) -> None:
    """The stabilisation time of an override that is shorter than it does not begin before the override."""
    entry = override("inc-1", "00:00:20", "00:00:22")
    expected: Expected = {(22, RETEST): 80, (29, RETEST): 80, (30, RETEST): 0}

    check(engine, {"r.yml": overridden(entry)}, levels(), expected)


def test_a_scoped_override_is_a_gate_without_its_criteria(engine: Engine) -> None:
    """At every second the verdict is that of the gate that does not have them, stabilisation included."""
    entry = override("inc-1", "00:00:00", "00:01:40", scope=["load"])
    others = [one for one in CRITERIA if one["id"] != "load"]
    without = rules(plan({name: METRICS[name] for name in ("level", "lag")}, others, **TIMES))
    series = levels(load="9x19 _x20 9x110", level="1x29 9x2 1x20 _x3 1x94", lag="9x9 1x139")
    same = 'min_over_time((gate:overall:pass{gate="case"} == bool on () gate:overall:pass{gate="twin"})[99s:1s])'
    expected: Expected = {
        (99, same): 1,
        (99, 'count_over_time((gate:overall:pass{gate="case"} == 1)[99s:1s]) > bool 20'): 1,
        (99, 'count_over_time((gate:overall:pass{gate="case"} == 0)[99s:1s]) > bool 20'): 1,
        (99, 'max_over_time(gate:overall:met{gate="case"}[99s])'): 0,
    }

    files = {
        "r.yml": overridden(entry, max_duration="2m", retest_within="2m"),
        "twin.yml": without.replace("case", "twin"),
    }
    check(engine, files, series, expected)


def test_overrides_with_different_scopes_add_up_while_both_are_in_force(engine: Engine) -> None:
    """Two criteria fail, each is in the scope of one override: the gate passes where the two overlap."""
    entries = (
        override("inc-1", "00:00:20", "00:00:40", scope=["level"]),
        override("inc-2", "00:00:30", "00:00:50", scope=["load"]),
    )
    expected: Expected = {
        (29, PASS): 0,
        (30, PASS): 1,
        (39, PASS): 1,
        (40, PASS): 0,
        (19, OVERRIDE): 0,
        (20, OVERRIDE): 1,
        (30, OVERRIDE): 1,
        (40, OVERRIDE): 1,
        (49, OVERRIDE): 1,
        (50, OVERRIDE): 0,
        (35, "count(gate:override:end)"): 2,
        (45, END): 50,
    }

    check(engine, {"r.yml": overridden(*entries)}, levels(level=BAD, load=BAD), expected)


@pytest.mark.parametrize(("policy", "opened"), [("alerts", 1), ("blocks", 0)])
def test_an_overdue_retest_may_end_all_overrides(engine: Engine, policy: str, opened: int) -> None:
    """From the deadline of the first on, the second opens nothing until the gate was met and stable; then it does."""
    entries = (override("inc-1", "00:00:10", "00:00:20"), override("inc-2", "00:01:00", "00:01:55"))
    first = 'gate:override:retest{override="inc-1"}'
    expected: Expected = {
        (69, PASS): 1,
        (70, PASS): opened,
        (70, OVERRIDE): opened,
        (94, PASS): opened,
        (70, END): 115 if opened else None,
        (94, first): 70,
        (95, first): 0,
        (95, PASS): 1,
        (98, MET): 0,
        (98, PASS): 1,
        (98, OVERRIDE): 1,
        (115, PASS): 0,
    }

    check(engine, {"r.yml": overridden(*entries, overdue_retest=policy)}, levels(level="9x84 1x12 9x50"), expected)


def _only(text: str, *records: str) -> str:
    """The rules that record these series, and no others."""
    document = yaml.safe_load(text)
    (group,) = document["groups"]
    group["rules"] = [rule for rule in group["rules"] if rule["record"] in records]
    return yaml.safe_dump(document)


def test_hostile_words_are_found_again(engine: Engine) -> None:
    """A ticket with quotes, braces, templates and other scripts: what was re-tested stays known, although it fails."""
    ticket = '\'"`$(id)` \\\\ \\n {{ $labels.x }} {a="b"} # \u4e2d\u6587 \u00e9 | *'
    entry = override("inc-1", "00:00:20", "00:00:30", ticket=ticket)
    expected: Expected = {(20, END): 30, (59, RETEST): 80, (60, RETEST): 0, (75, RETEST): 0, (75, MET): 0}

    check(engine, {"r.yml": overridden(entry)}, levels(level="9x49 1x19 9x80"), expected)


@pytest.mark.parametrize(
    ("labels", "value", "expected"),
    [(LABELS, 0, 0), (LABELS, 80, 80), (LABELS.replace("INC-1", "INC-9"), 0, 80)],
    ids=["done", "owed", "of another ticket"],
)
def test_a_retest_is_remembered_while_prometheus_does_not_run(
    engine: Engine, labels: str, value: int, expected: int
) -> None:
    """What was last known an hour ago holds, although no criterion passes now."""
    text = _only(overridden(override("inc-1", "00:00:20", "00:00:30")), "gate:override:retest")
    series = {f"gate:override:retest{{{labels}}}": f"_x1600 {value}", 'gate:overall:met{gate="case"}': "_x5400 0"}

    check(engine, {"r.yml": text}, series, {(5400, 'gate:override:retest{ticket="INC-1"}'): expected}, every="5400s")


@pytest.mark.parametrize(
    ("met", "expected", "held"),
    [
        ("1x10", 0, 10),
        ("1x4 _ 1x4", 0, 9),
        ("1x3 _ _ 1x4", 80, 8),
        ("1x4 0 1x4", 80, 4),
        ("_ 1x9", 80, 9),
    ],
    ids=["whole", "a small gap", "a gap", "a failure", "begun late"],
)
def test_a_gap_does_not_shorten_the_stabilisation(engine: Engine, met: str, expected: int, held: int) -> None:
    """A re-test asks for what the verdict asks for; what was not seen does not count as held."""
    text = _only(overridden(override("inc-1", "00:00:20", "00:00:30")), "gate:override:retest", "gate:overall:held")
    series = {'gate:overall:met{gate="case"}': f"_x50 {met}"}

    check(engine, {"r.yml": text}, series, {(60, RETEST): expected, (60, HELD): held}, every="60s")
