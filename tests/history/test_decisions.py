"""Reading a log of decisions: what is whole is read, and what is not is told by its line."""

import json
from typing import Any

import pytest

from compiler.history.decisions import BadLine, Decision, read_log

LINE: dict[str, Any] = {
    "time": "2026-11-24T14:00:00Z",
    "gate": "shop",
    "revision": "0123456789ab",
    "verdict": "fail",
    "exit": 1,
    "reason": "1 of 4 criteria do not pass",
    "failing": [{"criterion": "latency", "category": "web"}],
    "overrides": [],
    "commit": "c0ffee",
    "job": "https://ci/1",
    "replicas": [],
}
AT = 1_795_528_800


def text(*lines: object) -> str:
    """A log of these lines."""
    return "".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines)


def test_a_line_is_a_decision() -> None:
    """With all that a table tells of it."""
    assert read_log(text(LINE)) == (
        (
            Decision(
                time=AT,
                gate="shop",
                revision="0123456789ab",
                verdict="fail",
                reason="1 of 4 criteria do not pass",
                failing=("latency",),
                overrides=(),
                commit="c0ffee",
                job="https://ci/1",
            ),
        ),
        (),
    )


def test_decisions_are_in_order_of_time() -> None:
    """Whatever the order of the lines, which is that of their ends."""
    early = LINE | {"time": "2026-11-24T15:59:59+02:00", "verdict": "pass", "exit": 0, "failing": []}
    decisions, _ = read_log(text(LINE, early))

    assert [(one.time, one.verdict) for one in decisions] == [(AT - 1, "pass"), (AT, "fail")]


def test_what_nobody_said_is_empty() -> None:
    """Commit and job are null outside of a CI system."""
    (one,), _ = read_log(text(LINE | {"commit": None, "job": None, "overrides": [{"id": "x"}, {}]}))

    assert (one.commit, one.job, one.overrides) == ("", "", ("x",))


BAD: dict[str, tuple[str, str]] = {
    "cut off": (json.dumps(LINE)[:80], "it is not whole"),
    "two in one": (json.dumps(LINE) * 2, "it is not whole"),
    "not JSON": ("Friday: we deployed anyway", "it is not whole"),
    "a number": ("7", "it is no decision"),
    "a list": ("[]", "it is no decision"),
    "no gate": (json.dumps({k: v for k, v in LINE.items() if k != "gate"}), "it has no gate"),
    "a gate that is no text": (json.dumps(LINE | {"gate": 7}), "it has no gate"),
    "a verdict that does not fit": (json.dumps(LINE | {"exit": 0}), "its verdict and its exit code do not fit"),
    "an unknown verdict": (json.dumps(LINE | {"verdict": "maybe"}), "its verdict and its exit code do not fit"),
    "no time": (json.dumps(LINE | {"time": "yesterday"}), "'yesterday' is no time"),
    "no zone": (json.dumps(LINE | {"time": "2026-11-24T14:00:00"}), "'2026-11-24T14:00:00' has no time zone"),
    "nested without end": ("[" * 100_000, "maximum recursion depth exceeded"),
}


@pytest.mark.parametrize("title", BAD)
def test_a_bad_line_is_told_and_harms_no_other(title: str) -> None:
    """By its number; empty lines are nothing."""
    line, why = BAD[title]
    decisions, (bad,) = read_log(text(LINE, "", line, LINE))

    assert len(decisions) == 2
    assert (bad.line, bad.why[: len(why)]) == (3, why)


def test_an_odd_list_of_criteria_is_read_as_far_as_it_goes() -> None:
    """What else a line holds is its own."""
    (one, other), bad = read_log(
        text(LINE | {"failing": [{"criterion": "a"}, {"criterion": 7}, "b", None]}, LINE | {"failing": "x"})
    )

    assert (one.failing, other.failing, bad) == (("a",), (), ())


def test_an_empty_log_is_no_decision() -> None:
    """And no problem."""
    assert read_log("") == ((), ())
    assert read_log("\n\n") == ((), ())
    assert BadLine(1, "x") == BadLine(1, "x")
