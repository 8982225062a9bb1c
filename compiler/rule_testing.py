"""The tests of rules and alerts, run by promtool; what fails is shown at the line of the spec that it is about.

The tests are those that the specs give, the rules those that lie where Prometheus reads them: so rules that were
edited, or are of another commit, fail as a wrong compiler would.
"""

import json
import os
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from compiler import naming
from compiler.backends.base import Artifact
from compiler.diagnostics import Diagnostic, Span
from compiler.promtool import Run, run

TEST_FAILED: Final = "PG415"
RULES_REFUSED: Final = "PG416"

_TOGETHER: Final = 12  # tests in a run of promtool: enough to outweigh its start, few enough to see progress
_TIMEOUT: Final = 600.0
# promtool drops a sample of a test over days now and then, and another one the next time
# (github.com/prometheus/prometheus/issues/8365): seldom over a week, in one of a few heavy tests over a month.
_TRIES: Final = 5
_SHOWN: Final = 6
_MOST_LINES: Final = 20  # of what promtool says
_FRAME: Final = re.compile(r"Unit Testing: .*|FAILED:|SUCCESS")
_TEST: Final = re.compile(r"^(?=  - name: )", re.MULTILINE)
_FAILURE: Final = re.compile(r'expr: ("(?:[^"\\]|\\.)*"), time: \S+,\s*\n\s*exp:(.*)\n\s*got:(.*)')
_ASKS: Final = re.compile(r"# (?P<title>.*) \([^()]*:(?P<line>\d+)\): (?P<what>.*)")
_NAME: Final = re.compile(r'\{__name__="([^"]*)"(?:, )?')
_SAMPLE: Final = re.compile(r'\{(?:[^"{}]|"(?:[^"\\]|\\.)*")*\} [^\s,]+')
_LIST: Final = r"(\[\]|\[\n.*?\n {12}\])"
_ALERT_FAILURE: Final = re.compile(
    rf"(?:name: ([^\n]*),\n\s*)?alertname: ?(\S+), time: \S+,\s*\n\s*exp: ?{_LIST},\s*\n\s*got: ?{_LIST}", re.DOTALL
)
_FIRING: Final = re.compile(r"Labels:(\{.*\})\s*\n\s*(Annotations:\{.*\})")
_CRITERION: Final = re.compile(r'[{ ]criterion="([^"]*)"')
_RULE: Final = re.compile(r"^ +- alert: (\S+)$", re.MULTILINE)
_OF: Final = re.compile(r"^ +criterion: (\S+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Suite:
    """A test file of a gate, and the rules that it is about.

    `there` are the rules that are tested; `rules` those that the spec gives, with their places in it.
    """

    gate: str
    tests: Artifact
    rules: Artifact
    there: str

    @property
    def spec(self) -> str:
        """The path of the gate's spec."""
        return self.rules.rule_origins[0].file


# What tests what.
TESTS: Final = (
    (naming.RULE_TESTS_FILE, naming.RECORDING_RULES_FILE),
    (naming.ALERT_TESTS_FILE, naming.ALERT_RULES_FILE),
    (naming.STATISTICS_TESTS_FILE, naming.STATISTICS_RULES_FILE),
)


@dataclass(frozen=True, slots=True)
class Part:
    """Some of the tests of a file: a whole test file, and how many tests it has."""

    suite: Suite
    text: str
    count: int


def parts_of(artifacts: Sequence[Artifact], there: Mapping[str, str]) -> tuple[Part, ...]:
    """All tests among a gate's artifacts. `there` are the rules that are tested, by the name of their file."""
    made = {one.path.name: one for one in artifacts}
    suites = (
        Suite(made[rules].path.parent.name, made[tests], made[rules], there[rules])
        for tests, rules in TESTS
        if tests in made
    )
    return tuple(part for suite in suites for part in parts(suite))


def parts(suite: Suite) -> tuple[Part, ...]:
    """A test file in parts that can be run by themselves."""
    return _split(suite, suite.tests.text, _TOGETHER)


def _split(suite: Suite, text: str, size: int) -> tuple[Part, ...]:
    head, *each = _TEST.split(text)
    some = [each[n : n + size] for n in range(0, len(each), size)]
    return tuple(Part(suite, head + "".join(one), len(one)) for one in some)


def outcomes(
    work: Sequence[Part], specs: Mapping[str, str], promtool: str
) -> Iterator[tuple[Part, tuple[Diagnostic, ...]]]:
    """Each part with what failed, in order. `specs` are the texts of specs by path."""
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        runs = pool.map(lambda part: _run(part, promtool), work)
        yield from ((part, tuple(_problems(part, ran, specs))) for part, ran in zip(work, runs, strict=True))


def _run(part: Part, promtool: str) -> Run:
    """Where tests fail, each is asked again alone: what is wrong with rules is wrong each time."""
    ran = _once(part, promtool)
    if not _tests_fail(ran):
        return ran
    again = [_tried(one, promtool) for one in _split(part.suite, part.text, 1)]
    wrong = [one for one in again if not one.ok]
    failure = next((one.failure for one in wrong if one.failure), None)
    return Run("".join(one.output for one in wrong), not wrong, failure)


def _tried(part: Part, promtool: str) -> Run:
    for _ in range(_TRIES):
        if not _tests_fail(ran := _once(part, promtool)):
            break
    return ran


def _tests_fail(ran: Run) -> bool:
    return not ran.ok and bool(_FAILURE.search(ran.output) or _ALERT_FAILURE.search(ran.output))


def _once(part: Part, promtool: str) -> Run:
    suite = part.suite
    with tempfile.TemporaryDirectory(prefix="promgate-") as name:
        directory = Path(name)
        (directory / suite.rules.path.name).write_text(suite.there, encoding="utf-8")
        (directory / suite.tests.path.name).write_text(part.text, encoding="utf-8")
        return run([promtool, "test", "rules", suite.tests.path.name], directory, _TIMEOUT)


def _problems(part: Part, ran: Run, specs: Mapping[str, str]) -> Iterator[Diagnostic]:
    if ran.failure:
        yield replace(ran.failure, hint="run it by hand")  # what is suggested to who validates does not help here
        return
    failures = _FAILURE.findall(ran.output)
    alerts = _ALERT_FAILURE.findall(ran.output)
    suite = part.suite
    if not ran.ok and not failures and not alerts:
        hint = "run `promgate generate`"
        message = f"promtool refuses the rules of {suite.gate}: {_told(ran.output)}"
        yield Diagnostic(RULES_REFUSED, message, None, hint)
    for asked, expected, got in failures:
        said, _, _ = _unquoted(asked).partition("\n")
        match = _ASKS.fullmatch(said)
        message = f"{match['title']}: {match['what']}" if match else said
        span = _span(suite.spec, specs[suite.spec], int(match["line"])) if match else None
        yield _failure(suite, message, span, _difference(expected, got))
    for name, alert, expected, got in alerts:
        span = _origin(suite.rules, alert, expected + got)
        yield _failure(suite, f"{alert}: {name}" if name else alert, span, _other_alerts(expected, got))


def _told(output: str) -> str:
    """What promtool says, each line once, without the frame that it puts around it."""
    lines = dict.fromkeys(filter(None, map(str.strip, output.splitlines())))
    told = [line for line in lines if not _FRAME.fullmatch(line)]
    more = len(told) - _MOST_LINES
    return "\n".join((*told[:_MOST_LINES], *([f"and {more} lines more"] if more > 0 else [])))


def _failure(suite: Suite, message: str, span: Span | None, note: str) -> Diagnostic:
    hint = "run `promgate generate`, if the rules were changed or are not of this commit"
    return Diagnostic(TEST_FAILED, f"a test fails: {suite.gate}: {message}", span, hint, note=note)


def _origin(rules: Artifact, alert: str, firing: str) -> Span | None:
    """Where in the spec an alert comes from: the one of the criterion that it fires for, if it is one of several."""
    of = _CRITERION.search(firing)
    texts = _RULE.split(rules.text)
    for name, text, origin in zip(texts[1::2], texts[2::2], rules.rule_origins, strict=True):
        criterion = _OF.search(text)
        if name == alert and (of is None or criterion is None or criterion[1] == of[1]):
            return origin
    return None


def _other_alerts(expected: str, got: str) -> str:
    """The alerts that fire on one side only, or what is said of them otherwise."""
    wanted, found = _FIRING.findall(expected), _FIRING.findall(got)
    alike = {labels for labels, _ in wanted} == {labels for labels, _ in found}
    only = [one for one in wanted if one not in found], [one for one in found if one not in wanted]
    sides = [[f"{labels} {said}" if alike else labels for labels, said in side] for side in only]
    return f"expected {_some(sides[0])}; got {_some(sides[1])}"


def _unquoted(text: str) -> str:
    try:
        return str(json.loads(text))
    except ValueError:  # Go quotes what cannot be printed in ways of its own
        return text.strip('"').replace("\\n", "\n")


def _difference(expected: str, got: str) -> str:
    """The samples that are on one side only."""
    wanted, found = _SAMPLE.findall(expected), _SAMPLE.findall(got)
    only = [one for one in wanted if one not in found], [one for one in found if one not in wanted]
    sides = [_some(list(map(_readable, side))) for side in only]
    return f"expected {sides[0]}; got {sides[1]}"


def _some(texts: Sequence[str]) -> str:
    return ", ".join(texts[:_SHOWN]) + ", …" * (len(texts) > _SHOWN) or "nothing more"


def _readable(sample: str) -> str:
    """`{__name__="x", a="b"} 1E+01` as `x{a="b"} 10`."""
    labels, _, value = sample.rpartition(" ")
    named = _NAME.match(labels)
    return f"{named[1]}{{{labels[named.end() :]} {float(value):g}" if named else sample


def _span(path: str, spec: str, line: int) -> Span:
    """The line of a spec, without its indentation."""
    lines = spec.splitlines()
    text = lines[line - 1] if line <= len(lines) else ""
    start = len(text) - len(text.lstrip()) + 1
    return Span(path, line, start, line, max(len(text.rstrip()) + 1, start + 1))
