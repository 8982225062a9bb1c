"""The same expressions for us and for promtool of three generations: accepted alike, and computed alike.

promtool is the authority. Expressions are generated from the grammar, and mutated piece by piece.
"""

import random
from collections.abc import Iterator, Sequence
from math import copysign, fmod, inf, isfinite, isnan, nan

import pytest
import yaml
from engines import SUITES, Engine, find_engine, promtool_test, require
from expressions import Generator, mutate
from promtool_oracle import refused

from compiler.promql.expr import Binary, Call, Expr, Negative, Number
from compiler.promql.features import EXPERIMENTAL_FUNCTIONS, VERSIONS
from compiler.promql.grammar import Parsed, read
from compiler.promql.parse import parse
from compiler.promql.printer import show
from compiler.promql.problem import PromQLError
from compiler.promql.typecheck import check

ENABLE = f"--enable-feature={EXPERIMENTAL_FUNCTIONS}"


def readable(text: str) -> Parsed | None:
    """The expression, if nothing is wrong with it."""
    try:
        parsed = read(text)
    except PromQLError:
        return None
    return None if any(check(parsed)) else parsed


def corpus(seed: int, count: int) -> list[str]:
    """As many generated expressions as mutated ones."""
    chance = random.Random(seed)
    generator = Generator(chance)
    generated = [generator.expression(chance.choice((1, 2, 3, 4))) for _ in range(count)]
    return generated + [mutate(chance.choice(generated), chance, generated) for _ in range(count)]


def disagreements(engine: Engine, texts: Sequence[str], *, flags: frozenset[str] = frozenset()) -> Iterator[str]:
    """The expressions that only one of the two accepts."""
    theirs = refused(engine, texts, *((ENABLE,) if flags else ()))
    version = ".".join(map(str, engine.version))
    for index, text in enumerate(texts):
        parsed = readable(text)
        accepted = parsed is not None and all(feature.accepted_by(version, flags) for feature, _ in parsed.used)
        if accepted == (index in theirs):
            yield f"{text!r}: promtool says {theirs.get(index, 'it is fine')}"


def engine_of(suite: str) -> Engine:
    """The engine of a suite, which must be one of the versions that the table of features knows."""
    engine = require(find_engine(suite), f"no Prometheus of {suite}")
    assert ".".join(map(str, engine.version)) in VERSIONS
    return engine


@pytest.mark.engine
@pytest.mark.parametrize("suite", SUITES)
def test_promtool_accepts_the_same_expressions(suite: str) -> None:
    """Each generation refuses exactly what we say that it refuses."""
    assert list(disagreements(engine_of(suite), corpus(seed=0, count=1000))) == []


@pytest.mark.engine
@pytest.mark.slow
@pytest.mark.parametrize("suite", SUITES)
def test_promtool_accepts_the_same_of_very_many_expressions(suite: str) -> None:
    """As above, over 20,000."""
    engine = engine_of(suite)

    assert [row for seed in range(1, 6) for row in disagreements(engine, corpus(seed, count=2000))] == []


@pytest.mark.engine
def test_promtool_accepts_the_same_experimental_functions() -> None:
    """With the feature flag that enables them."""
    flags = frozenset({EXPERIMENTAL_FUNCTIONS})
    texts = [text for text in corpus(seed=7, count=3000) if (parsed := readable(text)) and parsed.used]

    assert len(texts) > 50
    assert list(disagreements(engine_of("forky"), texts, flags=flags)) == []


@pytest.mark.engine
def test_promtool_computes_what_our_tree_says() -> None:
    """Precedence and associativity are Prometheus' own: operators without parentheses give the same results."""
    chance = random.Random(3)
    texts = [_sums(chance) for _ in range(400)]
    results = [(text, _evaluate(parse(text))) for text in texts]
    wanted = [(text, value) for text, value in results if value is None or isfinite(value)]
    assert len(wanted) > 200
    tests = [
        {"expr": text, "eval_time": "0m", "exp_samples": [] if value is None else [{"labels": "{}", "value": value}]}
        for text, value in wanted
    ]
    document = {"rule_files": [], "evaluation_interval": "1m", "tests": [{"interval": "1m", "promql_expr_test": tests}]}

    ok, said = promtool_test(engine_of("bookworm"), yaml.safe_dump(document), {})

    assert ok, said[:2000]


def test_what_is_printed_is_read_back_as_the_same_tree() -> None:
    """Of all generated expressions that promgate allows."""
    count = 0
    for text in corpus(seed=11, count=1500):
        try:
            tree = parse(text)
        except PromQLError:
            continue
        count += 1
        assert repr(parse(show(tree))) == repr(tree), text  # NaN is not equal to itself
    assert count > 500


_OPERATORS = ("+", "-", "*", "/", "%", "^", "and", "or", "unless", "<", ">", ">=", "==", "== bool", "< bool")


def _sums(chance: random.Random) -> str:
    """Vectors of one element joined by operators, with few parentheses."""
    parts: list[str] = []
    for index in range(chance.randrange(2, 7)):
        operand = f"{chance.choice(('', '', '', '-'))}vector({chance.choice((0, 1, 2, 3, 0.5))})"
        if chance.random() < 0.15:
            operand = f"({_sums(chance)})"
        parts += ([chance.choice(_OPERATORS)] if index else []) + [operand]
    return " ".join(parts)


def _evaluate(expr: Expr) -> float | None:
    """The value of the one element; None if there is none."""
    match expr:
        case Call("vector", (Number(value),)):
            return value
        case Negative(inner):
            negated = _evaluate(inner)
            return None if negated is None else -negated
        case Binary():
            return _joined(expr, _evaluate(expr.left), _evaluate(expr.right))
        case _:
            raise AssertionError(expr)


def _joined(expr: Binary, left: float | None, right: float | None) -> float | None:
    if expr.op in ("and", "or", "unless"):
        keeps = {"and": right is not None, "or": True, "unless": right is None}[expr.op]
        return right if expr.op == "or" and left is None else left if keeps else None
    if left is None or right is None:
        return None
    if expr.op in ("<", ">", ">=", "=="):
        holds = {"<": left < right, ">": left > right, ">=": left >= right, "==": left == right}[expr.op]
        return float(holds) if expr.returns_bool else left if holds else None
    return _computed(expr.op, left, right)


def _computed(op: str, left: float, right: float) -> float:
    """As IEEE 754 has it, where Python raises."""
    match op:
        case "+" | "-" | "*":
            return {"+": left + right, "-": left - right, "*": left * right}[op]
        case "/" | "%" if right == 0:
            return copysign(inf, left) * copysign(1, right) if op == "/" and left and not isnan(left) else nan
        case "/" | "%":
            return left / right if op == "/" else fmod(left, right) if isfinite(left) else nan
        case _:
            return _power(left, right)


def _power(base: float, exponent: float) -> float:
    odd = exponent % 2 == 1
    if base == 0 and exponent < 0:
        return copysign(inf, base) if odd else inf
    try:
        value = base**exponent
    except OverflowError:
        return -inf if base < 0 and odd else inf
    return value if isinstance(value, float) else nan
