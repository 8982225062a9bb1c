"""What a running Prometheus knows of a gate: how many series there are, and what each rule reads."""

from dataclasses import dataclass, field

from compiler import naming
from compiler.middle.plan import GatePlan
from compiler.prometheus import Prometheus
from compiler.promql import build
from compiler.promql.expr import Vector
from compiler.promql.printer import show


@dataclass(frozen=True, slots=True)
class Live:
    """Cardinalities (see `compiler.middle.cost`) as a server counts them at one moment; each question is asked once."""

    prometheus: Prometheus
    at: float | None
    _known: dict[tuple[Vector, tuple[str, ...]], int] = field(default_factory=dict)

    def series(self, selector: Vector) -> int:
        """How many series a selector has."""
        return self._count(selector, None)

    def groups(self, selector: Vector, labels: tuple[str, ...]) -> int:
        """How many combinations of values these labels have among its series."""
        return self._count(selector, labels)

    def _count(self, selector: Vector, labels: tuple[str, ...] | None) -> int:
        now = Vector(selector.name, selector.matchers)
        key = (now, () if labels is None else ("by", *labels))
        if key not in self._known:
            counted = now if labels is None else build.aggregate("count", now, labels)
            found = self.prometheus.instant(show(build.aggregate("count", counted)), self.at)
            self._known[key] = int(found[0].samples[0][1]) if found else 0
        return self._known[key]


def evaluated_at(prometheus: Prometheus, plan: GatePlan) -> float | None:
    """When the server last evaluated this revision of a gate; None if it did not in the last minutes."""
    own = build.equal(naming.GATE, plan.name), build.equal(naming.REVISION, plan.revision)
    found = prometheus.instant(show(build.call("timestamp", build.vector(naming.OVERALL_PASS, *own))))
    return found[0].samples[0][1] if found else None


def measured(prometheus: Prometheus, plan: GatePlan, at: float) -> tuple[int, ...]:
    """What each rule of a gate read at that moment, as the server counts it."""
    return tuple(prometheus.samples_read(show(rule.expr), at) for rule in plan.rules)
