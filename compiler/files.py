"""Reading specs and other inputs: the files as they are, sorted by path."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from compiler.spec.text import MAX_BYTES, SpecFile

_SUFFIXES: Final = (".yaml", ".yml")
_DOCUMENTS: Final = (".md", ".markdown", ".mdx")
_FETCHED: Final = ("node_modules", "vendor", "__pycache__")


def read_specs(paths: Sequence[Path]) -> tuple[SpecFile, ...]:
    """The specs at the paths; a directory stands for the specs in it. Each file once, by path. Raises OSError."""
    found = [file for path in paths for file in (_specs_in(path) if path.is_dir() else [path])]
    once = {os.path.realpath(file): file for file in sorted(found, key=str, reverse=True)}
    return tuple(read_file(file) for file in sorted(once.values(), key=str))


def read_overrides(directories: Sequence[Path]) -> tuple[SpecFile, ...]:
    """The files of overrides in the directories, by path. Raises OSError."""
    return tuple(read_file(file) for directory in directories for file in sorted(_specs_in(directory)))


def _specs_in(directory: Path) -> list[Path]:
    inside = directory.iterdir()
    return [p for p in inside if p.suffix in _SUFFIXES and not p.name.startswith(".") and p.is_file()]


def read_documents(paths: Sequence[Path]) -> tuple[SpecFile, ...]:
    """The files at the paths; a directory stands for all YAML and Markdown in and below it. Raises OSError."""
    found = [file for path in paths for file in (_documents_in(path) if path.is_dir() else [path])]
    once = {os.path.realpath(file): file for file in sorted(found, key=str, reverse=True)}
    return tuple(read_file(file) for file in sorted(once.values(), key=str))


def _documents_in(directory: Path) -> Iterator[Path]:
    """What can be linted, without hidden files and what package managers fetch."""
    for path in sorted(directory.iterdir()):
        if path.name.startswith(".") or path.name in _FETCHED:
            continue
        if path.is_dir() and not path.is_symlink():
            yield from _documents_in(path)
        elif path.suffix.lower() in (*_SUFFIXES, *_DOCUMENTS) and path.is_file():
            yield path


def read_file(path: Path) -> SpecFile:
    """A file, or as much of it as shows that it is too large. Raises OSError."""
    with path.open("rb") as file:
        return SpecFile(str(path), file.read(MAX_BYTES + 1))


def read_log(path: Path) -> str:
    """A log of decisions, however long. Raises OSError."""
    return path.read_text(encoding="utf-8", errors="replace")
