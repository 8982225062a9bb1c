"""What the value of one label can be."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import cache
from typing import Final

from compiler.promql import regex
from compiler.promql.expr import MatchOp


class Word(IntEnum):
    """Who says that a label is there: nobody, convention (a scraped series has `job`), or the author by naming it."""

    NOBODY = 0
    CONVENTION = 1
    AUTHOR = 2


class Clash(IntEnum):
    """How sure it is that two labels are never equal."""

    NONE = 0
    LIKELY = 1  # unless the label that convention says is there is missing
    MEANT = 2  # unless the label that the author names is missing
    CERTAIN = 3


@dataclass(frozen=True, slots=True)
class Domain:
    """`values`: the only ones that are not empty, or None if any. `empty`: whether the label may be missing.

    `tests` are matchers that every value meets; `word` is who says that the label is there although it may be missing.
    """

    values: frozenset[str] | None = None
    empty: bool = True
    word: Word = Word.NOBODY
    tests: tuple[tuple[MatchOp, str], ...] = ()

    @property
    def never(self) -> bool:
        """Whether no series has the label."""
        return self.values is not None and not self.values

    @property
    def impossible(self) -> bool:
        """Whether not even a missing label meets what is asked of it."""
        return self.never and not self.empty

    def meant(self, word: Word) -> "Domain":
        """The domain, said to be there by somebody, unless it cannot be."""
        return self if self.never or self.word >= word else replace(self, word=word)

    def matched(self, op: MatchOp, value: str) -> "Domain":
        """The domain of a label that also meets a matcher."""
        empty = self.empty and passes("", op, value)
        values = self.values
        if values is not None:
            values = frozenset(one for one in values if passes(one, op, value))
        elif op == "=":
            values = frozenset({value} - {""} if all(passes(value, *test) for test in self.tests) else ())
        elif op == "=~" and (texts := regex.check(value).texts) is not None:
            values = frozenset(one for one in texts - {""} if all(passes(one, *test) for test in self.tests))
        word = self.word if empty else Word.AUTHOR
        return Domain(values, empty, word, (*self.tests, (op, value)))


@cache
def passes(value: str, op: MatchOp, wanted: str) -> bool:
    """Whether a value meets a matcher; what cannot be told counts as met."""
    if op in ("=", "!="):
        return (value == wanted) == (op == "=")
    found = regex.matches(wanted, value)
    return True if found is None else found == (op == "=~")


ANY: Final = Domain()
MISSING: Final = Domain(frozenset(), empty=True)


def clash(left: Domain, right: Domain) -> Clash:
    """How sure it is that the labels of two series are never equal."""
    if _share_a_value(left, right):
        return Clash.NONE
    if not (left.empty and right.empty):
        return Clash.CERTAIN
    words = [one.word for one, other in ((left, right), (right, left)) if other.never and not one.never]
    return {Word.AUTHOR: Clash.MEANT, Word.CONVENTION: Clash.LIKELY, Word.NOBODY: Clash.NONE}[
        max(words, default=Word.NOBODY)
    ]


def _share_a_value(left: Domain, right: Domain) -> bool:
    if left.values is None and right.values is None:
        return True
    few, other = (left, right) if left.values is not None else (right, left)
    return any(_allows(other, value) for value in few.values or ())


def _allows(domain: Domain, value: str) -> bool:
    return (domain.values is None or value in domain.values) and all(passes(value, *test) for test in domain.tests)


def both(left: Domain, right: Domain) -> Domain:
    """The domain of a label that is equal on both sides."""
    values = (
        left.values if right.values is None else right.values if left.values is None else left.values & right.values
    )
    return Domain(values, left.empty and right.empty, max(left.word, right.word), left.tests + right.tests)


def any_clash(pairs: Iterable[tuple[str, Domain, Domain]]) -> tuple[Clash, str]:
    """The surest clash among the labels, and which label it is."""
    return max(
        ((clash(left, right), name) for name, left, right in pairs), key=lambda one: one[0], default=(Clash.NONE, "")
    )
