"""A budget that does not follow from the bound.

What: `budget` says how long the requirement may be broken in a window, and the bound leaves another time.
Why: documents often state both, and they drift apart: 99.9% of 30 minutes leaves 1.8s, not 18s. Who plans with the one
is surprised by the other.
Use instead: the budget that the bound leaves, or the bound that leaves the budget; the hint has both.

Flagged:

    metrics:
      requests_failed_total: {type: counter}
      requests_total: {type: counter}
    categories:
      - id: requests
        title: Requests
        criteria:
          - id: availability
            title: Availability
            measure: {kind: ratio, bad: requests_failed_total, total: requests_total}
            require: {at_least: 99.9%}
            window: 30m
            budget: 18s

Clean:

    metrics:
      requests_failed_total: {type: counter}
      requests_total: {type: counter}
    categories:
      - id: requests
        title: Requests
        criteria:
          - id: availability
            title: Availability
            measure: {kind: ratio, bad: requests_failed_total, total: requests_total}
            require: {at_least: 99%}
            window: 30m
            budget: 18s
"""

from collections.abc import Iterator
from fractions import Fraction
from typing import Final

from compiler.checks.constraints import Constraint, constraints, of_value, spell_time
from compiler.diagnostics import Diagnostic, Label, Severity
from compiler.fields import UNITS, Duration, in_unit
from compiler.middle.context import Places
from compiler.spec.model import Gate

CODE: Final = "PG225"


def check(gate: Gate, places: Places) -> Iterator[Diagnostic]:
    """Every budget that the bound does not leave."""
    for one in constraints(gate):
        stated, window = one.criterion.budget, one.measurand.window
        share = _left(of_value(one)) if stated and window else None
        if stated is None or window is None or share is None:
            continue
        budget, whole = Fraction(stated.milliseconds, 1000), Fraction(window.milliseconds, 1000)
        if share * whole != budget:
            left = in_unit(share, UNITS["percent"])
            yield Diagnostic(
                CODE,
                f"{one.required} of {window} leaves {spell_time(share * whole)}, not {spell_time(budget)}",
                places.span((*one.path, "budget")),
                _hint(one, share * whole, budget / whole),
                Severity.WARNING,
                (Label(places.span(one.where), "the bound"),),
                f"{left} of {spell_time(whole)} is {spell_time(share * whole)}",
            )


def _left(one: Constraint) -> Fraction | None:
    interval = next(iter(one.intervals.values()))
    if len(one.intervals) > 1 or one.criterion.measure.tail is not None:
        return None
    ends = (end.value if end and isinstance(end.value, Fraction) else None for end in (interval.low, interval.high))
    return one.criterion.measure.tolerance(*ends)


def _hint(one: Constraint, left: Fraction, share: Fraction) -> str:
    bound = 1 - share if one.criterion.require.word in ("at_least", "above") else share
    fitting = f"`{one.criterion.require.word}: {in_unit(bound, UNITS['percent'])}` leaves that"
    exact = left * 1000
    correct = f"`budget: {Duration(int(exact))}`, or " if exact.denominator == 1 and exact > 0 else ""
    return f"{correct}{fitting}"
