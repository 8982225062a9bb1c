"""Markdown with blocks of PromQL: each block's queries, with the place of each of their characters.

A block holds several queries, separated by blank lines, by comments, or simply by new lines. A line that goes on
(inside parentheses, before or after an operator) belongs to the query before it.
"""

import re
from collections.abc import Iterator
from typing import Final

from compiler.places.file_text import Excerpt, FileText
from compiler.promql.lexer import Lexer, Token

_FENCE: Final = re.compile(
    r"^(?P<before>[ \t>]*(?:(?:[-*+]|\d+[.)])[ \t]+)?)(?P<fence>`{3,}|~{3,})[ \t]*(?P<info>[^`\n]*)$"
)
_LANGUAGE: Final = re.compile(r"\{?\.?promql\b", re.IGNORECASE)
_MOST_UNCLOSED: Final = 10  # each is read to the end of its block
_JOINING: Final = frozenset(
    [
        "+",
        "-",
        "*",
        "/",
        "%",
        "^",
        "==",
        "!=",
        "<=",
        "<",
        ">=",
        ">",
        "and",
        "or",
        "unless",
        "atan2",
        "on",
        "ignoring",
        "group_left",
        "group_right",
        "bool",
        "by",
        "without",
        "offset",
        "@",
        ",",
    ]
)
_LISTS: Final = frozenset(("by", "without", "on", "ignoring", "group_left", "group_right"))


def queries(file: FileText) -> Iterator[Excerpt]:
    """Every query of every block that is marked as PromQL."""
    for lines in _blocks(file):
        text = "\n".join(file.text[start:end] for start, end in lines)
        offsets = [place for start, end in lines for place in range(start, end + 1)]
        for first, last in _split(text):
            yield Excerpt(file, text[first:last], offsets[first], offsets[first : last + 1])


def _blocks(file: FileText) -> Iterator[list[tuple[int, int]]]:
    """The lines of each block, as offsets without what stands before the text: indentation and `>`."""
    at, fence, is_promql, indent = 0, "", False, 0
    lines: list[tuple[int, int]] = []
    for line in file.text.split("\n"):
        stripped = line.rstrip("\r")
        match = _FENCE.match(stripped)
        closes = match and fence and match["fence"].startswith(fence) and not match["info"].strip()
        if closes:
            if is_promql and lines:
                yield lines
            fence, lines = "", []
        elif match and not fence:
            fence, indent = match["fence"], len(match["before"])
            is_promql = bool(_LANGUAGE.match(match["info"].strip()))
        elif fence:
            before = len(stripped[:indent]) - len(stripped[:indent].lstrip(" \t>"))
            lines.append((at + before, at + len(stripped)))
        at += len(line) + 1
    if fence and is_promql and lines:
        yield lines


def _split(text: str) -> Iterator[tuple[int, int]]:
    """Where each query begins and ends."""
    tokens = _all_tokens(text)
    first = 0
    for index in range(1, len(tokens) + 1):
        if index == len(tokens) or _ends(text, tokens, first, index):
            yield tokens[first].start, tokens[index - 1].end
            first = index


def _all_tokens(text: str) -> list[Token]:
    """The tokens of a block. What cannot be read is one token to the end of its line."""
    found: list[Token] = []
    at = unclosed = 0
    while at < len(text) and unclosed < _MOST_UNCLOSED:
        tokens = Lexer(text[at:], variables=True).tokens()
        *good, last = tokens
        found += [token._replace(start=token.start + at, end=token.end + at) for token in good]
        if last.kind == "end":
            break
        start = at + last.start
        stop = text.find("\n", start)
        stop = len(text) if stop < 0 else stop
        if last.text == "" and start >= len(text):  # something is not closed: begin again after its first line
            found, at = _recovered(text, found, at)
            unclosed += 1
            continue
        found.append(Token("wrong", text[start:stop], start, stop))
        at = stop
    return found


def _recovered(text: str, found: list[Token], at: int) -> tuple[list[Token], int]:
    """Keep what comes before the first blank line after `at`, as one query that is not complete."""
    blank = re.compile(r"\n[ \t]*\n").search(text, at)
    stop = blank.start() if blank else len(text)
    end = Token("wrong", "", stop, stop)
    return [*(token for token in found if token.end <= stop), end], stop + 1 if blank else len(text)


def _ends(text: str, tokens: list[Token], first: int, index: int) -> bool:
    """Whether a query ends before a token."""
    before, token = tokens[index - 1], tokens[index]
    between = text[before.end : token.start]
    if before.kind == "wrong" and not before.text:
        return True
    if "\n" not in between or _depth(tokens[first:index]) > 0:
        return False
    if _joins(before):
        return False
    if re.search(r"\n[ \t]*(?:\n|#)", between):
        return True
    if _joins(token) or _is_open_list(tokens, index) or token.text in ("[", ")", "]", "}"):
        return False
    return not (token.text in ("(", "{") and before.kind == "word")


def _joins(token: Token) -> bool:
    return (token.word or token.text) in _JOINING


def _depth(tokens: list[Token]) -> int:
    return sum(
        (token.text in ("(", "[", "{")) - (token.text in (")", "]", "}")) for token in tokens if token.kind == "symbol"
    )


def _is_open_list(tokens: list[Token], index: int) -> bool:
    """Whether what ends before a token is a list of labels, after which the expression goes on."""
    if tokens[index - 1].text != ")":
        return False
    depth = 0
    for back in range(index - 1, -1, -1):
        depth += (tokens[back].text == ")") - (tokens[back].text == "(")
        if depth == 0:
            word = tokens[back - 1].word if back else ""
            return word in _LISTS and (word not in ("by", "without") or (back > 1 and tokens[back - 2].kind == "word"))
    return False
