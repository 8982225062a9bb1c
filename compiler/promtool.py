"""Prometheus' and Alertmanager's own opinion of what was generated: promtool and amtool. The only subprocesses.

Both run on copies in a temporary directory, so that nothing needs to be written first. What promtool says of a rule is
shown at the line of the spec that the rule comes from.
"""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from compiler import naming
from compiler.diagnostics import Diagnostic, Span

if TYPE_CHECKING:  # the back ends are slow to load, and only some commands need them
    from compiler.backends.base import Artifact

TOOL_MISSING: Final = "PG411"
TOOL_FAILED: Final = "PG412"
RULE_REFUSED: Final = "PG413"
FILE_REFUSED: Final = "PG414"
CANNOT_TELL: Final = (TOOL_MISSING, TOOL_FAILED)

_TIMEOUT: Final = 120.0  # seconds; promtool checks 2,000 rule files in about 5
_VERDICT: Final = "FAILED:"  # what both tools print when they refuse something; without it they failed themselves
_RULE: Final = re.compile(r"(?:\d+:\d+: )?group \"[^\"]*\", rule (\d+), (.*)")
_LINE: Final = re.compile(r"(?:^|\s)(?:line )?(\d+)(?::(\d+))?: ")
_LEFT_OUT: Final = ", or leave it out with --no-validate"
_INSTALL: Final = {
    "promtool": "on Debian: apt-get install prometheus (from Debian 13 on: promtool)",
    "amtool": "on Debian: apt-get install prometheus-alertmanager",
}


@dataclass(frozen=True, slots=True)
class Tools:
    """Where the tools are; None where one was not found."""

    promtool: str | None
    amtool: str | None


@dataclass(frozen=True, slots=True)
class Run:
    """What a tool printed, or why it could not be run."""

    output: str
    ok: bool
    failure: Diagnostic | None = None


def find(environ: Mapping[str, str], promtool: str | None = None, amtool: str | None = None) -> Tools:
    """Look for each tool: as given, else in the environment (PROMTOOL, AMTOOL), else on PATH."""
    path = environ.get("PATH", os.defpath)
    return Tools(
        _which(promtool or environ.get("PROMTOOL") or "promtool", path),
        _which(amtool or environ.get("AMTOOL") or "amtool", path),
    )


def _which(tool: str, path: str) -> str | None:
    found = shutil.which(tool, path=path)
    return os.path.abspath(found) if found else None  # noqa: PTH100 - resolving links would change what busybox-like tools are


def version(tool: str) -> str:
    """What a tool says of itself, such as `promtool, version 2.42.0`; its path if it says nothing."""
    ran = run([tool, "--version"], Path.cwd(), _TIMEOUT)
    match = re.match(r"\w+, version [\w.]+", ran.output)
    return match[0] if match else tool


def identity(tool: str) -> str:
    """All that a tool says of its version and its build; "" if it says nothing."""
    ran = run([tool, "--version"], Path.cwd(), _TIMEOUT)
    return ran.output if ran.ok else ""


def validate(artifacts: "Sequence[Artifact]", tools: Tools, timeout: float = _TIMEOUT) -> tuple[Diagnostic, ...]:
    """What the tools find wrong, in at most `timeout` seconds each. `CANNOT_TELL`: they could not say."""
    rules = [one for one in artifacts if one.path.name in naming.RULES_FILES]
    configs = [one for one in artifacts if one.path.name == naming.ALERTMANAGER_FILE]
    with tempfile.TemporaryDirectory(prefix="promgate-") as name:
        directory = Path(name)
        for artifact in (*rules, *configs):
            (directory / artifact.path).parent.mkdir(parents=True, exist_ok=True)
            (directory / artifact.path).write_text(artifact.text, encoding="utf-8")
        return (*_check_rules(rules, tools, directory, timeout), *_check_configs(configs, tools, directory, timeout))


def _check_rules(rules: "Sequence[Artifact]", tools: Tools, directory: Path, timeout: float) -> Iterator[Diagnostic]:
    if not rules:
        return
    if tools.promtool is None:
        yield missing("promtool", _LEFT_OUT)
        return
    command = [tools.promtool, "check", "rules", "--lint-fatal", *(str(one.path) for one in rules)]
    ran = run(command, directory, timeout)
    if ran.failure:
        yield ran.failure
    elif not ran.ok:
        yield from _rule_problems(ran.output, rules, version(tools.promtool))


