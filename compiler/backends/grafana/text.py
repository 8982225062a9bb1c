"""Plain text of a plan, made inert for the places where Grafana interprets text.

Grafana replaces `$name`, `${name}` and `[[name]]` in titles, descriptions, links and queries alike, reads descriptions
as Markdown with HTML, and draws titles in the browser, where control and direction characters change what is seen.
"""

import re
from typing import Final

from compiler.promql.expr import Expr
from compiler.promql.printer import show

_WORD_JOINER: Final = "\u2060"  # invisible and without width: it only keeps a variable from being one
_VARIABLE: Final = re.compile(r"\$(?=[{A-Za-z_])|\[(?=\[)")
_MARKDOWN: Final = re.compile(r"[\\`*\[\]<>&$~|{}]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_AUTOLINK: Final = re.compile(r"(?<=\w):(?=//)|(?<=www)\.", re.IGNORECASE)


def one_line(text: str) -> str:
    """The text with every control, direction and separator character as a space, and no two spaces in a row."""
    printable = text if text.isprintable() else "".join(char if char.isprintable() else " " for char in text)
    return " ".join(printable.split())


def plain(text: str) -> str:
    """For titles and names: what is read is what was written, and no variable is replaced."""
    return _VARIABLE.sub(lambda found: found.group() + _WORD_JOINER, one_line(text))


def markdown(text: str) -> str:
    """For descriptions: the text as character references wherever Markdown, HTML or Grafana would read more into it."""
    return _AUTOLINK.sub(_reference, _MARKDOWN.sub(_reference, one_line(text)))


def _reference(found: re.Match[str]) -> str:
    return f"&#{ord(found.group())};"


def query(expr: Expr) -> str:
    r"""For queries: PromQL in which Grafana sees no variable.

    `$` and `[[` can only stand inside PromQL's string literals, where `\x24` and `\x5b[` say the same.
    """
    return _VARIABLE.sub(lambda found: rf"\x{ord(found.group()):x}", show(expr))


def link(address: str) -> str:
    """For links: a web address (see `addresses`, which leaves no `$` in it) without a variable in brackets."""
    return address.replace("[[", "%5B%5B")
