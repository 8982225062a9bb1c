"""An age that is bounded more tightly than it can be seen.

What: the bound on an age is below two scrape intervals.
Why: between two scrapes what is known grows older by a scrape interval, however healthy its source is. A bound below
one interval fails all the time, and one below two fails whenever a single scrape is missed.
Use instead: a bound of at least two scrape intervals, or scrape more often.

Flagged:

    defaults: {scrape_interval: 30s}
    metrics:
      heartbeat_timestamp_seconds: {type: gauge, unit: seconds}
    categories:
      - id: agents
        title: Agents
        criteria:
          - id: heartbeat
            title: Heartbeat
            measure: {kind: age, metric: heartbeat_timestamp_seconds}
            members: {label: instance, listed: ["a1:9100", "a2:9100"]}
            require: {at_most: 45s}

Clean:

    defaults: {scrape_interval: 15s}
    metrics:
      heartbeat_timestamp_seconds: {type: gauge, unit: seconds}
    categories:
      - id: agents
        title: Agents
        criteria:
          - id: heartbeat
            title: Heartbeat
            measure: {kind: age, metric: heartbeat_timestamp_seconds}
            members: {label: instance, listed: ["a1:9100", "a2:9100"]}
            require: {at_most: 45s}
"""

from collections.abc import Iterator
from fractions import Fraction
from typing import Final

from compiler.checks.constraints import constraints
from compiler.diagnostics import Diagnostic, Label, Severity
from compiler.fields import in_unit
from compiler.middle.context import Places
from compiler.spec.model import Gate

CODE: Final = "PG218"


def check(gate: Gate, places: Places) -> Iterator[Diagnostic]:
    """Every bound on an age that is too tight for the scrape interval."""
    scrape = gate.defaults.scrape_interval
    interval = Fraction(scrape.milliseconds, 1000)
    for one in constraints(gate):
        limits = [each.high.value for each in one.intervals.values() if each.high]
        limit = min((value for value in limits if isinstance(value, Fraction)), default=None)
        if not one.criterion.measure.ages or limit is None or limit >= 2 * interval:
            continue
        always = limit < interval
        bound = in_unit(limit, one.unit)
        yield Diagnostic(
            CODE,
            f"an age of {bound} is passed between two scrapes, {scrape} apart"
            if always
            else f"with scrapes every {scrape}, a single missed one makes this older than {bound}",
            places.span(one.where),
            f"require at most {in_unit(2 * interval, one.unit)} or more",
            Severity.ERROR if always else Severity.WARNING,
            (Label(places.span(("defaults", "scrape_interval")), "the scrape interval"),)
            if "scrape_interval" in gate.defaults.model_fields_set
            else (),
        )
