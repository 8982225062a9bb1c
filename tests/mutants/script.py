"""Mutants of gate-check.sh, held against the tests that run it on a fake server.

All gates have the same script but for a few lines, so that the mutants are those of the sample gate of the tests.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from queue import SimpleQueue
from typing import Final

from engines import ROOT
from mutants.model import Change, Mutant, Outcome
from mutants.mutated_script import MUTANTS, PIPE
from plans import gate

from compiler.backends import gate_check

# Of tests/, quick ones first.
_TESTS: Final = (
    "backends/test_gate_check.py",
    "backends/test_gate_check_usage.py",
    "backends/test_gate_check_explains.py",
    "backends/test_gate_check_formats.py",
    "reading/test_attacks.py",
    "reading/test_decision_log.py",
    "reading/test_network.py",
    "backends/test_gate_check_waits.py",
)
# One shell is enough to notice: what is mutated reads the same in all.
_ONE_SHELL: Final = "not bash and not busybox"
_BEGINS: Final = "parse() {"
_SWAPS: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "comparison": (
        (" -gt ", " -ge "),
        (" -lt ", " -gt "),
        (" -ne ", " -eq "),
        (" -eq ", " -ne "),
        (" = ", " != "),
        (" != ", " = "),
        (" == ", " != "),
        (" > ", " < "),
        (" < ", " > "),
        ("[ -n ", "[ -z "),
        ("[ -z ", "[ -n "),
        (" left < interval ", " left > interval "),
    ),
    "exit code": (
        ("give_up 2", "give_up 3"),
        ("give_up 3", "give_up 2"),
        ("code=0", "code=1"),
        ("code=1", "code=0"),
        ("code=3", "code=1"),
        ("code=3", "code=0"),
        ("return 1", "return 0"),
        ("exit 0", "exit 1"),
        ('exit "$code"', "exit 0"),
        ('exit "$1"', "exit 0"),
        ("stop 129", "stop 0"),
        ("stop 130", "stop 0"),
        ("stop 143", "stop 0"),
    ),
    "and, or": ((" && ", " || "), (" || ", " && "), (" and ", " or "), (" or ", " and ")),
    "number": (
        ("unit=60", "unit=61"),
        ("unit=3600", "unit=60"),
        ("unit=86400", "unit=3600"),
        ("count + 1", "count + 0"),
        ("0 200", "0 204"),
        ('"200"', '"201"'),
        ('"1"', '"2"'),
        ('"0"', '"1"'),
        ("length) > 1", "length) > 2"),
        ("+ 10 then", "+ 1000 then"),
    ),
    "query": (
        ("<= $max_age", ">= $max_age"),
        ("$VERDICT and ", "$VERDICT or "),
        ("$VERDICT and ($AGE <= $max_age)", "$VERDICT"),
        ("query=$4", "query=$3"),
        ("/api/v1/query", "/api/v1/series"),
        ('"$VERDICT', '"$FACTS'),
        ('facts "$FACTS"', 'facts "$HISTORY"'),
        ('history "$HISTORY"', 'history "$FACTS"'),
    ),
}
_UNSAFE: Final = ("mktemp", "rm -rf", "tmp=''")  # without its own directory, a script would write to /
_OF_CODE: Final = ("comparison", "and, or")
# What each gate's own lines ask for.
_MATCHERS: Final = tuple(
    (rf"^({name}=.*?){matcher}(?=.)", rf"\1{instead}")
    for name in ("VERDICT", "AGE")
    for matcher, instead in ((r',revision="\w+"', ""), (r'gate="\w+",', ""), (r"overall:pass", "overall:met"))
)
_LEFT_OUT: Final = re.compile(
    r"\s*(?!\w+\)|case |esac|fi\b|done|do\b|else|then|\}|\{|#|while|for |if |exec )\S.*(?<![\\{|&(])"
)


@dataclass(frozen=True)
class ScriptChange:
    """A pattern that matches once in the script, and what it becomes."""

    pattern: str
    instead: str


def mutants() -> Iterator[Mutant]:
    """Every mutant of the lines of the script that do something, and of how it judges."""
    (artifact,) = gate_check.emit((gate(),))
    lines = artifact.text.splitlines()
    seen: Counter[Change] = Counter()
    for change, payload in (*_of_lines(lines), *_of_queries(lines)):
        if len(re.findall(payload.pattern, artifact.text, re.MULTILINE)) == 1 and _is_shell(payload, artifact.text):
            seen[change] += 1
            yield Mutant("gate-check", "gate-check.sh", ("the script",), change, seen[change], payload)


def _of_lines(lines: Sequence[str]) -> Iterator[tuple[Change, ScriptChange]]:
    begin, end = lines.index(next(one for one in lines if one.startswith(_BEGINS))), len(lines)
    inside = ""  # of which here-document the line is a part
    for line in lines[begin:end]:
        if inside:
            inside = "" if line == inside else inside
        elif found := re.search(r"<<'(\w+)'", line):
            inside = found[1]
        if inside == "PLAN" or any(word in line for word in _UNSAFE):
            continue
        for operator, pairs in _SWAPS.items():
            where = _code(line) if operator in _OF_CODE else line
            for before, after in pairs:
                for at in (one.start() for one in re.finditer(re.escape(before), where)):
                    changed = line[:at] + after + line[at + len(before) :]
                    yield _change(operator, line, changed)
        if not inside and _LEFT_OUT.fullmatch(line):
            yield _change("line left out", line, ":")


def _code(line: str) -> str:
    """The line without its comment and what is quoted, in the same columns."""
    blank = re.sub(r"'[^']*'|\"[^\"]*\"", lambda found: "~" * len(found[0]), line)
    return re.sub(r"(^|\s)#( .*|$)", lambda found: " " * len(found[0]), blank)


def _change(operator: str, line: str, changed: str) -> tuple[Change, ScriptChange]:
    instead = changed.replace("\\", "\\\\")
    return Change(operator, line.strip(), changed.strip()), ScriptChange(f"^{re.escape(line)}$", instead)


def _of_queries(lines: Sequence[str]) -> Iterator[tuple[Change, ScriptChange]]:
    for pattern, instead in _MATCHERS:
        for line in lines:
            changed, number = re.subn(pattern, instead, line)
            if number:
                yield Change("query", line, changed), ScriptChange(pattern, instead)


def _is_shell(payload: ScriptChange, text: str) -> bool:
    """What no shell can read is no mutant."""
    changed = re.sub(payload.pattern, payload.instead, text, flags=re.MULTILINE)
    ran = subprocess.run(["/bin/sh", "-n"], input=changed, text=True, capture_output=True, check=False)
    return ran.returncode == 0 and changed != text


def run(chosen: Sequence[Mutant], progress: Callable[[int], None], jobs: int) -> Iterator[Outcome]:
    """The outcome of each mutant, which the first test that fails, or does not end, has killed.

    They come as they are known, in no order; `progress` hears how many have been run. Raises AssertionError if a test
    fails without any mutant.
    """
    shares = [chosen[n::jobs] for n in range(jobs)]  # neighbours take about as long as each other
    come: SimpleQueue[Outcome | None] = SimpleQueue()

    def judge(share: Sequence[Mutant]) -> None:
        try:
            for outcome in _outcomes(share):
                come.put(outcome)
        finally:
            come.put(None)

    with ThreadPoolExecutor(jobs) as pool:
        judging = [pool.submit(judge, share) for share in shares]
        for done, outcome in enumerate(chain.from_iterable(iter(come.get, None) for _ in shares), 1):
            progress(done)
            yield outcome
        for one in judging:
            one.result()


def _outcomes(mutants: Sequence[Mutant]) -> Iterator[Outcome]:
    """In one run of pytest, which tells them one by one."""
    tests = [f"tests/{name}" for name in _TESTS]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", "-p", "no:cacheprovider"]
    command += ["-p", "mutants.mutated_script", "-k", f"({_ONE_SHELL}) and not shellcheck", *tests]
    reads, writes = os.pipe()
    with tempfile.TemporaryDirectory(prefix="promgate-") as name, os.fdopen(reads) as pipe:
        changes, said = Path(name, "mutants.json"), Path(name, "said")
        changes.write_text(json.dumps([(one.payload.pattern, one.payload.instead) for one in mutants]))
        own = {
            MUTANTS: str(changes),
            PIPE: str(writes),
            "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "tests"))),
        }
        with said.open("w") as output:
            ran = subprocess.Popen(
                command, cwd=ROOT, env=os.environ | own, stdout=output, stderr=subprocess.STDOUT, pass_fds=(writes,)
            )
        os.close(writes)
        unchanged = pipe.readline()
        assert unchanged == "\n", f"a test fails without any mutant: {unchanged}{said.read_text()[-3000:]}"
        for mutant in mutants:
            noticed_by = pipe.readline()
            assert noticed_by, f"{mutant.change}: pytest ended with {ran.wait()}: {said.read_text()[-3000:]}"
            yield Outcome(mutant, killed=noticed_by != "\n", by=noticed_by.strip())
        assert ran.wait() == 0, said.read_text()[-3000:]
