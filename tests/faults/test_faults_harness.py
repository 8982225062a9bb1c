"""The fault matrix's own parts: schedules, pages, the reading of samples, the page that it writes."""

import math
import re
import urllib.request
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
import yaml
from faults import pages, trial
from faults.breaks import BREAKS, Break
from faults.compiled import SUBJECT, compile_all, rule_files
from faults.exporter import Exporter
from faults.model import BEGINS, ENDS, Fault, Moment, Page, own
from faults.pace import Pace
from faults.platforms import FIVE_SECONDS, SECOND, VICTORIA, Platform
from faults.registry import FAULTS
from faults.report import matrix, noticed, updated
from faults.session import Session
from faults.specs import AVAILABILITY
from faults.trial import conclude
from faults.verdict import Outcome, Period, Problem, gaps, judge, period
from unoptimised import without_passes

from compiler.states import STATES


def _nowhere(*_: object) -> Session:
    raise AssertionError("this test starts nothing")


PROMETHEUS = Platform("prometheus-0.1", "prometheus", SECOND, _nowhere)
SLOW = Platform("victoriametrics-0.1", VICTORIA, FIVE_SECONDS, _nowhere)
BEFORE, AT, LATER = (
    Moment(t=BEGINS + since, since=since, now=1000 + since, asked=max(0, int(since))) for since in (-3.0, 0.0, 4.0)
)


def _fault(right: str = "fail", **more: object) -> Fault:
    settings: dict[str, object] = {"section": "values", "right": right, **more}
    return Fault("some-fault", "Title.", AVAILABILITY, (pages.empty,), ("fail",), "Why.", **settings)  # type: ignore[arg-type]


def test_names_are_unique_and_fit_a_gate() -> None:
    """A fault's name is its gate, its job and its row, so it is there once and is a gate's name."""
    names = [fault.name for fault in FAULTS]

    assert len(names) == len(set(names))
    assert [name for name in names if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name)] == []


def test_there_are_enough_faults_and_controls() -> None:
    """At least 45 faults must not pass, and every measure kind has a control that must."""
    controls = [fault for fault in FAULTS if fault.right == "pass"]
    kinds = {yaml.safe_load(own("x", fault.spec.criterion))["measure"]["kind"] for fault in FAULTS}

    assert sum(fault.right == "fail" for fault in FAULTS) >= 45
    assert kinds == {yaml.safe_load(fault.spec.criterion)["measure"]["kind"] for fault in controls}


def test_states_are_those_of_the_table() -> None:
    """Every acceptable state exists, and a control accepts only states that pass."""
    by_name = {state.name: state for state in STATES}

    assert {name for fault in FAULTS for name in fault.states} <= set(by_name)
    assert all(by_name[name].passes for fault in FAULTS if fault.right == "pass" for name in fault.states)


def test_own_names() -> None:
    """Only whole words that begin with x_ become the fault's own, and its gate has its name."""
    assert own("a-b", "x_up + max_x_up{x_l='x-gate'} / x_y:z") == "a_b_up + max_x_up{a_b_l='a-b'} / a_b_y:z"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (1, "rate(x[12s]) * 12 <= 5 for 500ms, 3 tokens"),
        (5, "rate(x[60s]) * 60 <= 5 for 2500ms, 3 tokens"),
        (0.5, "rate(x[6s]) * 6 <= 5 for 250ms, 3 tokens"),
    ],
)
def test_texts_name_ticks(seconds: float, text: str) -> None:
    """`12t` is a duration and `12n` a number of seconds; other numbers mean themselves."""
    assert Pace(seconds).text("rate(x[12t]) * 12n <= 5 for 0.5t, 3 tokens") == text


def test_a_gate_at_another_pace() -> None:
    """On an engine with longer ticks, windows and evaluations are as much longer, and so are the rules by hand."""
    (fault,) = (fault for fault in FAULTS if fault.name == "healthy-ratio")
    gate = compile_all([fault], SLOW)["healthy-ratio"]
    texts = "".join(rule_files(fault, gate, SLOW).values())

    assert gate.rules["groups"][0]["interval"] == "5s"
    assert "rate(healthy_ratio_requests_total[60s])" in texts
    assert "increase(healthy_ratio_requests_total[1m])" in texts
    assert "12s" not in texts


