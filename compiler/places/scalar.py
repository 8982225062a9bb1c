"""Where the characters of a YAML scalar's value are written, for every style.

The scalar is decoded again, with places; if that does not give the parser's own value, no place is claimed but the
start. https://yaml.org/spec/1.1/#id903915
"""

import re
from collections.abc import Iterator
from typing import Final

from compiler.places.file_text import Excerpt, FileText

_PROPERTIES: Final = re.compile(r"(?:[&!]\S*[ \t]+)*")  # a tag or an anchor before a scalar

_Chars = list[tuple[str, int]]  # a character of the value, and where it is written

_HEADER: Final = re.compile(r"[|>]([0-9+-]*)[^\n]*(?:\n|$)")
_ESCAPES: Final = {
    "0": "\0", "a": "\a", "b": "\b", "t": "\t", "\t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r", "e": "\x1b",
    " ": " ", '"': '"', "\\": "\\", "/": "/", "N": "\x85", "_": "\xa0", "L": "\u2028", "P": "\u2029",
}  # fmt: skip
_CODES: Final = {"x": 2, "u": 4, "U": 8}


def excerpt(file: FileText, start: int, end: int, value: str) -> Excerpt:
    """The value of the scalar that is written there, an anchor or a tag before it included."""
    match = _PROPERTIES.match(file.text, start, end)
    start = match.end() if match else start
    if file.text[start:end] == value:
        return Excerpt(file, value, start)
    style = file.text[start : start + 1]
    found = offsets(file.text, start, end, style if style in ("|", ">", "'", '"') else None, value)
    return Excerpt(file, value, start, found or [start] * (len(value) + 1))


def offsets(text: str, start: int, end: int, style: str | None, value: str) -> list[int] | None:
    """The place of each character of `value` and of its end; None if they cannot be told.

    `start` and `end` are the offsets of the scalar as it is written, with its quotes or its header.
    """
    if style in ("|", ">"):
        candidates = _blocks(text, start, end, folded=style == ">")
    else:
        quoted = style in ("'", '"')
        body = (start + 1, end - 1) if quoted else (start, end)
        candidates = iter([_flow(text, *body, style or "")])
    for chars in candidates:
        if len(chars) >= len(value) and "".join(char for char, _ in chars[: len(value)]) == value:
            places = [place for _, place in chars[: len(value) + 1]]
            last = places[-1] + 1 if places else start
            return places if len(places) > len(value) else [*places, last]
    return None


def _flow(text: str, at: int, end: int, style: str) -> _Chars:
    """A plain or quoted scalar: lines are folded, and quotes have escapes."""
    chars: _Chars = []
    while at < end:
        char = text[at]
        if char in " \t\n\r":
            stop = at
            while stop < end and text[stop] in " \t\n\r":
                stop += 1
            chars += _folded(text, at, stop)
            at = stop
        elif char == "\\" and style == '"':
            decoded, at = _escape(text, at, end)
            chars += decoded
        else:
            chars.append((char, at))
            at += 2 if char == "'" and style == "'" else 1
    return chars


def _folded(text: str, at: int, stop: int) -> _Chars:
    """White space: as it is within a line; a break is a space, and each further break a break."""
    blank = text[at:stop]
    breaks = blank.count("\n")
    if not breaks:
        return [(text[place], place) for place in range(at, stop)]
    first = at + blank.index("\n")
    if breaks == 1:
        return [(" ", first)]
    return [("\n", place) for place in range(first + 1, stop) if text[place] == "\n"]


def _escape(text: str, at: int, end: int) -> tuple[_Chars, int]:
    """What a backslash in double quotes stands for, and where the text goes on."""
    code = text[at + 1 : at + 2]
    if code in _CODES:
        stop = at + 2 + _CODES[code]
        try:
            return [(chr(int(text[at + 2 : stop], 16)), at)], stop
        except (ValueError, OverflowError):
            return [], stop
    if code in ("\n", "\r"):  # the line goes on, without a space
        at += 2 + (code == "\r")
        while at < end and text[at] in " \t":
            at += 1
        return [], at
    return [(_ESCAPES.get(code, code), at)], at + 2


def _blocks(text: str, start: int, end: int, *, folded: bool) -> Iterator[_Chars]:
    """A literal or folded block, for each indentation that it can have."""
    header = _HEADER.match(text, start)
    if not header:
        return
    lines = _lines(text, header.end(), end)
    depths = [len(line) - len(line.lstrip(" ")) for _, line in lines if line.strip(" \r\n")]
    deepest = min(depths, default=0)
    first = depths[0] if depths else 0
    explicit = any(char.isdigit() for char in header[1])
    for indent in range(deepest, -1, -1) if explicit else (first, deepest):
        yield _block(lines, indent, folded=folded)


def _lines(text: str, at: int, end: int) -> list[tuple[int, str]]:
    """Each line with its offset, and with its break, if it has one."""
    found = []
    while at < end:
        stop = text.find("\n", at) + 1 or len(text)
        found.append((at, text[at:stop]))
        at = stop
    return found


def _block(lines: list[tuple[int, str]], indent: int, *, folded: bool) -> _Chars:
    chars: _Chars = []
    pending: _Chars = []  # the breaks since the last line with text; the first ended that line
    was_blank, seen = False, False
    for at, line in lines:
        body = line.rstrip("\n").removesuffix("\r")
        broken = [("\n", at + len(line) - 1)] if line.endswith("\n") else []
        if not body.strip(" ") and len(body) <= indent:
            pending += broken
            continue
        content = body[indent:]
        is_blank = content[:1] in (" ", "\t")
        if folded and seen and not was_blank and not is_blank and pending:
            chars += [(" ", pending[0][1])] if len(pending) == 1 else pending[1:]
        else:
            chars += pending
        chars += [(char, at + indent + index) for index, char in enumerate(content)]
        pending, was_blank, seen = list(broken), is_blank, True
    return chars + pending
