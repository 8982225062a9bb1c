"""Whatever the texts are, YAML gives them back, and a comment stays a comment."""

import string
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from plans import HOSTILE

from compiler.backends.yaml_text import Block, Commented, Node, comment, document

# What a YAML file, and so a spec, may contain.
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters=""))


def read(text: str) -> Any:
    """The document as YAML 1.1 reads it."""
    return yaml.safe_load(text)


@pytest.mark.parametrize(
    "text",
    ["", "on", "No", "null", "~", "1e3", "010", "1:30", "0x1f", "1_000", ".inf", "2026-01-01", "=", "<<", "- a", "a: b",
     "a #b", "#a", "&a", "*a", "!a", "%a", "@a", "`a", "{a}", "[a]", "'", '"', "a\n", "\na", " a", "a ", "a\n  b",
     "a\n \nb", "\ta", "a\tb\nc", "a\\b", 'it\'s "so"', "\x00\x07\x1b", "\x85\u2028\u202e\ufeff",
     "😀", HOSTILE, f"x\n{HOSTILE}"],
)  # fmt: skip
def test_texts_survive_as_keys_values_items_and_blocks(text: str) -> None:
    """A text that looks like other YAML, or cannot be written plainly, is read back as the same text."""
    node: dict[str, Node] = {"value": text, "block": Block(text), "list": [text, text], "map": [{text: {text: text}}]}

    assert read(document([], node)) == {
        "value": text,
        "block": text,
        "list": [text, text],
        "map": [{text: {text: text}}],
    }


@given(TEXTS)
def test_any_text_survives(text: str) -> None:
    """The same for texts that nobody thought of, beneath a comment with the same text."""
    shown = document([text], {"a": Commented(text, {"b": [Commented(text, {"c": text}), Commented(text, text)]})})

    assert read(shown) == {"a": {"b": [{"c": text}, text]}}


def test_plain_texts_are_plain_and_long_lists_are_lines() -> None:
    """Names, durations and addresses need no quotes; quotes avoid backslashes; lists of short names are one line."""
    node: dict[str, Node] = {
        "name": "gate:overall:pass",
        "for": "1h30m",
        "url": "https://example.org/a-b",
        "matcher": 'gate="it\'s"',
        "on": True,
        "count": 3,
        "short": ["a", "b"],
        "long": ["a" * 60, "b" * 60],
        "empty": {},
        "none": [],
        "lines": "a\n\n  b",
        "items": [Commented("first", {"a": "x", "b": ["y"]}), {"c": "z"}],
    }

    assert document(["Head."], node) == (
        "# Head.\n\n"
        "name: gate:overall:pass\n"
        "for: 1h30m\n"
        "url: https://example.org/a-b\n"
        "matcher: 'gate=\"it''s\"'\n"
        '"on": true\n'
        "count: 3\n"
        "short: [a, b]\n"
        f"long:\n  - {'a' * 60}\n  - {'b' * 60}\n"
        "empty: {}\n"
        "none: []\n"
        "lines: |-\n  a\n\n    b\n"
        'items:\n  # first\n  - a: x\n    b: ["y"]\n  - c: z\n'
    )  # fmt: skip


def test_comments_are_wrapped_and_keep_their_lines() -> None:
    """No line is wider than 120 columns, an empty line stays one, and control characters are spaces."""
    lines = comment(f"{'word ' * 40}\n\nnext\x07line\u2028last", 4)

    assert all(len(line) <= 120 and line.startswith("    #") for line in lines)
    assert lines[-3:] == ["    #", "    # next line", "    # last"]
    assert " ".join(line.removeprefix("    #").strip() for line in lines[:-3]) == ("word " * 40).strip()


def test_a_comment_has_a_place() -> None:
    """A comment inside of another is a mistake of the caller."""
    with pytest.raises(TypeError, match="nowhere else"):
        document([], {"a": Commented("x", Commented("y", "z"))})


@pytest.mark.parametrize("char", string.printable)
def test_a_comment_cannot_end_early(char: str) -> None:
    """No character of a comment begins a line of YAML."""
    assert read(document([f"a{char}b: c"], {"x": Commented(f"a{char}b: c", "y")})) == {"x": "y"}
