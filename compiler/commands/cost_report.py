"""What gates cost, for people and for machines."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from compiler.middle.cost import CriterionCost, GateCost, RuleCost
from compiler.middle.cost.cardinality import BUCKETS, INSTANCES, VALUES
from compiler.middle.cost.cheaper import advice, reading_words
from compiler.middle.plan import GatePlan
from compiler.promql.printer import quote


@dataclass(frozen=True, slots=True)
class Costed:
    """A gate with its predicted cost.

    `assumed` are the metrics whose size nobody said. `server` is who counted them, or ""; `measured` is what each rule
    read there, if the gate is evaluated there.
    """

    plan: GatePlan
    cost: GateCost
    budget: int | None
    assumed: tuple[str, ...] = ()
    server: str = ""
    measured: tuple[int, ...] | None = None

    @property
    def over_budget(self) -> bool:
        """Whether it reads more than its budget."""
        return self.budget is not None and self.cost.samples > self.budget

    @property
    def unlike(self) -> Iterator[tuple[RuleCost, int]]:
        """The rules that read otherwise than predicted, with what they read."""
        for rule, counted in zip(self.cost.rules, self.measured or (), strict=False):
            if rule.counted != counted:
                yield rule, counted


def text(gates: Sequence[Costed]) -> str:
    """A table for each gate."""
    return "\n".join(line for gate in gates for line in (*_gate(gate), "")) if gates else ""


def _gate(one: Costed) -> Iterator[str]:
    cost, plan = one.cost, one.plan
    budget = f", {'above' if one.over_budget else 'within'} the budget of {one.budget:,}" if one.budget else ""
    yield f"{plan.name}: {cost.samples:,} samples an evaluation (every {plan.evaluate_every}){budget}"
    yield f"  {len(cost.rules):,} rules record {cost.series:,} series; Prometheus counts {cost.counted:,} samples"
    yield f"  {'samples':>12} {'alone':>12} {'rules':>6}  criterion"
    for criterion in sorted(cost.criteria, key=lambda it: -it.alone):
        yield f"  {criterion.samples:>12,} {criterion.alone:>12,} {criterion.rules:>6}  {criterion.criterion.id}"
    yield from _worst(plan, cost.most_expensive)
    if one.assumed:
        metrics = "1 metric" if len(one.assumed) == 1 else f"{len(one.assumed)} metrics"
        yield (
            f"  assumed of {metrics} whose `series` is not declared: "
            f"{INSTANCES} instances, {VALUES} values of a label, {BUCKETS} buckets"
        )
    yield from _comparison(one)


def _worst(plan: GatePlan, worst: CriterionCost) -> Iterator[str]:
    if worst.largest:
        yield f"  the most expensive is {worst.criterion.id}, for {reading_words(worst.largest)}"
        yield f"  cheaper: {advice(plan, worst)}"


def _comparison(one: Costed) -> Iterator[str]:
    if not one.server:
        return
    if one.measured is None:
        yield f"  {one.server} does not evaluate revision {one.plan.revision} of it, so nothing is measured"
        return
    unlike = list(one.unlike)
    yield (
        f"  measured by {one.server}: {sum(one.measured):,} samples; "
        f"{len(one.cost.rules) - len(unlike)} of {len(one.cost.rules)} rules read exactly what is predicted"
    )
    for rule, counted in unlike:
        labels = ",".join(f"{name}={quote(value)}" for name, value in rule.rule.labels if name != "gate")
        yield f"    {rule.rule.record}{{{labels}}}: {counted:,} samples, predicted {rule.counted:,}"


def document(gates: Sequence[Costed]) -> str:
    """The same as JSON."""
    return json.dumps({"gates": [_document(gate) for gate in gates]}, indent=2, ensure_ascii=False) + "\n"


def _document(one: Costed) -> dict[str, Any]:
    cost, worst = one.cost, one.cost.most_expensive
    measured = one.measured or (None,) * len(cost.rules)
    return {
        "gate": one.plan.name,
        "revision": one.plan.revision,
        "evaluate_every_seconds": one.plan.evaluate_every.seconds,
        "samples": cost.samples,
        "counted_by_prometheus": cost.counted,
        "series": cost.series,
        "budget": one.budget,
        "over_budget": one.over_budget,
        "assumed": list(one.assumed),
        "most_expensive": {"criterion": worst.criterion.id, "cheaper": advice(one.plan, worst)},
        "criteria": [
            {"criterion": it.criterion.id, "samples": it.samples, "alone": it.alone, "rules": it.rules}
            for it in cost.criteria
        ],
        "rules": [
            {
                "record": it.rule.record,
                "labels": dict(it.rule.labels),
                "samples": it.samples,
                "counted_by_prometheus": it.counted,
                "series": it.series,
                "measured": counted,
            }
            for it, counted in zip(cost.rules, measured, strict=True)
        ],
    }
