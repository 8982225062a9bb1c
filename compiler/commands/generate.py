"""promgate generate: compile specs and write the artifacts."""

from pathlib import Path
from signal import SIGTERM, default_int_handler, signal
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
@click.option(
    "--no-tests", is_flag=True, help="Leave out the files of tests, which `promgate test` makes for itself anyway."
)
@click.option("--no-validate", is_flag=True, help="Do not ask promtool and amtool.")
@click.option("--promtool", metavar="PATH", help="Where promtool is; else $PROMTOOL, else on PATH.")
@click.option("--amtool", metavar="PATH", help="Where amtool is; else $AMTOOL, else on PATH.")
@click.option(
    "--alertmanager-base",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="An Alertmanager config that the generated one is merged into.",
)
@click.option(
    "--jobs",
    metavar="N",
    type=click.IntRange(min=1),
    default=session.cpus,
    help="How many processes compile.  [default: as many as there are CPUs]",
)
@click.option(
    "--cache",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where to remember what need not be compiled again.  [default: the user's cache directory]",
)
@click.option("--no-cache", is_flag=True, help="Compile and check everything again.")
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
    no_tests: bool,
    no_validate: bool,
    promtool: str | None,
    amtool: str | None,
    jobs: int,
    cache: Path | None,
    no_cache: bool,
) -> int:
    """Compile specs and overrides, validate the result with promtool and amtool, and write it: all of it or nothing.

    Where all specs are compiled (no SPEC, or directories), generated files that no spec gives any more are removed.
    """
    from compiler import files, generation  # noqa: PLC0415

    signal(SIGTERM, default_int_handler)  # who is told to end, as by a pipeline, leaves nothing behind
    session.not_among_specs(out, specs)
    request = generation.Request(
        specs=session.read(specs),
        overrides=session.read_overrides(specs, overrides),
        base=files.read_file(alertmanager_base) if alertmanager_base else None,
        out=out,
        now=now,
        tools=None if no_validate else session.tools(promtool, amtool),
        jobs=jobs,
        cache=None if no_cache else cache or session.cache(),
        complete=session.complete(specs),
        check=check,
        tests=not no_tests,
    )
    outcome = generation.generate(request, session.compiling)
    if not check and session.good(outcome.findings):
        session.progress(f"{outcome.count} files in {out}, {outcome.changed} changed")
    inputs = (*request.specs, *request.overrides, *((request.base,) if request.base else ()))
    return session.conclude(outcome.findings, session.quoted(inputs, outcome.findings), form)
