"""What the reference gate reads on backfilled data, counted by each engine."""

from collections.abc import Iterable
from typing import Any

import pytest
from bench.counts import Counts, count, plan, reference, total
from bench.document import DOCUMENT, IN_ITS_MANNER
from bench.fleet import Counted, platform
from bench.floor import INSTANTS, RANGES
from bench.replay import Measured
from engines import Engine

from compiler.middle.cost import predict
from compiler.middle.dependencies import closure, dependencies
from compiler.naming import CRITERION_VALUE, OVERALL_HELD, OVERALL_PASS
from compiler.promql.expr import Expr, Matrix, Vector
from compiler.promql.printer import show
from compiler.promql.walk import children

# Asks for the evaluations in which the gate was not met; there are none here, and a prediction takes filters for open.
UPPER_BOUND = {OVERALL_HELD}


@pytest.fixture(scope="module")
def counts(engine: Engine) -> Counts:
    """One evaluation of everything."""
    return count(engine)


def test_the_gate_that_is_counted_is_open(counts: Counts) -> None:
    """The platform is healthy, so that every rule reads what it reads on a good day, in each of the variants."""
    for measured in (counts.gate, counts.exact, counts.plain, counts.bare):
        (verdict,) = [one.asked.values for one in measured if one.rule.record == OVERALL_PASS]
        assert verdict == [1]


def test_every_criterion_has_a_query_by_hand() -> None:
    """The document's queries and those in its manner are one for each criterion."""
    gate = plan(reference())

    assert {*DOCUMENT, *IN_ITS_MANNER} == {one.id for one in gate.criteria}
    assert not DOCUMENT.keys() & IN_ITS_MANNER.keys()


def test_the_queries_by_hand_ask_what_the_criteria_ask(counts: Counts) -> None:
    """Repaired, each of them gives the values of its criterion, so that the comparison is a fair one."""
    by_hand = {**counts.document, **counts.manner}
    del by_hand["metrics_fresh"]  # the document asks for the age of one metric, the criterion for that of all

    assert {criterion: asked.values for criterion, asked in by_hand.items()} == {
        criterion: pytest.approx(_values(counts.exact, criterion), rel=1e-9) for criterion in by_hand
    }


def test_an_error_that_is_allowed_is_not_exceeded(counts: Counts) -> None:
    """The only criterion with `max_error` is off by less than that, and the others not at all."""
    criteria = {one.id for one in plan(reference()).criteria}
    moved = {one for one in criteria if _values(counts.gate, one) != _values(counts.exact, one)}
    (rough,), (exact,) = (_values(measured, "daily_cost_variance") for measured in (counts.gate, counts.exact))

    assert moved == {"daily_cost_variance"}
    assert abs(rough - exact) < 0.001 * (1 + exact)


def test_the_passes_change_no_value_and_no_state(counts: Counts) -> None:
    """Values to 1e-9 of the sums that they are made of, and all else exactly; for a fraction of the samples."""
    ours, plain = _by_criterion(counts.exact), _by_criterion(counts.plain)

    assert ours == {key: pytest.approx(values, rel=1e-9, abs=1e-9) for key, values in plain.items()}
    assert total(counts.exact) < total(counts.plain) / 5


def test_guards_cost_little(counts: Counts) -> None:
    """Against each distinct read once: at most 1.05 times without the guards of laws 2 and 3, 1.15 times with them."""
    assert total(counts.bare) <= 1.05 * counts.of_floor
    assert total(counts.exact) <= 1.15 * counts.of_floor


def test_a_gate_reads_a_quarter_of_the_queries_by_hand(counts: Counts) -> None:
    """All criteria with all guards, against one query a criterion, and against the document's own 17 alone."""
    document = sum(asked.samples for asked in counts.document.values())

    assert total(counts.gate) <= counts.of_document / 4
    assert total(_needed(counts.gate, DOCUMENT)) <= document / 4


def test_the_gate_reads_what_the_floor_lists() -> None:
    """Ranges: exactly those, beside short ones that ask what was the case when a window began. Instants: those."""
    rules = plan(reference(exact=True)).rules
    raw = [one for rule in rules for one in _ranges(rule.expr) if ":" not in one.vector.name]
    ranges = {show(one) for one in raw if one.vector.offset is None}

    assert ranges == set(RANGES)
    assert len(set(INSTANTS)) == len(INSTANTS)


def test_every_rule_reads_and_records_what_is_predicted(counts: Counts) -> None:
    """To the sample, and to the series."""
    cost = predict(plan(reference()), Counted(tuple(platform())))

    assert [(one.rule, one.counted, one.series) for one in cost.rules if one.rule.record not in UPPER_BOUND] == [
        (one.rule, one.samples, len(one.asked.result)) for one in counts.gate if one.rule.record not in UPPER_BOUND
    ]
    bounds = {one.rule.record: one.counted for one in cost.rules if one.rule.record in UPPER_BOUND}
    assert all(bounds[one.rule.record] >= one.samples for one in counts.gate if one.rule.record in bounds)


def test_what_prometheus_does_not_count_is_little(counts: Counts) -> None:
    """The bounds hold too when the samples inside of subqueries are counted, which Prometheus leaves out."""
    fleet = Counted(tuple(platform()))
    exact = predict(plan(reference(exact=True)), fleet)

    assert _without_bounds(exact.rules, "counted") == _without_bounds(counts.exact, "samples")
    assert exact.samples <= 1.15 * counts.of_floor
    assert predict(plan(reference()), fleet).samples <= counts.of_document / 4


def _without_bounds(rules: Iterable[Any], count: str) -> int:
    return sum(getattr(one, count) for one in rules if one.rule.record not in UPPER_BOUND)


def _ranges(expr: Expr) -> Iterable[Matrix]:
    if isinstance(expr, Matrix):
        yield expr
    elif not isinstance(expr, Vector):
        for child in children(expr):
            yield from _ranges(child)


def _values(measured: Iterable[Measured], criterion: str) -> list[float]:
    own = ("criterion", criterion)
    (values,) = [m.asked.values for m in measured if m.rule.record == CRITERION_VALUE and own in m.rule.labels]
    return values


def _by_criterion(measured: Iterable[Measured]) -> dict[tuple[str, str], list[float]]:
    """What each criterion records, by name."""
    rows = ((one.rule.record, dict(one.rule.labels).get("criterion"), one.asked.values) for one in measured)
    return {(record, criterion): values for record, criterion, values in rows if criterion}


def _needed(measured: tuple[Measured, ...], criteria: Iterable[str]) -> list[Measured]:
    """What was measured of the rules of some criteria, and of all that those read."""
    rules = tuple(one.rule for one in measured)
    own = {("criterion", criterion) for criterion in criteria}
    start = [place for place, rule in enumerate(rules) if own & set(rule.labels)]
    return [measured[place] for place in sorted(closure(start, dependencies(rules)))]
