"""promgate log on the command line: what it needs, and what it exits with."""

import json
from pathlib import Path

import pytest
from stub_prometheus import Reply, StubPrometheus

from compiler.cli import main

LINE = {
    "time": "2026-11-24T14:00:00Z",
    "gate": "shop",
    "revision": "r",
    "verdict": "pass",
    "exit": 0,
    "reason": "all 4 criteria pass",
    "failing": [],
    "overrides": [],
    "commit": None,
    "job": None,
}
NOW = ("--now", "2026-11-24T15:00:00Z")


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log with one decision."""
    path = tmp_path / "DECISIONS.log"
    path.write_text(json.dumps(LINE) + "\n")
    return path


@pytest.fixture(autouse=True)
def _no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment names none."""
    monkeypatch.delenv("PROMETHEUS_URL", raising=False)


def test_a_log_alone_is_enough(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its decisions are told, and nothing is said of what only Prometheus knows."""
    assert main(["log", "--log", str(log), *NOW]) == 0

    out, err = capsys.readouterr()
    assert "2026-11-24 14:00Z  pass     -       all 4 criteria pass  -" in out
    assert "the gate itself" not in out
    assert err == ""


def test_what_lies_outside_of_the_days_is_left_out(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """If nothing is left, nothing is known, which is no good answer."""
    assert main(["log", "--log", str(log), "--now", "2026-11-26T15:00:00Z", "--days", "2"]) == 3

    assert capsys.readouterr() == ("", "promgate: nothing is known of any gate in the last 2 days\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "give --log FILE, or --prometheus URL, or both"),
        (["--log", "missing.log"], "missing.log"),
        (["--log", "."], "is a directory"),
        (["--prometheus", "http://x", "--days", "0"], "0 is not in the range"),
        (["--prometheus", "http://x", "--now", "yesterday"], "yesterday"),
        (["--prometheus", "http://x", "--format", "csv"], "csv"),
    ],
)
def test_wrong_usage(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 2, and what is wrong."""
    assert main(["log", *arguments]) == 2

    out, err = capsys.readouterr()
    assert out == ""
    assert words in err


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "127.0.0.1:9090"])
def test_a_prometheus_that_does_not_answer_cannot_tell(
    url: str, log: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 3 and one line, whether it was named on the command line or in the environment; half a story is none."""
    assert main(["log", "--prometheus", url, "--log", str(log), *NOW]) == 3
    first = capsys.readouterr()
    monkeypatch.setenv("PROMETHEUS_URL", url)
    assert main(["log", "--log", str(log), *NOW]) == 3

    assert capsys.readouterr() == first
    assert first.out == ""
    assert first.err.startswith("promgate: ")
    assert first.err.count("\n") == 1


def test_what_a_server_says_cannot_control_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Neither its errors nor the names of its gates."""
    error = Reply('{"status":"error","error":"\\u001b[31m\\nx"}', 500)
    with StubPrometheus(lambda _: error) as server:
        assert main(["log", "--prometheus", server.url]) == 3

    assert capsys.readouterr().err.endswith("answers HTTP 500: \\x1b[31m\\nx\n")


def test_a_token_that_cannot_be_read_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before anything is asked."""
    monkeypatch.setenv("PROMETHEUS_BEARER_TOKEN_FILE", str(tmp_path / "none"))

    assert main(["log", "--prometheus", "http://127.0.0.1:1"]) == 3
    assert "PROMETHEUS_BEARER_TOKEN_FILE cannot be read: No such file or directory" in capsys.readouterr().err
