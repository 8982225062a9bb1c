"""Plain data to YAML that people read in a diff: comments, block scalars for long texts, the same bytes every time.

A string is written plain only where no YAML version can read it as anything else; any other text is quoted or becomes
a block scalar, so nothing in it can act as YAML. Mappings keep the order that they are given in.
"""

import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_WIDTH: Final = 120
_REMEMBERED: Final = 2048  # texts
_PLAIN: Final = re.compile(r"[A-Za-z_/][A-Za-z0-9_./+-]*(:[A-Za-z0-9_./+-]+)*|(\d+(ms|[smhdw]))+")
# Words that YAML 1.1 or 1.2 reads as booleans, null or numbers (https://yaml.org/type/).
_NOT_TEXT: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"})
_ESCAPES: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


@dataclass(frozen=True, slots=True)
class Block:
    """Text that is written as a block scalar even when it is short, such as an expression."""

    text: str


@dataclass(frozen=True, slots=True)
class Commented:
    """A value of a mapping, or an item of a sequence, with a comment above it."""

    comment: str
    node: "Node"


Node = str | int | bool | Block | Commented | Sequence["Node"] | Mapping[str, "Node"]


def document(header: Sequence[str], node: Mapping[str, Node]) -> str:
    """A whole file: the header lines as comments, then the mapping."""
    head = [line for text in header for line in comment(text)]
    return "\n".join([*head, "", *_mapping(node, 0)]) + "\n"


def comment(text: str, indent: int = 0) -> list[str]:
    """The text as comment lines, wrapped; its own line breaks are kept, other control characters are not."""
    pad = " " * indent + "#"
    lines: list[str] = []
    for paragraph in text.splitlines():
        if (
            len(pad) + 1 + len(paragraph) <= _WIDTH
            and paragraph.isprintable()
            and " ".join(paragraph.split()) == paragraph
        ):
            lines.append(f"{pad} {paragraph}" if paragraph else pad)
            continue
        printable = "".join(char if char.isprintable() else " " for char in paragraph)
        wrapped = textwrap.wrap(printable, _WIDTH - len(pad) - 1, break_long_words=False, break_on_hyphens=False)
        lines += [f"{pad} {line}" for line in wrapped] or [pad]
    return lines


def _mapping(node: Mapping[str, Node], indent: int) -> list[str]:
    pad, lines = " " * indent, list[str]()
    for key, entry in node.items():
        value = entry
        if isinstance(value, Commented):
            lines += comment(value.comment, indent)
            value = value.node
        lines += _entry(f"{pad}{scalar(key)}:", value, indent + 2)
    return lines


def _sequence(node: Sequence[Node], indent: int) -> list[str]:
    lines: list[str] = []
    for entry in node:
        item = entry
        if isinstance(item, Commented):
            lines += comment(item.comment, indent)
            item = item.node
        if isinstance(item, Mapping) and item:
            lines += _dashed(_mapping(item, indent + 2), indent)
        else:
            lines += _entry(" " * indent + "-", item, indent + 2)
    return lines


def _dashed(lines: list[str], indent: int) -> list[str]:
    """The lines of a mapping as an item of a sequence: its first key gets the dash."""
    at = next(at for at, line in enumerate(lines) if not line.lstrip().startswith("#"))
    key = lines[at]
    return [*lines[:at], f"{key[:indent]}- {key[indent + 2 :]}", *lines[at + 1 :]]


def _entry(head: str, value: Node, indent: int) -> list[str]:
    """A key or dash with its value: on the same line, as a block scalar, or nested below."""
    match value:
        case Commented():
            raise TypeError("a comment stands above a value of a mapping or an item of a sequence, nowhere else")
        case str():
            return _text(head, value, indent, block="\n" in value)
        case Block(text):
            return _text(head, text, indent, block=True)
        case bool() | int():
            return [f"{head} {str(value).lower()}"]
        case Mapping():
            return [head, *_mapping(value, indent)] if value else [f"{head} {{}}"]
        case _:
            flow = _flow(value)
            fits = flow is not None and len(head) + len(flow) < _WIDTH
            return [f"{head} {flow}"] if fits else [head, *_sequence(value, indent)]


def _flow(node: Sequence[Node]) -> str | None:
    """`[a, b]` for short texts; None for anything else."""
    texts = [item for item in node if isinstance(item, str)]
    return f"[{', '.join(map(scalar, texts))}]" if len(texts) == len(node) else None


def _text(head: str, text: str, indent: int, *, block: bool) -> list[str]:
    if block and _fits_block(text):
        pad = " " * indent
        return [f"{head} |-", *(pad + line if line else "" for line in text.split("\n"))]
    return [f"{head} {scalar(text)}"]


def _fits_block(text: str) -> bool:
    """Whether a `|-` scalar gives exactly this text back, in every YAML version."""
    lines = text.split("\n")
    return (
        all(line.isprintable() and (not line or not line.isspace()) for line in lines)
        and bool(lines[0])
        and bool(lines[-1])
        and not lines[0].startswith(" ")
    )


@lru_cache(maxsize=_REMEMBERED)  # the files of a gate have the same keys, names and labels on every other line
def scalar(text: str) -> str:
    """The text as a plain scalar if every YAML version reads it as that text, and quoted otherwise."""
    if _PLAIN.fullmatch(text) and text.lower() not in _NOT_TEXT:
        return text
    if text.isprintable() and ('"' in text or "\\" in text):  # readable without escapes
        return "'" + text.replace("'", "''") + "'"
    if text.isprintable():
        return f'"{text}"'
    return '"' + "".join(_ESCAPES.get(char) or (char if char.isprintable() else _escape(char)) for char in text) + '"'


def _escape(char: str) -> str:
    return f"\\u{ord(char):04x}" if char <= "\uffff" else f"\\U{ord(char):08x}"
