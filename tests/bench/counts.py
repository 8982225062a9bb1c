"""How many samples the reference gate reads in one evaluation, and what that is to be compared with."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.document import DOCUMENT, IN_ITS_MANNER
from bench.fleet import openmetrics, platform
from bench.floor import FLOOR
from bench.replay import Asked, Measured, Replay
from bench.unguarded import unguarded
from engines import Engine
from unoptimised import unoptimised

from compiler.middle.lower import lower
from compiler.middle.plan import GatePlan
from compiler.spec.load import Loaded, load

SPEC: Final = Path(__file__).resolve().parents[2] / "specs" / "routing-readiness.yaml"


@dataclass(frozen=True)
class Counts:
    """Samples read on one engine, by rule or query.

    `gate` is the reference gate as it is; `exact` the same without `max_error`, `plain` that without the passes of the
    optimiser, and `bare` that without the guards of laws 2 and 3.
    `floor` is by selector; `document` and `manner` are by criterion (`manner`: those without a query in the document).
    """

    engine: str
    gate: tuple[Measured, ...]
    exact: tuple[Measured, ...]
    plain: tuple[Measured, ...]
    bare: tuple[Measured, ...]
    floor: Mapping[str, int]
    document: Mapping[str, Asked]
    manner: Mapping[str, Asked]

    @property
    def of_floor(self) -> int:
        """Each distinct read once."""
        return sum(self.floor.values())

    @property
    def of_document(self) -> int:
        """One query a criterion, as the document writes them."""
        return sum(one.samples for one in (*self.document.values(), *self.manner.values()))


def total(measured: Iterable[Measured]) -> int:
    """What some rules read together."""
    return sum(one.samples for one in measured)


def reference(*, exact: bool = False, name: str = "routing-readiness") -> Loaded:
    """The reference gate's spec; `exact` leaves `max_error` out."""
    lines = SPEC.read_text().splitlines(keepends=True)
    text = "".join(line for line in lines if not (exact and "max_error:" in line))
    return load(text.replace("name: routing-readiness\n", f"name: {name}\n"), str(SPEC))


def plan(spec: Loaded) -> GatePlan:
    """The plan of a spec."""
    assert spec.gate, spec.diagnostics
    assert spec.source
    return lower(spec.gate, spec.source)


def replay(engine: Engine, *gates: GatePlan, scale: int = 1) -> Replay:
    """A server with the past of the platform and of the gates."""
    return Replay(engine, openmetrics(platform(scale)), gates)


def count(engine: Engine, scale: int = 1) -> Counts:
    """All counts on one engine."""
    gate = plan(reference())
    exact = plan(reference(exact=True, name="exact"))
    plain = unoptimised(reference(exact=True, name="plain"))
    bare = unguarded(reference(exact=True, name="bare"))
    with replay(engine, gate, exact, plain, bare, scale=scale) as server:
        return Counts(
            engine=engine.name,
            gate=tuple(server.evaluate(gate.rules)),
            exact=tuple(server.evaluate(exact.rules)),
            plain=tuple(server.evaluate(plain.rules)),
            bare=tuple(server.evaluate(bare.rules)),
            floor={selector: server.ask(selector).samples for selector in FLOOR},
            document={criterion: server.ask(query) for criterion, query in DOCUMENT.items()},
            manner={criterion: server.ask(query) for criterion, query in IN_ITS_MANNER.items()},
        )
