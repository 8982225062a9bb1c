"""The Go templates of an alert's labels and annotations, as far as can be told without running them."""

import re
from collections.abc import Iterator
from typing import Final

_ACTION: Final = re.compile(r"\{\{(?:[^{}\"`]|\"(?:[^\"\\]|\\.)*\"|`[^`]*`|\{(?!\{)|\}(?!\}))*\}\}")
_LABEL: Final = re.compile(r"(?:\$labels|\.Labels)\.([a-zA-Z_][a-zA-Z0-9_]*)|index\s+\$labels\s+\"([^\"]+)\"")


def unclosed(text: str) -> int | None:
    """Where an action begins that does not end; None if all do."""
    at = 0
    while (start := text.find("{{", at)) >= 0:
        match = _ACTION.match(text, start)
        if not match:
            end, again = text.find("}}", start), text.find("{{", start + 2)
            return start if end < 0 or 0 <= again < end else None
        at = match.end()
    return None


def labels(text: str) -> Iterator[tuple[str, int, int]]:
    """Each label of the alert that is shown, with its place. `$labels` in strings and comments is left alone."""
    for action in _ACTION.finditer(text):
        if action[0].startswith("{{/*"):
            continue
        for match in _LABEL.finditer(action[0]):
            yield match[1] or match[2], action.start() + match.start(), action.start() + match.end()
