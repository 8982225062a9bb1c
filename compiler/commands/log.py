"""promgate log: what became of gates, from Prometheus' own history and the log of decisions."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from compiler import report
from compiler.commands import session
from compiler.commands.session import Exit

if TYPE_CHECKING:
    from compiler.history.decisions import BadLine, Decision
    from compiler.history.story import Recorded, Story
    from compiler.moment import Moment
    from compiler.prometheus import Prometheus

_LONGEST: Final = 400  # days
_RAW: Final = 5 * 86_400.0  # seconds of raw samples in one answer: 0.5 MB for a gate that is judged every 30s


@click.command()
@click.option(
    "--log",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The log that gate-check.sh --log writes.",
)
@click.option("--prometheus", metavar="URL", envvar="PROMETHEUS_URL", help="Prometheus; else $PROMETHEUS_URL.")
@click.option("--gate", metavar="NAME", help="Only this gate; by default, all that are known.")
@click.option("--days", type=click.IntRange(1, _LONGEST), default=30, show_default=True, help="How far to look back.")
@click.option(
    "--now", type=session.TIME, metavar="TIME", default=session.clock, help="Where looking back begins.  [default: now]"
)
@click.option("--format", "form", type=click.Choice(("text", "json")), default="text")
def log(  # noqa: PLR0913 - click hands over each option by its name
    *, log: Path | None, prometheus: str | None, gate: str | None, days: int, now: "Moment", form: str
) -> int:
    """Tell what became of gates: failures and their causes, overrides, decisions, and how the gates have done.

    A token or password for Prometheus is read as gate-check.sh reads it (PROMETHEUS_BEARER_TOKEN_FILE and others).
    """
    from compiler.history import document, table  # noqa: PLC0415
    from compiler.prometheus import PrometheusError  # noqa: PLC0415

    if not log and not prometheus:
        raise click.UsageError("give --log FILE, or --prometheus URL, or both")
    decisions, bad = _logged(log)
    try:
        stories = _stories(prometheus, gate, days, now.seconds, decisions)
    except PrometheusError as error:
        click.echo(f"promgate: {report.visible(str(error))}", err=True)
        return Exit.CANNOT_TELL
    for line in bad if form == "text" else ():
        click.echo(f"promgate: {log}:{line.line}: left out: {report.visible(line.why)}", err=True)
    if not stories:
        click.echo(f"promgate: nothing is known of {gate or 'any gate'} in the last {days} days", err=True)
        return Exit.CANNOT_TELL
    click.echo(document.document(stories, bad) if form == "json" else table.text(stories), nl=False)
    return Exit.GOOD


def _logged(path: Path | None) -> tuple["tuple[Decision, ...]", "tuple[BadLine, ...]"]:
    from compiler import files  # noqa: PLC0415
    from compiler.history.decisions import read_log  # noqa: PLC0415

    return read_log(files.read_log(path)) if path else ((), ())


def _stories(
    url: str | None, gate: str | None, days: int, now: int, decisions: Sequence["Decision"]
) -> "tuple[Story, ...]":
    """The story of each gate of which anything is known."""
    from compiler.history.story import DAY, story  # noqa: PLC0415

    server = session.prometheus(url) if url else None
    start = now - days * DAY
    recorded = {name: _recorded(server, name, start, now) for name in _gates(server, start, now)} if server else {}
    names = sorted({*recorded, *(one.gate for one in decisions if start < one.time <= now)})
    return tuple(story(name, days, now, recorded.get(name), decisions) for name in names if gate in {None, name})


def _gates(server: "Prometheus", start: float, now: float) -> tuple[str, ...]:
    """The gates that were judged in that time."""
    from compiler import naming  # noqa: PLC0415
    from compiler.history import queries  # noqa: PLC0415
    from compiler.promql.printer import show  # noqa: PLC0415

    return server.label_values(naming.GATE, show(queries.gates()), start, now)


def _recorded(server: "Prometheus", gate: str, start: float, now: float) -> "Recorded":
    """What Prometheus recorded of a gate. Criteria are asked for where the gate was closed, and only there."""
    from compiler.fields import Duration  # noqa: PLC0415
    from compiler.history import queries, stretches  # noqa: PLC0415
    from compiler.history.failures import is_closed  # noqa: PLC0415
    from compiler.history.story import Recorded  # noqa: PLC0415
    from compiler.promql.printer import show  # noqa: PLC0415

    session.progress(f"asking {server.name} for the history of {gate}")
    series = server.samples(show(queries.gate_state(gate)), start - stretches.LOOKBACK, now, _RAW)
    samples = stretches.merged(one.samples for one in series)
    known, every = stretches.stretches(samples, start, now), stretches.interval(samples)
    within = Duration(round(every * 1000))
    closed = [one for one in known if is_closed(one)]
    criteria, overrides = show(queries.criteria_not_passing(gate, within)), show(queries.overrides(gate, within))
    # Asked for at the times of evaluations, what began and ended is known to the evaluation.
    begin, closing = (stretches.aligned(at, samples, every) for at in (start, closed[0].start if closed else now))
    failing = server.range(criteria, closing, closed[-1].end, every) if closed else ()
    return Recorded(
        known,
        {queries.criterion(one.labels): one.samples for one in failing},
        [(one.labels, one.samples) for one in server.range(overrides, begin, now, every)],
        every,
    )
