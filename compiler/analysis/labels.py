"""The labels of a series: what is known of each by name, and what holds for all others."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from compiler.analysis.domain import ANY, MISSING, Domain, Word, both


@dataclass(frozen=True, slots=True)
class LabelSet:
    """`known` by name; `rest` is the domain of every other label."""

    known: Mapping[str, Domain] = field(default_factory=dict)
    rest: Domain = ANY

    def of(self, name: str) -> Domain:
        """The domain of a label."""
        return self.known.get(name, self.rest)

    @property
    def closed(self) -> bool:
        """Whether there are no other labels than the known ones."""
        return self.rest.never

    @property
    def there(self) -> tuple[str, ...]:
        """The labels that somebody says are there, in order of their names."""
        return tuple(sorted(name for name, one in self.known.items() if one.word and not one.never))

    def by(self, names: Iterable[str]) -> "LabelSet":
        """Only these labels."""
        return LabelSet({name: self.of(name).meant(Word.AUTHOR) for name in names}, MISSING)

    def without(self, names: Iterable[str]) -> "LabelSet":
        """All labels but these."""
        return LabelSet({**self.known, **dict.fromkeys(names, MISSING)}, self.rest)

    def having(self, changes: Mapping[str, Domain]) -> "LabelSet":
        """With some labels set to something else."""
        return LabelSet({**self.known, **changes}, self.rest)

    def joined(self, other: "LabelSet") -> "LabelSet":
        """The labels that are equal on both sides."""
        names = [*self.known, *(name for name in other.known if name not in self.known)]
        return LabelSet({name: both(self.of(name), other.of(name)) for name in names}, both(self.rest, other.rest))


NONE: Final = LabelSet({}, MISSING)
