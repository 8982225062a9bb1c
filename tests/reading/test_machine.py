"""gate-check.sh on machines that are short of something, beside others of its kind, and interrupted."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from gate_script import (
    AGE,
    FAIL,
    PASS,
    SHELLS,
    SLOW_REGIONS,
    Script,
    criterion,
    descendants,
    path_of,
    require_shell,
    until,
)
from plans import gate
from reading.attacks import Serving, black_hole, mute, serve
from stub_prometheus import Reply, Row, StubPrometheus, scene, vector

from compiler.middle.plan import GatePlan

SECRET = "s3cr3t-t0ken"
UNWRITABLE = "/proc/self"  # not even root may


def slow_facts(query: str) -> Reply:
    """A Prometheus that is quick to say pass, and slow to explain it."""
    return PASS if "__name__" not in query else Reply("x" * 1000, drip=0.1)


STAGES: dict[str, tuple[Serving, str]] = {
    "connecting": (black_hole, "curl"),
    "waiting for headers": (mute, "curl"),
    "reading the body": (serve(scene(replace(PASS, drip=0.1))), "curl"),
    "reading the explanation": (serve(slow_facts), "curl"),
    "waiting for the next look": (serve(scene(FAIL)), "sleep 600"),
}


@pytest.mark.parametrize("how", ["Ctrl-C", "TERM"])
@pytest.mark.parametrize("stage", STAGES)
def test_an_interrupt_leaves_nothing_behind(tmp_path: Path, stage: str, how: str) -> None:
    """In every stage: 130 or 143, no temporary file, no child. Ctrl-C goes to all processes, TERM to the script."""
    script = Script(tmp_path, gate(), (30, 30))
    serving, busy = STAGES[stage]
    with serving() as (url,), script.started("--prometheus", url, "--timeout=1h", "--interval=10m") as process:
        until(lambda: busy in " ".join(descendants(process.pid).values()))
        if stage == "reading the explanation":
            until(lambda: "__name__" in " ".join(descendants(process.pid).values()))
        children = descendants(process.pid)
        if how == "Ctrl-C":
            subprocess.run(["kill", "-INT", "--", f"-{process.pid}"], check=True)
        else:
            process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=5)
        until(lambda: not any(Path(f"/proc/{child}").exists() for child in children))

    assert process.returncode == (130 if how == "Ctrl-C" else 143)
    assert err.endswith("gate-check.sh: interrupted\n")
    assert list(script.temporary.iterdir()) == []


def test_a_directory_that_cannot_be_written(script: Script) -> None:
    """A TMPDIR that is not writable is exit 3, and says what to set."""
    ran = script.run("--prometheus=http://x", TMPDIR=UNWRITABLE)

    assert ran.code == 3
    assert "set TMPDIR to one that can be written" in ran.err


def test_nobody_listens(script: Script) -> None:
    """With stdout gone, or full, the exit code is still the verdict."""
    for where in (">&-", ">/dev/full", "| true"):
        with StubPrometheus(scene(FAIL, vector(*SLOW_REGIONS))) as prometheus:
            command = f"'{script.path}' --prometheus {prometheus.url} {where}; echo ${{PIPESTATUS[0]}} >&2"
            ran = subprocess.run(
                ["bash", "-c", command], env=script.environment, capture_output=True, text=True, check=False
            )
        assert ran.stderr.splitlines()[-1] == "1", where


@pytest.mark.parametrize("missing", ["curl", "jq"])
@pytest.mark.parametrize("shell_name", SHELLS)
def test_a_missing_tool_is_named_in_every_shell(script: Script, tmp_path: Path, shell_name: str, missing: str) -> None:
    """Exit 3, with what to install, before the server is asked."""
    *_, shell = [part for part in require_shell(shell_name, tmp_path) if not part.startswith("--") and part != "sh"]
    tools = tmp_path / "bare"
    tools.mkdir()
    path = path_of(tools, "tr", *{"curl", "jq"} - {missing})
    ran = script.run(
        "--prometheus=http://x",
        shell=["/usr/bin/env", f"PATH={path}", shell, *(["sh"] if "busy" in shell_name else [])],
    )

    assert (ran.code, ran.err) == (3, f"gate-check.sh: {missing} is not installed; install the package {missing}\n")


def test_a_jq_that_is_too_old_is_no_verdict(script: Script, tmp_path: Path) -> None:
    """One that does not understand the program is exit 3 and named, also when the gate is open."""
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "jq").write_text("#!/bin/sh\necho 'jq: Unknown option --rawfile' >&2\nexit 2\n")
    (tools / "jq").chmod(0o755)

    ran = script.ask(scene(PASS), PATH=f"{tools}:{script.environment['PATH']}")

    assert ran.code == 3
    assert "jq made nothing of it; is it 1.6 or later" in ran.err


@contextmanager
def asking(script: Script, **environment: str) -> Iterator[dict[int, str]]:
    """The processes below a script that waits for an answer."""
    with (
        mute() as (url,),
        script.started("--prometheus", url.replace("//", f"//ci:{SECRET}@"), shell=None, **environment) as process,
    ):
        until(lambda: "curl" in " ".join(descendants(process.pid).values()))
        yield descendants(process.pid)


@pytest.mark.parametrize("shell_name", SHELLS)
def test_secrets_are_not_inherited(tmp_path: Path, shell_name: str) -> None:
    """Neither in the command line nor in the environment of curl is there a secret, wherever it came from."""
    script = Script(tmp_path, gate(), (30, 30))
    shell = require_shell(shell_name, tmp_path)
    variables = {"PROMETHEUS_URL": f"http://ci:{SECRET}@127.0.0.1:9", "PROMETHEUS_BEARER_TOKEN": SECRET}
    for environment in (variables, {"PROMETHEUS_BASIC_AUTH": f"ci:{SECRET}"}):
        with (
            mute() as (url,),
            script.started(
                *([] if "PROMETHEUS_URL" in environment else ["--prometheus", url]),
                shell=shell,
                **environment
                | ({"PROMETHEUS_URL": url.replace("//", f"//ci:{SECRET}@")} if "PROMETHEUS_URL" in environment else {}),
            ) as process,
        ):
            until(lambda: any("curl -q" in line for line in descendants(process.pid).values()))
            below = descendants(process.pid)
            seen = {pid: Path(f"/proc/{pid}/environ").read_bytes() for pid, line in below.items() if "curl -q" in line}

        assert seen
        assert not any(SECRET in line for line in below.values())
        assert not any(SECRET.encode() in block for block in seen.values())


def big_gate(criteria: int) -> GatePlan:
    """A gate with so many criteria."""
    category = gate().categories[0]
    latency = category.criteria[1]
    many = tuple(replace(latency, id=f"latency_{n}", title=f"Latency of service {n}") for n in range(criteria))
    return gate(categories=(replace(category, criteria=many),))


@pytest.mark.parametrize("shell_name", SHELLS)
def test_a_gate_may_be_big(tmp_path: Path, shell_name: str) -> None:
    """500 criteria, all of them failing, are told in seconds, and no command line holds the plan or the program."""
    count = 500
    rows: list[Row] = [AGE]
    for n in range(count):
        rows += [criterion("state", f"latency_{n}", 10), criterion("threshold", f"latency_{n}", 0.25, bound="max")]
        rows += [criterion("value", f"latency_{n}", 0.3 + region, region=f"{region}") for region in range(4)]
    script = Script(tmp_path, big_gate(count))
    facts = vector(*rows)

    ran = script.ask(scene(FAIL, facts), "--format=json", shell=require_shell(shell_name, tmp_path))

    assert ran.code == 1, ran.err
    failing = ran.document["failing"]
    assert isinstance(failing, list)
    assert len(failing) == count
    assert failing[-1]["members"][0]["miss"] == "3050ms above 250ms"
