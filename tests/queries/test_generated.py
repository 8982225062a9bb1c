"""Generated expressions through all checks: no traceback, and every finding lies in its expression."""

import random

import pytest
from expressions import Generator

from compiler.analysis.facts import Facts
from compiler.queries import findings, understand
from compiler.queries.base import Purpose, Query


@pytest.mark.parametrize("purpose", ["alert", "record", "measure", "document"])
def test_generated_expressions(purpose: Purpose) -> None:
    """Whatever an expression is for."""
    chance = random.Random(5)
    generator = Generator(chance)
    looked_through = 0
    for _ in range(600):
        text = generator.expression(chance.choice((1, 2, 3, 4)))
        query = understand(text, purpose, Facts(), "a:pass")
        found = findings(query) if isinstance(query, Query) else query
        looked_through += isinstance(query, Query)
        for one in found:
            places = [(one.problem.start, one.problem.end), *((start, end) for start, end, _ in one.problem.marks)]
            assert all(0 <= start <= end <= len(text) for start, end in places), text
    assert looked_through > 300


@pytest.mark.parametrize("text", [" or ".join(["x > 1"] * 1000), "x" + " > 1" * 1000, " + ".join(["x"] * 1000)])
def test_long_chains_are_looked_through(text: str) -> None:
    """Chains are followed without recursion."""
    query = understand(text, "alert", Facts())

    assert isinstance(query, Query)
    assert findings(query) == ()
