"""promgate override: add an approved exception to the overrides of a gate."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from compiler import naming
from compiler.commands import session

if TYPE_CHECKING:
    from compiler.fields import Duration
    from compiler.moment import Moment
    from compiler.overrides.entry import NewOverride


class _Length(click.ParamType["Duration"]):
    """A length of time on the command line."""

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> "Duration":
        """See click."""
        from compiler.fields import Duration  # noqa: PLC0415

        if isinstance(value, Duration):
            return value
        try:
            return Duration.parse(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


@click.command()
@session.specs_argument
@session.overrides_option
@session.now_option
@session.format_option
@click.option("--gate", required=True, metavar="NAME", help="The gate to override.")
@click.option("--reason", required=True, metavar="REASON", help="One of the reasons in the gate's spec.")
@click.option("--ticket", required=True, metavar="TEXT", help="Where it is written down why.")
@click.option("--approver", required=True, metavar="NAME", help="Who approves: one of the approvers in the spec.")
@click.option("--for", "lasts", required=True, type=_Length(), metavar="2h", help="How long it lasts.")
@click.option("--start", type=session.TIME, metavar="TIME", help="When it begins.  [default: now]")
@click.option("--scope", multiple=True, metavar="ID,…", help="The criteria that may fail.  [default: all]")
@click.option("--risk-acceptance", default="", metavar="TEXT", help="Which risk is accepted, and by whom.")
@click.option("--note", default="", metavar="TEXT", help="What else people should know.")
@click.option("--id", "identifier", default="", metavar="ID", help="Its name.  [default: made from the ticket]")
def override(  # noqa: PLR0913 - click hands over each option by its name
    specs: tuple[Path, ...],
    overrides: Path | None,
    *,
    now: "Moment",
    form: str,
    gate: str,
    reason: str,
    ticket: str,
    approver: str,
    lasts: "Duration",
    start: "Moment | None",
    scope: tuple[str, ...],
    risk_acceptance: str,
    note: str,
    identifier: str,
) -> int:
    """Add an approved exception to overrides/<gate>.yaml, if it compiles; comments and all else in it stay.

    Commit it: the review of that change is the approval. It is in force once its rules are loaded.
    """
    from compiler.overrides.entry import NewOverride  # noqa: PLC0415

    begins = start or now
    criteria = tuple(name.strip() for part in scope for name in part.split(",") if name.strip())
    new = NewOverride(
        gate, reason, ticket, approver, begins, begins.after(lasts), criteria, risk_acceptance, note, identifier
    )
    return _add(specs, overrides, new, now, form)


def _add(specs: tuple[Path, ...], directory: Path | None, new: "NewOverride", now: "Moment", form: str) -> int:
    from compiler import texts  # noqa: PLC0415
    from compiler.overrides.entry import NoPlaceError, added  # noqa: PLC0415
    from compiler.spec.text import SpecFile, decode  # noqa: PLC0415

    read, exceptions = session.read(specs), session.read_overrides(specs, directory)
    path = session.overrides_home(specs, directory) / naming.overrides_file(new.gate).rpartition("/")[2]
    present = next((one for one in exceptions if Path(one.path).name == path.name), None)
    path = Path(present.path) if present else path
    try:
        text, name = added(decode(present.content) if present else None, new, str(path))
    except NoPlaceError as error:
        raise click.ClickException(f"cannot add to {path}: {error}") from None
    others = [one for one in exceptions if one is not present]
    written = [*others, SpecFile(str(path), text)]
    result = session.checked(read, written, now, complete=session.complete(specs))
    if not session.good(result.diagnostics):
        return session.conclude(result.diagnostics, session.texts([*read, *written]), form)
    texts.replace(path, text)
    click.echo(
        f"{path}: added {name}, in force from {new.start} until {new.expires}.\n"
        "Next: `promgate generate`, commit both for review, and reload Prometheus when it is approved."
    )
    return session.Exit.GOOD