def test_what_cannot_be_had() -> None:
    """An engine profile or a single version may be unable; the others are not."""
    fault = _fault(unproducible={VICTORIA: "no NaN", "prometheus-0.2": "too new"})

    assert [one.cannot(fault) for one in (PROMETHEUS, SLOW)] == ["", "no NaN"]


@pytest.mark.parametrize(
    ("value", "before", "at", "later"),
    [
        (pages.rate(10, start=0), 160, 190, 230),
        (pages.jump(500, then=50, start=7), 7, 507, 707),
        (pages.surge(10, 500, then=5), 5160, 5690, 5750),
        (pages.stops(10), 5160, 5190, 5190),
        (pages.resets(10), 5160, 0, 40),
        (pages.switch(1, 2), 1, 2, 2),
        (pages.every(3, 1.5, 0, 9), 0, 9, 9),
        (pages.every(3, 1, 0, 9), 0, 9, 0),
        (pages.once(2, 0, 9), 0, 9, 0),
        (pages.now(-5), 992, 995, 999),
        (pages.stuck(), 997, 1000, 1000),
    ],
)
def test_values_over_time(value: pages.Value, before: float, at: float, later: float) -> None:
    """A value three seconds before the fault, at its beginning, and four seconds later."""
    assert [pages.value(value, moment) for moment in (BEFORE, AT, LATER)] == [before, at, later]


def test_pages_are_expositions() -> None:
    """One series a line; odd values as the text format writes them; explicit timestamps in milliseconds."""
    odd = pages.page({"a": math.nan, 'b{c="d"}': math.inf, "e": -math.inf, "f": 1}, stamp=pages.now())

    assert odd(AT).text == 'a NaN 1000000\nb{c="d"} +Inf 1000000\ne -Inf 1000000\nf 1.0 1000000\n'


def test_scripts_over_time() -> None:
    """Which page is served before, at the beginning and later."""
    good, ill = pages.page({"a": 1}), pages.down

    def ill_at(script: object) -> list[bool]:
        assert callable(script)
        return [script(moment).status == 503 for moment in (BEFORE, AT, LATER)]

    assert ill_at(pages.until(good, ill)) == [False, True, True]
    assert ill_at(pages.during(2, good, ill)) == [False, True, False]
    assert ill_at(pages.flapping(4, 2, good, ill)) == [False, True, True]
    assert ill_at(pages.flapping(3, 1, good, ill)) == [False, True, False]


def test_a_cut_page_loses_its_last_line() -> None:
    """And says so, so that the server promises more than it sends."""
    assert pages.cut(pages.page({"a": 1, "b": 2}))(AT) == Page("a 1.0\n", cut=True)


def test_the_exporter_serves_the_faults_own_names() -> None:
    """At /<fault>/<number>; the first answer after the beginning is remembered."""
    fault = replace(_fault(begins=0.0), targets=(pages.page({"x_up": 1}),))
    exporter = Exporter([fault], SECOND)
    with exporter.running():
        url = f"http://{exporter.address}/some-fault/0"
        urllib.request.urlopen(url, timeout=5).read()
        exporter.begin()
        text = urllib.request.urlopen(url, timeout=5).read().decode()

    assert text == "some_fault_up 1.0\n"
    assert exporter.first_bad_scrape(fault) >= exporter.began(fault)


def test_a_target_that_flaps_does_so_by_scrapes() -> None:
    """Healthy before the fault; then ill at every other one, however close to each other they are."""
    fault = replace(
        _fault(begins=0.0), targets=(pages.flapping(2, 1, pages.page({"x_up": 1}), pages.page({"x_up": 0})),)
    )
    exporter = Exporter([fault], SECOND)
    with exporter.running():
        url = f"http://{exporter.address}/some-fault/0"

        def scraped() -> str:
            return str(urllib.request.urlopen(url, timeout=5).read().decode())

        before = scraped()
        exporter.begin()
        pages_then = [scraped() for _ in range(4)]

    assert before == "some_fault_up 1.0\n"
    assert [page[-4] for page in pages_then] == ["0", "1", "0", "1"]


