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
    from compiler.promtool import missing  # noqa: PLC0415
    from compiler.rule_testing import TESTS, Suite, outcomes, parts  # noqa: PLC0415

    read, exceptions = session.read(specs), session.read_overrides(specs, overrides)
    result = session.compiled(read, exceptions, now, complete=session.complete(specs))
    texts = session.texts([*read, *exceptions])
    if not result.artifacts:
        return session.conclude(result.diagnostics, texts, form)
    tool = session.promtool(promtool)
    if tool is None:
        return session.conclude([missing("promtool")], texts, form)
    made = {(one.path.parent.name, one.path.name): one for one in result.artifacts}
    gates = sorted({gate for gate, name in made if name == naming.RULE_TESTS_FILE})
    there = {(gate, rules): out / gate / rules for gate in gates for _, rules in TESTS}
    if absent := [str(path) for path in there.values() if not path.is_file()]:
        raise click.UsageError(f"there is no {absent[0]}; run `promgate generate`, or name the directory with --out")
    read_rules = session.texts([files.read_file(path) for path in there.values()])
    work = [
        part
        for gate in gates
        for tests, rules in TESTS
        if (gate, tests) in made
        for part in parts(Suite(gate, made[gate, tests], made[gate, rules], read_rules[str(there[gate, rules])]))
    ]
    whole, done = sum(part.count for part in work), 0
    found = list(result.diagnostics)
    failed = 0
    for part, problems in outcomes(work, texts, tool):
        done, failed = done + part.count, failed + len(problems)
        found += problems
        session.progress(f"{done} of {whole} tests, {failed} {'failure' if failed == 1 else 'failures'}")
    code = session.conclude(found, texts, form)
    if code == Exit.GOOD and form == "text":
        click.echo(f"{whole} tests of {len(gates)} {'gate' if len(gates) == 1 else 'gates'} pass")
    return code
