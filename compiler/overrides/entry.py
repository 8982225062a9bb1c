"""The text of a new override, and where it goes in the file of its gate: comments and all else stay as they are."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from compiler.moment import Moment
from compiler.spec.load_overrides import load_overrides

_HEAD: Final = """\
# Approved exceptions of the gate {gate}: the review of a change of this file is the approval.
# Prometheus ends each at `expires`. Once all criteria were met and stable again after that, close it with `retested`.
apiVersion: promgate/v1
kind: Overrides
gate: {gate}
overrides:
"""
_PLAIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*|\d{4}-\d\d-\d\dT[\d:]+Z")
_WORDS: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})


class NoPlaceError(Exception):
    """The file cannot be added to as it is written: what is in the way."""


@dataclass(frozen=True, slots=True)
class NewOverride:
    """What somebody asks for. `id` is "" if it is to be made from the ticket."""

    gate: str
    reason: str
    ticket: str
    approver: str
    start: Moment
    expires: Moment
    scope: tuple[str, ...] = ()
    risk_acceptance: str = ""
    note: str = ""
    id: str = ""


def added(text: str | None, new: NewOverride, path: str) -> tuple[str, str]:
    """The file with the override behind the others, and its id. `text` is None if there is no file yet.

    Raises NoPlaceError if the file is not readable as a list of overrides, each on lines of its own.
    """
    if text is None:
        name = _free_id(new, ())
        return _HEAD.format(gate=new.gate) + "".join(_lines(new, name, "  ")), name
    loaded = load_overrides(text, path)
    if loaded.approved is None:
        raise NoPlaceError("correct what is wrong in it first")
    taken = [one.id for one in loaded.approved.file.overrides]
    name = _free_id(new, taken)
    if not taken:
        return _into_empty(text, new, name), name
    place, last = loaded.approved.source.map, len(taken) - 1
    first_key = place.key(("overrides", last))
    lines = text.splitlines(keepends=True)
    head = lines[first_key.line - 1][: first_key.column - 1]
    if not re.fullmatch(r" *- +", head):
        raise NoPlaceError("write each override as `- id: …` on lines of its own")
    end = place.value(("overrides", last)).end_line
    lines[end - 1] = _ended(lines[end - 1])
    entry = list(_lines(new, name, head[: len(head) - len(head.lstrip())]))
    return "".join([*lines[:end], *entry, *lines[end:]]), name


def _into_empty(text: str, new: NewOverride, name: str) -> str:
    """The file whose list is `[]`."""
    entry = "".join(_lines(new, name, "  "))
    changed, count = re.subn(
        r"^overrides:[ \t]*\[[ \t]*\]([ \t]*#[^\n]*)?\r?$\n?", "overrides:\n", text, flags=re.MULTILINE
    )
    if count != 1:
        raise NoPlaceError("write its empty list as `overrides: []`")
    at = changed.index("overrides:\n") + len("overrides:\n")
    return changed[:at] + entry + changed[at:]


def _ended(line: str) -> str:
    return line if line.endswith("\n") else f"{line}\n"


def _lines(new: NewOverride, name: str, indent: str) -> Iterator[str]:
    rows = [
        ("id", name),
        ("reason", new.reason),
        ("ticket", new.ticket),
        ("approver", new.approver),
        ("start", str(new.start)),
        ("expires", str(new.expires)),
        ("risk_acceptance", new.risk_acceptance),
        ("note", new.note),
    ]
    lasts = new.expires.since(new.start)
    for number, (key, value) in enumerate((key, value) for key, value in rows if value):
        dash = "- " if number == 0 else "  "
        comment = f" # {lasts} after the start" if key == "expires" else ""
        yield f"{indent}{dash}{key}: {_scalar(value)}{comment}\n"
    if new.scope:
        yield f"{indent}  scope: [{', '.join(map(_scalar, new.scope))}]\n"


def _scalar(text: str) -> str:
    """The text as YAML: JSON's strings are YAML's, but for what only JSON escapes by halves."""
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return json.dumps(text, ensure_ascii=False) if text.isprintable() else _escaped(text)


def _escaped(text: str) -> str:
    return '"' + "".join(_character(char) for char in text) + '"'


def _character(char: str) -> str:
    if char in '\\"':
        return f"\\{char}"
    if char == "\n":
        return "\\n"
    if char.isprintable():
        return char
    code = ord(char)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004 - four digits


def _free_id(new: NewOverride, taken: Iterable[str]) -> str:
    """The id that was asked for, or the ticket as one, with a number if it is taken."""
    if new.id:
        return new.id
    base = re.sub(r"[^a-z0-9._-]+", "-", new.ticket.lower()).strip("-._")[:50] or "override"
    names, number, name = set(taken), 1, base
    while name in names:
        number += 1
        name = f"{base}-{number}"
    return name
