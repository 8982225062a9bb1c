"""YAML events to a tree that knows where everything is, and all that is wrong on the way.

Events are read, and not PyYAML's composed nodes, since composing recurses and cannot be stopped: here the depth and
the number of nodes, with aliases expanded, are bounded while the text is read, so a hostile file costs little.
"""

import re
from dataclasses import dataclass, field
from typing import Final

import yaml
from yaml.error import MarkedYAMLError
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    ScalarEvent,
)

from compiler.diagnostics import Diagnostic, Span
from compiler.spec.scalars import Scalar, Trap, resolve
from compiler.spec.syntax import explain

SYNTAX: Final = "PG001"
DUPLICATE_KEY: Final = "PG002"
AMBIGUOUS: Final = "PG003"
KEY_NOT_TEXT: Final = "PG004"
SEVERAL_DOCUMENTS: Final = "PG005"
TOO_DEEP: Final = "PG007"
ALIAS: Final = "PG011"
TAG: Final = "PG012"
MERGE_KEY: Final = "PG013"
NUMBER: Final = "PG014"
NOT_UNICODE: Final = "PG015"
TOO_MANY: Final = "PG016"

MAX_DEPTH: Final = 30
MAX_NODES: Final = 100_000
_MAX_PROBLEMS: Final = 100
_SHORT: Final = 60
_MARKED: Final = "PyYAML's parsers mark every event"
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")

Data = dict[str, "Data"] | list["Data"] | Scalar
Place = tuple[int, int, int, int]  # line, column, end line, end column: 1-based, end exclusive


@dataclass(slots=True)
class Node:
    """A value with its place. `keys` are the places of a mapping's keys; `size` and `height` count aliases expanded."""

    place: Place
    data: Data
    items: dict[str | int, "Node"] = field(default_factory=dict)
    keys: dict[str, Place] = field(default_factory=dict)
    size: int = 1
    height: int = 1


