"""Mutants of the alert rules of a gate, held against its synthesised `alert_tests.yml`.

Many share a run of promtool, as copies under names of their own; every test then asks for each copy what it asks for
the alert that this stands for.
"""

import json
import re
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from mutants.model import Change, Mutant, Outcome
from mutants.operators import mutations
from mutants.rules import is_valid

from compiler.backends.alert_rules import alerts
from compiler.backends.alert_tests import AlertTest, Check, alert_tests, written
from compiler.backends.rules_yaml import RuleText
from compiler.fields import Duration
from compiler.middle.plan import GatePlan
from compiler.promql.build import equal
from compiler.promql.expr import Binary, Call, Expr, Matcher, Number, Vector
from compiler.promql.printer import show

_BATCH: Final = 60
_TIMEOUT: Final = 600  # seconds
_FAILED: Final = re.compile(r"(?:alertname: |rule: )\w+_m(\d+), time: ")
_IN_ERROR: Final = re.compile(r"rule: \w+_m(\d+), time: ")


@dataclass(frozen=True)
class AlertChange:
    """Another alert in the place of one, or none."""

    rule: RuleText
    instead: RuleText | None


def mutants(gate: GatePlan) -> Iterator[Mutant]:
    """Every mutant of every alert."""
    seen: Counter[tuple[str, Change]] = Counter()
    for rule, _ in alerts(gate):
        place = " ".join((rule.name, *(text for label, text in rule.labels if label in {"category", "criterion"})))
        for change, instead in _of_alert(rule):
            seen[place, change] += 1
            yield Mutant(gate.name, place, (place,), change, seen[place, change], AlertChange(rule, instead))


def _of_alert(rule: RuleText) -> Iterator[tuple[Change, RuleText | None]]:
    for change, expr in mutations(rule.expr):
        if is_valid(show(expr)):
            yield change, replace(rule, expr=expr)
    for i, (label, value) in enumerate(rule.labels):
        labels = (*rule.labels[:i], (label, f"{value}x"), *rule.labels[i + 1 :])
        yield Change("label", f'{label}="{value}"', f'{label}="{value}x"'), replace(rule, labels=labels)
        if _is_of_series(rule.expr, equal(label, value)):
            continue  # it is said again, for promtool's lint
        fewer = (*rule.labels[:i], *rule.labels[i + 1 :])
        yield Change("label", f'{label}="{value}"', "nothing"), replace(rule, labels=fewer)
    if rule.wait:
        length = rule.wait.milliseconds
        for wait in (None, Duration(length * 2), Duration(length // 2)):
            yield Change("for", str(rule.wait), str(wait)), replace(rule, wait=wait)
    yield Change("rule left out", rule.name, "nothing"), None


def _is_of_series(expr: Expr, matcher: Matcher) -> bool:
    """Whether the series that make the alert fire have the label."""
    match expr:
        case Binary(_, left, Number() | Call()):
            return _is_of_series(left, matcher)
        case _:
            return isinstance(expr, Vector) and matcher in expr.matchers


def run(promtool: Path, gate: GatePlan, chosen: Sequence[Mutant]) -> Iterator[Outcome]:
    """The outcome of each mutant. Raises AssertionError if a test fails without any."""
    tests = tuple(alert_tests(gate))
    for at in range(0, len(chosen), _BATCH):
        numbered = dict(enumerate(chosen[at : at + _BATCH], 1))
        dead = _killed(promtool, gate, tests, numbered)
        yield from (Outcome(one, killed=number in dead) for number, one in numbered.items())


def _killed(promtool: Path, gate: GatePlan, tests: Sequence[AlertTest], numbered: Mapping[int, Mutant]) -> set[int]:
    dead: set[int] = set()
    whole = {number: AlertChange(rule, rule) for number, (rule, _) in enumerate(alerts(gate), len(numbered) + 1)}
    while True:
        alive = {number: one.payload for number, one in numbered.items() if number not in dead}
        said = _run(promtool, gate, tests, {**alive, **whole})
        found = {int(number) for number in _FAILED.findall(said)}
        assert not found & whole.keys(), f"an alert itself fails:\n{said[:3000]}"
        dead |= found
        # An evaluation that fails ends its test, so that nothing is known of the others.
        if not _IN_ERROR.search(said):
            assert found or "SUCCESS" in said, said[:3000]
            return dead


def _run(promtool: Path, gate: GatePlan, tests: Sequence[AlertTest], changes: Mapping[int, AlertChange]) -> str:
    rules = [_text(one.instead, number) for number, one in changes.items() if one.instead]
    asked = [replace(test, checks=tuple(_checks(test, changes))) for test in tests]
    with tempfile.TemporaryDirectory(prefix="promgate-") as name:
        directory = Path(name)
        (directory / "rules.yml").write_text(json.dumps({"groups": [{"name": "g", "rules": rules}]}))
        (directory / "tests.yml").write_text(json.dumps(written(gate, ["rules.yml"], asked)))
        command: list[str | Path] = [promtool, "test", "rules", "tests.yml"]
        ran = subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=_TIMEOUT, check=False)
    return ran.stdout + ran.stderr


def _checks(test: AlertTest, changes: Mapping[int, AlertChange]) -> Iterator[Check]:
    """What is asked of the alert that each copy stands for."""
    for number, change in changes.items():
        own = dict(change.rule.labels).items()
        for check in test.checks:
            if check.alert == change.rule.name:
                fires = tuple(one for one in check.fires if own <= one.labels.items())
                yield replace(check, alert=f"{check.alert}_m{number}", fires=fires)


def _text(rule: RuleText, number: int) -> dict[str, Any]:
    return {
        "alert": f"{rule.name}_m{number}",
        "expr": show(rule.expr),
        **({"for": str(rule.wait)} if rule.wait else {}),
        "labels": dict(rule.labels),
        "annotations": dict(rule.annotations),
    }
