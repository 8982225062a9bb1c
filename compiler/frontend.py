"""From the text of specs to gates that are worth compiling, or everything that is wrong with them.

    text -> load -> Gate -> checks -> acknowledgements -> Spec
    text -> load_overrides -> entries against the policy of their gate ---^

All that `promgate lint` needs; the rest of the compiler starts from here (see `pipeline`).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from compiler.checks import CHECKS, acknowledgement, expressions, overdue_review
from compiler.diagnostics import Diagnostic, Label, Severity, Span
from compiler.moment import Moment
from compiler.overrides.checked import Exceptions, read_exceptions
from compiler.spec.load import Loaded, load
from compiler.spec.load_overrides import Approved
from compiler.spec.model import Gate
from compiler.spec.source import Path, Source
from compiler.spec.text import SpecFile

DUPLICATE_GATE: Final = "PG110"


@dataclass(frozen=True, slots=True)
class Spec:
    """A gate that fits the model, where it is written, what its author has acknowledged, and its overrides."""

    gate: Gate
    source: Source
    acknowledged: tuple[Diagnostic, ...]
    approved: Approved | None = None


@dataclass(frozen=True, slots=True)
class CheckedSpec:
    """A spec that was read: itself, if it fits the model, and what is wrong with it and with its overrides."""

    spec: Spec | None
    diagnostics: tuple[Diagnostic, ...]

    @property
    def named(self) -> tuple[str, Span] | None:
        """The name of the gate, and where it is written."""
        return (self.spec.gate.metadata.name, self.spec.source.span(("metadata", "name"))) if self.spec else None


@dataclass(frozen=True, slots=True)
class Checked:
    """Specs that were read: those that fit the model, and what is wrong with any of them."""

    specs: tuple[Spec, ...]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def good(self) -> bool:
        """Whether nothing forbids to compile."""
        return good(self.diagnostics)

    @property
    def acknowledged(self) -> tuple[Diagnostic, ...]:
        """The findings that the authors have acknowledged."""
        return tuple(one for spec in self.specs for one in spec.acknowledged)


def good(found: Iterable[Diagnostic]) -> bool:
    """Whether nothing that was found forbids to compile."""
    return not any(one.severity is Severity.ERROR for one in found)


def check_specs(
    files: Sequence[SpecFile],
    overrides: Sequence[SpecFile] = (),
    now: Moment | None = None,
    *,
    complete: bool = True,
) -> Checked:
    """Read specs and overrides, and find everything that is wrong with them. Their order does not matter.

    `now` is what the date is, for warnings. Overrides of a gate that is not here are left alone if the specs are not
    `complete`.
    """
    exceptions = read_exceptions(overrides)
    each = [check_spec(file, exceptions, now) for file in sorted(files, key=lambda file: file.path)]
    found = [one for checked in each for one in checked.diagnostics]
    among = check_together([one.named for one in each], exceptions, complete=complete)
    return Checked(tuple(one.spec for one in each if one.spec), (*found, *among))


def check_spec(file: SpecFile, exceptions: Exceptions, now: Moment | None) -> CheckedSpec:
    """Read one spec, and find everything that is wrong with it and with its overrides."""
    one = load(file.content, file.path)
    if one.source is None:
        return CheckedSpec(None, one.diagnostics)
    if one.gate is None:
        return CheckedSpec(None, (*one.diagnostics, *_salvaged(one, one.source)))
    sorted_out = acknowledgement.sort_out(one.gate, one.source, tuple(_checked(one.gate, one.source)))
    # Not to be acknowledged, since it would be reported as needless until it is due.
    due = tuple(overdue_review.check(one.gate, one.source, now)) if now else ()
    spec = Spec(one.gate, one.source, sorted_out.acknowledged, exceptions.of(one.gate.metadata.name))
    return CheckedSpec(spec, (*one.diagnostics, *sorted_out.open, *due, *exceptions.problems(one.gate, now)))


def check_together(
    named: Sequence[tuple[str, Span] | None], exceptions: Exceptions, *, complete: bool
) -> Iterator[Diagnostic]:
    """What is wrong with specs only because of the others: `named` has the name and its place of each good one."""
    known = [one for one in named if one]
    yield from _duplicates(known)
    yield from exceptions.diagnostics
    names = tuple(dict.fromkeys(name for name, _ in known))
    yield from exceptions.misplaced(names, complete=complete and len(known) == len(named))


def _salvaged(one: Loaded, source: Source) -> Iterator[Diagnostic]:
    """What is found in the sound criteria of an unsound spec, and errors elsewhere: a warning may be of what lacks."""
    if one.salvaged is None:
        return
    gate = one.salvaged.gate
    for found in acknowledgement.sort_out(gate, source, tuple(_checked(gate, source))).open:
        sure = found.severity is Severity.ERROR or _is_of_criterion(found, gate, source)
        if sure and one.salvaged.believes(found.span):
            yield found


def _is_of_criterion(found: Diagnostic, gate: Gate, source: Source) -> bool:
    return found.code != acknowledgement.CODE and _criterion(found, gate, source) is not None


def _checked(gate: Gate, source: Source) -> Iterator[Diagnostic]:
    """What the checks find. Where a criterion has an error, warnings about it are often only its echo."""
    found = [one for check in CHECKS for one in check.check(gate, source)]
    found += expressions.check(gate, source)
    wrong = {_criterion(one, gate, source) for one in found if one.severity is Severity.ERROR} - {None}
    for one in found:
        if one.severity is Severity.ERROR or _criterion(one, gate, source) not in wrong:
            yield one


def _criterion(one: Diagnostic, gate: Gate, source: Source) -> Path | None:
    """The criterion that a finding is about, if it is about one."""
    paths = (("categories", i, "criteria", j) for i, c in enumerate(gate.categories) for j in range(len(c.criteria)))
    return next((path for path in paths if one.span and one.span.is_within(source.span(path))), None)


def _duplicates(named: Iterable[tuple[str, Span]]) -> Iterator[Diagnostic]:
    """Gates that have the name of another: their series and files would be mixed up."""
    first: dict[str, Span] = {}
    for name, place in named:
        if name in first:
            yield Diagnostic(
                DUPLICATE_GATE,
                f"the gate '{name}' is there twice",
                place,
                "rename one of the two",
                labels=(Label(first[name], "the first is here"),),
            )
        first.setdefault(name, place)
