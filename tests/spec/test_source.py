"""What is wrong with a text as YAML, and where everything in it is."""

from time import process_time

import pytest
import yaml

from compiler.diagnostics import Span
from compiler.spec import tree
from compiler.spec.source import Parsed, Source, parse


def found(parsed: Parsed) -> list[str]:
    """Each diagnostic as `line:column code message`."""
    return [f"{d.span.line}:{d.span.column} {d.code} {d.message}" for d in parsed.diagnostics if d.span]


def source(text: str) -> Source:
    """The source of a good text."""
    parsed = parse(text, "dir/a.yaml")
    assert parsed.source is not None, parsed.diagnostics
    assert parsed.diagnostics == ()
    return parsed.source


PROBLEMS = [
    ("a: b: c", "1:5 PG001 a ':' where no key can be"),
    ("a: 1\n  b: 2", "2:4 PG001 a ':' where no key can be"),
    ("a:\n\tb: 1", "2:1 PG001 a tab is used for indentation"),
    ("a:\n  b: 1\n\tc: 2", "3:1 PG001 a tab is used for indentation"),
    ("a: @x", "1:4 PG001 a value cannot begin with this character"),
    ("a: %x", "1:4 PG001 a value cannot begin with this character"),
    ("a: [1, 2", "1:4 PG001 this '[' is not closed properly"),
    ("a: {b: 1]", "1:4 PG001 this '{' is not closed properly"),
    ("a: 'x", "1:4 PG001 this quote is never closed"),
    ('a: "x\n\n---\n', "1:4 PG001 this quote is never closed"),
    ('a: "\\q"', "1:5 PG001 unknown escape after '\\'"),
    ("a:\n  - b\n c: 1", "3:2 PG001 this belongs to no key"),
    ("a: 'it's'", "1:8 PG001 this belongs to no key"),
    ("- a\nb: 1", "2:1 PG001 expected '- ' and the next item of the list"),
    ("a: 1\nb", "2:1 PG001 this line is no `key: value`"),
    ("a: - b", "1:4 PG001 a list or mapping cannot begin in the middle of this line"),
    ("a: *important*", "1:4 PG001 '*' and '&' at the start of a value have a meaning in YAML"),
    ("a: [1,,2]", "1:7 PG001 a value is missing here"),
    ("a: |x\n  foo", "1:5 PG001 text on the line of '|' or '>'"),
    ("a: !x!foo x", "1:4 PG001 tags (words that begin with '!') are not used in specs"),
    ("%YAML 3.0\n---\na: 1", "1:1 PG001 this belongs to no part of the document"),
    ("a: {b:}", "1:6 PG001 a ':' that no value follows"),  # PyYAML's own parser reads an empty value
    ("a: 1\nb: 2\na: 3", "3:1 PG002 the key 'a' is there twice"),
    ("a: {b: 1, 'b': 2}", "1:11 PG002 the key 'b' is there twice"),
    ("a: yes", "1:4 PG003 'yes' is true to some YAML readers and text to others"),
    ("on: 1", "1:1 PG003 'on' is true to some YAML readers and text to others"),
    ("a: [1:30]", "1:5 PG003 1:30 is a base-60 number to some YAML readers and text to others"),
    ("a: 010", "1:4 PG003 010 is octal (8) to some YAML readers and text to others"),
    ("a: 1e3", "1:4 PG003 1e3 is a number to some YAML readers and text to others"),
    ("1: a", "1:1 PG004 a key must be text"),
    ("~: a", "1:1 PG004 a key must be text"),
    ("[a]: b", "1:1 PG004 a key must be text"),
    ("a: {{ b }}", "1:5 PG004 a key must be text"),
    ("a: 1\n---\nb: 2", "2:1 PG005 a second document"),
    ("", "1:1 PG006 this file is empty"),
    ("# only a comment\n", "1:1 PG006 this file is empty"),
    ("---\n...\n", "1:1 PG006 this file is empty"),
    ("a: " + "[" * 31, "1:33 PG007 nested deeper than 30 levels"),
    ("a: *b", "1:4 PG011 nothing before this has the anchor &b"),
    ("a: &a [*a]", "1:8 PG011 *a contains itself"),
    ("a: !!python/object/apply:os.system ['id']", "1:4 PG012 tags (words that begin with '!') are not used in specs"),
    ("a: !!str 1", "1:4 PG012 tags (words that begin with '!') are not used in specs"),
    ("a: ! x", "1:4 PG012 tags (words that begin with '!') are not used in specs"),
    ("a: &a {b: 1}\nc: {<<: *a}", "2:5 PG013 merge keys ('<<') are not used in specs"),
    ("a: .nan", "1:4 PG014 .nan is not a number that a gate can compare with"),
    ("a: b\x07", "1:5 PG010 the invisible character U+0007"),
    ("a: b\u202ec", "1:5 PG010 the invisible character U+202E"),
    ("a: b\u2028c", "1:5 PG010 the invisible character U+2028"),
    ("a: b\rc", "1:5 PG010 the invisible character U+000D"),
    ("a: \ud800", "1:4 PG010 the invisible character U+D800"),
]


