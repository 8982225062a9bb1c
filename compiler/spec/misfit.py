"""What does not fit the model, in words: each of pydantic's errors with its place and what to type instead.

A validator of the model may end its text with a line "hint: …", which becomes the hint.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from compiler.diagnostics import Diagnostic, Label, Span
from compiler.promql.problem import NOT_PROMQL, PromQLError
from compiler.spec.shape import Shape, locate
from compiler.spec.source import Path, Source
from compiler.spec.tree import Data
from compiler.suggest import guesses, near

MISSING_KEY: Final = "PG101"
UNKNOWN_KEY: Final = "PG102"
WRONG_TYPE: Final = "PG103"
UNKNOWN_WORD: Final = "PG104"
INVALID: Final = "PG105"

_SHORT: Final = 60
_TYPES: Final = {
    "string": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "dict": "a mapping (`key: value` lines)",
    "model": "a mapping (`key: value` lines)",
    "list": "a list (`- item` lines)",
}
_LIMITS: Final = {
    "greater_than": ("more than", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("less than", "lt"),
    "less_than_equal": ("at most", "le"),
}
_LENGTHS: Final = {
    "too_short": ("at least", "min_length", "items"),
    "too_long": ("at most", "max_length", "items"),
    "string_too_short": ("at least", "min_length", "characters"),
    "string_too_long": ("at most", "max_length", "characters"),
}


@dataclass(frozen=True, slots=True)
class Misfit:
    """One error of pydantic's, with its place in the spec.

    `shape` is what may stand there; where a key is missing or unknown, it is that of the mapping.
    """

    kind: str
    context: dict[str, object]
    text: str
    path: Path
    shape: Shape
    data: Data
    source: Source
    last: str  # the last step of pydantic's location: the key that is missing or unknown

    @property
    def name(self) -> str:
        """How the place is called in a message."""
        if not self.path:
            return "a spec"
        step = self.path[-1]
        if isinstance(step, str):
            return f"'{_short(step)}'"
        return f"item {step + 1} of '{self.path[-2]}'" if len(self.path) > 1 else f"item {step + 1}"

    @property
    def place(self) -> Span:
        """The value; for a mapping or list, the key that leads to it."""
        of_key = isinstance(self.data, (dict, list)) or self.data in (None, "")
        return self.source.key_span(self.path) if of_key else self.source.span(self.path)


def misfit(error: ErrorDetails, source: Source, model: type[BaseModel]) -> Misfit:
    """What pydantic says, at its place in the spec."""
    kind, location = error["type"], error["loc"]
    of_mapping = kind in ("missing", "extra_forbidden")
    path, shape, data = locate(location[:-1] if of_mapping else location, source.data, model)
    if kind == "extra_forbidden":
        path = (*path, location[-1])
    last = str(location[-1]) if location else ""
    return Misfit(kind, error.get("ctx", {}), error["msg"], path, shape, data, source, last)


def describe(one: Misfit) -> Diagnostic:
    """The same in words for authors."""
    stem = (
        one.kind.removesuffix("_type").removesuffix("_attributes").removesuffix("_from_float").removesuffix("_parsing")
    )
    if in_words := _BY_KIND.get(one.kind):
        return in_words(one)
    if stem in _TYPES:
        return _wrong_type(one, _TYPES[stem])
    if one.kind in _LIMITS:
        words, key = _LIMITS[one.kind]
        return _invalid(one, f"{one.name} must be {words} {one.context[key]}")
    if one.kind in _LENGTHS:
        words, key, what = _LENGTHS[one.kind]
        return _invalid(one, f"{one.name} must have {words} {_count(one.context[key], what)}")
    return _invalid(one, _plain(one.text))


def _missing(one: Misfit) -> Diagnostic:
    wanted = one.shape.step(one.last)
    example = f"{one.last}: {_yaml(wanted.example)}" if wanted.example is not None else f"{one.last}: …"
    about = f" ({wanted.description.rstrip('.')})" if wanted.description else ""
    where = f" in {one.name}" if one.path else ""
    return Diagnostic(
        MISSING_KEY, f"the key '{one.last}' is missing{where}", one.source.key_span(one.path), f"add `{example}`{about}"
    )


def _unknown_key(one: Misfit) -> Diagnostic:
    key, meant = one.last, nearest(one)
    hint = f"did you mean '{meant}'?" if meant else f"the keys here are {', '.join(one.shape.keys)}"
    return Diagnostic(UNKNOWN_KEY, f"unknown key '{_short(key)}'", one.source.key_span(one.path), hint)


def nearest(one: Misfit) -> str:
    """The key that an unknown one was meant to be, or ""."""
    return near(one.last, one.shape.keys)


def _wrong_type(one: Misfit, wanted: str) -> Diagnostic:
    hint = ""
    if wanted == _TYPES["string"] and isinstance(one.data, (int, float)):
        hint = f'put it in quotes: "{_short(one.data)}"'
    elif wanted == _TYPES["list"] and isinstance(one.data, str):
        hint = f"write [{_short(one.data)}]"
    elif one.shape.example is not None:
        hint = f"for example {_yaml(one.shape.example)}"
    elif isinstance(one.data, str) and re.match(r"\S+:\S", one.data):
        hint = "a key is followed by ': ', with a space"
    return Diagnostic(WRONG_TYPE, f"{one.name} must be {wanted}, not {_kind(one.data)}", one.place, hint)


def _unknown_word(one: Misfit) -> Diagnostic:
    words = re.findall(r"'([^']*)'", str(one.context.get("expected_tags") or one.context.get("expected")))
    path, data = one.path, one.data
    if one.kind == "union_tag_invalid" and isinstance(data, dict):
        path = (*path, str(one.context["discriminator"]).strip("'"))
        data = data.get(str(path[-1]))
    meant = near(str(data), words) if isinstance(data, str) else ""
    guess = f"did you mean '{meant}'?" if meant else ""
    choice = f"it is one of {', '.join(words)}" if len(words) > 1 else "" if meant else f"write {words[0]}"
    message = f"'{path[-1]}' cannot be {_quoted(data)}" if path else f"cannot be {_quoted(data)}"
    place = one.source.key_span(path) if data is None else one.source.span(path)
    return Diagnostic(UNKNOWN_WORD, message, place, f"{guess} {choice}".strip())


def _missing_tag(one: Misfit) -> Diagnostic:
    key = str(one.context["discriminator"]).strip("'").removesuffix("()")
    kinds = [tag for alternative in one.shape.alternatives for tag in _tags(alternative)]
    hint = f"add `{key}: …`, which is one of {', '.join(kinds)}" if kinds else f"add `{key}: …`"
    return Diagnostic(MISSING_KEY, f"the key '{key}' is missing in {one.name}", one.source.key_span(one.path), hint)


def _tags(alternative: object) -> Iterator[str]:
    match alternative:
        case {"discriminator": {"mapping": dict(mapping)}}:
            yield from (str(tag) for tag in mapping)


def _pattern(one: Misfit) -> Diagnostic:
    pattern = str(one.context["pattern"])
    of_key, value = one.last == "[key]", one.data
    written = str(one.path[-1]) if of_key and one.path else str(value)
    fixed = next((guess for guess in guesses(written) if guess != written and re.search(pattern, guess)), "")
    what = (
        f"{_quoted(written)} is not a valid {'name' if of_key else 'value'} here"
        if of_key
        else (f"{one.name} cannot be {_quoted(written)}")
    )
    hint = f"did you mean {fixed}? " if fixed else ""
    place = one.source.key_span(one.path) if of_key else one.place
    return Diagnostic(INVALID, what, place, f"{hint}it must match {pattern}")


def _value_error(one: Misfit) -> Diagnostic:
    error = one.context.get("error", one.text)
    if isinstance(error, PromQLError) and isinstance(one.data, str):
        return _not_promql(one, one.data, error)
    text = str(error)
    message, _, hint = text.partition("\nhint: ")
    if not hint:
        message, write, hint = text.partition("; write ")
        hint = f"write {hint}" if write else ""
    return _invalid(one, message, hint)


def _not_promql(one: Misfit, text: str, error: PromQLError) -> Diagnostic:
    problem, excerpt = error.problem, one.source.excerpt(one.path, text)
    labels = tuple(Label(excerpt.span(start, end), words) for start, end, words in problem.marks)
    span = excerpt.span(problem.start, problem.end)
    return Diagnostic(NOT_PROMQL, problem.message, span, problem.hint, labels=labels)


def _invalid(one: Misfit, message: str, hint: str = "") -> Diagnostic:
    place = one.source.key_span(one.path) if one.last == "[key]" else one.place
    return Diagnostic(INVALID, message, place, hint or one.shape.description)


_BY_KIND: Final[dict[str, Callable[[Misfit], Diagnostic]]] = {
    "missing": _missing,
    "extra_forbidden": _unknown_key,
    "literal_error": _unknown_word,
    "union_tag_invalid": _unknown_word,
    "union_tag_not_found": _missing_tag,
    "string_pattern_mismatch": _pattern,
    "value_error": _value_error,
    "assertion_error": _value_error,
}


def _kind(value: Data) -> str:
    if value is None:
        return "empty"
    names = {dict: "a mapping", list: "a list", bool: "true or false", str: "text"}
    return f"{names.get(type(value), 'a number')}" + (f" ({_quoted(value)})" if isinstance(value, (str, int)) else "")


def _quoted(value: object) -> str:
    return f"'{_short(value)}'" if isinstance(value, str) else _short(_yaml(value))


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= _SHORT else text[: _SHORT - 1] + "…"


def _yaml(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)


def _count(number: object, what: str) -> str:
    return f"{number} {what.removesuffix('s') if number == 1 else what}"


def _plain(text: str) -> str:
    return re.sub(r"^(Input|Value) should ", "this should ", text)
