"""The gate reads more than its budget.

What: with the declared sizes of its metrics (`series`, `cost.values`), an evaluation reads more samples than
`cost.budget` allows. What is not declared is assumed: 3 instances, 4 values of a label, 12 buckets of a histogram.
Why: a gate that costs Prometheus seconds gets switched off; the budget finds that out before it is deployed.
Use instead: what the hint says of the most expensive criterion, or a larger budget. `promgate cost` shows every
criterion, and `promgate cost --prometheus URL` counts the series that there are.

Flagged:

    cost: {budget: 10000}
    metrics:
      jobs_total: {type: counter, series: 40}
    categories:
      - id: jobs
        title: Jobs
        criteria:
          - id: jobs_done
            title: Jobs done
            measure: {kind: increase, metric: jobs_total}
            window: 24h
            require: {at_least: 1}

Clean:

    cost: {budget: 100000}
    metrics:
      jobs_total: {type: counter, series: 40}
    categories:
      - id: jobs
        title: Jobs
        criteria:
          - id: jobs_done
            title: Jobs done
            measure: {kind: increase, metric: jobs_total}
            window: 24h
            max_error: 1%
            require: {at_least: 1}
"""

from collections.abc import Iterator
from typing import Final

from compiler.diagnostics import Diagnostic, Label
from compiler.middle.context import Places
from compiler.middle.cost import predict, samples_read
from compiler.middle.cost.cardinality import Declared
from compiler.middle.cost.cheaper import advice, reading_words
from compiler.middle.plan import GatePlan
from compiler.spec.model import Gate

CODE: Final = "PG601"


def check(gate: Gate, plan: GatePlan, places: Places) -> Iterator[Diagnostic]:
    """The budget, if the gate exceeds it."""
    budget = gate.cost.budget
    if budget is None or samples_read(plan, Declared(gate)) <= budget:
        return
    cost = predict(plan, Declared(gate))
    worst = cost.most_expensive
    largest = f", the most of it for {reading_words(worst.largest)}" if worst.largest else ""
    yield Diagnostic(
        CODE,
        f"an evaluation reads {cost.samples:,} samples, {cost.samples / budget:.2g} times the budget of {budget:,}",
        places.span(("cost", "budget")),
        f"{worst.criterion.id}: {advice(plan, worst)}",
        labels=(Label(worst.criterion.origin, f"{worst.alone:,} of them are for this criterion alone{largest}"),),
    )
