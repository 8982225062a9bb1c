"""gate-check.sh --log: one line a decision, whole and there, whatever happens; and no trouble with it is a verdict."""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from engines import ROOT
from gate_script import AGE, FAIL, GATE, PASS, REVISION, SLOW_REGIONS, Script, criterion, path_of, series, states
from plans import HOSTILE, gate
from stub_prometheus import StubPrometheus, scene, vector

UNWRITABLE = "/proc/self"  # not even root may
SLOW = scene(FAIL, vector(*SLOW_REGIONS))
KEYS = ["time", "gate", "revision", "verdict", "exit", "reason", "failing", "overrides", "commit", "job", "replicas"]
TOOLS = ("curl", "jq", "dash", "cat", "date", "dd", "mktemp", "rm", "sed", "sleep", "tail", "tr", "wc", "env")

# As an NFS client appends: it asks where the file ends, and then writes there.
NFS_DD = f"""\
#!{sys.executable}
import os, sys, time
file = os.open(os.readlink("/proc/self/fd/1"), os.O_WRONLY)
end = os.lseek(file, 0, os.SEEK_END)
time.sleep(0.2)
os.pwrite(file, sys.stdin.buffer.read(), end)
"""


def lines(log: Path) -> list[dict[str, Any]]:
    """The decisions in a log."""
    return [json.loads(line) for line in log.read_text().splitlines()]


def test_a_decision_is_one_line(script: Script, tmp_path: Path, shell: list[str]) -> None:
    """When, which gate and revision, the verdict and why, in this order; and the commit and the job that asked."""
    log = tmp_path / "DECISIONS.log"
    job: dict[str, Any] = {
        "GITHUB_SERVER_URL": "https://git.example.org",
        "GITHUB_REPOSITORY": "a/b",
        "GITHUB_RUN_ID": "7",
    }
    script.ask(SLOW, "--log", str(log), shell=shell, GITHUB_SHA="c0ffee", **job)
    script.ask(scene(PASS), f"--log={log}", shell=shell)

    failed, passed = lines(log)
    assert list(failed) == list(passed) == KEYS
    assert abs(time.time() - time.mktime(time.strptime(failed["time"], "%Y-%m-%dT%H:%M:%SZ")) + time.timezone) < 60
    assert [failed[key] for key in KEYS[1:6]] == [GATE, REVISION, "fail", 1, "1 of 4 criteria do not pass"]
    (latency,) = failed["failing"]
    assert (latency["category"], latency["criterion"], latency["state"]) == ("web", "latency", "FAIL")
    assert latency["requirement"] == "at most 250ms"
    assert [(one["labels"], one["value"], one["text"], one["miss"]) for one in latency["values"]] == [
        ({"region": "eu"}, 0.312, "312ms", "62ms above 250ms"),
        ({"region": "us"}, 0.2501, "250.1ms", "0.1ms above 250ms"),
    ]
    assert (failed["overrides"], failed["commit"]) == ([], "c0ffee")
    assert failed["job"] == "https://git.example.org/a/b/actions/runs/7"
    assert [(one["verdict"], one["age"]) for one in failed["replicas"]] == [("fail", 12)]
    assert [passed[key] for key in ("verdict", "exit", "failing", "commit", "job")] == ["pass", 0, [], None, None]


def test_overrides_in_force_are_in_the_line(script: Script, tmp_path: Path) -> None:
    """Whether or not they opened the gate: which, why, by whom and until when."""
    ends = int(time.time()) + 3600
    labels = {"override": "hotfix", "reason": "p0_incident", "ticket": "INC-7", "approver": "ops-lead"}
    facts = vector(*SLOW_REGIONS, series("gate:overall:override", 1), series("gate:override:end", ends, **labels))
    for verdict in (PASS, FAIL):
        script.ask(scene(verdict, facts), f"--log={tmp_path}/log")

    passed, failed = lines(tmp_path / "log")
    until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(ends))
    assert (
        passed["overrides"]
        == failed["overrides"]
        == [{"id": "hotfix", "reason": "p0_incident", "ticket": "INC-7", "approver": "ops-lead", "expires": until}]
    )
    assert (passed["verdict"], [one["criterion"] for one in passed["failing"]]) == ("pass", ["latency"])