def test_without_passes_the_rules_of_faults_are_others() -> None:
    """Which is what a run of the matrix with --unoptimised is about."""
    fault = next(one for one in FAULTS if one.name == "below-a-lower-bound")
    rules = compile_all([fault], PROMETHEUS)[fault.name].rules
    with without_passes():
        plain = compile_all([fault], PROMETHEUS)[fault.name].rules

    assert _records(plain) != _records(rules)


def _records(rules: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(rule["record"], rule["expr"]) for group in rules["groups"] for rule in group["rules"]]


def test_the_period_that_counts() -> None:
    """It begins the grace (and the fault's own delay) after the bad scrape, and ends with the right verdict."""
    pace = Pace(seconds=2, grace=2.5, lag=1)

    assert period(_fault(), 100, 100.4, 117, SECOND) == Period(100, 101.4, 117)
    assert period(_fault(delay=2.0, lasts=9.0), 100, 100.4, 117, SECOND) == Period(100, 103.4, 109.4)
    assert period(_fault(lasts=ENDS - 1), 100, 100, 110, SECOND) == Period(100, 101, 110)
    assert period(_fault(delay=2.0, lasts=9.0), 100, 101, 200, pace) == Period(100, 110, 119)
    assert period(_fault(read_back=True), 100, 101, 200, pace) == Period(100, 108, 200)


@pytest.mark.parametrize(
    ("right", "values", "problem"),
    [
        ("fail", [1, 1, 1, 0, 0, 0], ""),
        ("fail", [1, 1, 1, 1, 0, 0], "false pass"),
        ("fail", [1, 1, 1, 0, 0, 1], "false pass"),
        ("fail", [0, 0, 0, 0, 0, 0], "never open before"),
        ("fail", [1, 1, 1], "not evaluated"),
        ("pass", [0, 0, 1, 1, 1, 1], ""),
        ("pass", [0, 0, 1, 1, 0, 1], "false fail"),
    ],
)
def test_verdicts_of_samples(right: str, values: list[int], problem: str) -> None:
    """Six evaluations, one a second; the fault begins after the second, and the fourth is the first that counts."""
    samples = [(float(second), float(value)) for second, value in enumerate(values, 1)]
    judged = Period(began=2.5, start=3.5, end=9)

    assert judge(_fault(right), judged, [samples], [], []).problem == problem


def test_missed_scrapes_and_evaluations_are_noticed() -> None:
    """Neither the jitter of a scrape nor a single sample is a gap."""
    assert not gaps([(1.0, 1), (2.1, 0), (3.0, 1)], SECOND)
    assert gaps([(1.0, 1), (2.0, 0), (4.0, 1)], SECOND)
    assert not gaps([(1.0, 1), (2.0, 0), (4.0, 1)], Pace(2))
    assert not gaps([(1.0, 1)], SECOND)


def test_several_series_are_no_verdict() -> None:
    """Neither is none."""
    judged = Period(began=2.5, start=3.5, end=9)

    assert judge(_fault(), judged, [], [], []).problem == "not one series"
    assert judge(_fault(), judged, [[(5, 0)], [(5, 0)]], [], []).problem == "not one series"


def test_a_state_that_the_fault_does_not_accept() -> None:
    """The right verdict for the wrong reason is a problem too; the usual state is shown."""
    samples = [(1.0, 1.0), (4.0, 0.0), (5.0, 0.0)]
    judged = Period(began=2.5, start=3.5, end=9)

    outcome = judge(_fault(), judged, [samples], [(4, 10), (5, 10), (6, 20)], [1])

    assert outcome == Outcome("some-fault", "fail", "fail", "pass", "wrong state", "no_data")


