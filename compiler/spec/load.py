"""A spec's text to a `Gate`, or everything that is wrong with it, each with its place and what to type instead."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from pydantic import BaseModel, ValidationError

from compiler.diagnostics import Diagnostic
from compiler.spec.misfit import WRONG_TYPE, Misfit, describe, misfit, nearest
from compiler.spec.model import Gate
from compiler.spec.salvage import Salvaged, salvage
from compiler.spec.source import Path, Source, parse

MANY: Final = "PG106"

_MAX_PROBLEMS: Final = 100


@dataclass(frozen=True, slots=True)
class Loaded:
    """A spec that was read. `gate` is None if it does not fit the model; `source` is None if it is no YAML."""

    gate: Gate | None
    source: Source | None
    diagnostics: tuple[Diagnostic, ...]
    salvaged: Salvaged | None = None


def load(text: str | bytes, file: str) -> Loaded:
    """Read a spec. `file` is its path, for the spans; nothing is opened."""
    parsed = parse(text, file)
    source, found = parsed.source, parsed.diagnostics
    if source is None:
        return Loaded(None, None, found)
    try:
        gate = Gate.model_validate(source.data)
    except ValidationError as error:
        return Loaded(None, source, diagnose(error, source, found, Gate), _salvaged(error, source))
    return Loaded(None if found else gate, source, found)


def _salvaged(error: ValidationError, source: Source) -> Salvaged | None:
    details = error.errors(include_url=False, include_input=False)
    problems = [misfit(one, source, Gate) for one in islice(details, _MAX_PROBLEMS)]
    unknown = [(one.path, nearest(one)) for one in problems if one.kind == "extra_forbidden"]
    meant = {(*path[:-1], key) for path, key in unknown}
    return salvage(source, unknown, [one.path for one in problems if _is_unsound(one, meant)])


def _is_unsound(one: Misfit, meant: set[Path]) -> bool:
    """Whether the place is not simply that of a misspelt key."""
    return one.kind != "extra_forbidden" and not (one.kind == "missing" and (*one.path, one.last) in meant)


def diagnose(
    error: ValidationError, source: Source, found: tuple[Diagnostic, ...], model: type[BaseModel]
) -> tuple[Diagnostic, ...]:
    """What was found of a text before, and all of it that does not fit the model."""
    return (*found, *_without_echo(_diagnose(error, source, model), found))


def _without_echo(more: Iterable[Diagnostic], found: tuple[Diagnostic, ...]) -> Iterator[Diagnostic]:
    """Without what the model says about a place that is refused already."""
    places = {one.span for one in found}
    return (one for one in more if one.span not in places)


def _diagnose(error: ValidationError, source: Source, model: type[BaseModel]) -> Iterator[Diagnostic]:
    details = error.errors(include_url=False, include_input=False)
    problems = [misfit(one, source, model) for one in islice(details, _MAX_PROBLEMS)]
    misspelt = {(one.path[:-1], nearest(one)) for one in problems if one.kind == "extra_forbidden"}
    typed: set[Path] = set()
    for one in problems:
        if one.kind == "missing" and (one.path, one.last) in misspelt:
            continue  # the unknown key beside it is this one, misspelt
        diagnostic = describe(one)
        if diagnostic.code == WRONG_TYPE:  # each alternative of a union says so
            if one.path in typed:
                continue
            typed.add(one.path)
        yield diagnostic
    if len(details) > _MAX_PROBLEMS:
        message = f"and {len(details) - _MAX_PROBLEMS} more problems in this file"
        yield Diagnostic(MANY, message, source.key_span(()), "fix the others first")
