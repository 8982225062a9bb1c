"""What does not fit the model: where it is, in plain words, and what to type instead."""

import re
from pathlib import Path

import pytest

from compiler.spec.load import load
from compiler.spec.schema import schema

ROOT = Path(__file__).resolve().parent.parent.parent

GOOD = """\
apiVersion: promgate/v1
kind: Gate
metadata: {name: shop, title: Shop, owner: Shop Team}
metrics:
  bad_total: {type: counter, labels: [zone]}
  all_total: {type: counter, labels: [zone]}
categories:
  - id: web
    title: Web
    criteria:
      - id: errors
        title: Errors
        measure: {kind: ratio, part: bad_total, total: all_total}
        require: {at_most: 1%}
"""


def changed(old: str, new: str) -> list[str]:
    """The diagnostics of the good spec with one part replaced, as `line:column-end code message | hint`."""
    assert GOOD.count(old) == 1, old
    loaded = load(GOOD.replace(old, new), "a.yaml")
    assert (loaded.gate is None) == bool(loaded.diagnostics)
    spans = [(d, d.span) for d in loaded.diagnostics]
    return [f"{s.line}:{s.column}-{s.end_column} {d.code} {d.message} | {d.hint}" for d, s in spans if s]


def test_a_good_spec_loads_without_a_word() -> None:
    """The gate is there, with numbers as they were written, and nothing is said."""
    loaded = load(GOOD, "a.yaml")

    assert loaded.diagnostics == ()
    assert loaded.gate is not None
    assert str(loaded.gate.criteria[0].require.limits[0]) == "1%"


@pytest.mark.parametrize("spec", sorted((ROOT / "specs").glob("*.yaml")), ids=lambda path: path.stem)
def test_real_specs_load_without_a_word(spec: Path) -> None:
    """The specs that come with the project are good."""
    loaded = load(spec.read_bytes(), spec.name)

    assert loaded.diagnostics == ()
    assert loaded.gate is not None


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "promgate/v1",
            "promgate/v2",
            "1:13-24 PG104 'apiVersion' cannot be 'promgate/v2' | did you mean 'promgate/v1'?",
        ),
        ("kind: Gate", "kind: 7", "2:7-8 PG104 'kind' cannot be 7 | write Gate"),
        ("kind: Gate\n", "", "1:1-11 PG101 the key 'kind' is missing | add `kind: Gate`"),
        (
            ", owner: Shop Team",
            "",
            "3:1-9 PG101 the key 'owner' is missing in 'metadata' | add `owner: …` (The team that",
        ),
        ("owner:", "onwer:", "3:37-42 PG102 unknown key 'onwer' | did you mean 'owner'?"),
        ("owner:", "Owner:", "3:37-42 PG102 unknown key 'Owner' | did you mean 'owner'?"),
        ("title: Web\n", "title: Web\n    zzz: 1\n", "10:5-8 PG102 unknown key 'zzz' | the keys here are id, title,"),
        ("name: shop", "name: My Shop", "3:18-25 PG105 'name' cannot be 'My Shop' | did you mean my-shop? it must"),
        ("bad_total: {", "bad-total: {", "5:3-12 PG105 'bad-total' is not a valid name here | did you mean bad_total?"),
        (
            "owner: Shop Team",
            "owner: 7",
            "3:44-45 PG103 'owner' must be text, not a number (7) | put it in quotes: \"7\"",
        ),
        ("owner: Shop Team", "owner: true", "3:44-48 PG103 'owner' must be text, not true or false (true) | put it in"),
        ("owner: Shop Team", "owner: ", "3:37-42 PG103 'owner' must be text, not empty | "),
        ("owner: Shop Team", "owner: [a]", "3:37-42 PG103 'owner' must be text, not a list | "),
        ("owner: Shop Team", 'owner: "a\\0b"', "3:44-50 PG105 control characters are not allowed in texts | "),
        (
            "owner: Shop Team",
            "owner: x, dashboard_url: 'https://me:secret@x/y'",
            "3:62-85 PG105 a name or password in a URL would be in the artifacts | leave it out; a webhook has",
        ),
        ("owner: Shop Team", "owner: x, links: {a: b}", "3:58-59 PG105 'a' cannot be 'b' | it must match ^https?://"),
        (
            "bad_total: {type: counter, labels: [zone]}",
            "bad_total:",
            "5:3-12 PG103 'bad_total' must be a mapping (`key",
        ),
        (
            "bad_total: {type: counter",
            "bad_total: {type: count",
            "5:21-26 PG104 'type' cannot be 'count' | did you mean",
        ),
        ("bad_total: {type: counter, labels: [zone]", "bad_total: {type: counter, labels: z", "5:38-39 PG103 'labels'"),
        (
            "bad_total: {type: counter, labels: [zone]",
            "bad_total: {type: counter, labels: [a, 5]",
            "5:42-43 PG103 item 2",
        ),
        ("kind: ratio", "kind: rato", "13:25-29 PG104 'kind' cannot be 'rato' | did you mean 'ratio'? it is one of"),
        ("kind: ratio, ", "", "13:9-16 PG101 the key 'kind' is missing in 'measure' | add `kind: …`, which is one of"),
        ("total: all", "totl: all", "13:49-53 PG102 unknown key 'totl' | did you mean 'total'?"),
        (
            "part: bad_total, ",
            "",
            "13:9-16 PG105 a ratio has exactly one of good, bad and part beside total; found none",
        ),
        ("part: bad_total", "part: bad total", "13:38-47 PG105 'bad total' is not a metric selector"),
        ("measure: {kind: ratio, part: bad_total, total: all_total}", "measure: x", "13:18-19 PG103 'measure' must be"),
        ("at_most: 1%", "at_mots: 1%", "14:19-26 PG102 unknown key 'at_mots' | did you mean 'at_most'?"),
        ("at_most: 1%", "at_most: one", "14:28-31 PG105 'one' is not a quantity | write a number, with its unit if it"),
        ("at_most: 1%", "at_most: {metrc: x}", "14:29-34 PG102 unknown key 'metrc' | did you mean 'metric'?"),
        ("at_most: 1%", "at_most: 1%, at_least: 2%", "14:9-16 PG105 `require` has exactly one word; found at_least"),
        ("at_most: 1%", "between: [1%]", "14:19-26 PG105 'between' must have at least 2 items | "),
        ("at_most: 1%}", "at_most: 1%}\n        min_events: 0", "15:21-22 PG105 'min_events' must be more than 0 | "),
        ("at_most: 1%}", "at_most: 1%}\n        window: 5 m", "15:17-20 PG105 '5 m' is not a duration | write it like"),
        ("at_most: 1%", "at_most: on", "14:28-30 PG003 'on' is true to some YAML readers and text to others | write"),
        (
            "bad_total: {type: counter, labels: [zone]",
            "bad_total: {type: counter, labels: [zone, zone]",
            "5:30-36 PG105 the label zone is there twice",
        ),
        (
            "part: bad_total",
            "part: nan",
            "13:38-41 PG105 nan is a word of PromQL, which is read as no metric | rename the",
        ),
        (
            "  bad_total: {",
            "  Inf: {type: gauge}\n  bad_total: {",
            "5:3-6 PG105 Inf is a word of PromQL, which is read as",
        ),
        ("        title: Errors\n", "", "11:9-11 PG101 the key 'title' is missing in item 1 of 'criteria' | add"),
    ],
)
def test_a_problem_is_said_once_at_its_place(old: str, new: str, expected: str) -> None:
    """One mistake gives one diagnostic, at the key or value that is wrong, with what to type instead."""
    problems = changed(old, new)

    assert [expected] == [line[: len(expected)] for line in problems]


