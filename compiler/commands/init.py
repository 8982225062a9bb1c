"""promgate init: a small gate to start from."""

import json
import re
import sys
from pathlib import Path
from typing import Final

import click

from compiler.commands import session

_ASKED: Final = {
    "name": "Name of the gate (lower case, with hyphens)",
    "title": "Title for people",
    "owner": "Team that answers for it",
    "requests": "Counter of all requests",
    "errors": "Counter of the failed ones",
    "latency": "Histogram of their latency ('none' for no such criterion)",
    "availability": "Share of requests that must succeed",
    "latency_at_most": "Latency that 95% of them must keep",
}
_DEFAULTS: Final = {
    "requests": "http_requests_total",
    "errors": 'http_requests_total{code=~"5.."}',
    "latency": "http_request_duration_seconds",
    "availability": "99.5%",
    "latency_at_most": "250ms",
}
_NONE: Final = "none"


@click.command()
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--name", help="The gate's name.")
@click.option("--title", help="What people call it; by default made of the name.")
@click.option("--owner", help="The team that answers for it.")
@click.option("--requests", metavar="SELECTOR", help=f"Counter of all requests [default: {_DEFAULTS['requests']}]")
@click.option("--errors", metavar="SELECTOR", help=f"Counter of failed ones [default: {_DEFAULTS['errors']}]")
@click.option("--latency", metavar="SELECTOR", help=f"Histogram, or 'none' [default: {_DEFAULTS['latency']}]")
@click.option("--availability", metavar="SHARE", help=f"Must succeed [default: {_DEFAULTS['availability']}]")
@click.option("--latency-at-most", metavar="TIME", help=f"The p95 [default: {_DEFAULTS['latency_at_most']}]")
def init(file: Path | None, **given: str | None) -> int:
    """Write a small, commented gate to start from, into FILE or specs/NAME.yaml.

    On a terminal it asks for what is not given. No file that is there is changed.
    """
    from compiler import texts  # noqa: PLC0415
    from compiler.frontend import check_specs  # noqa: PLC0415
    from compiler.spec.schema import schema  # noqa: PLC0415
    from compiler.spec.text import SpecFile  # noqa: PLC0415
    from compiler.starter import SCHEMA_FILE, Answers, starter  # noqa: PLC0415

    answers = Answers(**_answers(given, file))
    path = file or Path("specs", f"{answers.name}.yaml")
    try:
        text = starter(answers)
    except ValueError as error:
        raise click.UsageError(str(error).replace("\nhint: ", "; ")) from None
    found = check_specs([SpecFile(str(path), text)]).diagnostics
    if found:
        session.conclude(found, {str(path): text}, "text")
        click.echo(f"promgate: {path} was not written", err=True)
        return session.Exit.USAGE
    if not texts.write_new(path, text):
        raise click.UsageError(f"{path} is there already, and nothing is overwritten")
    texts.write_new(path.with_name(SCHEMA_FILE), json.dumps(schema(), indent=2, ensure_ascii=False) + "\n")
    click.echo(f"{path} is written; adapt it, then run `promgate lint` and `promgate generate`", err=True)
    return session.Exit.GOOD


def _answers(given: dict[str, str | None], file: Path | None) -> dict[str, str]:
    """What is given, else what is asked for, else the defaults."""
    answers: dict[str, str] = {}
    ask = sys.stdin.isatty() and sys.stderr.isatty()
    for key, question in _ASKED.items():
        default = _default(key, answers, file)
        value = given[key]
        if value is None and key == "latency_at_most" and answers["latency"] == "":
            value = default
        if value is None and ask:
            value = click.prompt(question, default=default, err=True)
        if value is None and default is None:
            raise click.UsageError(f"give --{key}; there is no terminal to ask on")
        answers[key] = _cleaned(key, value if value is not None else default or "")
    return answers


def _default(key: str, answers: dict[str, str], file: Path | None) -> str | None:
    if key == "name":
        stem = re.sub(r"[^a-z0-9]+", "-", (file.stem if file else Path.cwd().name).lower()).strip("-")
        name = stem if file else f"{stem}-readiness"
        return name if stem[:1].isalpha() else None
    if key == "title":
        return answers["name"].replace("-", " ").capitalize()
    return _DEFAULTS.get(key)


def _cleaned(key: str, value: str) -> str:
    return "" if key == "latency" and value.strip().lower() == _NONE else value.strip()
