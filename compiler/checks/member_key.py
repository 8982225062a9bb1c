"""Members, or limits per member, that cannot be told apart or do not match.

What: `members` without a label, or of a measure that says itself which there are; a table or a metric of limits without
`by`, a table with more than one `by` label, or a table of limits whose members are not the listed ones.
Why: the compiler cannot know which series belongs to which member; a member without a limit is never a pass, and a
limit without a member is never judged.
Use instead: name the label, `members: {label: provider, …}`, or group the criterion `by` it; give each listed member
its limit.

Flagged:

    metrics:
      queue_depth: {type: gauge, labels: [queue]}
    categories:
      - id: queue
        title: Queues
        criteria:
          - id: queue_depth
            title: Queue depth
            measure: {kind: gauge, metric: queue_depth, across: max}
            by: [queue]
            members: {listed: [orders, mails]}
            require: {at_most: {by_member: {orders: 100, mail: 5000}}}

Clean:

    metrics:
      queue_depth: {type: gauge, labels: [queue]}
    categories:
      - id: queue
        title: Queues
        criteria:
          - id: queue_depth
            title: Queue depth
            measure: {kind: gauge, metric: queue_depth, across: max}
            by: [queue]
            members: {listed: [orders, mails]}
            require: {at_most: {by_member: {orders: 100, mails: 5000}}}
"""

from collections.abc import Iterator
from typing import Final

from compiler.checks.base import each_criterion
from compiler.diagnostics import Diagnostic, Label
from compiler.middle.context import Places
from compiler.spec.model import Criterion, Gate
from compiler.spec.requirement import MetricLimit, TableLimit
from compiler.spec.source import Path
from compiler.suggest import near

CODE: Final = "PG209"


def check(gate: Gate, places: Places) -> Iterator[Diagnostic]:
    """Every place where the label is missing."""
    for path, criterion, _ in each_criterion(gate):
        by = (*criterion.by, *criterion.measure.own_labels)
        yield from _members(path, criterion, by, places)
        yield from _limits(path, criterion, by, places)
        yield from _table(path, criterion, places)


def _members(path: Path, criterion: Criterion, by: tuple[str, ...], places: Places) -> Iterator[Diagnostic]:
    members = criterion.members
    if members is None:
        return
    where = places.span((*path, "members"))
    if not criterion.measure.uses():
        yield Diagnostic(
            CODE, f"a measure of kind {criterion.measure.kind} has no members of its own", where, "remove it"
        )
    elif criterion.measure.own_labels:
        message = f"a measure of kind {criterion.measure.kind} says itself which members there are"
        yield Diagnostic(CODE, message, where, "remove it")
    elif members.label is None and len(by) != 1 and not (members.source and by):
        yield Diagnostic(CODE, "which label tells the members apart?", where, "name it: members: {label: …}")
    elif members.label and criterion.by and members.label not in by:
        message = (
            f"the criterion is measured by {', '.join(by)}, so its members cannot be told apart by {members.label}"
        )
        yield Diagnostic(CODE, message, where, f"use one of {', '.join(by)}")


def _limits(path: Path, criterion: Criterion, by: tuple[str, ...], places: Places) -> Iterator[Diagnostic]:
    where = places.span((*path, "require", criterion.require.word))
    for limit in criterion.require.limits:
        if isinstance(limit, MetricLimit) and not by:
            yield Diagnostic(
                CODE, "a limit from a metric differs by member, and there are none", where, "add `by: [label]`"
            )
        if isinstance(limit, TableLimit) and len(by) != 1:
            message = f"a table of limits needs exactly one label in `by`, and there are {len(by)}"
            yield Diagnostic(CODE, message, where, "add `by: [label]`")


def _table(path: Path, criterion: Criterion, places: Places) -> Iterator[Diagnostic]:
    """Members that are listed and have no limit, and limits of members that are not listed."""
    members, limit = criterion.members, criterion.require.limits[0]
    if not members or not members.listed or not isinstance(limit, TableLimit):
        return
    table: Path = (*path, "require", criterion.require.word, "by_member")
    listed = (Label(places.key_span((*path, "members")), "the members are listed here"),)
    for member in limit.by_member:
        if member not in members.listed:
            meant = near(member, members.listed)
            hint = f"did you mean {meant}?" if meant else "add it to the members, or remove its limit"
            message = f"{member!r} has a limit and is not among the members"
            yield Diagnostic(CODE, message, places.key_span((*table, member)), hint, labels=listed)
    without = [member for member in members.listed if member not in limit.by_member]
    if without:
        message = f"no limit for {', '.join(without)}, so that {'it' if len(without) == 1 else 'they'} can never pass"
        hint = "add a limit for each member to the table"
        yield Diagnostic(CODE, message, places.key_span(table), hint, labels=listed)