@pytest.mark.parametrize(("text", "expected"), PROBLEMS)
def test_a_problem_is_named_at_its_place(text: str, expected: str) -> None:
    """Line and column are 1-based, and the message has no word of the parser's."""
    assert [expected] == found(parse(text, "a.yaml"))


@pytest.mark.parametrize(
    ("text", "expected"), [case for case in PROBLEMS if "PG001" in case[1] and ":}" not in case[0]]
)
def test_the_parser_without_libyaml_is_understood_too(
    text: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where libyaml is missing, PyYAML's own parser is used; its other wording gives the same messages."""
    monkeypatch.setattr(tree, "_LOADER", yaml.SafeLoader)

    assert [expected.partition(" ")[2]] == [line.partition(" ")[2] for line in found(parse(text, "a.yaml"))]


def test_libyaml_is_used_here() -> None:
    """The tests run with the fast parser, which users have too."""
    assert tree._LOADER is yaml.CSafeLoader


def test_all_problems_are_found_at_once() -> None:
    """A problem that leaves the rest readable does not hide the others, and a syntax error not those before it."""
    parsed = parse("a: yes\na: 1\nb: !x 010\n2: c\nd: [x", "a.yaml")

    assert [" ".join(line.split()[:2]) for line in found(parsed)] == [
        "1:4 PG003",
        "2:1 PG002",
        "3:4 PG012",
        "4:1 PG004",
        "5:4 PG001",
    ]


def test_every_problem_says_what_to_do() -> None:
    """Each diagnostic has a hint; a duplicate key's says where the first is."""
    diagnostics = [d for text, _ in PROBLEMS for d in parse(text, "a.yaml").diagnostics]

    assert [d for d in diagnostics if not d.hint] == []
    assert "the first is in line 1, column 1; keep one" in [d.hint for d in diagnostics]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"a: 1\nb: \xe9\n", "2:4 PG009 byte 0xe9 is not UTF-8"),
        ("a: \xe9\xe9".encode() + b"\xff", "1:6 PG009 byte 0xff is not UTF-8"),
        ("a: 1".encode("utf-16"), "1:1 PG009 byte 0xff is not UTF-8"),
        (b"a: " + b"x" * (1 << 20), "1:1 PG008 this file is larger than 1 MiB"),
        (b"a: 1\x00", "1:5 PG010 the invisible character U+0000"),
    ],
)
def test_bytes_that_are_no_text_are_refused(raw: bytes, expected: str) -> None:
    """The place of the first bad byte is counted in characters."""
    assert [expected] == found(parse(raw, "a.yaml"))


def test_data_are_plain_and_exact() -> None:
    """Numbers, text, dates, lists, quotes, blocks and anchors become plain data; a byte order mark is no problem."""
    text = (
        "\ufeffa: 1\nb: 99.90\nc: 2025-09-30\nd: [x, 'on', \"\\u202e\"]\n"
        "e: |\n  one\n  two\nf: &f {'': 2}\ng: *f\nh:\r\n"
    )

    data = source(text).data

    assert data == {
        "a": 1,
        "b": 99.9,
        "c": "2025-09-30",
        "d": ["x", "on", "\u202e"],
        "e": "one\ntwo\n",
        "f": {"": 2},
        "g": {"": 2},
        "h": None,
    }
    assert isinstance(data, dict)
    assert str(data["b"]) == "99.90"


