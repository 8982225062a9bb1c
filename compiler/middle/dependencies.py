"""Which rules read which: what one evaluation of a criterion costs is the sum over the rules that it needs."""

import re
from collections.abc import Iterable

from compiler.middle.plan import Rule
from compiler.promql.expr import Matcher, Vector
from compiler.promql.walk import vectors


def dependencies(rules: tuple[Rule, ...]) -> tuple[tuple[int, ...], ...]:
    """For each rule the places of those whose series it can read, in ascending order."""
    writers = Writers(rules)
    return tuple(tuple(sorted({i for vector in vectors(rule.expr) for i in writers.of(vector)})) for rule in rules)


class Writers:
    """Who records what, by place in a list of rules."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._by_record: dict[str, list[tuple[int, dict[str, str]]]] = {}
        self._known: dict[Vector, tuple[int, ...]] = {}
        for index, rule in enumerate(rules):
            self._by_record.setdefault(rule.record, []).append((index, dict(rule.labels)))

    def of(self, vector: Vector) -> tuple[int, ...]:
        """The places of the rules whose series a selector can match."""
        rules = self._by_record.get(vector.name)
        if rules is None:
            return ()
        if vector not in self._known:
            self._known[vector] = tuple(index for index, labels in rules if _matches(vector, labels))
        return self._known[vector]

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
