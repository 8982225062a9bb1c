"""What is wrong with the overrides of a gate: each entry against the gate's policy, and against the others.

`compiler.catalogue.exceptions` explains the codes. A closed entry (`retested`) is a record of the past: the policy may
have changed since, so all that is asked of it is an id of its own and a re-test that can have been.
"""

from collections.abc import Collection, Iterable, Iterator, MutableMapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from compiler import naming
from compiler.diagnostics import Diagnostic, Label, Severity, Span
from compiler.moment import Moment
from compiler.spec.load_overrides import Approved
from compiler.spec.model import Gate
from compiler.spec.override_file import Override
from compiler.spec.override_policy import OverridePolicy
from compiler.spec.source import Path, Source
from compiler.suggest import near

MISPLACED: Final = "PG501"
NOT_ALLOWED: Final = "PG502"
UNKNOWN_REASON: Final = "PG503"
UNKNOWN_APPROVER: Final = "PG504"
UNKNOWN_CRITERION: Final = "PG505"
DURATION: Final = "PG506"
OVERLAP: Final = "PG507"
ASKED_FOR: Final = "PG508"
DUPLICATE_ID: Final = "PG509"
ENDED: Final = "PG510"
RETESTED: Final = "PG511"


@dataclass(frozen=True, slots=True)
class _Entry:
    """An entry with its place."""

    spec: Override
    index: int
    source: Source

    def at(self, *path: str | int) -> Span:
        """The value at a path in the entry, or the entry."""
        return self.source.span(self._path(path or ("id",)))

    def key(self) -> Span:
        """The first key of the entry."""
        return self.source.key_span(self._path(()))

    def _path(self, path: Path) -> Path:
        return ("overrides", self.index, *path)


def misplaced(approved: Approved, gates: Collection[str], first: MutableMapping[str, Span]) -> Iterator[Diagnostic]:
    """Whether the file is called after its gate, which is one of `gates`, and the `first` one about it."""
    file, source = approved.file, approved.source
    place = source.span(("gate",))
    wanted = naming.overrides_file(file.gate).rpartition("/")[2]
    if source.file != wanted:
        message = f"the overrides of '{file.gate}' must be in {wanted}, not in {source.file}"
        yield Diagnostic(MISPLACED, message, place, "code owners review them by the name of the file; rename it")
    if file.gate not in gates:
        meant = near(file.gate, gates)
        hint = f"did you mean '{meant}'?" if meant else f"the gates are {', '.join(sorted(gates)) or 'none'}"
        yield Diagnostic(MISPLACED, f"there is no gate '{file.gate}'", place, hint)
    elif other := first.get(file.gate):
        message = f"the gate '{file.gate}' has another file of overrides"
        yield Diagnostic(MISPLACED, message, place, "keep them in one", labels=(Label(other, "the first is here"),))
    first.setdefault(file.gate, place)


def problems(approved: Approved, gate: Gate, now: Moment | None) -> Iterator[Diagnostic]:
    """Everything that is wrong with the entries. `now` is None if nobody says what the date is."""
    entries = [_Entry(one, index, approved.source) for index, one in enumerate(approved.file.overrides)]
    yield from _duplicates(entries)
    for entry in entries:
        if entry.spec.closed:
            yield from _closed(entry, now)
    pending = [entry for entry in entries if not entry.spec.closed]
    if gate.overrides is None:
        if pending:
            hint = f"add `overrides:` with reasons and approvers to the spec of {gate.metadata.name}, if it may be"
            message = f"the gate '{gate.metadata.name}' does not allow overrides"
            yield Diagnostic(NOT_ALLOWED, message, pending[0].key(), hint)
        return
    for entry in pending:
        yield from _against_policy(entry, gate.overrides)
        yield from _scope(entry, gate)
        yield from _times(entry, gate.overrides, now)
    yield from _overlaps(pending)


def _duplicates(entries: Sequence[_Entry]) -> Iterator[Diagnostic]:
    first: dict[str, Span] = {}
    for entry in entries:
        place = entry.at("id")
        if taken := first.get(entry.spec.id):
            message = f"the id '{entry.spec.id}' is taken already"
            hint = f"call it {entry.spec.id}-2"
            yield Diagnostic(DUPLICATE_ID, message, place, hint, labels=(Label(taken, "by this one"),))
        first.setdefault(entry.spec.id, place)


