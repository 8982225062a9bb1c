"""The closed form by what a server counts, and at the edges of ranges; `test_counts` has the reference gate."""

from bench.counts import plan, reference, replay
from bench.fleet import NOW, Counted, platform
from bench.replay import Replay
from engines import Engine
from gates import plan as small_plan

from compiler.commands.live import Live
from compiler.middle.cost import predict
from compiler.prometheus import Login, Prometheus
from compiler.promql.printer import show

LEFT_OPEN = (3, 0)


def test_a_server_is_asked_for_cardinalities(any_engine: Engine) -> None:
    """What it counts is what there is."""
    gate = plan(reference())
    with replay(any_engine, gate) as server:
        live = predict(gate, Live(Prometheus(server.prometheus.url, Login()), NOW))

    assert live == predict(gate, Counted(tuple(platform())))


def test_closed_and_left_open_ranges(engine: Engine) -> None:
    """Evaluated at the very moment of a scrape and of the probes, closed ranges hold one sample more, as predicted."""
    at = NOW - NOW % 300
    past = [f'a_total{{i="{i}"}} {at - 15 * ago} {at - 15 * ago:.3f}\n' for i in "xy" for ago in range(140, -1, -1)]
    criterion = {"id": "c", "title": "C", "measure": {"kind": "increase", "metric": "a_total"}, "require": {"above": 0}}
    gate = small_plan({"a_total": {"type": "counter"}}, [criterion], scrape_interval="15s")
    closed = engine.version < LEFT_OPEN

    class Two:
        def series(self, _: object) -> int:
            return 2

        def groups(self, *_: object) -> int:
            return 1

    cost = predict(gate, Two(), on_samples=closed)
    with Replay(engine, past) as server:
        # The rest of the gate reads what was written before, of which there is nothing here.
        asked = [server.ask(show(one.rule.expr), at).samples for one in cost.rules if one.raw]

    assert [one.counted for one in cost.rules if one.raw] == asked
    assert (2 * 121 in asked) == closed
