"""gate-check.sh asks several servers, waits for a pass, and is interrupted."""

import json
import re
import signal
import time
from pathlib import Path

import pytest
from gate_script import FAIL, PASS, SLOW_REGIONS, Script, descendants, until
from stub_prometheus import Reply, StubPrometheus, scene, vector


def test_every_replica_must_say_pass(script: Script, shell: list[str]) -> None:
    """Any fail is a fail; else anything unknown is unknown."""
    with (
        StubPrometheus(scene(PASS)) as good,
        StubPrometheus(scene(FAIL, vector(*SLOW_REGIONS))) as bad,
        StubPrometheus(scene(Reply("", 500))) as broken,
    ):
        codes = [
            script.run(*[part for url in urls for part in ("--prometheus", url)], shell=shell).code
            for urls in (
                (good.url, good.url),
                (good.url, bad.url),
                (good.url, broken.url),
                (broken.url, bad.url),
                (bad.url, broken.url),
            )
        ]
        listed = script.run("--format=json", shell=shell, PROMETHEUS_URL=f"{good.url}/  {broken.url}\t{bad.url}")

    assert codes == [0, 1, 3, 1, 1]
    replicas = listed.document["replicas"]
    assert isinstance(replicas, list)
    assert [(one["url"], one["verdict"]) for one in replicas] == [
        (f"{good.url}/", "pass"), (broken.url, "unknown"), (bad.url, "fail")
    ]  # fmt: skip
    failing = listed.document["failing"]
    assert isinstance(failing, list)
    assert [one["criterion"] for one in failing] == ["latency"]


def test_it_waits_for_a_pass(script: Script, shell: list[str]) -> None:
    """With --timeout it asks again, tells changes only, and stops at the first pass."""
    answers = scene([FAIL, FAIL, PASS], vector(*SLOW_REGIONS))

    ran = script.ask(answers, "--timeout=30s", "--interval=1s", shell=shell)

    assert ran.code == 0
    assert re.fullmatch(r"\d\d:\d\d:\d\dZ FAIL: 1 of 4 criteria do not pass: latency\n", ran.err)


def test_a_change_while_it_waits_is_told(script: Script) -> None:
    """A server that falls silent, and comes back, does not end the wait."""
    ran = script.ask(scene([FAIL, Reply("", 503), PASS], vector(*SLOW_REGIONS)), "--timeout=30s", "--interval=1s")

    assert ran.code == 0
    assert [re.sub(r"^\S+Z ", "", line) for line in ran.err.splitlines()] == [
        "FAIL: 1 of 4 criteria do not pass: latency",
        "CANNOT TELL: HTTP 503; is this the URL of Prometheus, and is it well?",
    ]


def test_at_the_deadline_the_last_verdict_counts(script: Script, shell: list[str]) -> None:
    """A gate that still fails when the time is over has failed; one that cannot be read is unknown."""
    started = time.monotonic()
    with (
        StubPrometheus(scene([Reply("", 503), FAIL])) as closed,
        StubPrometheus(scene([FAIL, vector()])) as mute,
        script.started("--prometheus", closed.url, "--timeout", "2s", "--interval", "1s", shell=shell) as failed,
        script.started("--prometheus", mute.url, "--timeout", "2s", "--interval", "5m", shell=shell) as unknown,
    ):
        codes = [failed.wait(30), unknown.wait(30)]

    assert codes == [1, 3]
    assert time.monotonic() - started < 15


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_ends_it_at_once(script: Script, shell: list[str], number: signal.Signals, code: int) -> None:
    """While it waits for the next look, a signal to the script alone ends it, and JSON stays JSON."""
    waiting = ("--timeout=1h", "--interval=1h", "--format=json")
    with (
        StubPrometheus(scene(FAIL)) as prometheus,
        script.started("--prometheus", prometheus.url, *waiting, shell=shell) as process,
    ):
        assert process.stderr
        process.stderr.readline()
        until(lambda: "sleep" in "".join(descendants(process.pid).values()))
        children = descendants(process.pid)
        started = time.monotonic()
        process.send_signal(number)
        out, _ = process.communicate(timeout=10)
        until(lambda: not any(Path(f"/proc/{child}").exists() for child in children))

    assert process.returncode == code
    assert time.monotonic() - started < 2
    assert json.loads(out)["verdict"] == "unknown"
    assert list(script.temporary.iterdir()) == []


def test_a_signal_ends_a_request(script: Script, shell: list[str], slow: StubPrometheus) -> None:
    """While it waits for an answer, a signal ends script and curl."""
    with script.started("--prometheus", slow.url, shell=shell) as process:
        until(lambda: slow.requests)
        children = descendants(process.pid)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=3)
        until(lambda: not any(Path(f"/proc/{child}").exists() for child in children))

    assert process.returncode == 143
    assert any("curl" in line for line in children.values())
