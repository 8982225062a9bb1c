"""Explanations as text for a terminal, and as pages in Markdown, with what promgate says of their examples."""

from collections.abc import Iterator
from textwrap import fill, indent
from typing import Final

from compiler import report
from compiler.catalogue import AREAS, EXPLANATIONS, Area
from compiler.catalogue.explanation import Explanation
from compiler.diagnostics import Diagnostic
from compiler.linter import kind_of, lint
from compiler.moment import Moment
from compiler.spec.text import SpecFile

EXAMPLE: Final = "example.yaml"
INDEX: Final = "README.md"

_NOW: Final = Moment.parse("2026-01-01T00:00:00Z")  # when all examples are looked at
_WIDTH: Final = 100
_HEADLESS: Final = "The example leaves out `apiVersion`, `kind` and `metadata`, which every spec has."
_WRITTEN: Final = "<!-- Written by `promgate explain --pages`, from the explanations in the code; do not edit. -->\n"


def problems(example: str) -> tuple[Diagnostic, ...]:
    """What `promgate lint` reports of an example or, where that is nothing, what `promgate generate` does."""
    file = SpecFile(EXAMPLE, example)
    found = lint([file], _NOW)
    if found or kind_of(file) != "spec":
        return found
    from compiler.pipeline import compile_specs  # noqa: PLC0415 - few explanations need it

    return compile_specs([file]).diagnostics


def said(example: str) -> str:
    """The same as a report."""
    return report.text(problems(example), {EXAMPLE: example})


def terminal(one: Explanation) -> str:
    """An explanation for a terminal."""
    blocks = [f"{one.code}: {one.title}", *_paragraphs(one)]
    flagged, _ = one.specs
    if flagged:
        blocks += ["For example:", indent(one.flagged.rstrip("\n"), "    ")]
        blocks += ["promgate says:", indent(said(flagged).rstrip("\n"), "    ")]
    if one.clean:
        blocks += ["Clean is:", indent(one.clean.rstrip("\n"), "    ")]
    return "\n\n".join(blocks) + "\n"


def _paragraphs(one: Explanation) -> Iterator[str]:
    for title, words in _titled(one):
        yield fill(f"{title}: {words}", _WIDTH, break_long_words=False, break_on_hyphens=False)


def summary() -> str:
    """All codes with their titles, by area."""
    return "\n".join(
        f"{area.title}\n" + "".join(f"  {one.code}  {one.title}\n" for one in _in_order(area))
        for area in AREAS
        if area.explained
    )


def markdown(one: Explanation) -> str:
    """An explanation as a page."""
    blocks = [f"{_WRITTEN}\n# {one.code}: {one.title}"]
    blocks += [f"**{title}:** {words}" for title, words in _titled(one)]
    flagged, _ = one.specs
    if flagged:
        blocks += ["## Example", f"```yaml\n{one.flagged}```"]
        blocks += ["promgate says:", f"```text\n{said(flagged)}```"]
    if one.clean:
        blocks += ["## Clean", f"```yaml\n{one.clean}```"]
    if flagged != one.flagged:
        blocks.append(_HEADLESS)
    return "\n\n".join(blocks) + "\n"


def _titled(one: Explanation) -> tuple[tuple[str, str], ...]:
    return ("What", one.what), ("Why", one.why), ("Use instead", one.instead)


def pages() -> dict[str, str]:
    """Every page by the name of its file, with an index."""
    each = {f"{code}.md": markdown(one) for code, one in sorted(EXPLANATIONS.items())}
    return {INDEX: _index(), **each}


def _index() -> str:
    blocks = [f"{_WRITTEN}\n# What promgate finds", "`promgate explain CODE` prints each of these pages."]
    for area in AREAS:
        if area.explained:
            rows = "\n".join(f"- [{one.code}]({one.code}.md): {one.title}" for one in _in_order(area))
            blocks += [f"## {area.prefix}xx: {area.title}", rows]
    return "\n\n".join(blocks) + "\n"


def _in_order(area: Area) -> list[Explanation]:
    return sorted(area.explained, key=lambda one: one.code)
