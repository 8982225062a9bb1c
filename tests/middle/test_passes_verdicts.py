"""The passes change no verdict: rules with and without them say the same of the same series, through promtool."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from typing import Final

import pytest
from bench.counts import plan, reference
from engines import ASKED, SUITES, Engine, find_engine, require
from gates import spec_text
from reference.case import Case, compiled, doubtful, expected, times
from reference.evaluator import of_prometheus
from reference.random_case import cases
from reference.reading import Answer, Job, UnansweredError, ask
from truth.platforms import platforms
from truth.routing_platform import END, STEP, Series
from unoptimised import unoptimised

from compiler import naming
from compiler.backends import recording_rules
from compiler.middle.plan import GatePlan
from compiler.spec.load import load

# What a gate is asked for, whatever the passes record beside it.
_ASKED: Final = '{__name__=~"gate:(criterion|category|overall|input):.*"}'
# By the passes; and of a result, which they leave alone, by the order in which a promtool adds up series.
_ROUNDED: Final = frozenset({naming.CRITERION_VALUE, naming.CRITERION_RESULT})
_ROUNDING: Final = 1e-9
_OF_REVISION: Final = "revision"  # a hash of the rules, which are not the same
_AT_ONCE: Final = 40

Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class _Pair:
    """One gate compiled with the passes and without; `errors` is what its criteria allow (`max_error`)."""

    title: str
    optimised: str
    plain: str
    matrices: tuple[Mapping[str, str], ...]
    interval: int
    every: int
    at: tuple[int, ...]
    errors: Mapping[str, float]

    @property
    def jobs(self) -> tuple[Job, Job]:
        """What promtool is asked."""
        questions = tuple((_ASKED, at) for at in self.at)
        with_passes, without = (
            Job(rules, self.matrices, self.interval, self.every, questions) for rules in (self.optimised, self.plain)
        )
        return with_passes, without


def _compare(engine: Engine, pairs: Sequence[_Pair]) -> list[str]:
    """Where what is recorded with the passes is not what is recorded without, each time that it is asked (ASKED)."""
    found = _compare_once(engine, pairs)
    for _ in range(ASKED - 1):
        some = [i for i, lines in enumerate(found) if lines]
        for i, lines in zip(some, _compare_once(engine, [pairs[i] for i in some]), strict=True):
            found[i] &= lines
    return sorted(set().union(*found))


def _compare_once(engine: Engine, pairs: Sequence[_Pair]) -> list[set[str]]:
    """The differences of each pair."""
    answers = ask(engine.promtool, [job for pair in pairs for job in pair.jobs]) if pairs else []
    return [set(_of_pair(*one)) for one in zip(pairs, answers[::2], answers[1::2], strict=True)]


def _of_pair(pair: _Pair, ours: list[Answer] | UnansweredError, plain: list[Answer] | UnansweredError) -> Iterator[str]:
    assert not isinstance(ours, UnansweredError), ours
    assert not isinstance(plain, UnansweredError), plain
    for number, (one, other) in enumerate(zip(ours, plain, strict=True)):
        yield from (f"{pair.title}, matrix {number}: {line}" for line in _differences(one, other, pair.errors))


def _differences(ours: Answer, plain: Answer, errors: Mapping[str, float]) -> Iterator[str]:
    for one, other in zip(map(_by_labels, ours), map(_by_labels, plain), strict=True):
        assert other
        for labels in dict.fromkeys((*one, *other)):
            values = one.get(labels), other.get(labels)
            if not _same(labels, *values, errors):
                yield f"{dict(labels)}: {values[0]} with the passes, {values[1]} without"


def _by_labels(samples: Sequence[tuple[Labels, float]]) -> dict[Labels, float]:
    return {tuple(pair for pair in labels if pair[0] != _OF_REVISION): value for labels, value in samples}


def _same(labels: Labels, ours: float | None, plain: float | None, errors: Mapping[str, float]) -> bool:
    """Equal, but for what the passes may change in a value."""
    if ours is None or plain is None or ours == plain:
        return ours == plain
    if math.isnan(ours) and math.isnan(plain):  # a result is recorded as it is
        return True
    own = dict(labels)
    if own["__name__"] not in _ROUNDED:
        return False
    error = errors.get(own[naming.CRITERION], 0.0)
    return math.isclose(ours, plain, rel_tol=_ROUNDING, abs_tol=_ROUNDING) or abs(ours - plain) < error * (1 + plain)


def _text(gate: GatePlan) -> str:
    return next(recording_rules.emit((gate,))).text


def _of_platforms(some: Sequence[tuple[str, Series]]) -> list[_Pair]:
    """The reference gate on platforms of the truth table, each judged in one moment."""
    ours, plain = _text(plan(reference())), _text(unoptimised(reference()))
    allowed = {"daily_cost_variance": 0.001}
    at, step = END * STEP * 1000, STEP * 1000
    met = {'gate:overall:met{gate="routing-readiness"}': f"_x{END - 21} 1x19"}
    return [_Pair(title, ours, plain, ({**series, **met},), step, at, (at,), allowed) for title, series in some]


def _of_cases(engine: Engine, some: Sequence[Case]) -> Iterator[_Pair]:
    """Random gates, each with its matrices; those that rounding decides are left out."""
    for text, of in groupby(some, key=lambda case: case.text):
        clear = [case for case in of if not doubtful(case, expected(case, of_prometheus(engine)))]
        if clear:
            gate, ours = compiled(clear[0])
            yield _Pair(
                title=text,
                optimised=ours,
                plain=_text(unoptimised(load(text, "case.yaml"))),
                matrices=tuple(case.series for case in clear),
                interval=clear[0].interval,
                every=gate.defaults.evaluate_every.milliseconds,
                at=tuple(times(clear[0])),
                errors={},
            )


def _of_every_pass() -> _Pair:
    """A gate that each pass has something to do for; what is read coarsely has a burst in the last minute."""
    zones = {"by": ["zone"], "when_idle": "pass"}
    ratio = {"kind": "ratio", "part": "errors_total", "total": "requests_total"}
    criteria: list[dict[str, object]] = [
        {"id": "errors", "title": "T", "measure": ratio, "require": {"at_most": "5%"}, **zones},
        {"id": "new", "title": "T", **_increase_of("requests_total", 1500)},
        {"id": "jobs", "title": "T", "window": "2h", "max_error": "10%", **_increase_of("jobs_total", 9000)},
    ]
    metrics = {name: {"type": "counter"} for name in ("errors_total", "requests_total", "jobs_total")}
    text = spec_text(metrics, criteria, window="10m", scrape_interval="15s")
    spec = load(text, "case.yaml")
    steps = 2 * 3600 // 15 + 25
    series = {
        'requests_total{zone="a"}': f"100+7x{steps - 20} 5+7x19",
        'requests_total{zone="b"}': f"100+9x{steps}",
        'errors_total{zone="a"}': f"3+0.5x{steps}",
        'errors_total{zone="b"}': f"3+0.25x{steps}",
        "jobs_total": f"0+15x{steps - 4} {15 * steps + 1000}+1000x3",
    }
    at = steps * 15_000
    return _Pair(text, _text(plan(spec)), _text(unoptimised(spec)), (series,), 15_000, at, (at,), {"jobs": 0.1})


def _increase_of(metric: str, most: int) -> dict[str, object]:
    return {"measure": {"kind": "increase", "metric": metric}, "require": {"at_most": most}}


def _newest() -> Engine:
    """The newest one: it loses the fewest samples (ASKED)."""
    return _engine(SUITES[-1])


def _engine(suite: str) -> Engine:
    return require(find_engine(suite), f"there is no usable Prometheus of {suite}: run scripts/fetch-engines")


def test_on_a_gate_that_every_pass_changes(engine: Engine) -> None:
    """Increases from rates, totals from groups, what is shared, and a window that is read coarsely."""
    assert _compare(engine, [_of_every_pass()]) == []


@pytest.mark.engine
def test_on_some_platforms() -> None:
    """A few platforms of the truth table."""
    assert _compare(_newest(), _of_platforms(list(platforms())[::31])) == []


@pytest.mark.slow
@pytest.mark.engine
def test_on_every_platform() -> None:
    """Healthy, each criterion bad, each metric missing, each metric ended."""
    assert _compare(_newest(), _of_platforms(list(platforms()))) == []


def test_on_random_gates(engine: Engine) -> None:
    """Every kind of measure over few metrics, so that much is shared, on healthy and on faulty matrices."""
    pairs = list(_of_cases(engine, list(cases(11, 12))))

    assert any(pair.optimised != pair.plain for pair in pairs)
    assert _compare(engine, pairs) == []


@pytest.mark.slow
@pytest.mark.engine
@pytest.mark.parametrize("suite", [SUITES[0], SUITES[-1]])
def test_on_many_random_gates(suite: str) -> None:
    """Three hundred pairs of a gate and a matrix."""
    engine = _engine(suite)
    iterator = _of_cases(engine, list(cases(12, 300)))
    while pairs := list(islice(iterator, _AT_ONCE)):
        assert _compare(engine, pairs) == []
