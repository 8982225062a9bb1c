"""What an unquoted YAML word means: text, number, true/false or nothing, or a trap that is refused.

YAML 1.1 and 1.2 read some words differently, and readers in use follow either. A word that both read alike gets that
meaning; a word that they read differently (`on`, `1:30`, `010`, `1e3`, `0x10`, `1_000`) is refused, because neither
choice is what every author expects, and a silent one would change a gate. Two exceptions: dates are text (a spec has
no use for a date object, and text is what the author typed), and so are `y` and `n`, which PyYAML never converts.
"""

import math
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Self

MAX_DIGITS: Final = 30

_WORDS: Final = {
    form: value
    for word, value in (("null", None), ("true", True), ("false", False))
    for form in (word, word.title(), word.upper())
} | {"": None, "~": None}
_BOOLEANS_1_1: Final = {
    form: meaning
    for word, meaning in (("yes", "true"), ("on", "true"), ("no", "false"), ("off", "false"))
    for form in (word, word.title(), word.upper())
}
_MAYBE_NUMBER: Final = re.compile(r"[-+]?\.?[0-9]|[-+]?\.(?:inf|nan)", re.IGNORECASE)
_INTEGER: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_DECIMAL: Final = re.compile(r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+][0-9]+)?")
_NOT_FINITE: Final = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_OCTAL: Final = re.compile(r"[-+]?0[0-7_]+|0o[0-7]+")
_PADDED: Final = re.compile(r"[-+]?0[0-9]+")
_HEX: Final = re.compile(r"[-+]?0x[0-9a-fA-F_]*[0-9a-fA-F][0-9a-fA-F_]*")
_BINARY: Final = re.compile(r"[-+]?0b[01_]*[01][01_]*")
_UNDERSCORES: Final = re.compile(r"[-+]?[0-9][0-9_]*(?:\.[0-9_]*)?")
_SEXAGESIMAL: Final = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?")
_EXPONENT: Final = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)[eE][-+]?[0-9]{1,6}")
_AMBIGUOUS: Final = (_OCTAL, _PADDED, _SEXAGESIMAL, _HEX, _BINARY, _UNDERSCORES, _EXPONENT)


class Number(float):
    """A float that prints as the author wrote it, so `99.90` stays `99.90` and no digit is lost."""

    __slots__ = ("text",)
    text: str

    @classmethod
    def read(cls, text: str) -> Self:
        """The float nearest to the decimal `text`."""
        number = cls(text)
        number.text = text
        return number

    def __repr__(self) -> str:
        """The source text."""
        return self.text

    __str__ = __repr__


Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Trap:
    """An unquoted word that is refused: what is wrong, what to type instead, and whether it is only out of range."""

    message: str
    hint: str
    out_of_range: bool = False


def resolve(text: str) -> Scalar | Trap:
    """The meaning of an unquoted scalar."""
    if text in _WORDS:
        return _WORDS[text]
    if meaning := _BOOLEANS_1_1.get(text):
        return Trap(
            f"{text!r} is {meaning} to some YAML readers and text to others",
            f'write {meaning}, or "{text}" in quotes if you mean the text',
        )
    return _number(text) if _MAYBE_NUMBER.match(text) else text


def _number(text: str) -> Scalar | Trap:
    integer, decimal = _INTEGER.fullmatch(text), _DECIMAL.fullmatch(text)
    if integer or decimal:
        if sum(char.isdigit() for char in text) > MAX_DIGITS or not math.isfinite(float(text)):
            return Trap("this number is too long or too large", f"use at most {MAX_DIGITS} digits", out_of_range=True)
        return int(text) if integer else Number.read(text)
    if _NOT_FINITE.fullmatch(text):
        hint = f'write a finite number, or "{text}" in quotes if you mean the text'
        return Trap(f"{text} is not a number that a gate can compare with", hint, out_of_range=True)
    return _two_meanings(text)


def _two_meanings(text: str) -> str | Trap:
    pattern = next((one for one in _AMBIGUOUS if one.fullmatch(text)), None)
    if pattern is None:
        return text
    if len(text) > MAX_DIGITS:
        return Trap(
            "this reads like a number and is too long for one", "put it in quotes if it is text", out_of_range=True
        )
    what = "a number"
    if pattern is _OCTAL:
        octal, plain = str(int(text.replace("_", "").replace("o", ""), 8)), _without_zeros(text)
        what, instead = f"octal ({octal})", f"{plain} or {octal}" if plain and plain != octal else octal
    elif pattern is _SEXAGESIMAL:
        what, instead = "a base-60 number", "a duration like 90s"
    elif pattern is _PADDED:
        instead = _without_zeros(text)
    else:
        instead = _plain_decimal(text)
    message = f"{text} is {what} to some YAML readers and text to others"
    return Trap(message, f'write {instead}, or "{text}" in quotes if you mean the text')


def _without_zeros(text: str) -> str:
    return (text.lstrip("+-0") or "0") if text.lstrip("+-").isdigit() else ""


def _plain_decimal(text: str) -> str:
    """The number in decimal digits, or in words if it would be long."""
    if _HEX.fullmatch(text) or _BINARY.fullmatch(text):
        return str(int(text.replace("_", ""), 0))
    number = Decimal(text.replace("_", ""))
    return f"{number:f}" if -MAX_DIGITS < number.adjusted() < MAX_DIGITS else "the number in decimal digits"
