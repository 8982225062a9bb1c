"""YAML text to plain data whose every key and value knows its place, and all that is wrong with the text as YAML.

The data are dicts with text keys, lists, text, int, float, true/false and None. Words are read as YAML 1.1 and 1.2
agree on them; where they disagree the word is refused (see `scalars`, which also says why numbers keep their digits).
Aliases (`&a`, `*a`) are expanded within limits; tags and merge keys are refused.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final

from compiler.diagnostics import Diagnostic, Span
from compiler.places import scalar
from compiler.places.file_text import Excerpt, FileText
from compiler.spec import text as plain
from compiler.spec.tree import Data, Node, Place, Reader, Unreadable

EMPTY: Final = "PG006"

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class SourceMap:
    """Where the value at a path is, and its key. A path leads from the root: `("categories", 0, "id")`."""

    file: FileText
    root: Node

    @property
    def path(self) -> str:
        """The file's path, as it was given."""
        return self.file.path

    def value(self, path: Path) -> Span:
        """The place of the value, or of its nearest parent that exists."""
        *_, (node, _) = self._walk(path)
        return Span(self.path, *node.place)

    def key(self, path: Path) -> Span:
        """The place of the last key of the path, or of the nearest one above; a list item begins at its first key."""
        *_, (node, key) = self._walk(path)
        return Span(self.path, *(key or next(iter(node.keys.values()), node.place)))

    def excerpt(self, path: Path, text: str) -> Excerpt:
        """Where each character of the text at a path is written."""
        *_, (node, _) = self._walk(path)
        line, column, end_line, end_column = node.place
        start, end = self.file.offset(line - 1, column - 1), self.file.offset(end_line - 1, end_column - 1)
        return scalar.excerpt(self.file, start, end, text)

    def has(self, path: Path) -> bool:
        """Whether there is a value at the path."""
        return sum(1 for _ in self._walk(path)) == len(path) + 1

    def _walk(self, path: Path) -> Iterator[tuple[Node, Place | None]]:
        """The nodes along the path as far as it exists, each with the place of its key."""
        node = self.root
        yield node, None
        for step in path:
            child = node.items.get(step)
            if child is None:
                return
            yield child, node.keys.get(step) if isinstance(step, str) else None
            node = child


@dataclass(frozen=True, slots=True)
class Source:
    """A spec as plain data. `file` is the file's name without directories, since artifacts must not hold paths."""

    file: str
    data: Data
    map: SourceMap

    def span(self, path: Path) -> Span:
        """The place of the value at a path, or of its nearest parent."""
        return self.map.value(path)

    def key_span(self, path: Path) -> Span:
        """The place of the key at a path, or of its nearest parent."""
        return self.map.key(path)

    def excerpt(self, path: Path, text: str) -> Excerpt:
        """Where each character of the text at a path is written."""
        return self.map.excerpt(path, text)


@dataclass(frozen=True, slots=True)
class Parsed:
    """What was read. `source` is None if the text as a whole cannot be read; then the diagnostics say why."""

    source: Source | None
    diagnostics: tuple[Diagnostic, ...]


def parse(raw: str | bytes, file: str, kind: str = "Gate") -> Parsed:
    """Read YAML; never raises for anything that a file may hold. `file` is its path, for the spans.

    `kind` is what is expected, for the hint about an empty file.
    """
    found = list(plain.problems(raw, file))
    if any(one.code in (plain.TOO_LARGE, plain.NOT_UTF8) for one in found):
        return Parsed(None, tuple(found))
    text = plain.printable(plain.decode(raw))
    reader = Reader(text, file)
    try:
        reader.read()
    except Unreadable as end:
        return Parsed(None, (*found, *reader.problems, end.diagnostic))
    found += reader.problems
    if reader.root is None or reader.root.data is None:
        hint = f"it begins with `apiVersion: promgate/v1` and `kind: {kind}`"
        return Parsed(None, (*found, Diagnostic(EMPTY, "this file is empty", Span(file, 1, 1, 1, 2), hint)))
    return Parsed(
        Source(PurePath(file).name, reader.root.data, SourceMap(FileText(file, text), reader.root)), tuple(found)
    )
