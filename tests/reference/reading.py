"""Ask promtool for what expressions give, in large batches: one process for many test files.

promtool has no way to print results, but it says what it got where that is not what was expected. So every question
expects nothing, and the complaint is the answer; a question without a complaint has an empty answer.
"""

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml
from reference.series import Labels

# One a file, in the order of the files; their names are only said by 2.x.
_VERDICT: Final = re.compile(r"^  (?:SUCCESS|FAILED:)$", re.MULTILINE)
_FILE: Final = re.compile(r"^Unit Testing: .*$", re.MULTILINE)
# What vmalert-tool says around its complaints.
_ENVELOPE: Final = re.compile(
    r"^Unit Testing: .*$|^ *(?:SUCCESS|FAILED) *$|^failed to run unit test for file .*$|^\[$|\]?\d{4}/\d\d/.*$| +$",
    re.MULTILINE,
)
_COMPLAINT: Final = re.compile(
    r'^    expr: ".*# (\d+)", time: [^\n]*,\n        exp: ?nil\n        got: ?(.*)$', re.MULTILINE
)
_SAMPLE: Final = re.compile(r"(\{(?:[^{}\"]|\"(?:[^\"\\]|\\.)*\")*\}) (\S+?)(?:, (?=\{)|\s*$)")
_LABEL: Final = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')

Sample = tuple[Labels, float]  # the labels are sorted, and have the name as `__name__`
Answer = tuple[tuple[Sample, ...], ...]  # for each time


class UnansweredError(Exception):
    """promtool could not evaluate the rules or an expression; the text is what it said."""


@dataclass(frozen=True, slots=True)
class Job:
    """Rules (or none) that are evaluated over each of some matrices, and what is asked of each of those.

    `interval` is the step of the matrices' tokens and `every` that of the evaluations, in milliseconds.
    """

    rules: str
    matrices: tuple[Mapping[str, str], ...]
    interval: int
    every: int
    questions: tuple[tuple[str, int], ...]  # expression and time


def ask(promtool: Path, jobs: Sequence[Job]) -> list[list[Answer] | UnansweredError]:
    """For each job and each of its matrices the answers to its questions, or why there are none."""
    with tempfile.TemporaryDirectory(prefix="promgate-") as directory:
        for i, job in enumerate(jobs):
            Path(directory, f"{i}.rules").write_text(job.rules)
            Path(directory, f"{i}.yml").write_text(yaml.dump(_document(i, job), Dumper=yaml.CSafeDumper, width=10**9))
        output = _run([promtool, "test", "rules", *(f"{i}.yml" for i in range(len(jobs)))], directory)
    before, *said = _VERDICT.split(_FILE.sub("", output))
    if before.strip() or len(said) != len(jobs):
        raise UnansweredError(output)
    return [_answer(job, text) for job, text in zip(jobs, said, strict=True)]


def ask_victoria(tool: Path, jobs: Sequence[Job]) -> list[list[Answer] | UnansweredError]:
    """The same by vmalert-tool, which is one process for each job."""
    return [_asked_victoria(tool, job) for job in jobs]


def _asked_victoria(tool: Path, job: Job) -> list[Answer] | UnansweredError:
    document = _document(0, job)
    for test in document["tests"]:
        test["metricsql_expr_test"] = test.pop("promql_expr_test")
    with tempfile.TemporaryDirectory(prefix="promgate-") as directory:
        Path(directory, "0.rules").write_text(job.rules)
        Path(directory, "test.yml").write_text(yaml.dump(document, Dumper=yaml.CSafeDumper, width=10**9))
        output = _run([tool, "unittest", "--files", "test.yml"], directory)
    return _answer(job, _ENVELOPE.sub("", output))


def _run(command: Sequence[str | Path], directory: str) -> str:
    """All that a command prints, in the order in which it is printed."""
    ran = subprocess.run(
        command,
        cwd=directory,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
        check=False,
        env={"GOGC": "800", **os.environ},  # memory for time: a third less of it
    )
    return ran.stdout


def _document(number: int, job: Job) -> dict[str, Any]:
    return {
        "rule_files": [f"{number}.rules"] if job.rules else [],
        "evaluation_interval": f"{job.every}ms",
        "tests": [
            {
                "interval": f"{job.interval}ms",
                "input_series": [{"series": name, "values": values} for name, values in matrix.items()],
                "promql_expr_test": [
                    {"expr": f"{expr} # {i * len(job.questions) + j}", "eval_time": f"{at}ms"}
                    for j, (expr, at) in enumerate(job.questions)
                ],
            }
            for i, matrix in enumerate(job.matrices)
        ],
    }


def _answer(job: Job, text: str) -> list[Answer] | UnansweredError:
    unexplained = _COMPLAINT.sub("", text).strip()
    if unexplained:
        return UnansweredError(unexplained)
    found = {int(number): tuple(_samples(got)) for number, got in _COMPLAINT.findall(text)}
    count = len(job.questions)
    return [tuple(found.get(i * count + j, ()) for j in range(count)) for i in range(len(job.matrices))]


def _samples(text: str) -> Iterator[Sample]:
    """The samples that promtool says it got."""
    if unread := _SAMPLE.sub("", text).strip():
        raise UnansweredError(f"this is no list of samples: {unread}")
    for labels, value in _SAMPLE.findall(text):
        pairs = sorted((name, re.sub(r"\\(.)", r"\1", text)) for name, text in _LABEL.findall(labels))
        yield tuple(pairs), float(value)
