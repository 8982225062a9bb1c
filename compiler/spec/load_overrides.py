"""A file of overrides: its text to an `OverrideFile`, or everything that is wrong with it."""

from dataclasses import dataclass

from pydantic import ValidationError

from compiler.diagnostics import Diagnostic
from compiler.spec.load import diagnose
from compiler.spec.override_file import OverrideFile
from compiler.spec.source import Source, parse


@dataclass(frozen=True, slots=True)
class Approved:
    """The overrides of one gate, with the places of all that is in their file."""

    file: OverrideFile
    source: Source


@dataclass(frozen=True, slots=True)
class LoadedOverrides:
    """A file that was read. `approved` is None if it does not fit the model or is no YAML."""

    approved: Approved | None
    diagnostics: tuple[Diagnostic, ...]


def load_overrides(text: str | bytes, path: str) -> LoadedOverrides:
    """Read a file of overrides. `path` is for the spans; nothing is opened."""
    parsed = parse(text, path, "Overrides")
    source, found = parsed.source, parsed.diagnostics
    if source is None:
        return LoadedOverrides(None, found)
    try:
        file = OverrideFile.model_validate(source.data)
    except ValidationError as error:
        return LoadedOverrides(None, diagnose(error, source, found, OverrideFile))
    return LoadedOverrides(None if found else Approved(file, source), found)