def test_all_problems_of_a_spec_are_said_at_once() -> None:
    """Problems of the text and of the model come together."""
    text = GOOD.replace("Shop Team", "7").replace("kind: ratio", "kind: rato").replace("title: Web", "title: yes")

    assert {"PG003", "PG103", "PG104"} == {d.code for d in load(text, "a.yaml").diagnostics}


@pytest.mark.parametrize("text", ["[]", "x", "12", "apiVersion:promgate/v1", "- a: 1"])
def test_a_spec_that_is_no_mapping_is_refused(text: str) -> None:
    """Other documents get one answer."""
    assert [d.code for d in load(text, "a.yaml").diagnostics] == ["PG103"]


def test_no_word_of_the_validation_library_reaches_the_author() -> None:
    """Messages hold no term, type name or address of pydantic's."""
    jargon = re.compile(r"[Ii]nput should|pydantic|https://errors|string_type|valid dictionary|union_tag|Value error")
    texts = [
        GOOD.replace(word, new) for word in re.findall(r"[\w%/]+", GOOD) for new in ("", "7", "x y", "[]", "{}", "~")
    ]

    said = [d.message + d.hint for text in set(texts) for d in load(text, "a.yaml").diagnostics]

    assert len(said) > 100
    assert [line for line in said if jargon.search(line)] == []


def test_a_flood_of_problems_is_cut() -> None:
    """After a hundred problems the rest is only counted."""
    text = GOOD + "".join(f"key{i}: 1\n" for i in range(500))

    diagnostics = load(text, "a.yaml").diagnostics

    assert (diagnostics[-1].code, diagnostics[-1].message) == ("PG106", "and 400 more problems in this file")
    assert len(diagnostics) == 101


def test_the_schema_is_json_schema_for_editors() -> None:
    """It names its dialect, refuses unknown keys and describes the keys."""
    assert schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema()["additionalProperties"] is False
