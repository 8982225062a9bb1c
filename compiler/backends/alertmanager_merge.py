"""The generated Alertmanager config inside one that a team already has.

The base stays as it is, byte for byte; routes, receivers and inhibit rules are put in front of its own. The gates'
routes come first under its root route and do not continue, so no alert of a gate reaches a route of the base.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final

import yaml
from yaml.error import MarkedYAMLError
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from compiler.backends.alertmanager import ROOT_RECEIVER
from compiler.diagnostics import Diagnostic, Span

CODE: Final = "PG421"

Path = tuple[str, ...]

_RECEIVERS: Final[Path] = ("receivers",)
_SECTIONS: Final[tuple[Path, ...]] = (("route", "routes"), _RECEIVERS, ("inhibit_rules",))


@dataclass(frozen=True, slots=True)
class _Insertion:
    """Lines to put in front of a line of the base."""

    line: int  # 0-based
    text: list[str]


class _BaseError(Exception):
    """The base cannot be merged with: where, why, and what to write instead."""

    def __init__(self, message: str, span: Span | None, hint: str = "") -> None:
        super().__init__(message)
        self.diagnostic = Diagnostic(CODE, message, span, hint)


def merge(generated: str, base: str, base_name: str) -> tuple[str, tuple[Diagnostic, ...]]:
    """The base with the gates' parts in front of its own, or "" and what is wrong with the base.

    `generated` is the artifact of the back end; `base_name` is the file that diagnostics point into.
    """
    try:
        root = _root(base, base_name)
        if collisions := tuple(_collisions(generated, root, base_name)):
            return "", collisions
        merged = _merged(generated, base, base_name, root)
        _check(merged, generated, base, _span(root, base_name))
    except _BaseError as error:
        return "", (error.diagnostic,)
    return merged, ()


def _merged(generated: str, base: str, base_name: str, root: MappingNode) -> str:
    lines = base.splitlines()
    insertions = [_insertion(root, lines, path, _section(generated, path), base_name) for path in _SECTIONS]
    # From the end, so that the numbers of the lines before stay true.
    for insertion in sorted(insertions, key=lambda one: one.line, reverse=True):
        lines[insertion.line : insertion.line] = insertion.text
    head = generated.split("\n", 1)[0]
    name = " ".join(PurePath(base_name).name.split())  # no directory, lest the artifact depends on where it was made
    return "\n".join([head, f"# What is not about a gate is from {name}.", *lines]) + "\n"


def _root(base: str, base_name: str) -> MappingNode:
    try:
        root = yaml.compose(base, yaml.SafeLoader)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Span(base_name, mark.line + 1, mark.column + 1, mark.line + 1, mark.column + 2) if mark else None
        raise _BaseError(f"not YAML: {error.problem or error.context}", place) from None
    except yaml.YAMLError as error:
        raise _BaseError(f"not YAML: {error}", None) from None
    route = _at(root, ("route",))
    if not isinstance(root, MappingNode) or route is None or not isinstance(route[1], MappingNode):
        place = _span(root, base_name) if root else Span(base_name, 1, 1, 1, 2)
        raise _BaseError("there is no root route to put the gates under", place, "give a whole Alertmanager config")
    return root


def _collisions(generated: str, root: MappingNode, base_name: str) -> Iterator[Diagnostic]:
    ours = {name.value for name in _receiver_names(yaml.compose(generated, yaml.SafeLoader))} - {ROOT_RECEIVER}
    for name in _receiver_names(root):
        if name.value in ours:
            message = f"receiver {name.value!r} has the name of a generated one"
            yield Diagnostic(CODE, message, _span(name, base_name), "give it another name; gate/ is the gates'")


def _receiver_names(root: Node | None) -> Iterator[ScalarNode]:
    found = _at(root, ("receivers",))
    for receiver in found[1].value if found and isinstance(found[1], SequenceNode) else ():
        entry = _at(receiver, ("name",))
        if entry and isinstance(entry[1], ScalarNode):
            yield entry[1]


def _at(node: Node | None, path: Path) -> tuple[Node, Node] | None:
    """The key and the value at a path of keys."""
    for key, value in node.value if isinstance(node, MappingNode) and path else ():
        if key.value == path[0]:
            return (key, value) if len(path) == 1 else _at(value, path[1:])
    return None


def _section(generated: str, path: Path) -> list[str]:
    """The lines of a generated section's items, with their comments, the dashes in the first column."""
    found = _at(yaml.compose(generated, yaml.SafeLoader), path)
    assert found  # noqa: S101 - the back end writes all sections
    key, items = found
    # The base has a root, so the root of the generated config and its receiver, the first one, stay out.
    first = items.value[1].start_mark.line if path == _RECEIVERS else key.end_mark.line + 1
    lines = generated.splitlines()[first : items.end_mark.line]
    column = _column(lines[0])
    return [line[column:] for line in lines]


def _insertion(root: MappingNode, lines: list[str], path: Path, items: list[str], base_name: str) -> _Insertion:
    found = _at(root, path)
    if found is None:
        return _new_section(root, path, items, base_name)
    key, section = found
    first = key.end_mark.line + 1
    item = next((line for line in lines[first:] if line.strip() and not line.lstrip().startswith("#")), "")
    if not isinstance(section, SequenceNode) or section.flow_style or not item.lstrip().startswith("-"):
        hint = "write its items on lines of their own, or remove it if it is empty"
        raise _BaseError(f"cannot add to {key.value}", _span(key, base_name), hint)
    return _Insertion(first, _indented(items, _column(item)))


def _new_section(root: MappingNode, path: Path, items: list[str], base_name: str) -> _Insertion:
    """At the end of the base, or as the first key of its parent."""
    parent = _at(root, path[:-1])
    key, mapping = parent or (root, root)
    if not isinstance(mapping, MappingNode) or mapping.flow_style or not mapping.value:
        raise _BaseError(f"cannot add {path[-1]}", _span(key, base_name), "write one key a line, without braces")
    end = root.end_mark
    line = key.end_mark.line + 1 if parent else end.line + bool(end.column)
    column = mapping.value[0][0].start_mark.column
    return _Insertion(line, _indented([f"{path[-1]}:", *_indented(items, 2)], column))


def _check(merged: str, generated: str, base: str, place: Span) -> None:
    """Lines were put between lines; whatever YAML the base is made of, the result must be both, and nothing else."""
    try:
        expected, ours = yaml.safe_load(base), yaml.safe_load(generated)
        for *parents, name in _SECTIONS:
            mine, theirs = (data[parents[0]] if parents else data for data in (ours, expected))
            theirs[name] = [*mine[name][name == _RECEIVERS[0] :], *(theirs.get(name) or ())]
        if yaml.safe_load(merged) == expected:
            return
    except yaml.YAMLError:
        pass
    hint = "write route, receivers and inhibit_rules without anchors, aliases and braces"
    raise _BaseError("the config cannot be added to as it is written", place, hint)


def _column(line: str) -> int:
    return len(line) - len(line.lstrip())


def _indented(lines: list[str], columns: int) -> list[str]:
    return [" " * columns + line if line else line for line in lines]


def _span(node: Node, file: str) -> Span:
    """The node's place; of one that spans lines, its first line."""
    start, end = node.start_mark, node.end_mark
    last = (end.line + 1, end.column + 1) if end.line == start.line else (start.line + 1, start.column + 2)
    return Span(file, start.line + 1, start.column + 1, *last)
