"""What a gate costs: samples read in each evaluation and series recorded, in closed form.

Not an estimate of time: the same integers on every run, which Prometheus counts too (`totalQueryableSamples`), for
series that are scraped regularly and a gate that is evaluated regularly. `docs/cost.md` says where they may differ.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from compiler import naming
from compiler.middle.cost.cardinality import Cardinalities
from compiler.middle.cost.reads import Reader, Reading
from compiler.middle.dependencies import closure, dependencies
from compiler.middle.plan import CriterionPlan, GatePlan, Rule


@dataclass(frozen=True, slots=True)
class RuleCost:
    """One rule.

    `counted` are the samples that it reads as Prometheus counts them, `inside` those that its subqueries read and that
    Prometheus does not count; `series` it records, and `raw` are its readings of raw series.
    """

    rule: Rule
    counted: int
    inside: int
    series: int
    raw: tuple[Reading, ...]

    @property
    def samples(self) -> int:
        """All that it reads."""
        return self.counted + self.inside


@dataclass(frozen=True, slots=True)
class CriterionCost:
    """One criterion: what is read by all rules that it needs, and by those that nobody else needs (`alone`)."""

    criterion: CriterionPlan
    rules: int
    samples: int
    alone: int
    largest: Reading | None  # of the raw readings that it needs


@dataclass(frozen=True, slots=True)
class GateCost:
    """A gate, with its criteria in the order of the spec."""

    rules: tuple[RuleCost, ...]
    criteria: tuple[CriterionCost, ...]

    @property
    def samples(self) -> int:
        """Samples read in an evaluation."""
        return sum(one.samples for one in self.rules)

    @property
    def counted(self) -> int:
        """As many of them as Prometheus counts."""
        return sum(one.counted for one in self.rules)

    @property
    def series(self) -> int:
        """Series recorded."""
        return sum(one.series for one in self.rules)

    @property
    def most_expensive(self) -> CriterionCost:
        """The criterion without which the gate would be cheapest."""
        return max(self.criteria, key=lambda one: (one.alone, one.samples))


def samples_read(plan: GatePlan, cardinalities: Cardinalities) -> int:
    """`predict(plan, cardinalities).samples`, without all else that it tells."""
    reader = Reader(plan, cardinalities)
    return sum(reader.samples(rule.expr) + reader.inside(rule.expr) for rule in plan.rules)


def predict(plan: GatePlan, cardinalities: Cardinalities, *, on_samples: bool = False) -> GateCost:
    """What a gate costs in an evaluation on a good day: every input is there, and every value is a number.

    `on_samples`: on an engine with closed ranges (Prometheus 2.x), at a moment at which all series have a sample.
    """
    reader = Reader(plan, cardinalities, on_samples=on_samples)
    rules = tuple(
        RuleCost(
            rule=rule,
            counted=reader.samples(rule.expr),
            inside=reader.inside(rule.expr),
            series=reader.recorded(place),
            raw=tuple(reader.raw(rule.expr)),
        )
        for place, rule in enumerate(plan.rules)
    )
    return GateCost(rules, tuple(_criteria(plan, rules)))


def _criteria(plan: GatePlan, rules: tuple[RuleCost, ...]) -> Iterator[CriterionCost]:
    needs = dependencies(plan.rules)
    needed = {one.id: closure(_own(plan, one), needs) for one in plan.criteria}
    readers = [sum(place in found for found in needed.values()) for place in range(len(rules))]
    for one in plan.criteria:
        places = sorted(needed[one.id])
        raw = [reading for place in places for reading in rules[place].raw]
        yield CriterionCost(
            criterion=one,
            rules=len(places),
            samples=sum(rules[place].samples for place in places),
            alone=sum(rules[place].samples for place in places if readers[place] == 1),
            largest=max(raw, key=lambda reading: reading.samples, default=None),
        )


def _own(plan: GatePlan, criterion: CriterionPlan) -> list[int]:
    label = (naming.CRITERION, criterion.id)
    return [place for place, rule in enumerate(plan.rules) if label in rule.labels]
