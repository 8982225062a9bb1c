"""Many mutants in one run of promtool, as copies of the rules that they change.

A mutant's copy is the changed rule and those that read it, under names of their own (`gate:criterion:state:m17`); what
they read besides is the gate's. Every test then asks for the results of all copies at once, and the answer is compared
here with what the test expects: what promtool would say of each mutant in a run of its own, for a fraction of the time
(test_mutants.py compares the two).
"""

import json
import re
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import floor, isfinite
from pathlib import Path
from typing import Any, Final

from mutants.rules import DECISION, RuleChange, Suite, reads

from compiler import naming
from compiler.backends import input_series
from compiler.backends.promtool_tests import Expectation, Test
from compiler.middle.plan import Rule
from compiler.promql.expr import Expr, Matcher, Matrix, Vector
from compiler.promql.printer import show
from compiler.promql.series import Labels
from compiler.promql.walk import mapped, vectors

_COPY: Final = re.compile(r"(.*):m(\d+)")
_ANSWER: Final = re.compile(r'expr: "# (\d+)\.(\w+)\\n.*\n\s+exp: .*\n\s+got: ?(.*)')
_SAMPLE: Final = re.compile(r'\{((?:[a-zA-Z_]\w*="(?:[^"\\]|\\.)*"(?:, )?)*)\} (\S+?)(?:, |$)')
_LABEL: Final = re.compile(r'([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"')
_ERROR: Final = re.compile(r"rule: (\S+?), time: ")
_RAN: Final = "ran"
_ROUNDS: Final = 30
_TIMEOUT: Final = 600  # seconds

Key = tuple[str, Labels]
Found = dict[Key, float]


class GateFailsError(AssertionError):
    """A test fails without any mutant."""


@dataclass(frozen=True)
class Copy:
    """The rules of one mutant under names of their own. `copied` are the gate's rules in whose place they stand."""

    number: int
    rules: tuple[Rule, ...]
    copied: tuple[Rule, ...]

    @property
    def names(self) -> frozenset[str]:
        """What is recorded under another name."""
        return frozenset(rule.record for rule in self.copied)


def copy(suite: Suite, number: int, change: RuleChange) -> Copy:
    """The changed rule with all that reads it, and with the other rules that these read along with it."""
    at = suite.rules.index(change.rule)
    exprs = {i: rule.expr for i, rule in enumerate(suite.rules)}
    if change.instead:
        exprs[at] = change.instead.expr
    found = {at}
    while more := _next(suite, exprs, found):
        found |= more
    order = [*(i for i in sorted(found) if i != at), at] if change.last else sorted(found)
    copied = [suite.rules[i] for i in order]
    written = [change.instead if i == at else suite.rules[i] for i in order]
    return Copy(number, tuple(_renamed(rule, copied, number) for rule in written if rule), tuple(copied))


def whole_copy(suite: Suite, number: int, rules: Sequence[Rule]) -> Copy:
    """Other rules in the place of all rules of a suite."""
    return Copy(number, tuple(_renamed(rule, rules, number) for rule in rules), suite.rules)


def _next(suite: Suite, exprs: Mapping[int, Expr], found: set[int]) -> set[int]:
    more: set[int] = set()
    for i, expr in exprs.items():
        for vector in vectors(expr):
            writers = set(suite.writers(vector))
            if writers & found:
                more |= {i, *(writers if i in found else ())}
    return more - found


def _renamed(rule: Rule, copied: Sequence[Rule], number: int) -> Rule:
    def name(vector: Vector) -> Vector:
        mine = any(reads(vector, other) for other in copied)
        return replace(vector, name=f"{vector.name}:m{number}") if mine else vector

    return replace(rule, record=f"{rule.record}:m{number}", expr=_with_names(rule.expr, name))


def _with_names(expr: Expr, name: Callable[[Vector], Vector]) -> Expr:
    match expr:
        case Vector():
            return name(expr)
        case Matrix(vector, _):
            return replace(expr, vector=name(vector))
        case _:
            return mapped(expr, lambda child: _with_names(child, name))


def killed(
    promtool: Path, directory: Path, suite: Suite, tests: Sequence[Test], copies: Sequence[Copy]
) -> dict[int, str]:
    """The mutants that the tests notice, by number, with what noticed them."""
    dead: dict[int, str] = {}
    left = list(enumerate(tests))
    for _ in range(_ROUNDS):
        alive = [one for one in copies if one.number not in dead]
        said = _run(promtool, directory, suite, left, alive)
        answers = {(int(m[1]), m[2]): m[3] for m in _ANSWER.finditer(said)}
        errors = _in_error(said, alive)
        ran = [(at, test) for at, test in left if (at, _RAN) in answers]
        assert errors or len(ran) == len(left), f"{suite.subject or 'the decision'} does not run:\n{said[:3000]}"
        dead |= errors
        for at, test in ran:
            dead |= {n: asks for n, asks in _judged(test, at, answers, suite, alive) if n not in dead}
        left = [one for one in left if one not in ran]
        if not left:
            return dead
    raise AssertionError(f"{suite.subject or 'the decision'} did not run to the end")


