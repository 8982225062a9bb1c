"""An acknowledgement that acknowledges nothing.

What: `acknowledge` names a code that promgate does not report here (any more), or one that cannot be acknowledged.
Why: an acknowledgement is a decision about one finding. Left behind, it would silence the next finding of that code,
which nobody has looked at.
Use instead: remove it. Only warnings can be acknowledged; an error is to be mended.

Flagged:

    metrics:
      jobs_total: {type: counter}
    categories:
      - id: jobs
        title: Jobs
        criteria:
          - id: jobs_run
            title: Jobs run
            measure: {kind: increase, metric: jobs_total}
            require: {at_least: 100}
            acknowledge:
              - {code: PG206, reason: The dashboard of the team lists it.}

Clean:

    metrics:
      jobs_total: {type: counter}
      jobs_retried_total: {type: counter}
    categories:
      - id: jobs
        title: Jobs
        criteria:
          - id: jobs_run
            title: Jobs run
            measure: {kind: increase, metric: jobs_total}
            require: {at_least: 100}
    acknowledge:
      - {code: PG206, reason: The criterion for jobs_retried_total comes with the next release of the scheduler.}
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from compiler.checks.base import each_criterion
from compiler.diagnostics import Diagnostic, Severity, Span
from compiler.middle.context import Places
from compiler.spec.model import Acknowledgement, Gate
from compiler.spec.source import Path

CODE: Final = "PG290"


@dataclass(frozen=True, slots=True)
class SortedOut:
    """Findings that are still open, and those that the author has acknowledged, with the reason in each."""

    open: tuple[Diagnostic, ...]
    acknowledged: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class _Given:
    """An acknowledgement: where it is written, and the place within which it counts (None: the whole spec)."""

    spec: Acknowledgement
    place: Span
    scope: Span | None

    def is_about(self, one: Diagnostic) -> bool:
        """Whether the finding lies in its scope."""
        return self.scope is None or (one.span is not None and one.span.is_within(self.scope))

    def speaks_of(self, one: Diagnostic) -> bool:
        """Whether the finding lies in its scope and has its code."""
        return one.code == self.spec.code and self.is_about(one)

    def covers(self, one: Diagnostic) -> bool:
        """Whether the finding is acknowledged by it."""
        return one.severity is Severity.WARNING and self.speaks_of(one)


def sort_out(gate: Gate, places: Places, found: Sequence[Diagnostic]) -> SortedOut:
    """Which findings are acknowledged, each by the acknowledgement nearest to it."""
    given = tuple(_given(gate, places))
    chosen = [next((one for one in given if one.covers(finding)), None) for finding in found]
    pairs = tuple(zip(found, chosen, strict=True))
    return SortedOut(
        (*(finding for finding, by in pairs if by is None), *_useless(given, chosen, found)),
        tuple(replace(finding, acknowledged=by.spec.reason) for finding, by in pairs if by),
    )


def _given(gate: Gate, places: Places) -> Iterator[_Given]:
    """Those of criteria first, since they are nearer to a finding."""
    for path, criterion, _ in each_criterion(gate):
        yield from _at(path, criterion.acknowledge, places, places.span(path))
    yield from _at((), gate.acknowledge, places, None)


def _at(path: Path, given: Sequence[Acknowledgement], places: Places, scope: Span | None) -> Iterator[_Given]:
    for index, one in enumerate(given):
        yield _Given(one, places.span((*path, "acknowledge", index, "code")), scope)


def _useless(
    given: Sequence[_Given], chosen: Sequence[_Given | None], found: Sequence[Diagnostic]
) -> Iterator[Diagnostic]:
    errors = [one for one in found if one.severity is Severity.ERROR]
    for one in given:
        if any(one.speaks_of(error) for error in errors):
            message = f"{one.spec.code} is an error, which cannot be acknowledged"
            yield Diagnostic(CODE, message, one.place, "mend it, and remove the acknowledgement", Severity.WARNING)
        elif one not in chosen and not errors:  # an error may hide what is acknowledged
            where = "about this criterion" if one.scope else "in this gate"
            message = f"promgate does not report {one.spec.code} {where}"
            others = dict.fromkeys(
                f.code for f, by in zip(found, chosen, strict=True) if by is None and one.is_about(f)
            )
            hint = f"did you mean {' or '.join(others)}?" if others else "remove the acknowledgement"
            yield Diagnostic(CODE, message, one.place, hint, Severity.WARNING)
