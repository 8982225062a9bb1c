"""The dashboard's queries on live Prometheus servers: that they run, and that what they answer is true."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from backfilled import FOREVER, NOW, Samples, openmetrics, recorded
from boards import NO_SERIES, PLANS, board, expressions, of_type, titled
from engines import Engine, backfill
from plans import HOSTILE, gate, hostile_gate, override, overrides
from servers import Prometheus, Sample

from compiler import naming
from compiler.middle.plan import GatePlan

Serve = Callable[[Samples], Prometheus]


@pytest.fixture
def serve(any_engine: Engine, tmp_path: Path) -> Iterator[Serve]:
    """Starts a Prometheus that holds these samples."""
    started: list[Prometheus] = []

    def start(series: Samples) -> Prometheus:
        (tmp_path / "samples").write_text(openmetrics(series))
        backfill(any_engine, tmp_path / "samples", tmp_path / "data")
        started.append(Prometheus(any_engine, data_dir=tmp_path / "data", flags=FOREVER).__enter__())
        return started[-1]

    yield start
    for one in started:
        one.stop()


def ask(server: Prometheus, title: str, target: int = 0, at: int = NOW) -> list[Sample]:
    """The answer to a query of the sample gate's dashboard."""
    made = board(gate(overrides=overrides(override())))
    return server.query(titled(made, title)["targets"][target]["expr"], at)


def steady(value: float, seconds: int = 900) -> list[tuple[int, float]]:
    """The same value every 30 seconds until NOW."""
    return [(ago, value) for ago in range(seconds, -1, -30)]


def test_every_query_runs_and_shows_that_nothing_is_there(engine: Engine) -> None:
    """With no gate series at all, stats say NO DATA, and timeline and table still show every criterion."""
    with Prometheus(engine) as server:
        for plan in PLANS.values():
            made = board(plan)
            answers = {expr: server.query(expr) for expr in expressions(made)}

            for stat in of_type(made, "stat"):
                assert {NO_SERIES} >= {sample.value for sample in answers[stat["targets"][0]["expr"]]}
            for panel in (titled(made, "Criteria over time"), titled(made, "Criteria, worst first")):
                rows = answers[panel["targets"][0]["expr"]]
                assert [(key, NO_SERIES) for key in keys(plan)] == [
                    (row.labels[naming.CRITERION], row.value) for row in rows
                ]


def keys(plan: GatePlan) -> list[str]:
    """What a query calls the criteria of a plan: numbered, in digits of one width."""
    width = len(str(len(plan.criteria)))
    return [f"{number:0{width}} {one.id}" for number, one in enumerate(plan.criteria, 1)]


def test_missing_inputs_are_named_exactly(engine: Engine) -> None:
    """Nothing in an input's name is replaced, neither by Grafana nor by PromQL's own `$`."""
    name = hostile_gate().criteria[0].inputs[0].name
    with Prometheus(engine) as server:
        (row,) = server.query(titled(board(hostile_gate()), "Missing inputs")["targets"][0]["expr"])

    assert HOSTILE in name
    assert name == row.labels[naming.INPUT] == row.labels["needed_by"]


def test_missing_inputs_are_those_without_series(serve: Serve) -> None:
    """An input that counts 0 is listed, also one that no criterion names; one that reports is not."""
    server = serve(
        {
            recorded("input:series", "input", "http_errors_total"): [(0, 3)],
            recorded("input:series", "input", 'http_requests_total{code=\\"200\\"}'): [(0, 0)],
            recorded("input:series", "input", "maintenance"): [(0, 0)],
        }
    )

    missing = [row.labels[naming.INPUT] for row in ask(server, "Missing inputs")]

    assert sorted(missing) == ['http_requests_total{code="200"}', "maintenance"]


def test_verdict_follows_decision_and_override(serve: Serve) -> None:
    """0, then 1, then 2 while an override is in force; of two revisions the worse counts."""
    server = serve(
        {
            recorded("overall:pass", "revision", "a"): [(1800, 0), (1200, 1), (600, 1), (0, 1)],
            recorded("overall:pass", "revision", "b"): [(0, 0)],
            recorded("overall:override"): [(1800, 0), (1200, 0), (600, 1), (0, 0)],
        }
    )

    verdicts = [ask(server, "Gate verdict", at=NOW - ago)[0].value for ago in (1800, 1200, 600, 0)]

    assert verdicts == [0, 1, 2, 0]


