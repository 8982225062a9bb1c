"""Plain text in Markdown (CommonMark with GitHub's tables): what is read is what was written, and nothing happens."""

import re
from typing import Final

from compiler.backends.addresses import web_address

# Underscores inside words mean nothing to CommonMark, and metric names stay readable without backslashes.
_SPECIAL: Final = re.compile(r"[\\`*\[\]|$~{}!]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_BLOCK_START: Final = re.compile(r"([#+=>-]|\d+(?=[.)]))")
_ENTITY: Final = re.compile("&(?=[#A-Za-z])")
_BACKTICKS: Final = re.compile("`+")


def plain(text: str) -> str:
    """For anywhere in a line, and for the cells of a table."""
    escaped = _SPECIAL.sub(lambda found: "\\" + found.group(), _one_line(text))
    return _ENTITY.sub("&amp;", escaped).replace("<", "&lt;").replace(">", "&gt;")


def paragraph(text: str) -> str:
    """For the beginning of a line, where some characters begin a list or a heading."""
    escaped, start = plain(text), _BLOCK_START.match(_one_line(text))
    if start is None or escaped.startswith("&"):
        return escaped
    return f"\\{escaped}" if not start.group().isdigit() else f"{start.group()}\\{escaped[start.end() :]}"


def code(text: str) -> str:
    """As code; not for tables, where a bar inside code would end the cell."""
    line = _one_line(text)
    fence = "`" * (max((len(run) for run in _BACKTICKS.findall(line)), default=0) + 1)
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def link(text: str, address: str) -> str:
    """A link, if the address is one that a browser may follow, else the text."""
    target = web_address(address).replace("(", "%28").replace(")", "%29")  # which would end the link
    return f"[{plain(text)}]({target})" if target else plain(text)


def in_comment(text: str) -> str:
    """For inside of an HTML comment, which two hyphens could end."""
    return re.sub("-(?=-)|[<>]", " ", _one_line(text))


def _one_line(text: str) -> str:
    if text.isprintable():
        return " ".join(text.split())
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
