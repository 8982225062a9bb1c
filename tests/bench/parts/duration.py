"""How long Prometheus takes for one evaluation of the rule group, as it says itself (`evaluationTime`).

Six evaluations each, while the series of the gate go on being scraped; the groups of one server took turns. Other work
on the machine makes wall times longer, and not by the same, so the ratios are those of processor time: all that the
server used from one evaluation to the next, its garbage collection included. "Series" is what the server has in memory:
the platform's, and bystanders that no gate reads. With 20 times the models, the gate reads 9,600 series of
`router_requests_total` instead of 480. A rule has a price of its own, beside what it reads: promgate's group has
hundreds of them, and the one by hand 29, without guards, states and verdicts.
"""

import statistics
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import yaml
from bench.counts import plan, reference
from bench.document import DOCUMENT, IN_ITS_MANNER
from bench.fleet import Counted, Series, platform
from bench.live import Evaluated, Live
from bench.part import Bars, Column, Options, Panel, Row, number
from engines import Engine, find_engine
from unoptimised import unoptimised
from web import EngineError

from compiler.backends import recording_rules
from compiler.middle.cost import predict
from compiler.middle.plan import GatePlan
from compiler.naming import OVERALL_MET

NAME = "duration"
TITLE = "Duration of the rule group"
COLUMNS: tuple[Column, ...] = (
    Column("engine", "engine"),
    Column("series", "series", ",d"),
    Column("models", "times the models", "d"),
    Column("what", "rule group"),
    Column("samples", "samples", ",d"),
    Column("median", "median, ms", ",.0f"),
    Column("least", "least, ms", ",.0f"),
    Column("cpu", "processor, ms", ",.0f"),
    Column("of_gate", "processor, times promgate", ".2f"),
)
_SIZES: Final = {  # times the models, and bystanders
    "bookworm": ((1, 100_000),),
    "forky": ((1, 100_000), (20, 100_000), (1, 1_000_000)),
}
_TURNS: Final = 2
_EVALUATIONS: Final = 3  # in each turn
_EVERY: Final = "2s"

_GATE: Final = "promgate"
_PLAIN: Final = "promgate without its optimiser"
_HAND: Final = "by hand, a rule for each criterion"


def measure(options: Options) -> list[Row]:
    """Three groups on each size of server."""
    servers = [(engine, size) for suite, sizes in _SIZES.items() if (engine := find_engine(suite)) for size in sizes]
    return [row for engine, size in servers if size[1] <= options.series for row in _rows(engine, *size)]


def _rows(engine: Engine, scale: int, bystanders: int) -> Iterator[Row]:
    series = list(platform(scale))
    gate, plain = plan(reference()), unoptimised(reference(exact=True, name="plain"))
    texts = {_GATE: _text(gate), _PLAIN: _text(plain), _HAND: _by_hand()}
    samples = {_GATE: _samples(gate, series), _PLAIN: _samples(plain, series), _HAND: 0}
    with (
        tempfile.TemporaryDirectory(prefix="promgate-bench-") as directory,
        Live(engine, series, (gate, plain), bystanders) as live,
    ):
        took: dict[str, list[Evaluated]] = {what: [] for what in texts}
        for _ in range(_TURNS):
            for what, text in texts.items():
                took[what].append(live.evaluated(_rule_file(Path(directory), text), _EVALUATIONS))
        samples[_HAND] = sum(
            live.prometheus.samples_read(query) for query in (*DOCUMENT.values(), *IN_ITS_MANNER.values())
        )
        _must_be_met(live, gate)
        for what, turns in took.items():
            seconds = [one for turn in turns for one in turn.wall]
            yield {
                "engine": engine.name,
                "series": live.series(),
                "models": scale,
                "what": what,
                "samples": samples[what],
                "median": statistics.median(seconds) * 1000,
                "least": min(seconds) * 1000,
                "cpu": _cpu(turns) * 1000,
                "of_gate": _cpu(turns) / _cpu(took[_GATE]),
            }


def _cpu(turns: Sequence[Evaluated]) -> float:
    """Seconds of processors for an evaluation."""
    return sum(turn.cpu for turn in turns) / (len(turns) * _EVALUATIONS)


def _rule_file(directory: Path, text: str) -> Path:
    """The rules, evaluated more often than a gate is, so that this does not take long."""
    document = yaml.safe_load(text)
    document["groups"][0]["interval"] = _EVERY
    path = directory / "rules.yml"
    path.write_text(yaml.safe_dump(document))
    return path


def _text(gate: GatePlan) -> str:
    return next(recording_rules.emit((gate,))).text


def _samples(gate: GatePlan, series: list[Series]) -> int:
    return predict(gate, Counted(tuple(series))).counted


def _by_hand() -> str:
    queries = {**DOCUMENT, **IN_ITS_MANNER}
    rules = [{"record": f"by_hand:{criterion}", "expr": query} for criterion, query in queries.items()]
    return yaml.safe_dump({"groups": [{"name": "by_hand", "rules": rules}]})


def _must_be_met(live: Live, gate: GatePlan) -> None:
    """Where a criterion fails, less may be read."""
    at = f'last_over_time({OVERALL_MET}{{gate="{gate.name}"}}[10m])'
    if live.prometheus.value(at) != 1:
        states = live.prometheus.query(f'last_over_time(gate:criterion:state{{gate="{gate.name}"}}[10m]) >= 10')
        raise EngineError(f"the gate that is timed is not met: {[one.labels['criterion'] for one in states]}")


def findings(rows: Sequence[Row]) -> Iterator[str]:
    """What is slower and by how much."""
    ratios = {what: [number(row, "of_gate") for row in rows if row["what"] == what] for what in (_HAND, _PLAIN)}
    for what, found in ratios.items():
        yield f"{what[0].upper()}{what[1:]}: {min(found):.1f} to {max(found):.1f} times the processor time of promgate."


def panels(rows: Sequence[Row]) -> Iterator[Panel]:
    """The newest engine's."""
    newest = [row for row in rows if row["engine"] == rows[-1]["engine"]]
    bars = tuple((_label(row), number(row, "cpu")) for row in newest if row["what"] != _PLAIN)
    yield Bars("Processor time of one evaluation", "ms", bars)


def _label(row: Row) -> str:
    what = "promgate" if row["what"] == _GATE else "by hand"
    models = f", {row['models']}x the models" if row["models"] != 1 else ""
    return f"{what}, {number(row, 'series'):,.0f} series{models}"