TEXT = """\
a: one
é😀: {b: [1, "two words"]}
list:
  - id: x
    text: |
      some
      lines

  # a comment
  - &i id
  - *i
last:
"""


@pytest.mark.parametrize(
    ("path", "value", "key"),
    [
        ((), (1, 1, 12, 6), (1, 1, 1, 2)),
        (("a",), (1, 4, 1, 7), (1, 1, 1, 2)),
        (("é😀",), (2, 5, 2, 26), (2, 1, 2, 3)),
        (("é😀", "b", 1), (2, 13, 2, 24), (2, 13, 2, 24)),
        (("list",), (4, 3, 11, 7), (3, 1, 3, 5)),
        (("list", 0), (4, 5, 7, 12), (4, 5, 4, 7)),
        (("list", 0, "text"), (5, 11, 7, 12), (5, 5, 5, 9)),
        (("list", 1), (10, 5, 10, 10), (10, 5, 10, 10)),
        (("list", 2), (11, 5, 11, 7), (11, 5, 11, 7)),
        (("last",), (12, 6, 12, 6), (12, 1, 12, 5)),
        (("list", 0, "missing", "deeper"), (4, 5, 7, 12), (4, 5, 4, 7)),
        (("missing",), (1, 1, 12, 6), (1, 1, 1, 2)),
        (("list", 9), (4, 3, 11, 7), (3, 1, 3, 5)),
    ],
)
def test_every_key_and_value_has_its_place(
    path: tuple[str | int, ...], value: tuple[int, int, int, int], key: tuple[int, int, int, int]
) -> None:
    """Places are 1-based with an exclusive end, counted in characters; what does not exist has its parent's place."""
    it = source(TEXT)

    assert Span("dir/a.yaml", *value) == it.span(path)
    assert Span("dir/a.yaml", *key) == it.key_span(path)


def test_artifacts_can_name_the_file_without_its_directory() -> None:
    """Spans have the path as it was given; the source's own name has no directory, since artifacts hold it."""
    assert (source(TEXT).file, source(TEXT).span(()).file) == ("a.yaml", "dir/a.yaml")


def test_aliases_cannot_hide_depth() -> None:
    """A chain of short lists, each with the one before it inside, is as deep as all of them."""
    text = "".join(f"- &a{i} [[[[{f'*a{i - 1}' if i else 'x'}]]]]\n" for i in range(8))

    assert found(parse(text, "a.yaml")) == ["8:11 PG007 *a6 makes this nested deeper than 30 levels"]


BOMBS = {
    "laughs": "a0: &a0 [x,x,x,x,x,x,x,x,x]\n"
    + "".join(f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 20)),
    "deep alias": "".join(f"- &a{i} [[[[[[[[{f'*a{i - 1}' if i else 'x'}]]]]]]]]\n" for i in range(30_000)),
    "brackets": "[" * 1_000_000,
    "braces": "{a: " * 250_000,
    "dashes": "- " * 500_000,
    "complex keys": "? " * 500_000,
    "one key": "a: 1\n" * 200_000,
    "many keys": "".join(f"k{i}: 1\n" for i in range(80_000)),
    "tags": "- !x a\n" * 100_000,
    "traps": "- on\n" * 100_000,
    "nul": "\x00" * 1_000_000,
    "digits": "a: " + "9" * 1_000_000,
    "colons": ":" * 1_000_000,
}


@pytest.mark.parametrize("text", BOMBS.values(), ids=BOMBS)
def test_a_hostile_text_is_refused_fast(text: str) -> None:
    """Expanding aliases, nesting and floods of problems are bounded in time and in the number of diagnostics."""
    begin = process_time()

    parsed = parse(text, "a.yaml")

    assert 0 < len(parsed.diagnostics) <= 130
    assert process_time() - begin < 5
