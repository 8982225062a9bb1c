"""The model of Prometheus gives what promtool gives, function by function, over random series with holes and worse."""

import math
from collections.abc import Callable
from random import Random

import pytest
from engines import Engine
from reference.evaluator import Evaluator, of_prometheus, of_victoria
from reference.prometheus import Prometheus, quantile, total
from reference.reading import Job, UnansweredError, ask
from reference.series import Series, read
from victoria import require_victoria

STEP = 15_000
STEPS = 60
# vmalert-tool wants some.
RULES = "groups: [{name: g, rules: [{record: 'x:y', expr: vector(1)}]}]"
ODD = ["_", "_", "stale", "NaN", "Inf", "-Inf", "-3", "0", "1000000"]
Function = Callable[[Prometheus, Series, int, int], float | None]


def _latest(model: Prometheus, series: Series, at: int, length: int) -> float | None:
    del length
    found = model.latest(series, at)
    return found[1] if found else None


def _over(function: Callable[[list[float]], float]) -> Function:
    def result(model: Prometheus, series: Series, at: int, length: int) -> float | None:
        _, values = model.window(series, at, length)
        return function(list(values)) if values else None

    return result


def _probes_that_saw(model: Prometheus, series: Series, at: int, length: int) -> float | None:
    inside = model.probing(at, length, 50_000)
    seen = sum(inside.latest(series, probe) is not None for probe in inside.probes(at, length, 50_000))
    return float(seen) if seen else None


FUNCTIONS: dict[str, Function] = {
    "last_over_time(m[1ms]) or m": _latest,
    "count_over_time(m[{w}ms])": _over(lambda values: float(len(values))),
    "sum_over_time(m[{w}ms])": _over(total),
    "avg_over_time(m[{w}ms])": _over(lambda values: total(values) / len(values)),
    "count_over_time(m[{w}ms:50s])": _probes_that_saw,
    "rate(m[{w}ms])": lambda model, series, at, length: model.rate(series, at, length),
    "increase(m[{w}ms])": lambda model, series, at, length: model.increase(series, at, length),
    "deriv(m[{w}ms])": lambda model, series, at, length: model.slope(*model.window(series, at, length)),
}


def _tokens(rng: Random) -> list[str]:
    """A counter or a gauge, scraped at every first, second or fourth step, with holes, drops and odd values."""
    every, start = rng.choice([1, 1, 2, 4]), rng.choice([0, 0, 0, 1, 7, 30])
    value, rises = float(rng.choice([0, 5, 1000])), rng.random() < 0.7
    tokens = ["_"] * STEPS
    for i in range(start, STEPS, every):
        value = value + rng.choice([0, 1, 2.5]) if rises else rng.choice([0.1, 5.0, 70.5])
        value = 0.0 if rng.random() < 0.03 else value
        tokens[i] = rng.choice(ODD) if rng.random() < 0.05 else repr(value)
    return tokens


@pytest.mark.parametrize("function", FUNCTIONS)
def test_function(engine: Engine, function: str) -> None:
    """Each function gives the same for each series, at times on and off the steps, over short and long ranges."""
    assert _wrong(of_prometheus(engine), function) == []


@pytest.mark.parametrize("function", [function for function in FUNCTIONS if not function.startswith("rate")])
def test_function_of_victoriametrics(function: str) -> None:
    """So does vmalert-tool; the rules for it do without its `rate`."""
    assert _wrong(of_victoria(require_victoria()), function, RULES) == []


def _wrong(evaluator: Evaluator, function: str, rules: str = "") -> list[tuple[object, ...]]:
    """The first result that is another, with the samples of its series."""
    rng, model = Random(function), evaluator.model
    texts = {f'm{{n="{i}"}}': " ".join(_tokens(rng)) for i in range(40)}
    places = [
        (rng.choice([STEP, 7_000]) * rng.randrange(STEPS), rng.choice([60_000, 100_000, 450_000])) for _ in range(25)
    ]
    job = Job(rules, (texts,), STEP, 60_000 if rules else 1_000, tuple((function.format(w=w), at) for at, w in places))
    (answer,) = evaluator.ask([job])
    assert not isinstance(answer, UnansweredError), answer

    for (at, length), samples in zip(places, answer[0], strict=True):
        got = {dict(labels)["n"]: value for labels, value in samples}
        for i, one in enumerate(model.stored(read(texts, STEP)).by_name["m"]):
            expected = FUNCTIONS[function](model, one, at, length)
            if not model.has_nan and expected is not None and math.isnan(expected):
                expected = None
            if not _same(expected, got.get(str(i))):
                return [(f"at {at} over {length}", list(texts.values())[i], expected, got.get(str(i)))]
    return []


@pytest.mark.parametrize("seed", range(3))
def test_quantile(engine: Engine, seed: int) -> None:
    """The quantile of a histogram is the same, whatever its buckets hold, and whichever of them are missing."""
    rng = Random(seed)
    bounds = ["-1", "0", "0.1", "0.5", "1", "+Inf"]
    histograms = [_counts(rng, bounds) for _ in range(60)]
    texts = {
        f'm{{n="{i}",le="{bound}"}}': f"{count}" for i, one in enumerate(histograms) for bound, count in one.items()
    }
    wanted = [0.5, 0.95, 0.25]
    job = Job("", (texts,), STEP, 60_000, tuple((f"histogram_quantile({q}, m)", 0) for q in wanted))
    (answer,) = ask(engine.promtool, [job])
    assert not isinstance(answer, UnansweredError), answer

    wrong = []
    for q, samples in zip(wanted, answer[0], strict=True):
        got = {dict(labels)["n"]: value for labels, value in samples}
        for i, one in enumerate(histograms):
            expected = quantile(q, [(float(bound), float(count)) for bound, count in one.items()])
            if not _same(expected, got.get(str(i))):
                wrong.append((q, one, "expected", expected, "got", got.get(str(i))))
    assert wrong[:1] == []


def _counts(rng: Random, bounds: list[str]) -> dict[str, str]:
    """Cumulative counts, most of them rising, for some of the bounds."""
    count, counts = 0.0, {}
    for bound in bounds:
        count += rng.choice([0, 0, 1, 2, 7.5, -1])
        if rng.random() > 0.1:
            counts[bound] = repr(count)
    return counts or {"+Inf": "1"}


def _same(expected: float | None, got: float | None) -> bool:
    if expected is None or got is None:
        return expected is got
    if math.isnan(expected) or math.isnan(got):
        return math.isnan(expected) and math.isnan(got)
    return math.isclose(expected, got, rel_tol=1e-9, abs_tol=1e-9)
