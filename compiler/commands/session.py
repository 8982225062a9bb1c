"""What the commands share: how specs are read, how problems are reported, what exit codes say.

Imports inside the functions keep `promgate --help` fast.
"""

import os
import sys
from collections.abc import Iterable, Sequence
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from compiler import __version__, naming, report
from compiler.diagnostics import Diagnostic, Severity

if TYPE_CHECKING:
    from compiler.moment import Moment
    from compiler.pipeline import Together
    from compiler.prometheus import Prometheus
    from compiler.promtool import Tools
    from compiler.spec.text import SpecFile

# Pydantic would search everything that is installed for plugins, which takes time and could change what is valid.
os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"

_SPECS: Final = "specs"
_FORMATS: Final = ("text", "json", "github", "sarif")


class Exit(IntEnum):
    """What the exit code says."""

    GOOD = 0
    FAILS = 1
    USAGE = 2
    CANNOT_TELL = 3


class _Time(click.ParamType["Moment"]):
    """A time on the command line."""

    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> "Moment":
        """See click."""
        from compiler.moment import Moment  # noqa: PLC0415

        if isinstance(value, Moment):
            return value
        try:
            return Moment.parse(str(value))
        except ValueError as error:
            self.fail(report.visible(str(error).replace("\n", "; ")), param, ctx)


def clock() -> "Moment":
    """The present moment. Only commands ask, and only warnings and new overrides depend on it: no artifact does."""
    from datetime import UTC, datetime  # noqa: PLC0415

    from compiler.moment import Moment  # noqa: PLC0415

    return Moment.of(datetime.now(UTC))


TIME: Final = _Time()
now_option = click.option(
    "--now",
    type=TIME,
    metavar="TIME",
    default=clock,
    help="What time it is, for warnings about what has ended or is due.  [default: the clock's]",
)
overrides_option = click.option(
    "--overrides",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Where the overrides are: a file <gate>.yaml for each gate that has any.  [default: overrides beside specs]",
)
specs_argument = click.argument("specs", nargs=-1, metavar="[SPEC]...", type=click.Path(exists=True, path_type=Path))
format_option = click.option(
    "--format", "form", type=click.Choice(_FORMATS), default="text", help="How problems are reported."
)


def read(specs: Sequence[Path]) -> tuple["SpecFile", ...]:
    """The specs at the paths, or in the directory `specs`. Raises UsageError if there is none."""
    from compiler import files  # noqa: PLC0415

    if not specs and not Path(_SPECS).is_dir():
        raise click.UsageError(f"there is no directory '{_SPECS}' here; name the specs, or a directory with specs")
    found = files.read_specs(specs or (Path(_SPECS),))
    if not found:
        raise click.UsageError(f"no *.yaml or *.yml in {', '.join(str(path) for path in specs) or _SPECS}")
    return found


def not_among_specs(out: Path, specs: Sequence[Path]) -> None:
    """Raises UsageError if what is written there would be read as a spec the next time."""
    homes = [path for path in specs or (Path(_SPECS),) if path.is_dir()]
    if any(os.path.realpath(out) == os.path.realpath(home) for home in homes):
        raise click.UsageError(f"{out} is a directory of specs; write to another one with --out")


def read_all(paths: Sequence[Path]) -> tuple["SpecFile", ...]:
    """The specs, rule files and documents at the paths, or in the directory `specs`. Raises UsageError if none is."""
    from compiler import files, linter  # noqa: PLC0415

    if not paths:
        paths = tuple(path for path in (Path(_SPECS),) if path.is_dir())
    if not paths:
        raise click.UsageError(f"there is no directory '{_SPECS}' here; name files, or directories to search")
    named = {str(path) for path in paths if not path.is_dir()}
    found = tuple(one for one in files.read_documents(paths) if one.path in named or linter.is_ours(one))
    if not found:
        places = ", ".join(str(path) for path in paths)
        raise click.UsageError(f"no spec, no rule file and no document in {places}")
    progress(f"checking {len(found)} {'file' if len(found) == 1 else 'files'}")
    return found


def read_overrides(specs: Sequence[Path], directory: Path | None) -> tuple["SpecFile", ...]:
    """The files of overrides in the directory, or in those beside the specs."""
    from compiler import files  # noqa: PLC0415

    homes = (directory,) if directory else _beside(specs)
    return files.read_overrides([path for path in homes if path.is_dir()])


def specs_beside(overrides: Sequence["SpecFile"]) -> tuple["SpecFile", ...]:
    """The specs in the directories `specs` beside those of the overrides."""
    from compiler import files  # noqa: PLC0415

    homes = dict.fromkeys(Path(os.path.normpath(Path(file.path).parent / ".." / _SPECS)) for file in overrides)
    return files.read_specs([home for home in homes if home.is_dir()])


def overrides_home(specs: Sequence[Path], directory: Path | None) -> Path:
    """Where a new file of overrides belongs: in the directory, or beside the first of the specs."""
    return directory or _beside(specs)[0]


