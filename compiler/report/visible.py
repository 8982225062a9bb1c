"""Text that cannot control a terminal, and how wide it is there."""

import unicodedata
from typing import Final

TAB: Final = 4


def visible(words: str) -> str:
    """The text with control, format and other unprintable characters as escapes."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in words)


def cells(char: str) -> tuple[str, int]:
    """How a character of a source line is shown, and how many terminal cells that takes."""
    if char == "\t":
        return " " * TAB, TAB
    escaped = visible(char)
    if escaped != char:
        return escaped, len(escaped)
    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me"):
        return char, 0
    return char, 2 if unicodedata.east_asian_width(char) in "WF" else 1
