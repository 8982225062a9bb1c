"""A criterion that a single event decides.

What: `min_events` is so low that one bad event among as many is already too much; or an idle window passes, and without
`min_events` the first event after it decides alone.
Why: with few events a share says little: one failed request of ten is 90%, and the p95 of three requests is the slowest
of them. The gate would close by chance.
Use instead: `min_events`, at least as many as it takes for the requirement to bear one bad event.

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
            require: {at_least: 99.5%}
            min_events: 100

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
            require: {at_least: 99.5%}
            min_events: 200
"""

from collections.abc import Iterator
from fractions import Fraction
from math import ceil
from typing import Final

from compiler.checks.constraints import Constraint, constraints, of_value
from compiler.diagnostics import Diagnostic, Label, Severity
from compiler.fields import UNITS, in_unit
from compiler.middle.context import Places
from compiler.spec.model import Gate

CODE: Final = "PG215"


def check(gate: Gate, places: Places) -> Iterator[Diagnostic]:
    """Every floor that is too low, and every missing one where little traffic is expected."""
    for one in constraints(gate):
        criterion = one.criterion
        tolerated = _tolerated(of_value(one)) if criterion.measure.counts_events else None
        if tolerated is None:
            continue
        enough, share = ceil(1 / tolerated), in_unit(tolerated, UNITS["percent"])
        bound = (Label(places.span(one.where), f"which leaves {share} for bad events"),)
        if criterion.min_events is not None and criterion.min_events < enough:
            single = in_unit(Fraction(1, criterion.min_events), UNITS["percent"])
            message = f"with {criterion.min_events} events, a single bad one is {single} of them, which is too much"
            where, hint = (*one.path, "min_events"), f"`min_events: {enough}` or more"
        elif criterion.min_events is None and criterion.when_idle == "pass" and enough > 1:
            message = "an idle window passes, and the first event after it decides alone"
            where, hint = (*one.path, "when_idle"), f"add `min_events: {enough}`; fewer events then count as idle"
        else:
            continue
        yield Diagnostic(CODE, message, places.span(where), hint, Severity.WARNING, bound)


def _tolerated(one: Constraint) -> Fraction | None:
    """The smallest share of bad events that the requirement bears for any member, if it bears any."""
    shares = []
    for interval in one.intervals.values():
        ends = (end.value if end and isinstance(end.value, Fraction) else None for end in (interval.low, interval.high))
        shares.append(one.criterion.measure.tolerance(*ends))
    known = [share for share in shares if share]
    return min(known) if known else None
