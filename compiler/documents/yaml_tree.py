"""YAML as Prometheus' own reader takes it, to nodes that know where they are: for files that promgate did not define.

Unlike specs (`spec.source`), these may have tags, merge keys and several documents; scalars stay text, since Prometheus
reads each into the type that it wants. A key that is there twice is refused, as there.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import yaml
from yaml.error import MarkedYAMLError
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentEndEvent,
    Event,
    MappingStartEvent,
    ScalarEvent,
)

from compiler.diagnostics import Span
from compiler.places import scalar
from compiler.places.file_text import Excerpt, FileText

MAX_DEPTH: Final = 50
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULL: Final = ("", "~", "null", "Null", "NULL")


class YamlError(ValueError):
    """YAML that cannot be read, and where."""

    def __init__(self, message: str, span: Span) -> None:
        super().__init__(message)
        self.span = span


@dataclass(slots=True)
class Node:
    """A value: a scalar (`value`), a mapping (`pairs`) or a sequence (`items`)."""

    file: FileText
    start: int
    end: int
    value: str | None = None
    style: str | None = None
    pairs: "list[tuple[Node, Node]] | None" = None
    items: "list[Node] | None" = None

    @property
    def is_null(self) -> bool:
        """Whether it is nothing."""
        return self.value in _NULL and self.style is None

    @property
    def span(self) -> Span:
        """Where it is; for a mapping or sequence, where it begins."""
        if self.pairs:
            return self.pairs[0][0].span
        return self.file.span(self.start, max(self.end, self.start + 1))

    @property
    def excerpt(self) -> Excerpt:
        """The scalar's text, with the place of each character."""
        return scalar.excerpt(self.file, self.start, self.end, self.value or "")

    def get(self, key: str) -> "Node | None":
        """The value of a key of a mapping."""
        return next((value for name, value in self.pairs or () if name.value == key), None)


@dataclass(slots=True)
class _Open:
    node: Node
    anchor: str | None
    key: Node | None = None
    seen: dict[str, Node] = field(default_factory=dict)


def documents(file: FileText) -> Iterator[Node]:
    """The documents of a file. Raises YamlError."""
    reader = _Reader(file)
    try:
        for event in yaml.parse(file.text, Loader=_LOADER):
            reader.take(event)
            if isinstance(event, DocumentEndEvent) and reader.root is not None:
                yield reader.root
                reader.root = None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = file.offset(mark.line, mark.column) if mark else 0
        raise YamlError(f"this is not YAML: {error.problem or error.context}", file.span(at, at + 1)) from None
    except yaml.YAMLError as error:
        raise YamlError(f"this is not YAML: {error}", file.span(0, 1)) from None


class _Reader:
    def __init__(self, file: FileText) -> None:
        self.file = file
        self.root: Node | None = None
        self._open: list[_Open] = []
        self._anchors: dict[str, Node] = {}

    def take(self, event: Event) -> None:
        if isinstance(event, ScalarEvent):
            style = event.style if event.style in ("'", '"', "|", ">") else None
            node = Node(self.file, *self._place(event), value=event.value, style=style)
            self._add(node, event.anchor)
        elif isinstance(event, CollectionStartEvent):
            if len(self._open) >= MAX_DEPTH:
                raise YamlError(f"nested deeper than {MAX_DEPTH} levels", self.file.span(*self._place(event)))
            is_mapping = isinstance(event, MappingStartEvent)
            node = Node(
                self.file, *self._place(event), pairs=[] if is_mapping else None, items=None if is_mapping else []
            )
            self._open.append(_Open(node, event.anchor))
        elif isinstance(event, CollectionEndEvent):
            done = self._open.pop()
            self._add(done.node, done.anchor)
        elif isinstance(event, AliasEvent):
            target = self._anchors.get(event.anchor or "")
            if target is None:
                raise YamlError(
                    f"nothing before this has the anchor &{event.anchor}", self.file.span(*self._place(event))
                )
            self._add(target, None)

    def _add(self, node: Node, anchor: str | None) -> None:
        if anchor:
            self._anchors[anchor] = node
        if not self._open:
            self.root = node
            return
        parent = self._open[-1]
        if parent.node.items is not None:
            parent.node.items.append(node)
        elif parent.key is None:
            self._key(parent, node)
        else:
            self._pair(parent.node, parent.key, node)
            parent.key = None

    def _key(self, parent: _Open, node: Node) -> None:
        name = node.value
        if name is not None and name in parent.seen:
            first = parent.seen[name].span
            raise YamlError(f"the key '{name}' is there twice; the first is in line {first.line}", node.span)
        if name is not None:
            parent.seen[name] = node
        parent.key = node

    def _pair(self, mapping: Node, key: Node, value: Node) -> None:
        """Add a pair; `<<` adds those of another mapping that are not there."""
        pairs = mapping.pairs
        assert pairs is not None  # noqa: S101 - the caller has a mapping
        if key.value != "<<" or key.style is not None:
            pairs.append((key, value))
            return
        for source in value.items or [value]:
            names = {name.value for name, _ in pairs}
            pairs += [pair for pair in source.pairs or () if pair[0].value not in names]

    def _place(self, event: Event) -> tuple[int, int]:
        start, end = event.start_mark, event.end_mark
        if start is None or end is None:
            return 0, 0
        return self.file.offset(start.line, start.column), self.file.offset(end.line, end.column)
