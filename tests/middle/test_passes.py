"""Each pass of the middle end on small rule lists, before and after, in `<pass>_cases.txt`.

A case is a title (`# …`), rules (`record{label="value"} = expression  # comment`), a line `->`, and the rules after
the pass. Every rule carries `gate="case"`, which is left out.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from compiler.diagnostics import Span
from compiler.fields import Duration
from compiler.middle.inputs import labels
from compiler.middle.optimise import PASSES
from compiler.middle.optimise.base import Frame, Pass
from compiler.middle.plan import Rule
from compiler.promql.parse import parse, parse_selector
from compiler.promql.printer import show

HERE = Path(__file__).parent
GATE = "case"
# The criterion `rough` allows a thousandth, `rougher` ten times that.
FRAME = Frame(GATE, Duration.parse("15s"), {"rough": 0.001, "rougher": 0.01}, inventories=("zones",))


def _name(one: Pass) -> str:
    return str(getattr(one, "__name__", "")).rpartition(".")[2]


def _cases(one: Pass) -> Iterator[tuple[str, list[str], list[str]]]:
    for text in (HERE / f"{_name(one)}_cases.txt").read_text().strip().split("\n\n"):
        title, *lines = text.splitlines()
        middle = lines.index("->")
        yield title.removeprefix("# "), lines[:middle], lines[middle + 1 :]


CASES = [pytest.param(one, *case, id=f"{_name(one)}: {case[0]}") for one in PASSES for case in _cases(one)]


@pytest.mark.parametrize(("one", "title", "before", "after"), CASES)
def test_pass(one: Pass, title: str, before: list[str], after: list[str]) -> None:
    """The rules after the pass are those of the case."""
    rules = tuple(_rule(line) for line in before)

    found = [_line(rule) for rule in one.run(rules, FRAME)]

    assert found == [_line(_rule(line)) for line in after], title


def test_every_pass_has_cases() -> None:
    """And no file of cases is left over."""
    assert sorted(path.name for path in HERE.glob("*_cases.txt")) == sorted(f"{_name(one)}_cases.txt" for one in PASSES)


def _rule(line: str) -> Rule:
    written, _, rest = line.partition(" = ")
    expr, _, comment = rest.partition("  # ")
    selector = parse_selector(written)
    own = {matcher.label: matcher.value for matcher in selector.matchers}
    return Rule(selector.name, parse(expr), labels(gate=GATE, **own), comment, Span("case.yaml", 1, 1, 1, 2))


def _line(rule: Rule) -> str:
    return f"{rule.record}{dict(rule.labels)} = {show(rule.expr)}  # {rule.comment}"
