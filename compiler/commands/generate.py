"""promgate generate: compile specs and write the artifacts."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from compiler.commands import session

if TYPE_CHECKING:
    from compiler.moment import Moment


@click.command()
@session.specs_argument
@session.overrides_option
@session.now_option
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default="generated", show_default=True)
@click.option("--check", is_flag=True, help="Write nothing; fail if the output is not what the specs give.")
@click.option("--no-validate", is_flag=True, help="Do not ask promtool and amtool.")
@click.option("--promtool", metavar="PATH", help="Where promtool is; else $PROMTOOL, else on PATH.")
@click.option("--amtool", metavar="PATH", help="Where amtool is; else $AMTOOL, else on PATH.")
@click.option(
    "--alertmanager-base",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="An Alertmanager config that the generated one is merged into.",
)
@session.format_option
def generate(  # noqa: PLR0913 - click hands over each option by its name
    specs: tuple[Path, ...],
    overrides: Path | None,
    out: Path,
    alertmanager_base: Path | None,
    form: str,
    *,
    now: "Moment",
    check: bool,
    no_validate: bool,
    promtool: str | None,
    amtool: str | None,
) -> int:
    """Compile specs and overrides, validate the result with promtool and amtool, and write it: all of it or nothing.

    Where all specs are compiled (no SPEC, or directories), generated files that no spec gives any more are removed.
    """
    from compiler import files  # noqa: PLC0415

    read, exceptions = session.read(specs), session.read_overrides(specs, overrides)
    base = files.read_file(alertmanager_base) if alertmanager_base else None
    complete = session.complete(specs)
    result = session.compiled(read, exceptions, now, base, complete=complete)
    found = [*result.diagnostics, *result.acknowledged]
    if not no_validate:
        found += session.validate(result.artifacts, promtool, amtool)
    texts = session.texts([*read, *exceptions, *([base] if base else [])])
    if not session.good(found):
        return session.conclude(found, texts, form)
    changes = files.compare(out, result.artifacts, complete=complete)
    found += changes.problems
    if check:
        found += files.drift(out, changes)
    elif session.good(found):
        files.write(out, changes)
        session.progress(f"{len(result.artifacts)} files in {out}, {changes.count} changed")
    return session.conclude(found, texts, form)
