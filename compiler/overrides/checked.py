"""Files of overrides to the approved overrides of each gate, or everything that is wrong with them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from compiler.diagnostics import Diagnostic, Span
from compiler.moment import Moment
from compiler.overrides.problems import misplaced, problems
from compiler.spec.load_overrides import Approved, load_overrides
from compiler.spec.model import Gate
from compiler.spec.text import SpecFile


@dataclass(frozen=True)
class Exceptions:
    """The files that were read: the overrides of any gate, and what is wrong with a file whatever its gate is."""

    approved: tuple[Approved, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()

    @cached_property
    def by_gate(self) -> Mapping[str, tuple[Approved, ...]]:
        """The files of each gate that has any."""
        found: dict[str, tuple[Approved, ...]] = {}
        for one in self.approved:
            found[one.file.gate] = (*found.get(one.file.gate, ()), one)
        return found

    def of(self, gate: str) -> Approved | None:
        """The overrides of a gate; the last file counts, if there is more than one."""
        return self.by_gate[gate][-1] if gate in self.by_gate else None

    def problems(self, gate: Gate, now: Moment | None) -> Iterator[Diagnostic]:
        """What is wrong with the overrides of a gate."""
        for one in self.by_gate.get(gate.metadata.name, ()):
            yield from problems(one, gate, now)

    def misplaced(self, gates: Iterable[str], *, complete: bool) -> Iterator[Diagnostic]:
        """Files that are not where they belong. A gate that is not there is an error only if these are `complete`."""
        first: dict[str, Span] = {}
        known = dict.fromkeys(gates if complete else (*self.by_gate, *gates))
        for one in self.approved:
            yield from misplaced(one, known, first)


def read_exceptions(files: Sequence[SpecFile]) -> Exceptions:
    """Read files of overrides. Their order does not matter."""
    loaded = [load_overrides(file.content, file.path) for file in sorted(files, key=lambda file: file.path)]
    approved = tuple(one.approved for one in loaded if one.approved)
    return Exceptions(approved, tuple(one for more in loaded for one in more.diagnostics))