def _in_error(said: str, alive: Iterable[Copy]) -> dict[int, str]:
    """An evaluation that fails, fails the test."""
    numbers = {one.number for one in alive}
    found = {}
    for match in _ERROR.finditer(said):
        copied = _COPY.fullmatch(match[1])
        assert copied, f"the rule {match[1]} of the gate itself fails:\n{said[:2000]}"
        if int(copied[2]) in numbers:
            found[int(copied[2])] = "an evaluation fails"
    return found


def _judged(
    test: Test, at: int, answers: Mapping[tuple[int, str], str], suite: Suite, alive: Iterable[Copy]
) -> Iterator[tuple[int, str]]:
    """The mutants for which the test does not find what it expects; fails if the gate itself is one of them."""
    for i, expectation in enumerate(test.expectations):
        everything = _parsed(answers.get((at, str(i)), ""))
        whole = everything.get(0, {})
        if not _as_expected(expectation, whole):
            raise GateFailsError(f"without any mutant: {expectation.asks}\n{whole}")
        for one in alive:
            given = _inputs(test, one) if suite.subject == DECISION else frozenset()
            rest = {key: value for key, value in whole.items() if key not in given and not _is_of(key, one.copied)}
            if not _as_expected(expectation, rest | everything.get(one.number, {})):
                yield one.number, expectation.asks


def _is_of(key: Key, rules: Iterable[Rule]) -> bool:
    return any(key[0] == rule.record and set(rule.labels) <= set(key[1]) for rule in rules)


def _inputs(test: Test, one: Copy) -> frozenset[Key]:
    series = (s for inputs in test.inputs for s in inputs.series)
    return frozenset((s.name, s.labels) for s in series if s.name in one.names)


def _as_expected(expectation: Expectation, found: Found) -> bool:
    wanted = {(sample.name, sample.labels): sample.value for sample in expectation.samples}
    return found.keys() == wanted.keys() and all(
        _is_near(expectation, found[key], value) for key, value in wanted.items()
    )


def _is_near(expectation: Expectation, found: float, wanted: float) -> bool:
    if expectation.nearest is not None:
        inverse = 1 / expectation.nearest
        return isfinite(found) and floor(found * inverse + 0.5) == floor(wanted * inverse + 0.5)
    if expectation.within is not None:
        return abs(found - wanted) <= expectation.within
    return found == wanted


def _parsed(answer: str) -> dict[int, Found]:
    """The samples of each mutant by its number, and of the gate itself as number 0."""
    found: dict[int, Found] = {}
    for match in _SAMPLE.finditer(answer):
        labels = {label[1]: json.loads(f'"{label[2]}"') for label in _LABEL.finditer(match[1])}
        name = labels.pop("__name__")
        copied = _COPY.fullmatch(name)
        key = copied[1] if copied else name, tuple(sorted(labels.items()))
        found.setdefault(int(copied[2]) if copied else 0, {})[key] = float(match[2])
    return found


def _run(
    promtool: Path, directory: Path, suite: Suite, tests: Iterable[tuple[int, Test]], copies: Sequence[Copy]
) -> str:
    rules = [*suite.rules, *(rule for one in copies for rule in one.rules)]
    group = {"name": "g", "rules": [rule_text(rule) for rule in rules]}
    now = suite.gate.judged_at
    document = {
        "rule_files": ["rules.yml"],
        "evaluation_interval": str(now),
        "tests": [_test(suite, at, test, copies) for at, test in tests],
    }
    (directory / "rules.yml").write_text(json.dumps({"groups": [group]}))
    (directory / "tests.yml").write_text(json.dumps(document))
    command: list[str | Path] = [promtool, "test", "rules", "tests.yml"]
    ran = subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=_TIMEOUT, check=False)
    return ran.stdout + ran.stderr


def rule_text(rule: Rule) -> dict[str, Any]:
    """A rule as Prometheus reads it."""
    return {"record": rule.record, "expr": show(rule.expr), "labels": dict(rule.labels)}


def _test(suite: Suite, at: int, test: Test, copies: Iterable[Copy]) -> dict[str, Any]:
    now = suite.gate.judged_at
    series = {(s.name, s.labels): s for inputs in test.inputs for s in inputs.series}
    given = {
        input_series.selector(name, labels): input_series.values(one.pieces, test.interval, now)
        for (name, labels), one in series.items()
    }
    # Of criteria, what was left behind is not for their own rules to read; what stands in for results is.
    given |= {
        input_series.selector(f"{name}:m{copy.number}", labels): input_series.values(one.pieces, test.interval, now)
        for copy in copies
        for (name, labels), one in series.items()
        if name in copy.names and (suite.subject == DECISION or naming.STAND_IN in dict(labels))
    }
    asked = [(str(i), _question(one.select)) for i, one in enumerate(test.expectations)]
    return {
        "interval": str(test.interval),
        "input_series": [{"series": name, "values": values} for name, values in given.items()],
        "promql_expr_test": [
            {"expr": f"# {at}.{name}\n{expr}", "eval_time": str(now)} for name, expr in (*asked, (_RAN, "vector(1)"))
        ],
    }


def _question(select: Vector) -> str:
    """The selector, of the gate's series and of all copies."""
    named = next((one for one in select.matchers if one.label == "__name__"), None)
    name = Matcher("__name__", "=~", f"({named.value if named else select.name})(:m[0-9]+)?")
    others = (one for one in select.matchers if one is not named)
    return show(Vector("", (name, *others)))
