"""The command line: the commands in their order, and what ends them. Each command is a file in `compiler.commands`.

Exit codes: 0 good, 1 a spec fails or generated files have drifted, 2 usage, 3 cannot tell (a tool is missing, a file
cannot be read or written).
"""

from collections.abc import Sequence
from typing import Final

import click

from compiler import __version__, report
from compiler.commands.cost import cost
from compiler.commands.explain import explain
from compiler.commands.generate import generate
from compiler.commands.init import init
from compiler.commands.lint import lint
from compiler.commands.log import log
from compiler.commands.override import override
from compiler.commands.schema import schema
from compiler.commands.session import Exit
from compiler.commands.test import test

COMMANDS: Final[tuple[click.Command, ...]] = (init, lint, generate, test, override, cost, explain, schema, log)


class _InOrder(click.Group):
    """A group that lists its commands in their own order."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """See click."""
        del ctx
        return list(self.commands)


@click.group(
    cls=_InOrder,
    commands=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="promgate", message="%(prog)s %(version)s")
def promgate() -> None:
    """Compile readiness-gate specs into Prometheus rules, alerts, dashboards and checks.

    SPEC is a file, or a directory with specs; by default the directory `specs`.
    """


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    try:
        code = promgate.main(args=argv if argv is None else list(argv), prog_name="promgate", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return Exit.USAGE
    except click.Abort:
        click.echo("promgate: interrupted", err=True)
        return Exit.CANNOT_TELL
    except SystemExit:  # how click ends when the reader of a pipe has left
        return Exit.CANNOT_TELL
    except OSError as error:
        what = f"{error.filename}: {error.strerror}" if error.filename else error.strerror or str(error)
        click.echo(f"promgate: {report.visible(what)}", err=True)
        return Exit.CANNOT_TELL
    return Exit(code or 0)
