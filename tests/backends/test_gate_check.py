"""gate-check.sh decides: against servers that tell the truth, lie, or fall silent."""

import re
import subprocess
from pathlib import Path

import pytest
from gate_script import AGE, FAIL, GATE, MET, OWN, PASS, REVISION, SLOW_REGIONS, Script
from plans import gate, hostile_gate
from stub_prometheus import NOW, Reply, StubPrometheus, scene, vector

from compiler.backends import gate_check
from compiler.middle.plan import GatePlan


@pytest.mark.parametrize("plan", [gate(), hostile_gate()], ids=["plain", "hostile"])
def test_the_script_is_clean_for_shellcheck(tmp_path: Path, plan: GatePlan) -> None:
    """Shellcheck has nothing to say about it as POSIX sh, whatever the texts of the gate are."""
    ran = subprocess.run(
        ["shellcheck", "-s", "sh", Script(tmp_path, plan).path], capture_output=True, text=True, check=False
    )

    assert (ran.returncode, ran.stdout) == (0, "")


def test_the_script_lies_beside_the_rules_and_is_executable() -> None:
    """One executable file a gate, with the same bytes every time, in printable ASCII."""
    (one,), (again,) = gate_check.emit((hostile_gate(),)), gate_check.emit((hostile_gate(),))

    assert str(one.path) == "sample/gate-check.sh"
    assert one.executable
    assert one == again
    assert re.fullmatch(r"[ -~\n]+", one.text)


def test_a_rarely_evaluated_gate_may_have_an_older_verdict() -> None:
    """The default of --max-age is two minutes, or three evaluations where these are longer."""
    often, rarely = gate(), gate(evaluate_every=gate().stabilization)

    text = {plan.evaluate_every: artifact.text for plan in (often, rarely) for artifact in gate_check.emit((plan,))}

    assert "max_age=120" in text[often.evaluate_every]
    assert "max_age=1800" in text[rarely.evaluate_every]


def test_pass_is_zero_and_fail_is_one(script: Script, shell: list[str]) -> None:
    """In every shell, the verdict is the exit code, the first word, and one query for one series."""
    with StubPrometheus(scene(PASS, vector(AGE, MET))) as prometheus:
        passed = script.run("--prometheus", prometheus.url, shell=shell)
    failed = script.ask(scene(FAIL, vector(*SLOW_REGIONS)), shell=shell)

    assert (passed.code, passed.err) == (0, "")
    assert passed.out.startswith("PASS: Sample Readiness Gate (sample, revision 0123456789ab): all 4 criteria pass\n")
    assert "says pass, written 12s ago" in passed.out
    assert prometheus.queries()[0] == (
        'gate:overall:pass{gate="sample",revision="0123456789ab"} and '
        '(time() - timestamp(gate:overall:pass{gate="sample",revision="0123456789ab"}) <= 120)'
    )
    assert {(request.method, request.path) for request in prometheus.requests} == {("POST", "/api/v1/query")}
    assert (failed.code, failed.err) == (1, "")
    assert failed.out.startswith("FAIL: Sample Readiness Gate")


ONE = str(PASS.body)
BAD_ANSWERS = {  # besides those of reading/attacks.py
    "another revision": (vector(({**OWN, "revision": "fedcba987654"}, "1")), "the answer is about something else"),
    "warnings": (vector((OWN, "1"), warnings=["store 10.0.0.1 is down"]), "store 10.0.0.1 is down"),
    "bad request": (Reply('{"status":"error","error":"parse error"}', 400), "HTTP 400: parse error"),
    "another success": (Reply(ONE, 206), "HTTP 206"),
    "truncated": (Reply(ONE[:-2]), "no complete JSON"),
    "two documents": (Reply(ONE * 2), "no complete JSON"),
    "a list": (Reply(f"[{ONE}]"), "no complete JSON"),
    "no data": (Reply('{"status":"success"}'), "not an instant vector"),
    "odd data": (Reply('{"status":"success","data":[1]}'), "not an instant vector"),
    "odd result": (
        Reply('{"status":"success","data":{"resultType":"vector","result":{"a":1}}}'),
        "not an instant vector",
    ),
    "odd series": (Reply('{"status":"success","data":{"resultType":"vector","result":[1]}}'), "not an instant vector"),
    "odd value": (Reply(ONE.replace(f'[{NOW}, "1"]', "1")), "not an instant vector"),
    "odd label": (Reply(ONE.replace('"sample"', '["sample"]')), "not an instant vector"),
    "large": (Reply(ONE + " " * 5_000_000), "the answer is too large"),
    "large, and its length is not told": (
        Reply(ONE + " " * 5_000_000, announced=False),
        "the answer is too large",
    ),
}


