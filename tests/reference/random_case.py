"""Random cases, each the same every time: families of a gate and samples of a platform that ever more happens to."""

from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Any

from reference import random_gate
from reference.case import Case, InvalidSpecError, compiled
from reference.evaluation import judge
from reference.moment import Groups, Moment
from reference.prometheus import of_version
from reference.random_bounds import with_bounds
from reference.random_faults import faulty
from reference.random_gate import Draft
from reference.random_series import healthy, platform
from reference.series import read

from compiler.engines import EngineName
from compiler.spec.load import load

STEP = 15_000
FAMILY = 4
_EVALUATIONS = 18


def family(seed: str, engine: EngineName = "prometheus") -> list[Case]:
    """Some cases with one gate: on healthy data, and on data that more and more has happened to.

    Empty if what was drawn is no valid spec.
    """
    rng = Random(seed)
    every = rng.choice([1, 2, 2, 4])
    made = random_gate.draft(rng, every * STEP, engine)
    evaluate_every = rng.choice([30, 45, 60, 60, 90, 50, 70])  # on the steps, and off them
    until = evaluate_every * 1000 * _EVALUATIONS
    steps = until // STEP + 1
    defaults = {
        "engine": engine,
        "window": made.window(),
        "scrape_interval": f"{every * STEP // 1000}s",
        "evaluate_every": f"{evaluate_every}s",
        "stabilization": f"{rng.choice([evaluate_every, 100, 180, 240])}s",
        "min_coverage": rng.choice(["80%", "80%", "50%", "100%"]),
    }
    rows = healthy(made, platform(rng, steps, every))
    draft = _case(made, defaults, rows, until)
    limits = list(with_bounds(made, _values(draft)))
    for line in limits:
        series, _, value = line.rpartition(" ")
        rows[series] = [value] * steps
    case = _case(made, defaults, rows, until)
    try:
        compiled(case)
    except InvalidSpecError:
        return []
    return [replace(case, series=_texts(faulty(rng, rows, count))) for count in (0, 1, 2, 4)[:FAMILY]]


def _case(made: Draft, defaults: dict[str, Any], rows: dict[str, list[str]], until: int) -> Case:
    spec = random_gate.spec(made)
    return Case({**spec, "defaults": defaults}, _texts(rows), STEP, until)


def _texts(rows: dict[str, list[str]]) -> dict[str, str]:
    return {series: " ".join(tokens) for series, tokens in rows.items() if any(token != "_" for token in tokens)}


def _values(case: Case) -> dict[str, Groups]:
    """The values that the criteria have at the end."""
    loaded = load(case.text, "case.yaml")
    if loaded.gate is None:
        return {}
    moment = Moment(of_version((2, 42)), read(case.series, case.interval), case.until)
    return {name: verdict.values for name, verdict in judge(loaded.gate, moment).criteria.items()}


def cases(seed: int, count: int, engine: EngineName = "prometheus") -> Iterator[Case]:
    """So many cases."""
    number = made = 0
    while made < count:
        for case in family(f"{seed}/{number}", engine)[: count - made]:
            made += 1
            yield case
        number += 1