def test_the_documented_line_is_a_real_one(script: Script, tmp_path: Path) -> None:
    """docs/decision-log.md shows a line with the keys that there are, at every depth."""
    script.ask(SLOW, f"--log={tmp_path}/log")
    (shown,) = re.findall(r"^```json\n(.*)\n```$", (ROOT / "docs" / "decision-log.md").read_text(), re.MULTILINE)

    real, documented = lines(tmp_path / "log")[0], json.loads(shown)
    assert list(documented) == list(real)
    assert list(documented["failing"][0]) == list(real["failing"][0])
    assert list(documented["failing"][0]["values"][0]) == list(real["failing"][0]["values"][0])
    assert list(documented["replicas"][0]) == list(real["replicas"][0])


@pytest.mark.parametrize(
    ("environment", "commit", "job"),
    [
        ({"CI_COMMIT_SHA": "1", "CI_JOB_URL": "https://gitlab/1"}, "1", "https://gitlab/1"),
        ({"GIT_COMMIT": "2", "BUILD_URL": "https://jenkins/2"}, "2", "https://jenkins/2"),
        ({"BUILDKITE_COMMIT": "3", "BUILDKITE_BUILD_URL": "https://bk/3"}, "3", "https://bk/3"),
        ({"CIRCLE_SHA1": "4", "CIRCLE_BUILD_URL": "https://circle/4"}, "4", "https://circle/4"),
        ({"GATE_COMMIT": "5", "GATE_JOB_URL": "x", "GITHUB_SHA": "6", "BUILD_URL": "y"}, "5", "x"),
        ({"GATE_COMMIT": "", "GITHUB_SHA": "6", "GATE_JOB_URL": ""}, "6", None),
        ({"GITHUB_SERVER_URL": "https://x", "GITHUB_REPOSITORY": "a/b"}, None, None),
        ({"GATE_JOB_URL": "https://ci:s3cret@x/1"}, None, "https://***@x/1"),
    ],
)
def test_commit_and_job_are_the_ci_systems(
    script: Script, tmp_path: Path, environment: dict[str, Any], commit: str | None, job: str | None
) -> None:
    """Of the systems that say them, and of those that are told to; what is half known is not made up."""
    script.ask(scene(PASS), f"--log={tmp_path}/log", **environment)

    (line,) = lines(tmp_path / "log")
    assert (line["commit"], line["job"]) == (commit, job)


def test_hostile_values_stay_in_their_line(script: Script, tmp_path: Path, shell: list[str]) -> None:
    """Line breaks, quotes and commands in the environment and in labels are text, and nothing runs."""
    evil = '"}\n{"gate":"forged"}\r\x1b[31m`id`$(id)##[error]' + HOSTILE
    facts = vector(*SLOW_REGIONS, criterion("value", "latency", 9, region=evil))
    ran = script.ask(scene(FAIL, facts), f"--log={tmp_path}/log", shell=shell, GIT_COMMIT=evil, BUILD_URL=evil)

    (line,) = lines(tmp_path / "log")
    assert (ran.code, line["gate"]) == (1, GATE)
    assert line["commit"].startswith('"} {"gate":"forged"} [31m`id`$(id)# #[error]')
    assert line["failing"][0]["values"][0]["labels"]["region"] == line["commit"] == line["job"]
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\u2028]", (tmp_path / "log").read_text())


def test_what_cannot_tell_is_a_decision_too(script: Script, tmp_path: Path) -> None:
    """No deployment came of it, and the log says why. One line, however often it looked."""
    script.ask(scene(vector()), f"--log={tmp_path}/log", "--timeout=2s", "--interval=1s")

    (line,) = lines(tmp_path / "log")
    assert (line["verdict"], line["exit"], line["overrides"]) == ("unknown", 3, [])
    assert line["reason"].startswith("no verdict of this gate")


# the file


def test_a_log_is_readable_by_whom_the_umask_lets(script: Script, tmp_path: Path, shell: list[str]) -> None:
    """Jobs of several users share it: the tight umask of the temporary files does not hold for it."""
    log = tmp_path / "log"
    script.ask(scene(PASS), f"--log={log}", shell=["sh", "-c", 'umask 002; exec "$@"', "sh", *shell])

    assert stat.S_IMODE(log.stat().st_mode) == 0o664


