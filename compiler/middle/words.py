"""The sentences about a criterion that people read: its policies and members."""

from collections.abc import Iterator

from compiler.fields import Quantity
from compiler.middle.judged import Judged
from compiler.promql.printer import show


def policies(judged: Judged, coverage: Quantity) -> Iterator[str]:
    """What holds beside the requirement, one sentence each."""
    spec, measure = judged.spec, judged.spec.measure
    if judged.lowered.every_series:
        yield "Every series that reports must meet the requirement by itself."
    elif judged.by:
        yield f"Every {' and '.join(judged.by)} must meet the requirement by itself."
    yield from _members(judged)
    yield from _events(judged)
    if spec.when_absent == "zero":
        yield (
            f"{show(getattr(measure, measure.absence_of))} is created at its first event; until then it counts as zero "
            "as long as its companion reports."
        )
    required = [read for read in judged.reads if read.required]
    if required:
        windows = ", ".join(dict.fromkeys(str(r.window) for r in required if r.window and not r.inventory))
        covered = f" and must have reported in at least {coverage} of {windows}" if windows else ""
        yield f"Every input must report now{covered}; missing data is never a pass."
    if spec.budget:
        yield f"Its documents state a budget of {spec.budget} a window."
    if spec.waive_while:
        yield f"Waived while {show(spec.waive_while.metric)} is {spec.waive_while.equals:g}."


def _members(judged: Judged) -> Iterator[str]:
    members = judged.spec.members
    if members is None:
        return
    by = " and ".join(members.labels(judged.by))
    if members.listed:
        yield f"These must report ({by}): {', '.join(members.listed)}."
    if members.source:
        yield f"Every {by} that {show(members.source)} has, or had in the last {judged.context.window}, must report."


def _events(judged: Judged) -> Iterator[str]:
    if not judged.spec.measure.counts_events:
        return
    outcome = "passes" if judged.spec.when_idle == "pass" else "fails"
    if judged.spec.min_events:
        yield f"With fewer than {judged.spec.min_events} events in the window, it {outcome} as idle."
    else:
        yield f"With no event in the window, it {outcome} as idle."
