"""promgate lint: everything that is wrong with specs, rule files and documents."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from compiler.commands import session
from compiler.diagnostics import Severity

if TYPE_CHECKING:
    from compiler.moment import Moment


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(exists=True, path_type=Path))
@session.overrides_option
@session.now_option
@session.format_option
def lint(paths: tuple[Path, ...], overrides: Path | None, now: "Moment", form: str) -> int:
    """Report everything that is wrong with specs and overrides, rule files of Prometheus and Markdown with ```promql.

    PATH is a file, or a directory that is searched; by default the directory `specs`. What a file is, is decided by
    what it holds. Nothing is written.
    """
    from compiler import linter  # noqa: PLC0415

    read = session.read_all(paths)
    kinds = linter.sort(read)
    if overrides or kinds.specs:
        read += session.others(session.read_overrides(paths, overrides), read)
    # Overrides are right or wrong by the specs of their gates, of which only errors matter if nobody asked for them.
    beside = () if kinds.specs else session.specs_beside(kinds.overrides)
    found = linter.lint((*read, *beside), now, complete=bool(beside) or session.complete(paths))
    unasked = {file.path for file in beside}
    told = [one for one in found if one.severity is Severity.ERROR or not (one.span and one.span.file in unasked)]
    return session.conclude(told, session.texts((*read, *beside)), form)
