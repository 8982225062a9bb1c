"""promgate explain: what a code means."""

from pathlib import Path

import click

from compiler.commands import session


@click.command()
@click.argument("codes", nargs=-1, metavar="[CODE]...")
@click.option(
    "--pages",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write a page for each code into a directory, in Markdown.",
)
def explain(codes: tuple[str, ...], pages: Path | None) -> int:
    """Explain what promgate finds: what CODE means, why it matters, an example, and what to write instead.

    Without CODE, list all codes.
    """
    from compiler.catalogue import EXPLANATIONS, page  # noqa: PLC0415

    if unknown := [code for code in codes if code.upper() not in EXPLANATIONS]:
        raise click.UsageError(_unknown(unknown[0], list(EXPLANATIONS)))
    if pages:
        from compiler import texts  # noqa: PLC0415

        texts.write_pages(pages, page.pages())
    elif codes:
        click.echo("\n".join(page.terminal(EXPLANATIONS[code.upper()]) for code in codes), nl=False)
    else:
        click.echo(page.summary(), nl=False)
    return session.Exit.GOOD


def _unknown(code: str, known: list[str]) -> str:
    from compiler.suggest import near  # noqa: PLC0415

    meant = near(code, known)
    guess = f"did you mean {meant}? " if meant else ""
    return f"there is no code '{code}'; {guess}`promgate explain` lists them all"
