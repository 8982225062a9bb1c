"""Links for people: only http(s) addresses become links, so no text of a spec can be one that does something."""

import re
from typing import Final
from urllib.parse import quote, urlsplit

_SAFE: Final = ":/?#[]@!&'()*+,;=%~"
_LONE_PERCENT: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")


def web_address(text: str) -> str:
    """The text as an http(s) URL with everything unusual percent-encoded, or "" if it is none."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        return ""
    return quote(_LONE_PERCENT.sub("%25", text), safe=_SAFE)


def runbook_address(runbook: str, base_url: str) -> str:
    """Where a runbook is on the web: its own URL, or its path under the base URL, or "" if neither is known.

    A runbook may also be a sentence that says what to do, which is nowhere.
    """
    if not runbook or web_address(runbook):
        return web_address(runbook)
    is_path = bool(base_url) and not any(char.isspace() for char in runbook)
    return web_address(f"{base_url.rstrip('/')}/{runbook.lstrip('/')}") if is_path else ""
