"""A compiler that lost a guard: the synthesised tests of the whole one fail on its rules, without a fault or server."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from engines import ROOT, Engine, run_tool
from faults.breaks import BREAKS, Break
from mutants.batch import rule_text
from mutants.rules import Suite, suites

from compiler.backends.promtool_tests import render
from compiler.engines import PROMETHEUS
from compiler.frontend import check_specs
from compiler.middle.lower import lower
from compiler.middle.plan import GatePlan
from compiler.spec.text import SpecFile

_GATES: Final = (ROOT / "tests" / "proof" / "gates" / "kinds.yaml", ROOT / "specs" / "checkout-readiness.yaml")
# Not in the rules: what the reader takes.
_OF_THE_READER: Final = ("no-revision", "no-age")
# Known gaps: only the faults on servers notice these. No synthesised scenario loses a group in a join or in its totals,
# and the gates that are tried have no `or vector(0)` beside labels.
_UNNOTICED: Final = ("lost-pools", "lost-groups", "plain-or-zero")
_RULES: Final = tuple(
    one for one in BREAKS if one.on == PROMETHEUS.name and one.name not in (*_OF_THE_READER, *_UNNOTICED)
)


def plan(path: Path) -> GatePlan:
    """The gate as the compiler has it now, broken or not."""
    (spec,) = check_specs([SpecFile(path.name, path.read_bytes())]).specs
    return lower(spec.gate, spec.source)


@pytest.fixture(scope="module")
def whole() -> dict[Path, tuple[Suite, ...]]:
    """The gates with what their tests are, by an unbroken compiler."""
    return {path: suites(plan(path)) for path in _GATES}


def changed(one: Break, whole: dict[Path, tuple[Suite, ...]]) -> Iterator[tuple[Suite, str]]:
    """The tests of each criterion, or of the decision, whose rules are others now, with these rules."""
    for path in _GATES:
        with one.applied():
            broken = plan(path)
        by_subject = {suite.subject: suite for suite in suites(broken)}
        for suite in whole[path]:
            before, after = _rules(suite), _rules(by_subject[suite.subject])
            after = after.replace(broken.revision, suite.gate.revision)
            if before != after:
                yield suite, after


def _rules(suite: Suite) -> str:
    group = {"name": "g", "rules": [rule_text(rule) for rule in suite.rules]}
    return json.dumps({"groups": [group]})


def passes(engine: Engine, directory: Path, suite: Suite, rules: str) -> bool:
    """Whether the tests pass with these rules."""
    (directory / "rules.yml").write_text(rules)
    (directory / "tests.yml").write_text(render([], ["rules.yml"], suite.gate.judged_at, suite.tests))
    ok, _ = run_tool(engine.promtool, "test", "rules", "tests.yml", cwd=directory)
    return ok


@pytest.mark.slow
@pytest.mark.parametrize("one", _RULES, ids=lambda one: one.name)
def test_the_tests_notice_that_a_guard_is_gone(
    any_engine: Engine, tmp_path: Path, whole: dict[Path, tuple[Suite, ...]], one: Break
) -> None:
    """Of some criterion, or of the decision; with the guard they pass."""
    for suite, rules in changed(one, whole):
        if not passes(any_engine, tmp_path, suite, rules):
            assert passes(any_engine, tmp_path, suite, _rules(suite))
            return
    pytest.fail(f"nobody notices: {one.title}")
