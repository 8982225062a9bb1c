"""Label sets that a selector matches, and such that it does not.

Regular expressions are those of Prometheus (RE2, anchored on both sides). `example` makes a text that one matches from
its usual parts: alternatives, groups, classes, repetitions. Python's `re` has the last word on what it made.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final

from compiler.promql.expr import Matcher, MatchOp, Vector
from compiler.promql.series import Labels

_OTHERS: Final = ("other", "another", "", "0", "a")
_CLASSES: Final = {"d": "0", "w": "a", "s": " ", "D": "a", "W": "-", "S": "a"}
_AFTER_ATOM: Final = re.compile(r"(?:[*+?]|\{(\d*)(?:,\d*)?\})\??")
_LONGEST: Final = 1000
_REMEMBERED: Final = 256  # patterns
_OPPOSITE: Final[dict[MatchOp, MatchOp]] = {"=": "!=", "!=": "=", "=~": "!~", "!~": "=~"}
_NONE: Final = "\0"  # no label has this value


class Unmatchable(ValueError):  # noqa: N818 - no error of a person
    """No labels (that could be found) match."""


def matches(matcher: Matcher, value: str) -> bool:
    """Whether a label with this value ("" if it is absent) satisfies the matcher."""
    if matcher.op in {"=", "!="}:
        return (value == matcher.value) == (matcher.op == "=")
    return bool(re.fullmatch(matcher.value, value, re.DOTALL)) == (matcher.op == "=~")


def selects(selector: Vector, labels: Labels) -> bool:
    """Whether the selector matches a series of its metric that has these labels."""
    have = dict(labels)
    return all(matches(one, have.get(one.label, "")) for one in selector.matchers)


def labels_of(selector: Vector, wanted: Labels = ()) -> Labels:
    """Labels that the selector matches, with the wanted ones among them. Raises Unmatchable."""
    return _solved({}, selector.matchers, dict(wanted))


def labels_beside(selector: Vector, other: Vector, wanted: Labels = ()) -> Labels:
    """Labels that the selector matches and the other one does not. Raises Unmatchable."""
    for violated in other.matchers:
        opposite = Matcher(violated.label, _OPPOSITE[violated.op], violated.value)
        try:
            return _solved({}, (*selector.matchers, opposite), dict(wanted))
        except Unmatchable:
            continue
    raise Unmatchable(f"all that {selector.name} matches is matched by the other selector too")


def strangers(selector: Vector, wanted: Labels = ()) -> Iterator[Labels]:
    """Labels that the selector does not match, for each of its matchers such that violate just that one."""
    for violated in selector.matchers:
        others = tuple(one for one in selector.matchers if one is not violated)
        opposite = Matcher(violated.label, _OPPOSITE[violated.op], violated.value)
        free = tuple((label, value) for label, value in wanted if label != violated.label)
        try:
            yield _solved({}, (*others, opposite), dict(free))
        except Unmatchable:
            continue


def _solved(found: dict[str, str], matchers: tuple[Matcher, ...], wanted: Mapping[str, str]) -> Labels:
    for label in dict.fromkeys((*wanted, *(one.label for one in matchers))):
        own = [one for one in matchers if one.label == label]
        candidates = [wanted[label]] if label in wanted else _candidates(own)
        found[label] = next((text for text in candidates if all(matches(one, text) for one in own)), _NONE)
        if found[label] is _NONE:
            raise Unmatchable(f"no value of the label {label} was found that matches")
    return tuple(sorted((label, value) for label, value in found.items() if value))


def _candidates(matchers: list[Matcher]) -> Iterator[str]:
    for one in matchers:
        if one.op in {"=", "!="}:
            yield one.value if one.op == "=" else f"{one.value}_"
        elif one.op == "=~" and (made := example(one.value)) is not None:
            yield made
    yield from _OTHERS


@lru_cache(maxsize=_REMEMBERED)  # the tests of a gate ask for the same few
def example(pattern: str) -> str | None:
    """A text that the regular expression matches, or None if none was found."""
    try:
        text, end = _alternatives(pattern, 0)
        return text if end == len(pattern) and re.fullmatch(pattern, text, re.DOTALL) else None
    except (IndexError, ValueError, re.error):
        return None


def _alternatives(pattern: str, at: int) -> tuple[str, int]:
    """The first alternative up to the end of a group or of the pattern; the others are only skipped."""
    text, at = _sequence(pattern, at)
    while at < len(pattern) and pattern[at] == "|":
        other, at = _sequence(pattern, at + 1)
        text = text or other  # `|x` matches nothing at all, which says little
    return text, at


def _sequence(pattern: str, at: int) -> tuple[str, int]:
    text = ""
    while at < len(pattern) and pattern[at] not in "|)":
        atom, at = _atom(pattern, at)
        times = _AFTER_ATOM.match(pattern, at)
        if times:
            at = times.end()
            atom *= min(int(times[1]), _LONGEST) if times[1] else 1
        text += atom
    return text, at


def _atom(pattern: str, at: int) -> tuple[str, int]:
    char = pattern[at]
    if char == "(":
        head = re.compile(r"\((\?:|\?P?<\w+>)?").match(pattern, at)
        text, end = _alternatives(pattern, head.end() if head else at + 1)
        if pattern[end] != ")":
            raise ValueError("an open group")
        return text, end + 1
    if char == "[":
        return _class(pattern, at + 1)
    if char == "\\":
        return _CLASSES.get(pattern[at + 1], pattern[at + 1]), at + 2
    if char in "^$":
        return "", at + 1
    return "0" if char == "." else char, at + 1


def _class(pattern: str, at: int) -> tuple[str, int]:
    """One character of a class such as `[a-z_]` or `[^0-9]`."""
    end = pattern.index("]", at + 2 if pattern[at] == "^" else at + 1)
    chosen = re.compile(pattern[at - 1 : end + 1])
    usual = (
        chr(code) for code in (*range(ord("a"), ord("z") + 1), *range(ord(" "), ord("a")), *range(ord("{"), 0x17F))
    )
    return next(char for char in usual if chosen.fullmatch(char)), end + 1
