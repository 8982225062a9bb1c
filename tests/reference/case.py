"""A case: a gate, samples, and the verdicts of the compiled rules beside those of the reference."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import yaml
from reference.evaluation import Evaluation, evaluate
from reference.evaluator import Evaluator
from reference.moment import Groups
from reference.reading import Answer, Job, UnansweredError
from reference.series import Labels, read, shortened

from compiler.backends import recording_rules
from compiler.checks import CHECKS
from compiler.diagnostics import Severity
from compiler.middle.lower import lower
from compiler.spec.load import load
from compiler.spec.model import Gate
from compiler.states import STATES

_OWN: Final = frozenset({"__name__", "gate", "category", "criterion", "revision"})
_NAMES: Final = {state.code: state.name for state in STATES}
_FILES_AT_ONCE: Final = 40

Spec = Mapping[str, Any]


class InvalidSpecError(Exception):
    """The compiler refuses the spec."""


@dataclass(frozen=True)
class Case:
    """A gate as plain data, and samples in promtool's notation. Times are milliseconds.

    `exact`: whether bounds are met to the last bit on every engine, so that even what is close is compared.
    """

    spec: Spec
    series: Mapping[str, str]
    interval: int
    until: int
    exact: bool = False

    @property
    def text(self) -> str:
        """The spec as YAML."""
        return yaml.dump(self.spec, Dumper=yaml.CSafeDumper, sort_keys=False, default_flow_style=None, width=110)


@dataclass(frozen=True, slots=True)
class Seen:
    """What the rules recorded at one time, by criterion and category."""

    values: Mapping[str, Groups]
    states: Mapping[str, str]
    criteria: Mapping[str, float]
    categories: Mapping[str, float]
    met: tuple[float, ...]
    passes: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """Where the rules and the reference disagree."""

    at: int
    what: str
    expected: object
    got: object

    def __str__(self) -> str:
        return f"at {self.at / 1000:g}s, {self.what}: expected {self.expected}, got {self.got}"


@cache
def _compiled(text: str) -> tuple[Gate, str]:
    loaded = load(text, "case.yaml")
    if loaded.gate is None or loaded.source is None:
        raise InvalidSpecError("; ".join(one.message for one in loaded.diagnostics))
    found = [one for check in CHECKS for one in check.check(loaded.gate, loaded.source)]
    if errors := [one.message for one in found if one.severity is Severity.ERROR]:
        raise InvalidSpecError("; ".join(errors))
    return loaded.gate, next(recording_rules.emit((lower(loaded.gate, loaded.source),))).text


def compiled(case: Case) -> tuple[Gate, str]:
    """The gate and its recording rules. Raises InvalidSpecError."""
    return _compiled(case.text)


def times(case: Case) -> range:
    """When the gate of a case is evaluated."""
    gate, _ = compiled(case)
    return range(0, case.until + 1, gate.defaults.evaluate_every.milliseconds)


def expected(case: Case, engine: Evaluator) -> tuple[Evaluation, ...]:
    """What the reference says of a case."""
    gate, _ = compiled(case)
    return evaluate(gate, read(case.series, case.interval), engine.model, case.until)


def seen(engine: Evaluator, cases: Sequence[Case]) -> list[tuple[Seen, ...] | UnansweredError]:
    """What the compiled rules record in each case, at each evaluation. Cases with one gate share a file."""
    shared: dict[tuple[str, int, int], list[int]] = {}
    for i, case in enumerate(cases):
        shared.setdefault((case.text, case.interval, case.until), []).append(i)
    batches = list(shared.values())
    found: dict[int, tuple[Seen, ...] | UnansweredError] = {}
    for start in range(0, len(batches), _FILES_AT_ONCE):
        some = batches[start : start + _FILES_AT_ONCE]
        answers = engine.ask([_job(engine, [cases[i] for i in batch]) for batch in some])
        for batch, answer in zip(some, answers, strict=True):
            found |= _of_batch(engine, cases, batch, answer)
    return [found[i] for i in range(len(cases))]


def _of_batch(
    engine: Evaluator, cases: Sequence[Case], batch: Sequence[int], answer: list[Answer] | UnansweredError
) -> dict[int, tuple[Seen, ...] | UnansweredError]:
    """The answers of the cases of one file; of each alone if one of them broke the file."""
    if not isinstance(answer, UnansweredError):
        return {i: tuple(map(_seen_at, one)) for i, one in zip(batch, answer, strict=True)}
    if len(batch) == 1:
        return {batch[0]: answer}
    return {i: seen(engine, [cases[i]])[0] for i in batch}


def _job(engine: Evaluator, cases: Sequence[Case]) -> Job:
    gate, rules = compiled(cases[0])
    questions = tuple((engine.recorded, at) for at in times(cases[0]))
    every = gate.defaults.evaluate_every.milliseconds
    return Job(rules, tuple(case.series for case in cases), cases[0].interval, every, questions)


def _seen_at(samples: Sequence[tuple[Labels, float]]) -> Seen:
    rows = [(dict(labels), labels, value) for labels, value in samples if ("gate", "case") in labels]

    def named(name: str, label: str) -> dict[str, float]:
        return {own[label]: value for own, _, value in rows if own["__name__"] == name}

    values: dict[str, Groups] = {}
    for own, labels, value in rows:
        if own["__name__"] == "gate:criterion:value":
            member = tuple(pair for pair in labels if pair[0] not in _OWN)
            values.setdefault(own["criterion"], {})[member] = value
    return Seen(
        values,
        {one: _NAMES.get(int(code), str(code)) for one, code in named("gate:criterion:state", "criterion").items()},
        named("gate:criterion:pass", "criterion"),
        named("gate:category:pass", "category"),
        tuple(value for own, _, value in rows if own["__name__"] == "gate:overall:met"),
        tuple(value for own, _, value in rows if own["__name__"] == "gate:overall:pass"),
    )


def differences(judged: Sequence[Evaluation], got: tuple[Seen, ...] | UnansweredError) -> list[Difference]:
    """Where the rules and the reference disagree about a case, the earliest and the most telling first."""
    if isinstance(got, UnansweredError):
        return [Difference(0, "evaluation", "no error", str(got))]
    return [one for expected, at in zip(judged, got, strict=True) for one in _differences(expected, at)]


def _differences(judged: Evaluation, got: Seen) -> Iterator[Difference]:
    for name, verdict in judged.criteria.items():
        values = got.values.get(name, {})
        if not _same(verdict.values, values):
            yield Difference(judged.at, f"value of {name}", _readable(verdict.values), _readable(values))
        if got.states.get(name) != verdict.state.name:
            yield Difference(judged.at, f"state of {name}", verdict.state.name, got.states.get(name))
        if got.criteria.get(name) != float(name in judged.passing):
            yield Difference(judged.at, f"pass of {name}", int(name in judged.passing), got.criteria.get(name))
    for name, passes in judged.categories.items():
        if got.categories.get(name) != float(passes):
            yield Difference(judged.at, f"category {name}", int(passes), got.categories.get(name))
    if got.met != (float(judged.met),):
        yield Difference(judged.at, "met", int(judged.met), got.met)
    if got.passes != (float(judged.passes),):
        yield Difference(judged.at, "pass", int(judged.passes), got.passes)


def _same(one: Groups, other: Groups) -> bool:
    return one.keys() == other.keys() and all(
        math.isclose(one[member], other[member], rel_tol=1e-7, abs_tol=1e-9) for member in one
    )


def _readable(values: Groups) -> dict[str, float]:
    return {",".join(f"{name}={value}" for name, value in member): value for member, value in values.items()}


def doubtful(case: Case, judged: Iterable[Evaluation]) -> bool:
    """Whether a comparison of the case is so close that rounding decides it."""
    return not case.exact and any(one.doubtful for one in judged)


def saved(case: Case, title: str) -> str:
    """A case as a file that a person can read."""
    return f"# {title}\n" + yaml.dump(
        {
            "interval": f"{case.interval}ms",
            "until": f"{case.until}ms",
            "exact": case.exact,
            "series": {name: shortened(tokens.split()) for name, tokens in case.series.items()},
            "spec": dict(case.spec),
        },
        Dumper=yaml.CSafeDumper,
        sort_keys=False,
        default_flow_style=None,
        width=110,
    )
