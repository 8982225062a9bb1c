"""One evaluation of a rule group at a moment of the past, as Prometheus would have done it, with what each rule read.

    with Replay(engine, openmetrics(platform()), [plan]) as replay:
        for measured in replay.evaluate(plan.rules, NOW): ...

The rules are asked one by one, and each result is stored before the next is asked, at the same timestamp: that is what
Prometheus does with a group. So the counts need no clock, and are the same integers on every run.
"""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from bench.fleet import NOW
from bench.remote_write import Written, write
from engines import Engine, run_tool
from servers import Prometheus, Sample
from web import EngineError

from compiler.fields import Duration
from compiler.middle.plan import GatePlan, Rule
from compiler.naming import OVERALL_MET
from compiler.promql.printer import show

_HISTORY = Duration.parse("1h")  # as far back as a gate looks at its own past


@dataclass(frozen=True)
class Asked:
    """What a query read and gave (nothing, where it gives a range)."""

    samples: int
    result: tuple[Sample, ...]

    @property
    def values(self) -> list[float]:
        """The values, sorted."""
        return sorted(sample.value for sample in self.result)


@dataclass(frozen=True)
class Measured:
    """What one rule read and gave."""

    rule: Rule
    asked: Asked

    @property
    def samples(self) -> int:
        """How many samples it read."""
        return self.asked.samples


class Replay:
    """A Prometheus on a past (lines of OpenMetrics), and on that of gates that were met in all of their time."""

    def __init__(self, engine: Engine, past: Iterable[str], gates: Iterable[GatePlan] = ()) -> None:
        self._engine = engine
        self._past = past
        self._met = [line for gate in gates for line in met_before(gate, NOW)]
        self._stack = ExitStack()
        self.prometheus: Prometheus

    def __enter__(self) -> Self:
        directory = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="promgate-bench-")))
        data = stored(self._engine, directory, [*self._met, *self._past])
        flags = ("--web.enable-remote-write-receiver", "--storage.tsdb.retention.time=30d")
        self.prometheus = self._stack.enter_context(Prometheus(self._engine, data_dir=data, flags=flags, interval="1m"))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def evaluate(self, rules: Iterable[Rule], at: float = NOW) -> Iterator[Measured]:
        """What each rule reads and gives, in order; the results are stored at that moment."""
        for rule in rules:
            asked = self.ask(show(rule.expr), at)
            yield Measured(rule, asked)
            write(self.prometheus.url, [_written(rule, sample, at) for sample in asked.result])

    def ask(self, query: str, at: float = NOW) -> Asked:
        """What a query reads and gives at a moment; nothing is stored."""
        data = self.prometheus.api("query", query=query, time=f"{at:.3f}", stats="all")
        samples = int(data["stats"]["samples"]["totalQueryableSamples"])
        if data["resultType"] != "vector":
            return Asked(samples, ())
        return Asked(samples, tuple(Sample(one["metric"], float(one["value"][1]), at) for one in data["result"]))


def stored(engine: Engine, directory: Path, lines: Iterable[str]) -> Path:
    """A data directory of Prometheus with samples (lines of OpenMetrics)."""
    past, data = directory / "past.om", directory / "data"
    with past.open("w") as file:
        file.writelines(lines)
        file.write("# EOF\n")
    # promtool reads the file once for every block, which would be once for every two hours.
    arguments = ("--max-block-duration=486h", "-q", past, data)
    ok, output = run_tool(engine.promtool, "tsdb", "create-blocks-from", "openmetrics", *arguments)
    if not ok:
        raise EngineError(f"promtool did not backfill:\n{output[-2000:]}")
    past.unlink()
    return data


def _written(rule: Rule, sample: Sample, at: float) -> Written:
    labels = {name: value for name, value in {**sample.labels, **dict(rule.labels)}.items() if name != "__name__"}
    return {**labels, "__name__": rule.record}, sample.value, at


def met_before(gate: GatePlan, now: float) -> Iterator[str]:
    """Lines of OpenMetrics: the gate was met in each evaluation of the last hour."""
    every = gate.evaluate_every.milliseconds
    for ago in range(_HISTORY.milliseconds // every * every, 0, -every):
        yield f'{OVERALL_MET}{{gate="{gate.name}"}} 1 {now - ago / 1000:.3f}\n'
