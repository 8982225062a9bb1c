"""What the YAML parser complains about, in words for authors.

Both parsers of PyYAML are covered: libyaml's, which is used where it is installed, and the slower one in Python.
"""

import re
from dataclasses import dataclass
from typing import Final

from yaml.error import MarkedYAMLError

_QUOTE_IT: Final = "put the value in quotes if it is text"


@dataclass(frozen=True, slots=True)
class Complaint:
    """What to say when the parser's problem matches the pattern.

    `at_context` places it where the construct began instead of where the parser gave up.
    """

    problem: str
    context: str
    message: str
    hint: str
    at_context: bool = False


_COMPLAINTS: Final = (
    Complaint("tab character", "", "a tab is used for indentation", "indent with spaces"),
    Complaint("cannot start any token", "", "a value cannot begin with this character", _QUOTE_IT),
    Complaint(
        "mapping values are not allowed",
        "",
        "a ':' where no key can be",
        "put text that has ': ' in it in quotes, and check that the line is indented like its neighbours",
    ),
    Complaint(
        "mapping keys are not allowed|sequence entries are not allowed",
        "",
        "a list or mapping cannot begin in the middle of this line",
        "begin it on a line of its own, indented; or put the value in quotes if it is text",
    ),
    Complaint(
        "could not find expected ':'", "", "this line is no `key: value`", "write a ':' and a space", at_context=True
    ),
    Complaint(
        "unexpected end of stream|unexpected document",
        "quoted scalar|found unexpected",
        "this quote is never closed",
        "add the closing quote",
        at_context=True,
    ),
    Complaint(
        "expected ',' or '\\]'",
        "",
        "this '[' is not closed properly",
        "separate items by ',' and end with ']'",
        at_context=True,
    ),
    Complaint(
        "expected ',' or '\\}'",
        "",
        "this '{' is not closed properly",
        "separate items by ',' and end with '}'",
        at_context=True,
    ),
    Complaint(
        "unexpected ':'", "", "a ':' that no value follows", "write a space and a value after it, or quote the text"
    ),
    Complaint(
        "unknown escape character", "", "unknown escape after '\\'", "write \\\\ for a backslash, or use single quotes"
    ),
    Complaint(
        "Unicode character escape|hexdecimal|hexadecimal", "", "this escape stands for no character", "check its digits"
    ),
    Complaint(
        "alphabetic or numeric character",
        "alias|anchor",
        "'*' and '&' at the start of a value have a meaning in YAML",
        _QUOTE_IT,
        at_context=True,
    ),
    Complaint("undefined tag handle", "", "tags (words that begin with '!') are not used in specs", _QUOTE_IT),
    Complaint(
        "expected '-'|expected <block end>",
        "block collection",
        "expected '- ' and the next item of the list",
        "check the indentation",
    ),
    Complaint(
        "expected key|expected <block end>",
        "block mapping",
        "this belongs to no key",
        "check the indentation; text after a closing quote must be inside the quotes",
    ),
    Complaint(
        "document start|directive|incompatible YAML",
        "",
        "this belongs to no part of the document",
        "check the indentation; a spec is one mapping and needs no '%' or '...' lines",
    ),
    Complaint("node content", "", "a value is missing here", "write it, or remove the extra ',' or bracket"),
    Complaint(
        "comment or line break|chomping or indentation",
        "",
        "text on the line of '|' or '>'",
        "begin the text on the next line",
    ),
)


def explain(error: MarkedYAMLError, at: str) -> tuple[str, str, bool]:
    """Message, hint, and whether the problem is best shown where its construct began.

    `at` is the character where the parser gave up, which libyaml does not say.
    """
    problem, context = error.problem or "", error.context or ""
    if at == "\t" and "cannot start any token" in problem:
        problem = "tab character"
    for complaint in _COMPLAINTS:
        if re.search(complaint.problem, problem) and re.search(complaint.context, context):
            return complaint.message, complaint.hint, complaint.at_context
    return f"this is not YAML: {problem or context or 'unreadable'}", "check the indentation and the quotes", False
