"""Which rules read which: what one evaluation of a criterion costs is the sum over the rules that it needs."""

import re
from collections.abc import Iterable
from operator import itemgetter
from typing import Final

from compiler import naming
from compiler.middle.plan import Rule
from compiler.promql.expr import Matcher, Vector
from compiler.promql.walk import vectors

# Most rules that record the same series differ in one of these; without them, work would grow with their square.
_TELLING: Final = (naming.CRITERION, naming.INPUT)

_Written = tuple[int, dict[str, str]]  # the place of a rule, and its labels


def dependencies(rules: tuple[Rule, ...]) -> tuple[tuple[int, ...], ...]:
    """For each rule the places of those whose series it can read, in ascending order."""
    writers = Writers(rules)
    return tuple(tuple(sorted({i for vector in vectors(rule.expr) for i in writers.of(vector)})) for rule in rules)


class Writers:
    """Who records what, by place in a list of rules."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._by_record: dict[str, list[_Written]] = {}
        self._by_label: dict[tuple[str, str, str | None], list[_Written]] = {}
        self._known: dict[Vector, tuple[int, ...]] = {}
        for index, rule in enumerate(rules):
            self._by_record.setdefault(rule.record, []).append((index, dict(rule.labels)))
        for record, written in self._by_record.items():
            for one in written:
                for label in _TELLING:
                    self._by_label.setdefault((record, label, one[1].get(label)), []).append(one)

    def of(self, vector: Vector) -> tuple[int, ...]:
        """The places of the rules whose series a selector can match."""
        if vector.name not in self._by_record:
            return ()
        if vector not in self._known:
            self._known[vector] = tuple(index for index, labels in self._some(vector) if _matches(vector, labels))
        return self._known[vector]

    def _some(self, vector: Vector) -> Iterable[_Written]:
        """Those of the record of which a label does not tell at once that they do not match."""
        for label, op, value in vector.matchers:
            if op == "=" and label in _TELLING:
                have = (self._by_label.get((vector.name, label, own), ()) for own in (value, None))
                return sorted((one for some in have for one in some), key=itemgetter(0))
        return self._by_record[vector.name]

    def __contains__(self, name: str) -> bool:
        return name in self._by_record


def closure(start: Iterable[int], needs: tuple[tuple[int, ...], ...]) -> frozenset[int]:
    """The places of some rules and of all that they need, directly or not."""
    found: set[int] = set()
    waiting = list(start)
    while waiting:
        index = waiting.pop()
        if index not in found:
            found.add(index)
            waiting += needs[index]
    return frozenset(found)


def _matches(vector: Vector, labels: dict[str, str]) -> bool:
    """Whether a series with these labels can match; it may have more labels than the rule names."""
    for matcher in vector.matchers:
        value = labels.get(matcher.label)
        if value is not None and not _fits(matcher, value):
            return False
    return True


def _fits(matcher: Matcher, value: str) -> bool:
    match matcher.op:
        case "=":
            return value == matcher.value
        case "!=":
            return value != matcher.value
        case "=~":
            return re.fullmatch(matcher.value, value) is not None
        case _:
            return re.fullmatch(matcher.value, value) is None
