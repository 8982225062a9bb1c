"""A bound against the direction of what is measured.

What: an upper bound on what should be high (successes, availability), or a lower bound on what should be low (errors,
latency, cost). Where only the name of a metric says what should be low or high, it is a warning.
Why: the gate would open when things are bad, and close when they are good.
Use instead: `at_least` for what should be high, `at_most` for what should be low; `part: …` in a ratio that is neither.

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
            require: {at_most: 1%}

Clean:

    metrics:
      requests_failed_total: {type: counter}
      requests_total: {type: counter}
    categories:
      - id: requests
        title: Requests
        criteria:
          - id: error_rate
            title: Error rate
            measure: {kind: ratio, part: requests_failed_total, total: requests_total}
            require: {at_most: 1%}
"""

from collections.abc import Iterator
from typing import Final

from compiler.checks.base import each_criterion
from compiler.diagnostics import Diagnostic, Label, Severity
from compiler.middle.context import Places
from compiler.spec.model import Gate

CODE: Final = "PG214"

_AGAINST: Final = {"low": ("at_least", "above"), "high": ("at_most", "below")}
_INSTEAD: Final = {"at_least": "at_most", "above": "below", "at_most": "at_least", "below": "above"}


def check(gate: Gate, places: Places) -> Iterator[Diagnostic]:
    """Every bound on the wrong side."""
    for path, criterion, _ in each_criterion(gate):
        wanted, word = criterion.measure.wanted(), criterion.require.word
        if wanted and word in _AGAINST[wanted.direction]:
            yield Diagnostic(
                CODE,
                f"`{word}` bounds the good side: {wanted.direction} values are the good ones here",
                places.key_span((*path, "require", word)),
                f"did you mean `{_INSTEAD[word]}`?",
                Severity.ERROR if wanted.sure else Severity.WARNING,
                (Label(places.key_span((*path, "measure")), wanted.because),),
            )
