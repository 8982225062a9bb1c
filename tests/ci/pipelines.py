"""The pipelines of docs/ci.md, and a runner that does with a workflow what GitHub's does, as far as they need it."""

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from engines import ROOT
from gate_script import Script
from plans import gate

SHELL = ("sh", "-e")
ACTION = ROOT / "action"
OWN_ACTION = re.compile(r"[\w-]+/promgate/action@\w+")
EXPRESSION = re.compile(r"\$\{\{ *([\w-]+)\.([\w.-]+) *\}\}")
DEPLOYED = "deployed"


def documented() -> dict[str, str]:
    """The files that docs/ci.md shows, by the name in their first line."""
    text = (ROOT / "docs" / "ci.md").read_text()
    return {
        found[2]: found[0].removeprefix(f"```{found[1]}\n").removesuffix("```\n")
        for found in re.finditer(r"```(\w+)\n(?:#|//) (\S+)\n.*?```\n", text, re.DOTALL)
    }


@dataclass(frozen=True)
class Ran:
    """How a step ended, and what it printed."""

    name: str
    code: int
    output: str


class Workspace:
    """A checkout with the script of the sample gate, and a deployment that leaves a trace."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / "checkout"
        home = self.path / "generated" / "routing-readiness"
        home.mkdir(parents=True)
        script = Script(home, gate())
        (script.temporary).rmdir()
        self._command("deploy.sh", f"touch {DEPLOYED}\n")
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(directory), "CI": "true"}

    def _command(self, name: str, body: str) -> None:
        (self.path / name).write_text(f"#!/bin/sh\n{body}")
        (self.path / name).chmod(0o755)

    @property
    def deployed(self) -> bool:
        """Whether the deployment happened."""
        return (self.path / DEPLOYED).exists()

    @property
    def log(self) -> str:
        """The log of decisions."""
        return (self.path / "DECISIONS.log").read_text()

    def sh(self, script: str, shell: Sequence[str] = SHELL, **environment: str) -> Ran:
        """Run a script as CI systems do: from a file, ending at the first command that fails."""
        file = self.path.parent / "step.sh"
        file.write_text(script)
        ran = subprocess.run(
            [*shell, str(file)],
            cwd=self.path,
            env=self.environment | environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
        )
        return Ran("sh", ran.returncode, ran.stdout)


@dataclass
class GitHub:
    """A job of a workflow. `values` are what `vars` and `secrets` hold; expressions stand in `env` and `with` alone."""

    workspace: Workspace
    values: Mapping[str, str]
    outputs: dict[str, str] = field(default_factory=dict)
    ran: list[Ran] = field(default_factory=list)

    def run(self, workflow: str, **inputs: str) -> list[Ran]:
        """The steps that ran. `inputs` replace those that the workflow gives to the action."""
        ((_, job),) = yaml.safe_load(workflow)["jobs"].items()
        for step in job["steps"]:
            failed = any(one.code for one in self.ran)
            if not failed or step.get("if") == "always()":
                self._step(step, inputs)
        return self.ran

    @property
    def summary(self) -> str:
        """The summary of the job."""
        return self._file("summary").read_text()

    def _step(self, step: Mapping[str, Any], inputs: Mapping[str, str]) -> None:
        environment = {name: self._value(text) for name, text in step.get("env", {}).items()}
        if "run" in step:
            self._shell(step, step["run"], environment)
        elif OWN_ACTION.fullmatch(step["uses"]):
            given = {name: self._value(str(text)) for name, text in step["with"].items()} | dict(inputs)
            self.act(given, environment, step.get("name", ""))
        else:
            assert step["uses"].startswith("actions/"), step  # of others: checkout and the like

    def act(self, given: Mapping[str, str], environment: Mapping[str, str], name: str = "action") -> None:
        """The composite action with these inputs."""
        action = yaml.safe_load((ACTION / "action.yml").read_text())
        assert given.keys() <= action["inputs"].keys(), given
        missing = [key for key, one in action["inputs"].items() if one.get("required") and key not in given]
        assert not missing, missing
        known = {key: one.get("default", "") for key, one in action["inputs"].items()} | dict(given)
        (step,) = action["runs"]["steps"]
        assert step["shell"] == "sh"
        inputs = {key: self._value(text, known) for key, text in step["env"].items()}
        self._shell({"name": name}, step["run"], {**environment, **inputs})
        produced = dict(line.split("=", 1) for line in self._file("output").read_text().splitlines())
        self.outputs = {
            key: produced.get(one["value"].split(".")[-1][:-3], "") for key, one in action["outputs"].items()
        }

    def _shell(self, step: Mapping[str, Any], script: str, environment: Mapping[str, str]) -> None:
        assert "${{" not in script, "an expression in a command is text of that command"
        known = {
            "GITHUB_ACTION_PATH": str(ACTION),
            "GITHUB_OUTPUT": str(self._file("output")),
            "GITHUB_STEP_SUMMARY": str(self._file("summary")),
            "GITHUB_SERVER_URL": "https://github.example.com",
            "GITHUB_REPOSITORY": "shop/platform",
            "GITHUB_RUN_ID": "812",
            "GITHUB_SHA": "5d2c0e1f",
        }
        ran = self.workspace.sh(script, **known | dict(environment))
        self.ran.append(Ran(step.get("name", "run"), ran.code, ran.output))

    def _file(self, name: str) -> Path:
        path = self.workspace.path.parent / name
        path.touch()
        return path

    def _value(self, text: str, inputs: Mapping[str, str] | None = None) -> str:
        def value(found: re.Match[str]) -> str:
            return inputs[found[2]] if inputs and found[1] == "inputs" else self.values[f"{found[1]}.{found[2]}"]

        return EXPRESSION.sub(value, text)