def _closed(entry: _Entry, now: Moment | None) -> Iterator[Diagnostic]:
    retested, place = entry.spec.retested, entry.at("retested")
    assert retested is not None  # noqa: S101 - that is what closes an entry
    if retested < entry.spec.expires:
        hint = f"a re-test counts once the override has ended: write a time from {entry.spec.expires} on"
        yield Diagnostic(RETESTED, "it was re-tested before it ended", place, hint)
    elif now and now < retested:
        hint = "write when all criteria were seen met and stable, once they were"
        yield Diagnostic(RETESTED, "it was re-tested in the future", place, hint)


def _against_policy(entry: _Entry, policy: OverridePolicy) -> Iterator[Diagnostic]:
    spec = entry.spec
    reason = policy.reasons.get(spec.reason)
    if reason is None:
        hint = _choice(spec.reason, policy.reasons, "reasons")
        yield Diagnostic(UNKNOWN_REASON, f"'{spec.reason}' is no reason to override", entry.at("reason"), hint)
    approvers = tuple(policy.approvers)
    if reason and reason.approvers is not None and spec.approver in approvers:
        approvers = tuple(reason.approvers)
    if spec.approver not in approvers:
        message = f"'{spec.approver}' may not approve this override"
        yield Diagnostic(
            UNKNOWN_APPROVER, message, entry.at("approver"), _choice(spec.approver, approvers, "approvers")
        )
    for asked in reason.asks_for if reason else ():
        if not getattr(spec, asked):
            message = f"an override for '{spec.reason}' needs '{asked}'"
            yield Diagnostic(ASKED_FOR, message, entry.key(), f"add `{asked}: …`")


def _scope(entry: _Entry, gate: Gate) -> Iterator[Diagnostic]:
    criteria = [one.id for one in gate.criteria]
    seen: set[str] = set()
    for index, name in enumerate(entry.spec.scope or ()):
        place = entry.at("scope", index)
        if name not in criteria:
            meant = near(name, criteria)
            hint = f"did you mean '{meant}'?" if meant else "it lists ids of criteria"
            yield Diagnostic(UNKNOWN_CRITERION, f"the gate has no criterion '{name}'", place, hint)
        elif name in seen:
            yield Diagnostic(UNKNOWN_CRITERION, f"'{name}' is there twice", place, "remove one")
        seen.add(name)


def _times(entry: _Entry, policy: OverridePolicy, now: Moment | None) -> Iterator[Diagnostic]:
    spec, place = entry.spec, entry.at("expires")
    if spec.expires <= spec.start:
        yield Diagnostic(DURATION, "it ends before it begins", place, f"write a time after {spec.start}")
        return
    lasts = spec.expires.since(spec.start)
    if lasts > policy.max_duration:
        message = f"it lasts {lasts}, and the gate allows {policy.max_duration}"
        latest = spec.start.after(policy.max_duration)
        yield Diagnostic(DURATION, message, place, f"write {latest} or earlier; to go on, add another one when it ends")
    if now and spec.expires <= now:
        message = f"this override ended {now.since(spec.expires)} ago"
        hint = (
            "when all criteria have been met and stable since, close it: add `retested: TIME`; "
            "it is compiled until then, so that a re-test that is owed is not forgotten"
        )
        yield Diagnostic(ENDED, message, entry.at("id"), hint, Severity.WARNING)


def _overlaps(entries: Sequence[_Entry]) -> Iterator[Diagnostic]:
    for first, second in combinations(entries, 2):
        one, other = first.spec, second.spec
        if one.overlaps(other):
            begin, end = max(one.start, other.start), min(one.expires, other.expires)
            message = f"it overlaps with '{one.id}' from {begin} to {end}"
            hint = "let one begin when the other has ended, or give each a `scope` of its own"
            label = Label(first.at("start"), f"'{one.id}' begins here")
            yield Diagnostic(OVERLAP, message, second.at("start"), hint, labels=(label,))


def _choice(written: str, known: Iterable[str], what: str) -> str:
    names = tuple(known)
    meant = near(written, names)
    return (f"did you mean '{meant}'? " if meant else "") + f"the {what} are {', '.join(names)}"
