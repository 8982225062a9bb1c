"""Every character of a YAML scalar is found where it is written, in every style."""

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from compiler.documents.yaml_tree import documents
from compiler.places.file_text import FileText


def place(text: str, part: str) -> list[str]:
    """`line:column` where a part of the value of the key `e` begins, and the text that is written there."""
    file = FileText("r.yml", text)
    node = next(documents(file)).get("e")
    assert node is not None
    excerpt = node.excerpt
    start = excerpt.text.index(part)
    span = excerpt.span(start, start + len(part))
    lines = text.split("\n")
    written = lines[span.line - 1][span.column - 1 : span.end_column - 1] if span.line == span.end_line else "…"
    return [f"{span.line}:{span.column}", written]


@pytest.mark.parametrize(
    ("text", "part", "expected"),
    [
        ("e: a + b", "b", ["1:8", "b"]),
        ("e: a\n   + b", "b", ["2:6", "b"]),
        ("e: a +\n\n   b", "b", ["3:4", "b"]),
        ("e: 'it''s b'", "b", ["1:11", "b"]),
        ("e: 'a\n  b'", "b", ["2:3", "b"]),
        ('e: "a \\"b\\" c"', "c", ["1:13", "c"]),
        ('e: "a \\"b\\" c"', '"b"', ["1:7", '\\"b\\']),
        ('e: "\\u00e9 b"', "b", ["1:12", "b"]),
        ('e: "a \\\n  b"', "b", ["2:3", "b"]),
        ("e: |\n  a\n  b", "b", ["3:3", "b"]),
        ("e: |-\n    a\n      b\n", "b", ["3:7", "b"]),
        ("e: |+ # comment\n  a\n\n  b\n\n", "b", ["4:3", "b"]),
        ("e: |2\n    a\n  b", "b", ["3:3", "b"]),
        ("e: >\n  a\n  + b\n\n  c", "c", ["5:3", "c"]),
        ("e: >-\n  a\n    b\n  c", "c", ["4:3", "c"]),
        ("e: >1\n  a\n b", "b", ["3:2", "b"]),
        ("e: !!str a + b", "b", ["1:14", "b"]),
        ("e: &x |\n  a\n  b", "b", ["3:3", "b"]),
        ("é: é\ne: é + b", "b", ["2:8", "b"]),
        ("e: |\r\n  a\r\n  b\r\n", "b", ["3:3", "b"]),
        ("x: &y 'b'\ne: *y", "b", ["1:8", "b"]),
    ],
)
def test_place(text: str, part: str, expected: list[str]) -> None:
    """The first character of a part, by line and column."""
    assert place(text, part) == expected


_LINES = st.lists(
    st.sampled_from(["a", "b c", "  d", "", "e  f", "\tg", "h \\i", "'j'", '"k"', "é", "x: y"]), max_size=6
)


@settings(deadline=None, max_examples=300)
@given(_LINES, st.sampled_from(["|", ">", "|-", ">-", "|+", ">+", "'", '"', ""]), st.integers(1, 4))
def test_each_character_is_written_where_it_is_said_to_be(lines: list[str], style: str, indent: int) -> None:
    """For scalars of any style that PyYAML reads: no place is lost, and plain characters stand at their place."""
    body = "\n".join(" " * indent + line if line else "" for line in lines)
    text = f"e: {style}\n{body}\n" if style[:1] in ("|", ">") and style else f"e: {style}{body.strip()}{style}\n"
    try:
        value = yaml.safe_load(text)["e"]
        node = next(documents(FileText("r.yml", text))).get("e")
    except (yaml.YAMLError, ValueError, TypeError, KeyError):
        return
    assert node is not None
    if not isinstance(value, str):
        return
    excerpt = node.excerpt

    assert excerpt.text == value
    offsets = excerpt.offsets or range(excerpt.start, excerpt.start + len(value) + 1)
    assert list(offsets) == sorted(offsets)
    assert [
        char for char, at in zip(value, offsets, strict=False) if char not in " \n" and text[at] not in (char, "\\")
    ] == []