@pytest.mark.parametrize(
    ("right", "readings", "verdict", "problem"),
    [
        ("fail", ["fail", "cannot tell"], "fail", ""),
        ("fail", ["cannot tell", "pass"], "pass", "false pass"),
        ("pass", ["pass", "pass"], "pass", ""),
        ("pass", ["pass", "cannot tell"], "cannot tell", "false fail"),
    ],
)
def test_verdicts_of_readings(right: str, readings: list[str], verdict: str, problem: str) -> None:
    """One wrong reading is one too many."""
    outcome = conclude(_fault(right), readings, ["fail"], [])

    assert (outcome.verdict, outcome.problem) == (verdict, problem)


def test_rule_files_as_the_fault_has_them_loaded() -> None:
    """A limit is on every group; rules that somebody deleted are those of the criterion only."""
    fault = _fault(group={"limit": 3, "query_offset": "2t"}, drops=("gate:criterion:pass",))

    files = rule_files(fault, compile_all([fault], PROMETHEUS)["some-fault"], PROMETHEUS)
    (group,) = yaml.safe_load(files["some-fault.promgate.yml"])["groups"]
    judged = {rule["labels"]["criterion"] for rule in group["rules"] if rule["record"] == "gate:criterion:pass"}

    assert (group["limit"], group["query_offset"]) == (3, "2s")
    assert judged == {"steady"}
    assert SUBJECT in files["some-fault.promgate.yml"]


def test_breaks_name_faults() -> None:
    """Each names faults that exist, and that its platform can have."""
    faults = {fault.name: fault for fault in FAULTS}
    where = {one.profile: one for one in (PROMETHEUS, SLOW)}

    assert [(one.name, name) for one in BREAKS for name in one.noticed_by if name not in faults] == []
    assert [one.name for one in BREAKS if any(where[one.on].cannot(faults[name]) for name in one.noticed_by)] == []


@pytest.mark.parametrize("one", BREAKS, ids=lambda one: one.name)
def test_every_break_changes_what_is_compiled_or_read(one: Break) -> None:
    """While it is applied, and no longer, for each fault that must notice."""
    platform = SLOW if one.on == VICTORIA else PROMETHEUS
    faults, age = [fault for fault in FAULTS if fault.name in one.noticed_by], trial.MAX_AGE
    whole = compile_all(faults, platform)
    with one.applied():
        broken = compile_all(faults, platform)
        same = [name for name, gate in broken.items() if gate == whole[name] and age == trial.MAX_AGE]

    assert same == []
    assert (compile_all(faults, platform), trial.MAX_AGE) == (whole, age)


def test_the_page_keeps_what_is_not_new() -> None:
    """The matrix and the list of breaks are written by different runs."""
    first = updated("", matrix="the matrix")
    second = updated(first, breaks="the breaks")

    assert "the matrix" in second
    assert "the breaks" in second
    assert updated(second, matrix="the matrix") == second


def test_wrong_verdicts_are_bold() -> None:
    """On every engine; what an engine cannot produce says why."""
    fault = _fault(unproducible={VICTORIA: "it cannot"})
    text = matrix([fault], {PROMETHEUS: {"some-fault": Outcome("some-fault", "fail", "fail", "pass")}, SLOW: {}})

    assert "| fail (fail) | **pass** | it cannot |" in text


@pytest.mark.parametrize(
    ("by_hand", "words"), [("fail", "1 of the 1 faults on any engine either"), ("pass", ": none.")]
)
def test_where_rules_by_hand_do_fine_is_told(by_hand: str, words: str) -> None:
    """They do if no engine makes them pass what must not."""
    outcomes = {"some-fault": Outcome("some-fault", "fail", "fail", by_hand)}

    assert words in matrix([_fault()], {PROMETHEUS: outcomes})


@pytest.mark.parametrize(("problem", "seen"), [("false pass", True), ("disturbed", False), ("not evaluated", False)])
def test_a_trial_that_proves_nothing_notices_no_break(problem: Problem, *, seen: bool) -> None:
    """A busy machine is no reason to believe that a lost guard was seen."""
    text = noticed([Outcome("some-fault", "pass", "pass", "pass", problem)])

    assert (text != "**nothing notices**") is seen
