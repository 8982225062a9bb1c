"""promgate cost: what a gate costs Prometheus."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from compiler import report
from compiler.commands import session
from compiler.commands.session import Exit

if TYPE_CHECKING:
    from compiler.commands.cost_report import Costed
    from compiler.frontend import Spec
    from compiler.prometheus import Prometheus


@click.command()
@session.specs_argument
@click.option("--prometheus", metavar="URL", help="Count the series there, and compare with what is read there.")
@click.option("--format", "form", type=click.Choice(("text", "json")), default="text", help="How the costs are shown.")
def cost(specs: tuple[Path, ...], prometheus: str | None, form: str) -> int:
    """Predict how many samples each evaluation of a gate reads, by criterion, and name the most expensive one.

    Without --prometheus, by the sizes that the spec declares: `series` of a metric, `cost: {values: …}` of labels. A
    token or password for Prometheus is read as gate-check.sh reads it (PROMETHEUS_BEARER_TOKEN_FILE and others).
    """
    from compiler.commands import cost_report  # noqa: PLC0415
    from compiler.frontend import check_specs  # noqa: PLC0415
    from compiler.prometheus import PrometheusError  # noqa: PLC0415

    read = session.read(specs)
    checked = check_specs(read)
    if not checked.good:
        return session.conclude(checked.diagnostics, session.texts(read), "text")
    try:
        server = session.prometheus(prometheus) if prometheus else None
        costs = [_costed(spec, server) for spec in checked.specs]
    except PrometheusError as error:
        click.echo(f"promgate: {report.visible(str(error))}", err=True)
        return Exit.CANNOT_TELL
    click.echo(cost_report.document(costs) if form == "json" else cost_report.text(costs), nl=False)
    if any(one.over_budget for one in costs):
        return Exit.FAILS
    return Exit.CANNOT_TELL if any(one.server and one.measured is None for one in costs) else Exit.GOOD


def _costed(spec: "Spec", server: "Prometheus | None") -> "Costed":
    from compiler.commands import live  # noqa: PLC0415
    from compiler.commands.cost_report import Costed  # noqa: PLC0415
    from compiler.middle.cost import predict  # noqa: PLC0415
    from compiler.middle.cost.cardinality import Declared  # noqa: PLC0415
    from compiler.middle.lower import lower  # noqa: PLC0415

    plan, budget = lower(spec.gate, spec.source), spec.gate.cost.budget
    if server is None:
        declared = Declared(spec.gate)
        return Costed(plan, predict(plan, declared), budget, tuple(declared.assumed()))
    session.progress(f"asking {server.name} about {plan.name}")
    at = live.evaluated_at(server, plan)
    predicted = predict(plan, live.Live(server, at))
    measured = None if at is None else live.measured(server, plan, at)
    return Costed(plan, predicted, budget, server=server.name, measured=measured)
