"""The types of spec keys, as pydantic understands them: text in, typed value out, JSON Schema for editors."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Annotated, Any, Final, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    StringConstraints,
    WithJsonSchema,
)

from compiler.fields import DURATION_PATTERN, LARGEST, QUANTITY_PATTERN, UNITS, Duration, Quantity
from compiler.moment import MOMENT_PATTERN, Moment
from compiler.naming import RESERVED_LABELS
from compiler.promql.expr import Matcher, Vector
from compiler.suggest import near

_T = TypeVar("_T")
# Patterns are read by pydantic, by Python and by editors, so they keep to what ECMA 262 has as well.
_CONTROLS: Final = r"\x00-\x08\x0b-\x1f\x7f-\x9f"
_CONTROL: Final = re.compile(f"[{_CONTROLS}]")
_SHOWN: Final = rf"^(?![\s\S]*[{_CONTROLS}])[\s\S]*\S"
_SHOWN_LINE: Final = rf"^(?![\s\S]*[\n{_CONTROLS}])[\s\S]*\S"
_REMEMBERED: Final = 256  # selectors
_NAME: Final = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
# Others, such as `sum`, are read as names where a name can stand.
_KEYWORDS: Final = ("atan2", "bool", "group_left", "group_right", "ignoring", "inf", "nan", "on")
# Roughly: what PromQL says about escapes and regular expressions is more than a pattern can.
_MATCHER: Final = r'([a-zA-Z][a-zA-Z0-9_]*)="([^"\\\n]*)"'
_MATCHERS: Final = re.compile(_MATCHER)
_SIMPLE: Final = re.compile(rf"({_NAME})(\{{{_MATCHER}(?:,{_MATCHER})*\}})?")
_SELECTOR: Final = rf"^\s*{_NAME}\s*(?:\{{[\s\S]*\}}\s*)?$"


class SpecModel(BaseModel):
    """Base of everything in a spec: immutable, unknown keys refused, no silent conversions."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, strict=True, defer_build=True)


def _from_text(parse: Callable[[str], _T], kind: type[_T]) -> Callable[[Any], _T]:
    def validate(value: Any) -> _T:  # noqa: ANN401 - whatever the YAML held
        if isinstance(value, kind):
            return value
        if not isinstance(value, str):
            raise ValueError(f"expected text, found {_kind_of(value)}")  # noqa: TRY004 - pydantic collects ValueErrors
        return parse(value)

    return validate


def _each_once(names: list[str]) -> list[str]:
    twice = [name for at, name in enumerate(names) if name in names[:at]]
    if twice:
        raise ValueError(f"the label {twice[0]} is there twice")
    return names


def _no_keyword(name: str) -> str:
    if name.lower() in _KEYWORDS:
        raise ValueError(f"{name} is a word of PromQL, which is read as no metric\nhint: rename the metric")
    return name


def _no_login(url: str) -> str:
    if "@" in re.split(r"[/?#]", url)[2]:
        raise ValueError(
            "a name or password in a URL would be in the artifacts\nhint: leave it out; a webhook has `token_file`"
        )
    return url


def _either_case(word: str) -> str:
    return "".join(f"[{char}{char.upper()}]" if char.isalpha() else char for char in word)


def _kind_of(value: object) -> str:
    names = {
        dict: "a mapping",
        list: "a list",
        bool: "true/false",
        int: "a number",
        float: "a number",
        type(None): "nothing",
    }
    return names.get(type(value), "something else")


def _quantity(value: Any) -> Quantity:  # noqa: ANN401 - whatever the YAML held
    if isinstance(value, Quantity):
        return value
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise ValueError(f"expected a quantity like 99.9%, 150ms or 100, found {_kind_of(value)}")  # noqa: TRY004
    return Quantity.parse(value)


def _text(value: str) -> str:
    if _CONTROL.search(value):
        raise ValueError("control characters are not allowed in texts")
    if not value.strip():
        raise ValueError("this text is empty")
    return value


def _line(value: str) -> str:
    if "\n" in value:
        raise ValueError("this text must be one line")
    return value


def _free_label(value: str) -> str:
    if value in RESERVED_LABELS or value.startswith("__"):
        raise ValueError(f"the label {value!r} is reserved: recorded series use it themselves")
    return value


def read_selector(text: str) -> Vector:
    """Read `metric` or `metric{label="value"}`. Raises ValueError that says how to write it."""
    if not re.match(_SELECTOR, text):
        raise ValueError(f'{text!r} is not a metric selector; write metric or metric{{label="value"}}')
    selector = simple_selector(text) or _parse_selector(text)
    _no_keyword(selector.name)
    return selector


@lru_cache(maxsize=_REMEMBERED)  # what a gate measures is looked at by many checks
def simple_selector(text: str) -> Vector | None:
    """A selector with plain matchers, read without the parser of PromQL, which is slow to load; None for any other."""
    found = _SIMPLE.fullmatch(text)
    if not found:
        return None
    matchers = {Matcher(label, "=", value) for label, value in _MATCHERS.findall(found[2] or "")}
    return Vector(found[1], tuple(sorted(matchers)))