@pytest.mark.parametrize("name", BAD_ANSWERS)
def test_any_other_answer_is_no_verdict(script: Script, name: str) -> None:
    """Whatever is not exactly our series with 0 or 1 is exit 3, and the words say what was seen."""
    answer, words = BAD_ANSWERS[name]

    ran = script.ask(scene(answer, vector(AGE, MET)))

    assert ran.code == 3, ran
    assert ran.out.startswith("CANNOT TELL: Sample Readiness Gate")
    assert words in ran.out
    assert ran.err == ""


@pytest.mark.parametrize("name", ["large, and its length is not told", "truncated", "odd value", "warnings"])
def test_no_shell_believes_a_bad_answer(script: Script, shell: list[str], name: str) -> None:
    """The traps that depend on the shell and its tools hold in all of them."""
    answer, words = BAD_ANSWERS[name]

    ran = script.ask(scene(answer, vector(AGE)), shell=shell)

    assert (ran.code, ran.err) == (3, "")
    assert words in ran.out


def test_a_server_that_is_not_there_is_no_verdict(script: Script, shell: list[str]) -> None:
    """A refused connection is exit 3, with the words of curl and a hint."""
    with StubPrometheus(scene(PASS)) as gone:
        url = gone.url
    ran = script.run("--prometheus", url, shell=shell)

    assert ran.code == 3
    assert re.search(
        r"no answer \(Failed to connect to 127.0.0.1 port \d+.*; is Prometheus up, and are the URL and the proxy",
        ran.out,
    )


ABSENCES = {
    "stale": (
        [({"gate": GATE, "revision": REVISION}, "185")],
        "the verdict is stale, it was written 3m ago and 2m are",
    ),
    "other": (
        [({"gate": GATE, "revision": "fedcba987654"}, "3")],
        "the rules are of revision fedcba987654, this script",
    ),
    "newer": (
        [({"gate": GATE, "revision": REVISION}, "185"), ({"gate": GATE, "revision": "fedcba987654"}, "3")],
        "the rules are of revision fedcba987654, this script is of 0123456789ab",
    ),
    "none": ([], "no verdict of this gate, of any revision"),
}


@pytest.mark.parametrize("name", ABSENCES)
def test_no_answer_is_explained(script: Script, name: str) -> None:
    """An empty answer is exit 3; a second query tells whether the rules are stale, of another commit, or not there."""
    ages, words = ABSENCES[name]

    ran = script.ask(scene(vector(), vector(*ages)))

    assert ran.code == 3
    assert words in ran.out


def test_no_answer_without_an_explanation_is_still_no_verdict(script: Script) -> None:
    """When the second query breaks, the verdict stays unknown, and its failure is told."""
    ran = script.ask(scene(vector(), Reply("", 502)))

    assert ran.code == 3
    assert "no fresh verdict of revision 0123456789ab, and HTTP 502" in ran.out


def test_the_explanation_never_decides(script: Script) -> None:
    """Facts that contradict or cannot be read change no verdict."""
    for broken in (Reply("", 500), vector((OWN, "0")), vector(*SLOW_REGIONS), Reply("[1]"), vector(({"a": "b"}, "x"))):
        assert script.ask(scene(PASS, broken), "--timeout=1s").code == 0
        failed = script.ask(scene(FAIL, broken), "--format", "json")
        assert (failed.code, failed.document["verdict"]) == (1, "fail")


def test_an_explanation_that_breaks_is_told(script: Script) -> None:
    """When only the decision could be read, nothing is made up about the rest."""
    passed, failed = (script.ask(scene(decision, Reply("", 502))).out for decision in (PASS, FAIL))

    assert ": pass; whether by an override is not known: HTTP 502; " in passed
    assert ": why is not known: HTTP 502; " in failed


def test_a_script_that_was_cut_off_decides_nothing(script: Script, tmp_path: Path, shell: list[str]) -> None:
    """Of no part of it, from its first bytes on to its last line but one, does a shell think that all went well."""
    lines = script.path.read_text().splitlines(keepends=True)
    cut = tmp_path / "cut.sh"
    for number in range(2, len(lines), 7 if len(shell) > 1 else 1):
        cut.write_text("".join(lines[:number]))
        ran = subprocess.run([*shell, cut], capture_output=True, text=True, check=False)
        assert ran.returncode not in {0, 1}, number
        assert not ran.stdout


def test_a_pass_of_which_the_criteria_know_nothing_does_not_say_that_they_pass(script: Script) -> None:
    """The verdict is one query and its criteria are another one, before which an override may have ended."""
    changed = script.ask(scene(PASS, vector(AGE, *SLOW_REGIONS)))
    silent = script.ask(scene(PASS, vector(AGE)))

    for ran in (changed, silent):
        assert ran.code == 0
        assert "pass, though the criteria, which were asked for afterwards, do not all say so" in ran.out
        assert "criteria pass" not in ran.out


def test_another_series_of_the_gate_is_no_verdict(script: Script) -> None:
    """A cache may give the answer to another question."""
    ran = script.ask(scene(vector((OWN | {"__name__": "gate:overall:met"}, "1"))))

    assert ran.code == 3
    assert "the answer is about something else" in ran.out
