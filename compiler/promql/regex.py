"""The regular expressions of label matchers: RE2's syntax as Go reads it, and what can be said of one.

Matchers are anchored: `=~"a"` means the whole value. https://github.com/google/re2/wiki/Syntax
"""

import re
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Final

_MOST_REPEATS: Final = 1000
_DEEPEST: Final = 80
_MOST_LITERALS: Final = 200
_REPEAT: Final = re.compile(r"\{(\d+)(?:(,)(\d*))?\}")
_GROUP: Final = re.compile(r"\?(?:P?<(\w+)>|([imsU]*(?:-[imsU]+)?)(:|\)))")
_PROPERTY: Final = re.compile(r"[pP](?:\{\^?\w+\}|[A-Z])")
_CODE: Final = re.compile(r"x\{[0-9a-fA-F]{1,6}\}|x[0-9a-fA-F]{2}|0[0-7]{0,2}|[1-7][0-7]{1,2}")
_POSIX: Final = re.compile(
    r"\[:\^?(?:alnum|alpha|ascii|blank|cntrl|digit|graph|lower|print|punct|space|upper|word|xdigit):\]"
)
_CONTROL: Final = {"a": "\a", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_FOREIGN: Final = {
    "?=": "look-ahead `(?=`",
    "?!": "look-ahead `(?!`",
    "?<=": "look-behind `(?<=`",
    "?<!": "look-behind `(?<!`",
    "?>": "an atomic group `(?>`",
    "?#": "a comment `(?#`",
    "?P=": "a back-reference `(?P=`",
    "?(": "a condition `(?(`",
}


class RegexError(ValueError):
    """A pattern that Prometheus refuses. `foreign`: it uses what other engines have and RE2 has not."""

    def __init__(self, message: str, *, foreign: bool = False) -> None:
        super().__init__(message)
        self.foreign = foreign


@dataclass(frozen=True, slots=True)
class _Part:
    """A piece of a pattern. `texts`: all that it matches, or None if that is not a short list of texts."""

    texts: frozenset[str] | None
    empty: bool  # whether it matches ""
    repeats: int = 1  # how often its innermost part is copied


@dataclass(frozen=True, slots=True)
class Pattern:
    """What can be said of a valid pattern: the only texts that it matches (or None), and whether "" is one."""

    texts: frozenset[str] | None
    empty: bool


_NOTHING: Final = _Part(frozenset({""}), empty=True)
_ASSERTION: Final = _Part(None, empty=True)
_CHARACTER: Final = _Part(None, empty=False)


@cache
def check(pattern: str) -> Pattern:
    """What the pattern matches. Raises RegexError if it is not valid."""
    reader = _Reader(pattern)
    part = reader.alternatives(0)
    if reader.at < len(pattern):
        raise RegexError("nothing is open that `)` could close")
    return Pattern(None if reader.flagged else part.texts, part.empty)


@cache
def matches(pattern: str, value: str) -> bool | None:
    """Whether the pattern matches the whole value; None if that cannot be told here."""
    known = check(pattern)
    if known.texts is not None:
        return value in known.texts
    if not value:
        return known.empty
    if re.search(r"\\[pPQEzC]|\[\[:|\(\?[a-zA-Z-]*U", pattern):
        return None
    try:
        return re.fullmatch(pattern, value, re.DOTALL | re.ASCII) is not None
    except (re.error, RecursionError):
        return None


class _Reader:
    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0
        self.flagged = False
        self._names: set[str] = set()

    def alternatives(self, depth: int) -> _Part:
        """`a|b|c`, to the end or to a closing parenthesis."""
        if depth > _DEEPEST:
            raise RegexError("it nests too deeply")
        arms = [self._sequence(depth)]
        while self._take("|"):
            arms.append(self._sequence(depth))
        texts = frozenset[str]().union(*(arm.texts for arm in arms if arm.texts is not None))
        known = len(texts) <= _MOST_LITERALS and all(arm.texts is not None for arm in arms)
        return _Part(texts if known else None, any(arm.empty for arm in arms), max(arm.repeats for arm in arms))

    def _sequence(self, depth: int) -> _Part:
        whole, repeated = _NOTHING, False
        last: _Part | None = None
        while self.at < len(self.pattern) and self.pattern[self.at] not in "|)":
            counts = self._repetition()
            if counts is None:
                if last:
                    whole = _joined(whole, last)
                last, repeated = self._atom(depth), False
                continue
            if last is None:
                raise RegexError("there is nothing that `*`, `+`, `?` or `{}` could repeat")
            if repeated:
                raise RegexError("a repetition cannot be repeated", foreign=self.pattern[self.at - 1] == "+")
            last, repeated = _repeated(last, *counts), True
        return _joined(whole, last) if last else whole

    def _repetition(self) -> tuple[int, int | None] | None:
        """The fewest and most times of a repetition that begins here; None if none does."""
        char = self.pattern[self.at]
        if char in "*+?":
            self.at += 1
            counts: tuple[int, int | None] = {"*": (0, None), "+": (1, None), "?": (0, 1)}[char]
        else:
            match = _REPEAT.match(self.pattern, self.at)
            if not match:
                return None
            self.at = match.end()
            fewest = int(match[1])
            most = fewest if not match[2] else int(match[3]) if match[3] else None
            if fewest > _MOST_REPEATS or (most is not None and (most > _MOST_REPEATS or most < fewest)):
                raise RegexError(f"the counts of `{match[0]}` must rise and not exceed {_MOST_REPEATS}")
            counts = fewest, most
        self._take("?")
        return counts

    def _atom(self, depth: int) -> _Part:
        char = self.pattern[self.at]
        self.at += 1
        if char == "(":
            return self._group(depth)
        if char == "[":
            return self._class()
        if char == "\\":
            return self._escape()
        if char in "^$":
            return _ASSERTION
        return _CHARACTER if char == "." else _text(char)

    def _group(self, depth: int) -> _Part:
        if self.pattern.startswith("?", self.at):
            match = _GROUP.match(self.pattern, self.at)
            if not match or (match[2] == "" and match[3] == ")") or (match[2] and match[2].endswith("-")):
                self._foreign_group()
            assert match  # noqa: S101 - else the line above raised
            self.at = match.end()
            if match[1] in self._names:
                raise RegexError(f"the group {match[1]} is there twice")
            if match[1]:
                self._names.add(match[1])
            self.flagged |= bool(match[2])
            if match[3] == ")":
                return _NOTHING
        part = self.alternatives(depth + 1)
        if not self._take(")"):
            raise RegexError("`(` is not closed")
        return part

    def _foreign_group(self) -> None:
        for start, name in _FOREIGN.items():
            if self.pattern.startswith(start, self.at):
                raise RegexError(f"it has {name}", foreign=True)
        raise RegexError(f"`({self.pattern[self.at : self.at + 3]}` begins no group")

    def _escape(self) -> _Part:
        if self.at == len(self.pattern):
            raise RegexError("it ends in a backslash")
        char = self.pattern[self.at]
        if char == "Q":
            quoted, _, _ = self.pattern[self.at + 1 :].partition("\\E")
            self.at += 1 + len(quoted) + (2 if self.pattern.startswith("\\E", self.at + 1 + len(quoted)) else 0)
            return _text(quoted)
        if char in "AbBz":
            self.at += 1
            return _ASSERTION
        return self._escaped_character()

    def _escaped_character(self) -> _Part:
        """What is after a backslash, in a class or not."""
        char = self.pattern[self.at : self.at + 1]
        for known in (_PROPERTY, _CODE):
            if match := known.match(self.pattern, self.at):
                self.at = match.end()
                return _CHARACTER
        self.at += 1
        if char and char in "dDsSwW":
            return _CHARACTER
        if char in _CONTROL:
            return _text(_CONTROL[char])
        if not char or char.isalnum() or not char.isascii():
            raise RegexError(f"`\\{char}` is no escape", foreign=char.isdigit())
        return _text(char)

    def _class(self) -> _Part:
        self._take("^")
        first = True
        while first or not self.pattern.startswith("]", self.at):
            first = False
            if match := _POSIX.match(self.pattern, self.at):
                self.at = match.end()
                continue
            if self.pattern.startswith("[:", self.at) and ":]" in self.pattern[self.at + 2 :]:
                raise RegexError("it has an unknown class of characters")
            low = self._class_character()
            if self.pattern.startswith("-", self.at) and not self.pattern.startswith("-]", self.at):
                self.at += 1
                high = self._class_character()
                if low and high and low > high:
                    raise RegexError(f"`{low}-{high}` goes backwards")
        self.at += 1
        return _CHARACTER

    def _class_character(self) -> str:
        """A character of a class; "" for one that is a class itself or is written as a code."""
        if self.at >= len(self.pattern):
            raise RegexError("`[` is not closed")
        char = self.pattern[self.at]
        self.at += 1
        if char != "\\":
            return char
        part = self._escaped_character()
        return next(iter(part.texts)) if part.texts else ""

    def _take(self, char: str) -> bool:
        found = self.pattern.startswith(char, self.at)
        self.at += found
        return found


def _text(text: str) -> _Part:
    return _Part(frozenset({text}), empty=not text)


def _joined(left: _Part, right: _Part) -> _Part:
    texts = None
    if left.texts is not None and right.texts is not None and len(left.texts) * len(right.texts) <= _MOST_LITERALS:
        texts = frozenset(a + b for a, b in product(left.texts, right.texts))
    return _Part(texts, left.empty and right.empty, max(left.repeats, right.repeats))


def _repeated(part: _Part, fewest: int, most: int | None) -> _Part:
    copies = part.repeats * max(fewest if most is None else most, 1)
    if copies > _MOST_REPEATS:
        raise RegexError(f"its nested repetitions exceed {_MOST_REPEATS}")
    texts = part.texts | {""} if (fewest, most) == (0, 1) and part.texts is not None else None
    return _Part(texts, part.empty or fewest == 0, copies)
