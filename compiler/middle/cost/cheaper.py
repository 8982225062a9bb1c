"""What would make a criterion cheaper: one sentence, with numbers."""

from typing import Final

from compiler.middle import coarse_step
from compiler.middle.cost import CriterionCost
from compiler.middle.cost.reads import Reading
from compiler.middle.plan import GatePlan
from compiler.promql.printer import show

_ERRORS: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05)


def reading_words(reading: Reading) -> str:
    """What is read, such as `billing_cost_total over 24h (3 series, 17,280 samples)`."""
    over = f" over {reading.window}" if reading.window else ""
    every = f" every {reading.step}" if reading.step else ""
    series = f"{reading.series:,} series" if reading.series != 1 else "1 series"
    return f"{show(reading.selector)}{over}{every} ({series}, {reading.samples:,} samples)"


def advice(plan: GatePlan, cost: CriterionCost) -> str:
    """What would make its largest reading smaller; "" if it reads no raw series."""
    largest = cost.largest
    if largest is None:
        return ""
    return _coarser(plan, largest) or _smaller(largest)


def _coarser(plan: GatePlan, reading: Reading) -> str:
    if reading.window is None or reading.step or reading.function not in {"rate", "increase"}:
        return ""
    for error in _ERRORS:
        step = coarse_step.step_of(reading.window, plan.scrape_interval, error)
        if step and not plan.engine.collapses:
            exact, less = (
                coarse_step.exact_samples(reading.window, plan.scrape_interval),
                coarse_step.samples(reading.window, step),
            )
            return (
                f"`max_error: {100 * error:g}%` lets {reading.window} be read every {step}: "
                f"{less:,} samples a series instead of {exact:,}"
            )
    return ""


def _smaller(reading: Reading) -> str:
    shorter = ", or a shorter window" if reading.window else ""
    return f"a selector with fewer than its {reading.series:,} series{shorter}"