def test_criteria_not_passing_are_counted_against_all(serve: Serve) -> None:
    """A criterion without a series counts as not passing."""
    server = serve(
        {
            recorded("criterion:pass", "criterion", "availability"): [(0, 1)],
            recorded("criterion:pass", "criterion", "latency"): [(0, 0)],
        }
    )

    assert [row.value for row in ask(server, "Criteria not passing")] == [3]


@pytest.mark.parametrize(("met", "held", "expected"), [(1, 390, 6), (1, 600, 10), (1, 0, 0), (0, 0, -1)])
def test_held_for(serve: Serve, met: int, held: int, expected: int) -> None:
    """How long the gate has been met without a break, in whole minutes; a code of its own where it is not met."""
    server = serve({recorded("overall:met"): [(0, met)], recorded("overall:held"): [(0, held)]})
    (found,) = ask(server, "Stabilising")

    assert found.value == expected


def test_an_override_is_told_while_it_is_in_force(serve: Serve) -> None:
    """Who, why and until when, in Grafana's milliseconds; and what must be re-tested, as a time or 0."""
    who = ("override", "inc-1", "reason", "p0_incident", "ticket", "INC-1", "approver", "ops-lead")
    server = serve(
        {recorded("override:end", *who): [(600, NOW)], recorded("override:retest", *who): [(600, NOW + 60), (0, 0)]}
    )
    labels = dict(zip(who[::2], who[1::2], strict=True))

    found = [
        [(dict(row.labels), row.value) for row in ask(server, title, at=NOW - ago)]
        for title in ("Overrides in force", "Re-tests")
        for ago in (600, 0)
    ]

    assert found == [[(labels, NOW * 1000)], [], [(labels, (NOW + 60) * 1000)], [(labels, 0)]]


def test_a_dead_criterion_turns_grey(serve: Serve) -> None:
    """Once its series is stale, a criterion that passed has no series: nothing carries the green on."""
    server = serve({recorded("criterion:state", "criterion", "latency"): [(600, 0), (330, 0)]})

    at = {
        ago: {r.labels["criterion"]: r.value for r in ask(server, "Criteria over time", at=NOW - ago)}
        for ago in (330, 0)
    }

    assert (at[330]["2 latency"], at[0]["2 latency"]) == (0, NO_SERIES)


def test_values_are_read_in_the_units_of_the_requirement(serve: Serve) -> None:
    """Of several members the worst is shown: nearest to its own limit, or furthest beyond."""
    value = "criterion:value"
    server = serve(
        {
            recorded(value, "criterion", "availability"): [(0, 0.99896)],
            recorded(value, "criterion", "latency", "region", "eu"): [(0, 0.1)],
            recorded(value, "criterion", "latency", "region", "us"): [(0, 0.2504)],
            recorded(value, "criterion", "db_memory", "instance", "a"): [(0, 0.81)],
            recorded(value, "criterion", "db_memory", "instance", "b"): [(0, 0.66)],
            recorded(value, "criterion", "unit_cost", "tier", "gold"): [(0, 0.9)],
            recorded(value, "criterion", "unit_cost", "tier", "tin"): [(0, 0.0201)],
            recorded("criterion:threshold", "criterion", "unit_cost", "bound", "max", "tier", "gold"): [(0, 1)],
            recorded("criterion:threshold", "criterion", "unit_cost", "bound", "max", "tier", "tin"): [(0, 0.02)],
        }
    )

    rows = ask(server, "Criteria, worst first", target=1)

    assert {row.labels[naming.CRITERION]: row.labels["reading"] for row in rows} == {
        "1 availability": "99.896%",
        "2 latency": "250.4 ms",
        "3 db_memory": "66%",
        "4 unit_cost": "0.0201 USD",
    }


def test_lines_are_told_apart_by_what_differs(serve: Serve) -> None:
    """Where a value keeps all labels of its series, those that all share are left out of the query's answer."""
    server = serve(
        {recorded("criterion:value", "category", "data", "criterion", "db_memory", "instance", "a"): [(0, 0.8)]}
    )

    assert [dict(row.labels) for row in ask(server, "Database memory")] == [{"instance": "a"}]