class Unreadable(Exception):  # noqa: N818 - says what the text is
    """The rest of the text cannot be read; the diagnostic says why."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


@dataclass(slots=True)
class _Open:
    """A collection that is being read. `key` is the pending key of a mapping; None skips the value that follows."""

    node: Node
    is_mapping: bool
    is_flow: bool
    anchor: str | None
    has_key: bool = False
    key: str | None = None
    seen: dict[str, Place] = field(default_factory=dict)


class Reader:
    """Reads one text. `root` is None while nothing was read; `problems` are in the order of the text."""

    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.file = file
        self.root: Node | None = None
        self.problems: list[Diagnostic] = []
        self._open: list[_Open] = []
        self._anchors: dict[str, Node | None] = {}  # None: its collection is still open
        self._nodes = 0
        self._documents = 0

    def read(self) -> None:
        """Read to the end. Raises `Unreadable` where that is impossible."""
        try:
            for event in yaml.parse(self.text, Loader=_LOADER):
                self._take(event)
        except MarkedYAMLError as error:
            raise Unreadable(self._syntax_error(error)) from None

    def _take(self, event: Event) -> None:
        if isinstance(event, ScalarEvent):
            self._add(self._scalar(event), event)
        elif isinstance(event, CollectionStartEvent):
            self._start(event)
        elif isinstance(event, CollectionEndEvent):
            self._end(event)
        elif isinstance(event, AliasEvent):
            self._add(self._alias(event), event)
        elif isinstance(event, DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise self._stop(SEVERAL_DOCUMENTS, "a second document", event, "one file holds one gate; remove '---'")

    def _start(self, event: CollectionStartEvent) -> None:
        if len(self._open) >= MAX_DEPTH:
            raise self._stop(TOO_DEEP, f"nested deeper than {MAX_DEPTH} levels", event, "a spec needs about eight")
        self._count(1, event)
        self._refuse_tag(event)
        if event.anchor:
            self._anchors[event.anchor] = None
        is_mapping = isinstance(event, MappingStartEvent)
        node = Node(_place(event), {} if is_mapping else [])
        self._open.append(_Open(node, is_mapping, bool(event.flow_style), event.anchor))

    def _end(self, event: CollectionEndEvent) -> None:
        done = self._open.pop()
        if done.is_flow:
            done.node.place = (*done.node.place[:2], *_place(event)[2:])
        if done.anchor:
            self._anchors[done.anchor] = done.node
        self._add(done.node, event)

    def _scalar(self, event: ScalarEvent) -> Node:
        self._count(1, event)
        self._refuse_tag(event)
        node = Node(self._scalar_place(event), event.value)
        if event.implicit[0]:
            meaning = resolve(event.value)
            if isinstance(meaning, Trap):
                self._problem(NUMBER if meaning.out_of_range else AMBIGUOUS, meaning.message, node.place, meaning.hint)
            else:
                node.data = meaning
        elif _SURROGATE.search(event.value):
            self._problem(NOT_UNICODE, "an escape that is half a character", node.place, "write the character itself")
        if event.anchor:
            self._anchors[event.anchor] = node
        return node

    def _alias(self, event: AliasEvent) -> Node:
        name = event.anchor
        if name not in self._anchors:
            hint = "put the value in quotes if it is text"
            raise self._stop(ALIAS, f"nothing before this has the anchor &{name}", event, hint)
        target = self._anchors[name]
        if target is None:
            raise self._stop(ALIAS, f"*{name} contains itself", event, "write the value out")
        if len(self._open) + target.height > MAX_DEPTH:
            raise self._stop(TOO_DEEP, f"*{name} makes this nested deeper than {MAX_DEPTH} levels", event)
        self._count(target.size, event)
        return Node(_place(event), target.data, target.items, target.keys, target.size, target.height)

    def _add(self, node: Node, event: Event) -> None:
        """Put a finished value where it belongs."""
        if not self._open:
            self.root = node
            return
        parent = self._open[-1]
        if parent.is_mapping and not parent.has_key:
            parent.has_key, parent.key = True, self._key(parent, node, event)
        else:
            _attach(parent, node)
        parent.node.size += node.size
        parent.node.height = max(parent.node.height, node.height + 1)
        if not parent.is_flow:  # libyaml ends a block after the blank lines and comments that follow it
            parent.node.place = (*parent.node.place[:2], *max(parent.node.place[2:], node.place[2:]))

    def _key(self, parent: _Open, node: Node, event: Event) -> str | None:
        """The key, or None if its value is to be skipped."""
        key = node.data
        if key == "<<" and isinstance(event, ScalarEvent) and event.implicit[0]:
            raise self._stop(MERGE_KEY, "merge keys ('<<') are not used in specs", event, "write the keys out")
        if not isinstance(key, str):
            hint = "put it in quotes if it is text"
            self._problem(KEY_NOT_TEXT, "a key must be text", node.place, hint)
            return None
        if first := parent.seen.get(key):
            hint = f"the first is in line {first[0]}, column {first[1]}; keep one"
            self._problem(DUPLICATE_KEY, f"the key {_short(key)} is there twice", node.place, hint)
            return None
        parent.seen[key] = parent.node.keys[key] = node.place
        return key

    def _count(self, nodes: int, event: Event) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            hint = "a spec of this size is no gate that people can read"
            raise self._stop(ALIAS, f"more than {MAX_NODES:,} values, with aliases expanded", event, hint)

    def _refuse_tag(self, event: ScalarEvent | CollectionStartEvent) -> None:
        if event.tag is not None:
            hint = "remove it; put the value in quotes if it is text"
            self._problem(TAG, "tags (words that begin with '!') are not used in specs", _place(event), hint)

    def _problem(self, code: str, message: str, place: Place, hint: str = "") -> None:
        if len(self.problems) == _MAX_PROBLEMS:
            raise Unreadable(Diagnostic(TOO_MANY, "too many problems to go on from here", Span(self.file, *place)))
        self.problems.append(Diagnostic(code, message, Span(self.file, *place), hint))

    def _stop(self, code: str, message: str, event: Event, hint: str = "") -> Unreadable:
        return Unreadable(Diagnostic(code, message, Span(self.file, *_place(event)), hint))

    def _scalar_place(self, event: ScalarEvent) -> Place:
        place = _place(event)
        if event.style not in ("|", ">"):
            return place
        body = _written(event, self.text).rstrip()
        last = body.rfind("\n")
        line = place[0] + body.count("\n")
        return (*place[:2], line, len(body) - last if last >= 0 else place[1] + len(body))

    def _syntax_error(self, error: MarkedYAMLError) -> Diagnostic:
        lines = self.text.split("\n")
        given_up = error.problem_mark
        rest = lines[given_up.line][given_up.column :] if given_up and given_up.line < len(lines) else ""
        message, hint, at_context = explain(error, rest[:1])
        mark = (at_context and error.context_mark) or given_up or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        if line > len(lines) or (line == len(lines) and not lines[-1].strip()):
            line, column = _end_of(lines)
        return Diagnostic(SYNTAX, message, Span(self.file, line, column, line, column + 1), hint)


def _attach(parent: _Open, node: Node) -> None:
    """Add a value to the collection that is open, unless its key was refused."""
    data = parent.node.data
    if isinstance(data, list):
        parent.node.items[len(data)] = node
        data.append(node.data)
    elif isinstance(data, dict):
        if parent.key is not None:
            parent.node.items[parent.key] = node
            data[parent.key] = node.data
        parent.has_key = False


def _end_of(lines: list[str]) -> tuple[int, int]:
    """Line and column just after the last thing that is written."""
    for number in range(len(lines), 0, -1):
        if text := lines[number - 1].rstrip():
            return number, len(text) + 1
    return 1, 1


def _place(event: Event) -> Place:
    """PyYAML counts from 0; this is the one place that turns to 1."""
    start, end = event.start_mark, event.end_mark
    assert start, _MARKED  # noqa: S101 - the type stubs allow for events made by hand
    assert end, _MARKED  # noqa: S101 - same
    return start.line + 1, start.column + 1, end.line + 1, end.column + 1


def _written(event: Event, text: str) -> str:
    """The part of the text that the event stands for."""
    start, end = event.start_mark, event.end_mark
    return text[start.index : end.index] if start and end else ""


def _short(text: str) -> str:
    return repr(text if len(text) <= _SHORT else text[: _SHORT - 1] + "…")