def _beside(specs: Sequence[Path]) -> tuple[Path, ...]:
    homes = [path if path.is_dir() else path.parent for path in specs or (Path(_SPECS),)]
    beside = (Path(os.path.normpath(home / ".." / naming.OVERRIDES_DIRECTORY)) for home in homes)
    return tuple(dict.fromkeys(beside))


def others(more: Sequence["SpecFile"], read: Sequence["SpecFile"]) -> tuple["SpecFile", ...]:
    """Those that were not read already, by another path."""
    known = {os.path.realpath(file.path) for file in read}
    return tuple(file for file in more if os.path.realpath(file.path) not in known)


def complete(specs: Sequence[Path]) -> bool:
    """Whether all specs are meant, and not some that were named one by one."""
    return all(path.is_dir() for path in specs)


def checked(
    read: Sequence["SpecFile"],
    overrides: Sequence["SpecFile"],
    now: "Moment",
    *,
    complete: bool,
) -> "Together":
    """What is found in the specs and their overrides, of which there may be too many to hold all their artifacts."""
    from compiler.pipeline import check_plans  # noqa: PLC0415

    progress(f"checking {len(read)} {'spec' if len(read) == 1 else 'specs'}")
    return check_plans(read, overrides, now, complete=complete)


def tools(promtool: str | None, amtool: str | None) -> "Tools":
    """Where promtool and amtool are."""
    from compiler.promtool import find  # noqa: PLC0415

    return find(os.environ, promtool, amtool)


def promtool(path: str | None) -> str | None:
    """Where promtool is, if it is anywhere."""
    from compiler.promtool import find  # noqa: PLC0415

    return find(os.environ, path).promtool


def prometheus(url: str) -> "Prometheus":
    """The server, with the login that the environment gives. Raises PrometheusError."""
    from compiler.prometheus import Prometheus, login  # noqa: PLC0415

    return Prometheus(url, login(os.environ))


def texts(read: Sequence["SpecFile"]) -> dict[str, str]:
    """The text of each file, for reports that quote it."""
    from compiler.spec.text import decode  # noqa: PLC0415

    return {file.path: decode(file.content) for file in read}


def quoted(read: Iterable["SpecFile"], found: Iterable[Diagnostic]) -> dict[str, str]:
    """The text of each file that something was found in, where there may be thousands of files."""
    spans = (span for one in found for span in (one.span, *(label.span for label in one.labels)))
    named = {span.file for span in spans if span}
    return texts([file for file in read if file.path in named])


def conclude(found: Sequence[Diagnostic], texts: dict[str, str], form: str) -> int:
    """Print the report, text to standard error and the rest to standard output; returns the exit code."""
    if form == "json":
        click.echo(report.json_document(found), nl=False)
    elif form == "github":
        click.echo(report.github(found), nl=False)
    elif form == "sarif":
        click.echo(report.sarif(found, _rules(found), __version__), nl=False)
    else:
        colour = sys.stderr.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        click.echo(report.text(found, texts, colour=colour), nl=False, err=True, color=colour)
    return exit_code(found)


def _rules(found: Sequence[Diagnostic]) -> dict[str, report.Rule]:
    """What is known of the codes that were found."""
    from compiler.catalogue import EXPLANATIONS, page  # noqa: PLC0415

    known = {one.code: EXPLANATIONS[one.code] for one in found if one.code in EXPLANATIONS}
    return {code: report.Rule(one.title, page.markdown(one)) for code, one in known.items()}


def exit_code(found: Sequence[Diagnostic]) -> Exit:
    """What the diagnostics mean for the exit code."""
    errors = [one.code for one in found if one.severity is Severity.ERROR]
    if not errors:
        return Exit.GOOD
    from compiler.promtool import CANNOT_TELL  # noqa: PLC0415 - slow to load, and only errors need it

    if any(code not in CANNOT_TELL for code in errors):
        return Exit.FAILS
    return Exit.CANNOT_TELL


def good(found: Sequence[Diagnostic]) -> bool:
    """Whether nothing found is an error."""
    return not any(one.severity is Severity.ERROR for one in found)


def cpus() -> int:
    """How many processes can run at once, as far as the system lets this one."""
    usable = getattr(os, "sched_getaffinity", None)  # which only Linux has
    return len(usable(0)) if usable else os.cpu_count() or 1


def cache() -> Path:
    """Where caches of this user's promgate are."""
    from platformdirs import user_cache_path  # noqa: PLC0415

    return user_cache_path("promgate", appauthor=False)


def compiling(done: int, whole: int) -> None:
    """Say how far a compilation is, at each twentieth of it, so that short ones say little."""
    if done == whole or done * 20 // whole != (done - 1) * 20 // whole:
        progress(f"{done} of {whole} {'spec' if whole == 1 else 'specs'} compiled and validated")


def progress(words: str) -> None:
    """Say what happens, to a person who waits; nothing in a pipe."""
    if sys.stderr.isatty():
        click.echo(f"promgate: {report.visible(words)}", err=True)
