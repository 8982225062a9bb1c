"""What `promgate lint` finds in any file: a spec, overrides, a rule file of Prometheus, or Markdown with PromQL.

What a file is, is decided by what it holds. Specs are checked together, since gates may collide, and overrides with
them; the others are checked one by one.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final

from compiler.diagnostics import Diagnostic
from compiler.moment import Moment
from compiler.spec.text import Kind, SpecFile, decode

MARKDOWN: Final = (".md", ".markdown", ".mdx")
_GATE: Final = re.compile(r"^(?:apiVersion:[ \t]*[\"']?promgate\b|kind:[ \t]*[\"']?Gate\b|categories:)", re.MULTILINE)
_RULES: Final = re.compile(r"^[\"']?groups[\"']?[ \t]*:|^kind:[ \t]*[\"']?PrometheusRule\b", re.MULTILINE)
_OVERRIDES: Final = re.compile(r"^kind:[ \t]*[\"']?Overrides\b", re.MULTILINE)
_KIND: Final = re.compile(r"^kind:", re.MULTILINE)
_TEMPLATE: Final = re.compile(r"^[ \t]*(?:\{\{-?[ \t]|\{%)", re.MULTILINE)  # of Helm or Jinja, which is no YAML yet
_KEY: Final = re.compile(r"^[\w\"'.-]+:|^- ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Sorted:
    """Files by what they are."""

    specs: tuple[SpecFile, ...]
    overrides: tuple[SpecFile, ...]
    others: tuple[tuple[Kind, SpecFile], ...]


def kind_of(file: SpecFile) -> Kind:
    """What a file is; a YAML file that holds no rules is taken for a spec."""
    if PurePath(file.path).suffix.lower() in MARKDOWN:
        return "markdown"
    text = decode(file.content)
    if _OVERRIDES.search(text):
        return "overrides"
    return "rules" if _RULES.search(text) and not _GATE.search(text) else "spec"


def is_ours(file: SpecFile) -> bool:
    """Whether a file is worth a look when it was not named: YAML of other programs, and templates of YAML, are not."""
    text, kind = decode(file.content), kind_of(file)
    if kind != "spec":
        return kind == "markdown" or not _TEMPLATE.search(text)
    return bool(_GATE.search(text)) or not (_KIND.search(text) or _KEY.search(text))


def sort(files: Sequence[SpecFile]) -> Sorted:
    """The files by what they are."""
    kinds = [(kind_of(file), file) for file in files]
    specs = tuple(file for kind, file in kinds if kind == "spec")
    overrides = tuple(file for kind, file in kinds if kind == "overrides")
    return Sorted(specs, overrides, tuple((kind, file) for kind, file in kinds if kind not in ("spec", "overrides")))


def lint(files: Sequence[SpecFile], now: Moment | None = None, *, complete: bool = True) -> tuple[Diagnostic, ...]:
    """Everything that is wrong with files of any kind, and what the authors of specs have acknowledged.

    `now` is what the date is; an override of a gate whose spec is not here is no error if they are not `complete`.
    """
    # Either half takes a while to load, and most runs need only one.
    found = sort(files)
    foreign: tuple[Diagnostic, ...] = ()
    if found.others:
        from compiler.documents.foreign import check  # noqa: PLC0415

        foreign = tuple(one for kind, file in found.others for one in check(kind, file))
    if not found.specs and not found.overrides:
        return foreign
    from compiler.frontend import check_specs  # noqa: PLC0415

    checked = check_specs(found.specs, found.overrides, now, complete=complete and bool(found.specs))
    return (*checked.diagnostics, *checked.acknowledged, *foreign)
