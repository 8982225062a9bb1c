"""The JSON Schema of specs accepts what the model accepts, and refuses what it refuses."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema.protocols import Validator
from pydantic import ValidationError
from test_fuzz import HOSTILE, SEEDS, at, damaged_trees, places

from compiler.spec.model import Gate
from compiler.spec.override_file import OverrideFile
from compiler.spec.schema import DIALECT, schema
from compiler.spec.source import parse

ROOT = Path(__file__).resolve().parent.parent.parent

# What no schema can say: whether a selector's matchers, or an expression, can be read. Such a value may pass there.
UNREADABLE = {
    "metric": "a selector",
    "total": "a selector",
    "good": "a selector",
    "bad": "a selector",
    "part": "a selector",
    "histogram": "a selector",
    "alive": "a selector",
    "target": "a selector",
    "cost": "a selector",
    "units": "a selector",
    "from": "a selector",
    "expr": "an expression",
}


def _pattern(_: Validator, pattern: str, instance: object, __: object) -> Iterator[jsonschema.ValidationError]:
    """Patterns as JSON Schema has them, those of ECMA 262: there `$` is the end, and not also before a last newline."""
    if isinstance(instance, str) and not re.search(pattern.replace("$", r"\Z"), instance):
        yield jsonschema.ValidationError(f"{instance!r} does not match {pattern!r}")


def validator(pattern: Any) -> Any:
    """A validator of specs that reads patterns in its own way."""
    kind = jsonschema.validators.extend(jsonschema.Draft202012Validator, {"pattern": pattern})  # type: ignore[no-untyped-call]
    return kind(schema(), format_checker=jsonschema.FormatChecker(["regex"]))


VALIDATOR = validator(_pattern)
PATTERNS = sorted(set(re.findall(r'"pattern": ("(?:[^"\\]|\\.)*")', json.dumps(schema()))))

words = st.one_of(
    st.sampled_from([json.loads(one) for one in PATTERNS]).flatmap(st.from_regex), st.sampled_from(HOSTILE)
)
values: st.SearchStrategy[Any] = st.one_of(
    words, words, st.integers(), st.floats(allow_nan=False), st.booleans(), st.none()
)


def refused_for(data: Any) -> list[str]:
    """Where the model refuses a spec: the last key of each place; [] if it accepts."""
    try:
        Gate.model_validate(data)
    except ValidationError as error:
        return [next((str(s) for s in reversed(e["loc"]) if isinstance(s, str)), "") for e in error.errors()]
    return []


def agree(data: Any) -> None:
    """The law: the schema and the model say the same, but for what no schema can say."""
    refused = refused_for(data)
    if VALIDATOR.is_valid(data):
        assert [key for key in refused if key not in UNREADABLE] == []
    else:
        assert refused != [], jsonschema.exceptions.best_match(VALIDATOR.iter_errors(data))


@st.composite
def replaced(draw: st.DrawFn, seeds: list[str]) -> Any:
    """A good spec in which one or two values are others, of a form that some key has."""
    data = parse(draw(st.sampled_from(seeds)), "seed.yaml").source
    assert data is not None
    tree = json.loads(json.dumps(data.data))
    for _ in range(draw(st.integers(1, 2))):
        path = draw(st.sampled_from([one for one in places(tree) if one]))
        at(tree, path[:-1])[path[-1]] = draw(values)
    return tree


@st.composite
def read(draw: st.DrawFn) -> Any:
    """What is read of a damaged spec."""
    parsed = parse(draw(damaged_trees()), "damaged.yaml").source
    return parsed.data if parsed else None


_quiet = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


@settings(max_examples=80, deadline=None, suppress_health_check=_quiet, derandomize=True, database=None)
@given(replaced(SEEDS[:1]))
def test_the_schema_and_the_model_agree(data: Any) -> None:
    """The same eighty changed specs on every run."""
    agree(data)


@pytest.mark.slow
@settings(max_examples=400, deadline=None, suppress_health_check=_quiet)
@given(st.one_of(replaced(SEEDS), replaced(SEEDS[:1]), read()))
def test_the_schema_and_the_model_agree_on_many(data: Any) -> None:
    """Others on every run."""
    agree(data)


@pytest.mark.parametrize("text", SEEDS)
def test_good_specs_are_valid(text: str) -> None:
    """The specs that are shipped, and the one that is damaged above."""
    parsed = parse(text, "seed.yaml").source

    assert parsed is not None
    assert list(VALIDATOR.iter_errors(parsed.data)) == []


def test_the_test_notices_a_schema_that_says_too_little() -> None:
    """Without its patterns, the schema lets pass what the model refuses."""
    parsed = parse(SEEDS[0].replace("window: 10m", "window: soon"), "seed.yaml").source

    assert parsed is not None
    assert refused_for(parsed.data) == ["window"]
    assert validator(lambda *_: ()).is_valid(parsed.data)
    assert not VALIDATOR.is_valid(parsed.data)


@pytest.mark.parametrize(
    "values",
    ["5", "  5 ", ".5-.5x3", "0+2x60", "_x3 7 stale", "1e5\n-Inf NaN", "A", "", "5x", "1 2 b", "5x1234567", "٣"],
)
def test_the_schema_knows_how_values_of_series_are_written(values: str) -> None:
    """As promtool does."""
    text = next(seed for seed in SEEDS if "pg_stat_activity_count: 80" in seed)
    parsed = parse(
        text.replace("pg_stat_activity_count: 80", f"pg_stat_activity_count: {json.dumps(values)}"), "seed.yaml"
    )

    assert parsed.source is not None
    assert VALIDATOR.is_valid(parsed.source.data) == (refused_for(parsed.source.data) == [])


@pytest.mark.parametrize("name", ["up", ' up{a="b"} ', "~", "", "up{", "up up", "up\n"])
def test_the_schema_knows_how_series_are_named(name: str) -> None:
    """As promtool reads them, but for what lies in the braces."""
    text = next(seed for seed in SEEDS if "pg_stat_activity_count: 80" in seed)
    parsed = parse(text.replace("pg_stat_activity_count: 80", f"{json.dumps(name)}: 80"), "seed.yaml")

    assert parsed.source is not None
    assert VALIDATOR.is_valid(parsed.source.data) == (refused_for(parsed.source.data) == [])


def test_the_schema_is_itself_valid() -> None:
    """By the meta-schema of its dialect."""
    assert schema()["$schema"] == DIALECT
    jsonschema.Draft202012Validator.check_schema(schema())


def _properties(node: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(node, dict):
        yield from node.get("properties", {}).items() if "type" in node else ()
        for child in node.values():
            yield from _properties(child)
    elif isinstance(node, list):
        for child in node:
            yield from _properties(child)


def test_every_key_is_described() -> None:
    """An editor shows what each key means; `kind` says it by its value."""
    made = (*_properties(schema()), *_properties(schema(OverrideFile)))
    silent = {key for key, one in made if not ({"description", "$ref", "const"} & set(one))}

    assert sorted(silent) == []


def test_the_committed_schemas_are_these() -> None:
    """`make docs` writes the files; the modelines of the specs name theirs."""
    assert json.loads((ROOT / "docs/gate.schema.json").read_text()) == schema()
    assert json.loads((ROOT / "docs/overrides.schema.json").read_text()) == schema(OverrideFile)
    for spec in sorted((ROOT / "specs").glob("*.yaml")):
        assert spec.read_text().startswith("# yaml-language-server: $schema=../docs/gate.schema.json\n")