def _rule_problems(output: str, rules: "Sequence[Artifact]", tool: str) -> Iterator[Diagnostic]:
    """The lines `FILE: [LINE:COLUMN: ]group "g", rule N, …`, `FILE: …` and what follows them."""
    files = {str(one.path): one for one in rules}
    lines = [line for line in output.splitlines() if not _is_chatter(line)]
    for first, more in _paragraphs(lines, files):
        file, _, said = first.partition(": ")
        artifact = files.get(file)
        rule = _RULE.fullmatch(said)
        text = "\n".join([rule[2] if rule else said if artifact else first, *more])
        if artifact and rule and 0 < int(rule[1]) <= len(artifact.rule_origins):
            message = f"{tool} refuses a rule of this, in {file}:\n{text}"
            hint = "correct its expression, if it is a `promql` measure; any other is a bug of promgate"
            yield Diagnostic(RULE_REFUSED, message, artifact.rule_origins[int(rule[1]) - 1], hint)
        else:
            yield _refused_file(tool, file if artifact else "", text)


def _is_chatter(line: str) -> bool:
    return not line.strip() or line.strip() == _VERDICT or bool(re.match(r"(Checking \S+$|\s*SUCCESS: )", line))


def _paragraphs(lines: Iterable[str], files: "Mapping[str, Artifact]") -> list[tuple[str, list[str]]]:
    """Lines that begin with the name of a file, each with the lines that follow."""
    found: list[tuple[str, list[str]]] = []
    for line in lines:
        if line.partition(": ")[0] in files or not found:
            found.append((line, []))
        else:
            found[-1][1].append(line.strip())
    return found


def _check_configs(
    configs: "Sequence[Artifact]", tools: Tools, directory: Path, timeout: float
) -> Iterator[Diagnostic]:
    if not configs:
        return
    if tools.amtool is None:
        yield missing("amtool", _LEFT_OUT)
        return
    for config in configs:
        ran = run([tools.amtool, "check-config", str(config.path)], directory, timeout)
        if ran.failure:
            yield ran.failure
        elif not ran.ok:
            _, _, said = ran.output.partition(f"{_VERDICT} ")
            said = said.partition("amtool: error")[0].strip()
            yield _refused_file(version(tools.amtool), str(config.path), said)


def run(command: list[str], directory: Path, timeout: float) -> Run:
    """Run a tool in a directory, without a shell, and wait at most so many seconds."""
    tool = command[0]
    environment = os.environ | {"LC_ALL": "C"}
    try:
        ran = subprocess.run(  # noqa: S603 - a list, no shell; the tool is the user's choice
            command,
            cwd=directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Run("", ok=False, failure=_failed(tool, f"no answer within {timeout:g}s"))
    except OSError as error:
        return Run("", ok=False, failure=_failed(tool, error.strerror or "cannot be run"))
    output = (ran.stdout + ran.stderr).decode("utf-8", errors="replace")
    if ran.returncode != 0 and _VERDICT not in output:
        return Run(output, ok=False, failure=_failed(tool, output))
    return Run(output, ok=ran.returncode == 0)


def missing(tool: str, otherwise: str = "") -> Diagnostic:
    """A tool was not found. `otherwise` is what else can be done than to install it."""
    hint = f"{_INSTALL[tool]}; or name it with --{tool}{otherwise}"
    return Diagnostic(TOOL_MISSING, f"{tool} was not found, so nothing can be validated", None, hint)


def _failed(tool: str, said: str) -> Diagnostic:
    message = f"{tool} could not be asked: {said.strip()[:2000] or 'it said nothing'}"
    return Diagnostic(TOOL_FAILED, message, None, "run it by hand, or leave it out with --no-validate")


def _refused_file(tool: str, file: str, said: str) -> Diagnostic:
    """A problem of a whole artifact, shown in the artifact, at a line if the tool names one; "" if it names no file."""
    match = _LINE.search(said)
    line = int(match[1]) or 1 if match else 1
    hint = "this is a bug of promgate, unless it comes from the file that was given with --alertmanager-base"
    span = Span(file, line, 1, line, 2) if file else None
    return Diagnostic(
        FILE_REFUSED, f"{tool} refuses {'this file' if file else 'what was generated'}: {said}", span, hint
    )