def test_links_are_followed(script: Script, tmp_path: Path) -> None:
    """Also one whose file is not there yet."""
    (tmp_path / "link").symlink_to("real")
    for _ in range(2):
        script.ask(scene(PASS), f"--log={tmp_path}/link")

    assert len(lines(tmp_path / "real")) == 2
    assert (tmp_path / "link").is_symlink()


@pytest.mark.parametrize("where", ["directory", "link", "pipe", "missing/log", "file/log"])
def test_what_is_no_file_is_wrong_usage(script: Script, tmp_path: Path, shell: list[str], where: str) -> None:
    """It is found out before anything is asked; a pipe, which nobody may read, stops nothing."""
    (tmp_path / "directory").mkdir()
    (tmp_path / "link").symlink_to("directory")
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "pipe")
    with StubPrometheus(scene(PASS)) as prometheus:
        ran = script.run("--prometheus", prometheus.url, "--log", f"{tmp_path}/{where}", shell=shell)

    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("gate-check.sh: the file that --log names is ")
    assert prometheus.requests == []


NOT_LOGGED = r"the decision is not in the log: .*(No space left|nonexistent|No such file)"


@pytest.mark.parametrize("log", [f"{UNWRITABLE}/log", "/dev/full"])
def test_a_log_that_cannot_be_written_changes_no_verdict(script: Script, shell: list[str], log: str) -> None:
    """The exit code is the verdict's, and that the decision is not in the log is told."""
    ran = script.ask(SLOW, f"--log={log}", shell=shell)

    assert ran.code == 1
    assert re.search(NOT_LOGGED, ran.err), ran


@pytest.mark.parametrize("form", ["text", "json", "github"])
def test_a_decision_that_is_not_logged_is_told_where_it_is_seen(script: Script, form: str) -> None:
    """An annotation in a workflow; the one document on standard output stays one."""
    for answer, code in ((scene(PASS, vector(AGE)), 0), (scene(vector()), 3)):
        ran = script.ask(answer, "--log=/dev/full", f"--format={form}")

        said = ran.out if form == "github" else ran.err
        assert ran.code == code
        assert re.search(NOT_LOGGED, said), ran
        assert form != "github" or re.match("::error title=Readiness gate sample::the decision is not in the", said)
        assert form != "json" or ran.document["exit"] == code


def test_a_log_that_cannot_be_written_is_told_before_the_wait(script: Script) -> None:
    """So that somebody may mend it meanwhile."""
    with StubPrometheus(scene(FAIL)) as prometheus:
        arguments = ("--prometheus", prometheus.url, f"--log={UNWRITABLE}/log", "--timeout=10m", "--interval=10m")
        with script.started(*arguments) as process:
            assert process.stderr
            first = process.stderr.readline()
            process.terminate()
            process.communicate(timeout=10)

    assert first == f"gate-check.sh: cannot write to {UNWRITABLE}/log, the log of decisions\n"


def test_a_line_that_was_cut_off_swallows_no_other(script: Script, tmp_path: Path, shell: list[str]) -> None:
    """A disk that became full in the middle of a line leaves a part of it; the next decision has its own line."""
    log, full = tmp_path / "log", 5 << 20
    log.write_bytes(b"\n")
    os.truncate(log, full - 101)
    with log.open("ab") as file:
        file.write(b"\n")
    cut = script.ask(SLOW, f"--log={log}", shell=["prlimit", f"--fsize={full}", *shell])
    whole = script.ask(SLOW, f"--log={log}", shell=shell)

    first, second = log.read_bytes()[full - 100 :].decode().splitlines()
    assert (cut.code, whole.code) == (1, 1)
    assert "the decision is not in the log" in cut.err
    assert (len(first), first[:9]) == (100, '{"time":"')
    assert json.loads(second)["verdict"] == "fail"
    assert whole.err == ""


# several at once


