"""The graph of one criterion: its values, its bounds, and all that a person should know about it."""

from collections.abc import Iterator
from typing import Final, Literal

from grafanalib.core import GridPos, Panel

from compiler import naming
from compiler.backends.addresses import runbook_address
from compiler.backends.grafana import Json, queries
from compiler.backends.grafana.panels import About, Axes, Look, Target, bottom, override, row, time_series
from compiler.backends.grafana.scale import axis_range, bound_steps, drawn_from_series, grafana_unit
from compiler.backends.grafana.text import markdown
from compiler.backends.grafana.verdicts import GREEN, RED, steps
from compiler.middle.plan import CategoryPlan, CriterionPlan, GatePlan

_HEIGHT: Final = 8
_LIMITS: Final = "B"  # the query of the thresholds that are series themselves


def section(gate: GatePlan, category: CategoryPlan, y: int) -> Iterator[Panel]:
    """The heading of a category at height `y`, and a graph for each of its criteria."""
    yield row(category.title, y)
    count = len(category.criteria)
    across = min(count, 4 if count % 4 == 0 else 3)
    width = 24 // max(across, 1)
    for index, criterion in enumerate(category.criteria):
        line, column = divmod(index, across)
        yield _graph(gate, criterion, GridPos(h=_HEIGHT, w=width, x=width * column, y=y + 1 + _HEIGHT * line))


def sections(gate: GatePlan, y: int) -> Iterator[Panel]:
    """The sections of all categories, the first at height `y`."""
    for category in gate.categories:
        panels = list(section(gate, category, y))
        yield from panels
        y = bottom(panels)


def _graph(gate: GatePlan, criterion: CriterionPlan, place: GridPos) -> Panel:
    moving = drawn_from_series(criterion)
    targets = [Target(queries.values(gate, criterion), legend=_legend(criterion), shape="range")]
    overrides: tuple[Json, ...] = ()
    if moving:
        name = " ".join((f"{{{{{naming.BOUND}}}}} limit", *_labels(criterion)))
        targets.append(Target(queries.limits(gate, criterion), legend=name, shape="range", ref=_LIMITS))
        overrides = (_dashed(),)
    look = Look(
        steps(base=GREEN) if moving else bound_steps(criterion), unit=grafana_unit(criterion), overrides=overrides
    )
    axes = Axes(
        steps="off" if moving else _steps_style(criterion),
        legend=bool(moving or criterion.by or criterion.every_series),
        soft_range=axis_range(criterion),
    )
    return time_series(_about(gate, criterion), place, targets, look, axes)


def _legend(criterion: CriterionPlan) -> str:
    """The `by` labels; all labels that are left where the value keeps those of its series."""
    return "__auto" if criterion.every_series else " ".join(_labels(criterion)) or "value"


def _steps_style(criterion: CriterionPlan) -> Literal["line", "line+area"]:
    """Areas show which side is good; around one single good value they would only paint the whole panel red."""
    limits = [bound.limit for bound in criterion.bounds]
    return "line" if len(limits) > 1 and len(set(limits)) == 1 else "line+area"


def _labels(criterion: CriterionPlan) -> tuple[str, ...]:
    return tuple(f"{{{{{label}}}}}" for label in criterion.by)


def _dashed() -> Json:
    return override(
        "byFrameRefID",
        _LIMITS,
        color={"mode": "fixed", "fixedColor": RED},
        custom_lineStyle={"fill": "dash", "dash": [10, 10]},
        custom_lineWidth=1,
    )


def _about(gate: GatePlan, criterion: CriterionPlan) -> About:
    address = runbook_address(criterion.runbook, gate.runbook_base_url)
    return About(
        criterion.title,
        "\n\n".join(_facts(gate, criterion)),
        (("Runbook", address),) if address else (),
    )


def _facts(gate: GatePlan, criterion: CriterionPlan) -> Iterator[str]:
    yield f"**Passes when** the value is {markdown(criterion.requirement)}."
    yield f"**Measured:** {markdown(criterion.measure)}."
    yield f"**Series:** `{naming.CRITERION_VALUE}`, criterion {markdown(criterion.id)}; absent when undefined."
    if criterion.inputs:
        yield f"**Reads:** {', '.join(markdown(one.name) for one in criterion.inputs)}"
    for policy in criterion.policies:
        yield f"**Policy:** {markdown(policy)}"
    for note in criterion.notes:
        yield f"**Note:** {markdown(note)}"
    if criterion.runbook:
        yield f"**Runbook:** {markdown(criterion.runbook)}"
    yield f"Severity {markdown(criterion.severity)}. {markdown(gate.source)}, line {criterion.origin.line}."