def _parse_selector(text: str) -> Vector:
    from compiler.promql.parse import parse_selector  # noqa: PLC0415 - slow to load, and few specs need it

    return parse_selector(text)


def _unit_name(name: str) -> str:
    if name not in UNITS:
        meant = near(name, UNITS)
        hint = f"did you mean {meant}?" if meant else f"the units are {', '.join(UNITS)}"
        raise ValueError(f"unknown unit {name!r}\nhint: {hint}")
    return name


def _whole(value: Any) -> Any:  # noqa: ANN401 - whatever the YAML held
    """5.0 is a whole number too, as JSON Schema has it."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _examples(pattern: str, description: str, *examples: object) -> WithJsonSchema:
    return WithJsonSchema(
        {"type": "string", "pattern": pattern, "description": description, "examples": list(examples)}
    )


def _schema(**keywords: object) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", **keywords})


def exactly_one(*keys: str) -> dict[str, Any]:
    """What JSON Schema says where exactly one of the keys is to be given; `key: null` gives nothing."""
    given = ({"required": [key], "properties": {key: {"not": {"type": "null"}}}} for key in keys)
    return {"oneOf": list(given)}


DurationField = Annotated[
    Duration,
    PlainValidator(_from_text(Duration.parse, Duration)),
    _examples(DURATION_PATTERN, "A length of time.", "90s", "30m", "24h", "7d"),
]
QuantityField = Annotated[
    Quantity,
    PlainValidator(_quantity),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": QUANTITY_PATTERN},
                {"type": "number", "minimum": -LARGEST, "maximum": LARGEST},
            ],
            "description": "A number with its unit.",
            "examples": ["99.9%", "150ms", 100],
        }
    ),
]
MomentField = Annotated[
    Moment,
    PlainValidator(_from_text(Moment.parse, Moment)),
    _examples(MOMENT_PATTERN, "A time with its zone (RFC 3339).", "2026-01-31T14:30:00Z", "2026-01-31T15:30:00+01:00"),
]
SelectorField = Annotated[
    Vector,
    PlainValidator(_from_text(read_selector, Vector)),
    _examples(
        _SELECTOR,
        "A metric, with label matchers if needed.",
        "http_requests_total",
        'traces_total{span_kind="router"}',
    ),
]
MetricName = Annotated[
    str,
    StringConstraints(pattern=r"^[a-zA-Z_:][a-zA-Z0-9_:]*$", max_length=200),
    AfterValidator(_no_keyword),
    _schema(pattern=rf"^(?!(?:{'|'.join(_either_case(word) for word in _KEYWORDS)})$){_NAME}$", maxLength=200),
]
LabelName = Annotated[
    str,
    StringConstraints(pattern=r"^[a-zA-Z_][a-zA-Z0-9_]*$", max_length=100),
    AfterValidator(_free_label),
    _schema(pattern=r"^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$", maxLength=100, **{"not": {"enum": sorted(RESERVED_LABELS)}}),
]
LabelNames = Annotated[list[LabelName], AfterValidator(_each_once), Field(json_schema_extra={"uniqueItems": True})]
Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
# Grafana limits a dashboard's uid to 40 characters, and the uid is the gate's name.
GateName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=40)]
Text = Annotated[
    str, StringConstraints(max_length=4000), AfterValidator(_text), _schema(pattern=_SHOWN, maxLength=4000)
]
Line = Annotated[
    str,
    StringConstraints(max_length=200),
    AfterValidator(_text),
    AfterValidator(_line),
    _schema(pattern=_SHOWN_LINE, maxLength=200),
]
# One series: its labels have values, which more than a pattern looks at.
SeriesName = Annotated[
    Line, _schema(pattern=rf"^(?![\s\S]*[\n{_CONTROLS}]){_SELECTOR.removeprefix('^')}", maxLength=200)
]
Url = Annotated[
    str,
    StringConstraints(pattern=rf"^https?://[^\s/?#{_CONTROLS}]+[^\s{_CONTROLS}]*$", max_length=2000),
    AfterValidator(_no_login),
    _schema(pattern=rf"^https?://[^\s/?#@{_CONTROLS}]+([/?#][^\s{_CONTROLS}]*)?$", maxLength=2000),
]
FilePath = Annotated[str, StringConstraints(pattern=rf"^/[^{_CONTROLS}]*$", max_length=1000)]
Severity = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]*$", max_length=30)]
FindingCode = Annotated[str, StringConstraints(pattern=r"^PG[0-9]{3}$")]
UnitName = Annotated[str, AfterValidator(_unit_name), _schema(enum=list(UNITS))]
WholeNumber = Annotated[int, BeforeValidator(_whole)]
