"""promgate test: run the tests of the specs on the rules and alerts that are there."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from compiler import naming
from compiler.commands import session
from compiler.commands.session import Exit

if TYPE_CHECKING:
    from compiler.moment import Moment


@click.command()
@session.specs_argument
@session.overrides_option
@session.now_option
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default="generated", show_default=True)
@click.option("--promtool", metavar="PATH", help="Where promtool is; else $PROMTOOL, else on PATH.")
@session.format_option
def test(  # noqa: PLR0913 - click hands over each option by its name
    specs: tuple[Path, ...],
    overrides: Path | None,
    out: Path,
    form: str,
    *,
    now: "Moment",
    promtool: str | None,
) -> int:
    """Ask promtool whether the generated rules do what the specs say, and show what fails at its line of the spec.

    The tests are those that the specs give now; the rules and alerts are those in --out, as Prometheus will load them.
    """
    from compiler import files  # noqa: PLC0415
    from compiler.overrides.checked import read_exceptions  # noqa: PLC0415
    from compiler.pipeline import compile_spec  # noqa: PLC0415
    from compiler.promtool import missing  # noqa: PLC0415
    from compiler.rule_testing import outcomes, parts_of  # noqa: PLC0415
    from compiler.spec.text import decode  # noqa: PLC0415

    read, written = session.read(specs), session.read_overrides(specs, overrides)
    texts = session.texts([*read, *written])
    checked = session.checked(read, written, now, complete=session.complete(specs))
    found, whole = list(checked.diagnostics), 0
    if not checked.good:
        return session.conclude(found, texts, form)
    tool = session.promtool(promtool)
    if tool is None:
        return session.conclude([missing("promtool")], texts, form)
    exceptions, rules = read_exceptions(written), [_rules(out / gate) for gate in checked.names]
    for file, there in zip(read, rules, strict=True):  # one at a time: the tests of a thousand gates are gigabytes
        artifacts = compile_spec(file, exceptions, now).artifacts
        work = parts_of(artifacts, {path.name: decode(files.read_file(path).content) for path in there})
        count, done, failed = sum(part.count for part in work), 0, 0
        for part, problems in outcomes(work, texts, tool):
            done, failed = done + part.count, failed + len(problems)
            found += problems
            said = f"{done} of {count} tests, {failed} {'failure' if failed == 1 else 'failures'}"
            session.progress(f"{part.suite.gate}: {said}")
        whole += count
    code = session.conclude(found, texts, form)
    if code == Exit.GOOD and form == "text":
        click.echo(f"{whole} tests of {len(read)} {'gate' if len(read) == 1 else 'gates'} pass")
    return code


def _rules(directory: Path) -> list[Path]:
    """The files of rules of a gate. Raises UsageError if one is missing."""
    there = [directory / name for name in naming.RULES_FILES]
    for path in there:
        if not path.is_file():
            raise click.UsageError(f"there is no {path}; run `promgate generate`, or name the directory with --out")
    return there
