"""promgate schema: the JSON Schema of specs and of overrides."""

import json

import click

from compiler.commands.session import Exit


@click.command()
@click.option("--overrides", is_flag=True, help="Print that of files of overrides.")
def schema(*, overrides: bool) -> int:
    """Print the JSON Schema of specs, for editors."""
    from compiler.spec.model import Gate  # noqa: PLC0415
    from compiler.spec.override_file import OverrideFile  # noqa: PLC0415
    from compiler.spec.schema import schema as of_file  # noqa: PLC0415

    click.echo(json.dumps(of_file(OverrideFile if overrides else Gate), indent=2, ensure_ascii=False))
    return Exit.GOOD
