"""A small gate to start from: the spec that `promgate init` writes."""

import re
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Final

from compiler.fields import Quantity
from compiler.promql.expr import Vector
from compiler.promql.parse import parse_selector
from compiler.resources import environment

SCHEMA_FILE: Final = "gate.schema.json"

_MILLISECONDS: Final = ("_ms", "_milliseconds")
_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_NOT_TEXT: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})


@dataclass(frozen=True, slots=True)
class Answers:
    """What a gate is to be about. Selectors and quantities are as a spec has them; without `latency`, "" is given."""

    name: str
    title: str
    owner: str
    requests: str
    errors: str
    latency: str
    availability: str
    latency_at_most: str


@dataclass(frozen=True, slots=True)
class _Declared:
    name: str
    facts: tuple[tuple[str, str], ...]


def starter(answers: Answers) -> str:
    """The text of a spec. Raises ValueError if an answer cannot be read; if they fit together, the checks can tell."""
    used = [parse_selector(text) for text in (answers.requests, answers.errors)]
    Quantity.parse(answers.latency_at_most)
    left = 1 - Fraction(str(Quantity.parse(answers.availability).base))
    histogram = parse_selector(answers.latency) if answers.latency else None
    jinja = environment()
    jinja.filters |= {"quoted": _quoted}
    return jinja.get_template("starter.yaml.j2").render(
        schema=SCHEMA_FILE,
        name=answers.name,
        title=answers.title,
        owner=answers.owner,
        requests=answers.requests,
        errors=answers.errors,
        latency=answers.latency,
        availability=answers.availability,
        latency_at_most=answers.latency_at_most,
        enough=ceil(1 / left) if 0 < left < 1 else 1,
        metrics=[*_counters(used), *(_histogram(one) for one in (histogram,) if one)],
    )


def _quoted(text: str) -> str:
    """A text in YAML: plain if no reader can take it for anything else, else in the quotes that need no escapes."""
    if _PLAIN.fullmatch(text) and text.lower() not in _NOT_TEXT:
        return text
    if "'" not in text and text.isprintable():
        return f"'{text}'"
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(char if char.isprintable() else f"\\U{ord(char):08x}" for char in escaped) + '"'


def _counters(used: list[Vector]) -> list[_Declared]:
    """The counters, each once, with the labels that any of their matchers name."""
    labels: dict[str, dict[str, None]] = {}
    for one in used:
        labels.setdefault(one.name, {}).update(dict.fromkeys(matcher.label for matcher in one.matchers))
    return [_Declared(name, (("type", "counter"), *_labels(list(found)))) for name, found in labels.items()]


def _histogram(one: Vector) -> _Declared:
    unit = "milliseconds" if one.name.endswith(_MILLISECONDS) else "seconds"
    return _Declared(one.name, (("type", "histogram"), ("unit", unit), *_labels([m.label for m in one.matchers])))


def _labels(names: list[str]) -> tuple[tuple[str, str], ...]:
    return (("labels", f"[{', '.join(names)}]"),) if names else ()
