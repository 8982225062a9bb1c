"""Rule tests run by promtool, some at a time, and what fails shown at the line of the spec that it is about.

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
from compiler.diagnostics import Diagnostic, Span
from compiler.promtool import Run, run

TEST_FAILED: Final = "PG415"
RULES_REFUSED: Final = "PG416"

_TOGETHER: Final = 12  # tests in a run of promtool: enough to outweigh its start, few enough to see progress
_TIMEOUT: Final = 600.0
# promtool seldom drops a sample of a test over days, and another one the next time
# (github.com/prometheus/prometheus/issues/8365).
_TRIES: Final = 2
_SHOWN: Final = 6
_TEST: Final = re.compile(r"^(?=  - name: )", re.MULTILINE)
_FAILURE: Final = re.compile(r'expr: ("(?:[^"\\]|\\.)*"), time: \S+,\s*\n\s*exp:(.*)\n\s*got:(.*)')
_ASKS: Final = re.compile(r"# (?P<title>.*) \([^()]*:(?P<line>\d+)\): (?P<what>.*)")
_NAME: Final = re.compile(r'\{__name__="([^"]*)"(?:, )?')
_SAMPLE: Final = re.compile(r'\{(?:[^"{}]|"(?:[^"\\]|\\.)*")*\} [^\s,]+')


@dataclass(frozen=True, slots=True)
class Part:
    """Some tests of a gate: a whole test file, and how many tests it has. `spec` is the path of the gate's spec."""

    gate: str
    spec: str
    text: str
    count: int


def parts(gate: str, spec: str, tests: str) -> tuple[Part, ...]:
    """A test file in parts that can be run by themselves."""
    head, *each = _TEST.split(tests)
    some = [each[n : n + _TOGETHER] for n in range(0, len(each), _TOGETHER)]
    return tuple(Part(gate, spec, head + "".join(one), len(one)) for one in some)


def outcomes(
    work: Sequence[Part], rules: Mapping[str, str], specs: Mapping[str, str], promtool: str
) -> Iterator[tuple[Part, tuple[Diagnostic, ...]]]:
    """Each part with what failed, in order. `rules` are rule files by gate, `specs` the texts of specs by path."""
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        runs = pool.map(lambda part: _run(part, rules[part.gate], promtool), work)
        yield from ((part, tuple(_problems(part, ran, specs))) for part, ran in zip(work, runs, strict=True))


def _run(part: Part, rules: str, promtool: str) -> Run:
    with tempfile.TemporaryDirectory(prefix="promgate-") as name:
        directory = Path(name)
        (directory / naming.RECORDING_RULES_FILE).write_text(rules, encoding="utf-8")
        (directory / naming.RULE_TESTS_FILE).write_text(part.text, encoding="utf-8")
        for _ in range(_TRIES):
            ran = run([promtool, "test", "rules", naming.RULE_TESTS_FILE], directory, _TIMEOUT)
            if ran.ok or ran.failure:
                break
        return ran


def _problems(part: Part, ran: Run, specs: Mapping[str, str]) -> Iterator[Diagnostic]:
    if ran.failure:
        yield replace(ran.failure, hint="run it by hand")  # what is suggested to who validates does not help here
        return
    failures = _FAILURE.findall(ran.output)
    if not ran.ok and not failures:
        hint = "run `promgate generate`"
        yield Diagnostic(
            RULES_REFUSED, f"promtool refuses the rules of {part.gate}: {ran.output.strip()[:2000]}", None, hint
        )
    for asked, expected, got in failures:
        said, _, _ = _unquoted(asked).partition("\n")
        match = _ASKS.fullmatch(said)
        message = f"{part.gate}: {match['title']}: {match['what']}" if match else f"{part.gate}: {said}"
        span = _span(part.spec, specs[part.spec], int(match["line"])) if match else None
        hint = "run `promgate generate`, if the rules were changed or are not of this commit"
        yield Diagnostic(TEST_FAILED, f"a test fails: {message}", span, hint, note=_difference(expected, got))


def _unquoted(text: str) -> str:
    try:
        return str(json.loads(text))
    except ValueError:  # Go quotes what cannot be printed in ways of its own
        return text.strip('"').replace("\\n", "\n")


def _difference(expected: str, got: str) -> str:
    """The samples that are on one side only."""
    wanted, found = _SAMPLE.findall(expected), _SAMPLE.findall(got)
    only = [one for one in wanted if one not in found], [one for one in found if one not in wanted]
    sides = [", ".join(map(_readable, side[:_SHOWN])) + ", …" * (len(side) > _SHOWN) or "nothing more" for side in only]
    return f"expected {sides[0]}; got {sides[1]}"


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