def together(script: Script, log: Path, jobs: int, path: str = "") -> list[dict[str, Any]]:
    """What is in the log after so many jobs that fail at the same time, each with a line of more than 4096 bytes."""
    homes = {"availability": "web", "latency": "web", "db_memory": "data", "unit_cost": "data"}
    members = [criterion("value", one, n, homes[one], of=f"{n}" * 300) for one in homes for n in range(5)]
    facts = vector(AGE, *states(availability=10, latency=10, db_memory=10, unit_cost=10), *members)
    path = path or script.environment["PATH"]
    with StubPrometheus(scene(FAIL, facts)) as prometheus, ExitStack() as stack:
        arguments = ("--prometheus", prometheus.url, "--log", str(log))
        running = [
            stack.enter_context(script.started(*arguments, BUILD_URL=f"job {n} " + "x" * 390, PATH=path))
            for n in range(jobs)
        ]
        for job in running:
            assert job.wait(300) == 1
    assert {len(line) > 4096 for line in log.read_text().splitlines()} == {True}
    return lines(log)


def numbers(decisions: Sequence[dict[str, Any]]) -> list[int]:
    """Which jobs they are of."""
    return sorted(int(line["job"].split()[1]) for line in decisions)


@pytest.mark.slow
@pytest.mark.parametrize("tool", ["with flock", "without flock"])
def test_jobs_share_a_log(tmp_path: Path, tool: str) -> None:
    """Lines of jobs that end at the same time are whole, and each is there, whether or not there is a flock."""
    path = str(path_of(tmp_path, *TOOLS, *(["flock"] if tool == "with flock" else [])))

    assert numbers(together(Script(tmp_path, gate()), tmp_path / "log", 4, path)) == list(range(4))


def test_a_line_is_one_write(script: Script, tmp_path: Path) -> None:
    """What jobs that happen to meet cannot show for certain: dd gets a block that holds all of it."""
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "dd").write_text(f'#!/bin/sh\necho "$@" >"{tools}/arguments"\nexec {shutil.which("dd")} "$@"\n')
    (tools / "dd").chmod(0o755)

    script.ask(SLOW, f"--log={tmp_path}/log", PATH=f"{tools}:{script.environment['PATH']}")

    assert (tools / "arguments").read_text() == f"bs={(tmp_path / 'log').stat().st_size}\n"


@pytest.mark.slow
def test_fifty_jobs_share_a_log(tmp_path: Path) -> None:
    """The same with as many as a busy day has."""
    assert numbers(together(Script(tmp_path, gate()), tmp_path / "log", 50)) == list(range(50))


@pytest.mark.slow
@pytest.mark.parametrize("tool", ["with flock", "without flock"])
def test_the_lock_keeps_lines_where_appending_is_not_atomic(tmp_path: Path, tool: str) -> None:
    """Over NFS, jobs without flock may overwrite each other's lines; with it they do not."""
    path = path_of(tmp_path, *(set(TOOLS) - {"dd"}), *(["flock"] if tool == "with flock" else []))
    (path / "dd").write_text(NFS_DD)
    (path / "dd").chmod(0o755)
    log = tmp_path / "log"
    log.touch()

    with StubPrometheus(SLOW) as prometheus, ExitStack() as stack:
        script = Script(tmp_path, gate())
        arguments = ("--prometheus", prometheus.url, "--log", str(log))
        running = [
            stack.enter_context(script.started(*arguments, BUILD_URL=f"job {n}", PATH=str(path))) for n in range(8)
        ]
        ends = [(job.wait(60), *job.communicate()) for job in running]

    assert [end[0] for end in ends] == [1] * 8
    text = log.read_text(errors="replace")
    kept = [n for n in range(8) if f'"job":"job {n}"' in text]
    assert kept, ends
    assert (len(kept) == 8) is (tool == "with flock")


def test_a_lock_that_is_held_for_ever_delays_and_loses_nothing(script: Script, tmp_path: Path) -> None:
    """After some seconds the line is written without the lock: on a local disk it is only a courtesy."""
    log = tmp_path / "log"
    holder = subprocess.Popen(["flock", str(log), "sleep", "60"])
    try:
        ran = script.ask(scene(PASS), f"--log={log}")
    finally:
        holder.terminate()
        holder.wait()

    assert (ran.code, ran.err) == (0, "")
    assert len(lines(log)) == 1
