"""The first row of a dashboard: whether the gate passes, what is in the way, and since when."""

from collections.abc import Callable, Iterator
from typing import Final

from grafanalib.core import GridPos, Panel

from compiler import naming
from compiler.backends.addresses import runbook_address
from compiler.backends.grafana import Json, queries
from compiler.backends.grafana.panels import (
    About,
    Columns,
    Look,
    Target,
    bottom,
    override,
    row,
    stat,
    state_timeline,
    table,
)
from compiler.backends.grafana.text import link, markdown, plain
from compiler.backends.grafana.verdicts import (
    GREEN,
    GREY,
    NO_DATA_TEXT,
    ORANGE,
    RED,
    STATE_MAPPINGS,
    STATE_STEPS,
    VERDICT_MAPPINGS,
    VERDICT_STEPS,
    mappings,
    steps,
)
from compiler.middle.plan import CategoryPlan, CriterionPlan, GatePlan, OverridesPlan
from compiler.states import STATES

TITLE: Final = "Gate Status Overview"
_VERDICT: Final = Look(VERDICT_STEPS, VERDICT_MAPPINGS)
_STAT_HEIGHT: Final = 3
_FEW: Final = 9  # so many small stats fit beside the verdict in three lines of three
_STATUS: Final = "Status"


def overview(gate: GatePlan) -> Iterator[Panel]:
    """The heading and all panels of the first row."""
    yield row(TITLE, 0)
    stats = list(_stats(gate))
    yield from stats
    exceptions = list(_overrides(gate, gate.overrides, bottom(stats))) if gate.overrides else []
    yield from exceptions
    top = bottom([*stats, *exceptions])
    height = min(len(gate.criteria) + 3, 14)
    inputs = queries.required_inputs(gate)
    yield _criteria_table(gate, GridPos(h=height, w=17 if inputs else 24, x=0, y=top))
    if inputs:
        yield _missing_inputs(gate, GridPos(h=height, w=7, x=17, y=top))
    yield _timeline(gate, GridPos(h=max(5, len(gate.criteria) * 7 // 10 + 3), w=24, x=0, y=top + height))


def _stats(gate: GatePlan) -> Iterator[Panel]:
    """The verdict at the left, as high as the smaller stats beside it: categories, criteria not passing, held for."""
    count = len(gate.categories) + 2
    across = 3 if count <= _FEW else 6
    width, lines = 18 // across, -(-count // across)
    yield _overall(gate, GridPos(h=_STAT_HEIGHT * lines, w=6, x=0, y=1))
    places = [
        GridPos(h=_STAT_HEIGHT, w=width, x=6 + width * (index % across), y=1 + _STAT_HEIGHT * (index // across))
        for index in range(count)
    ]
    for category, place in zip(gate.categories, places, strict=False):
        yield _category(gate, category, place)
    yield _not_passing(gate, places[-2])
    yield _held(gate, places[-1])


def _overall(gate: GatePlan, place: GridPos) -> Panel:
    about = About(
        "Gate verdict",
        f"`{naming.OVERALL_PASS}`: what the deploy pipeline reads. PASS when every criterion has passed for"
        f" {gate.stabilization} without a break; OVERRIDDEN while an approved exception lets the gate pass"
        f" (`{naming.OVERALL_OVERRIDE}`); NO DATA when Prometheus records no verdict, which the pipeline takes for a"
        " fail.",
    )
    return stat(about, place, queries.verdict(gate), _VERDICT)


def _category(gate: GatePlan, category: CategoryPlan, place: GridPos) -> Panel:
    about = About(
        category.title,
        f"`{naming.CATEGORY_PASS}`: PASS when all {len(category.criteria)} criteria of this category pass."
        f" {markdown(category.description)}".rstrip(),
        _runbook_link(category.runbook, gate),
    )
    return stat(about, place, queries.category_verdict(gate, category.id), _VERDICT)


def _not_passing(gate: GatePlan, place: GridPos) -> Panel:
    about = About(
        "Criteria not passing",
        f"`{naming.CRITERION_PASS}`: how many of the {len(gate.criteria)} criteria fail or cannot be judged."
        " The gate passes only at 0.",
    )
    return stat(about, place, queries.not_passing(gate), Look(steps((0, GREEN), (1, RED), base=GREY), unit="none"))


def _held(gate: GatePlan, place: GridPos) -> Panel:
    unit, symbol = gate.stabilization_unit
    needed = gate.stabilization.seconds // unit.seconds
    about = About(
        "Stabilising",
        f"`{naming.OVERALL_HELD}`: for how long every criterion has passed without a break. The gate passes once this"
        f" reaches {gate.stabilization}.",
    )
    ends = mappings([(queries.NOT_MET, "NOT MET", RED), (needed, "STABLE", GREEN)], NO_DATA_TEXT)
    look = Look(
        steps((queries.NOT_MET, RED), (0, ORANGE), (needed, GREEN), base=GREY),
        ends,
        unit=f"suffix:{symbol} of {gate.stabilization}",
    )
    return stat(about, place, queries.held(gate), look)


def _overrides(gate: GatePlan, overrides: OverridesPlan, y: int) -> Iterator[Panel]:
    """Who has overridden the gate, why and until when; and what must be re-tested."""
    reasons = override("byName", "Reason", mappings=_texts({one.id: one.title for one in overrides.reasons}))
    names = (
        (naming.OVERRIDE, "Override"),
        (naming.REASON, "Reason"),
        (naming.TICKET, "Ticket"),
        (naming.APPROVER, "Approver"),
    )
    for left, title, words, query, heading, empty in (
        (
            0,
            "Overrides in force",
            (
                f"`{naming.OVERRIDE_END}`: while one is in force, the gate may pass although criteria fail. It hides"
                " nothing: the criteria below are what they are."
            ),
            queries.in_force(gate),
            "Until",
            "No override is in force",
        ),
        (
            12,
            "Re-tests",
            (
                f"`{naming.OVERRIDE_RETEST}`: by when, after an override, all criteria must have been met for"
                f" {gate.stabilization} again, at its end or later."
            ),
            queries.retests(gate),
            "Re-test by",
            "None is owed",
        ),
    ):
        done = mappings([(0, "DONE", GREEN)], "")
        times = override("byName", heading, unit="dateTimeAsIso", mappings=done, custom_width=180)
        columns = Columns((*names, ("Value", heading)), (reasons, times), when_empty=empty)
        yield table(About(title, words), GridPos(h=4, w=12, x=left, y=y), [Target(query, shape="rows")], columns)


def _criteria_table(gate: GatePlan, place: GridPos) -> Panel:
    about = About(
        "Criteria, worst first",
        f"Every criterion of the gate by `{naming.CRITERION_STATE}`, with its value (`{naming.CRITERION_VALUE}`; of"
        " several members, the worst) and what is required. A criterion passes when its status is PASS or says so."
        + "".join(f"\n- **{markdown(state.label)}**: {markdown(state.meaning)}" for state in STATES),
    )
    linked = [one for one in gate.criteria if runbook_address(one.runbook, gate.runbook_base_url)]
    targets = (
        Target(queries.state_columns(gate, linked), shape="rows", ref="A"),
        Target(queries.readings(gate), shape="rows", ref="B"),
    )
    names = (
        (naming.CATEGORY, "Category"),
        (naming.CRITERION, "Criterion"),
        (queries.READING, "Value"),
        (queries.REQUIREMENT, "Requirement"),
        ("Value #A", _STATUS),
        *(((queries.RUNBOOK, "Runbook"),) if linked else ()),
    )
    columns = Columns(names, tuple(_criteria_columns(gate, linked)), worst_first=_STATUS)
    return table(about, place, targets, columns, joined_by=naming.CRITERION)


def _criteria_columns(gate: GatePlan, linked: list[CriterionPlan]) -> Iterator[Json]:
    """Every text column is a copy of the criterion's key, which its value mapping turns into the text."""
    named = queries.keys(gate)
    categories = {one.id: category.title for category in gate.categories for one in category.criteria}

    def texts(text: Callable[[CriterionPlan], str]) -> Json:
        return _texts({named[one.id]: text(one) for one in gate.criteria})

    yield override("byName", "Category", mappings=texts(lambda one: categories[one.id]), custom_width=160)
    yield override("byName", "Criterion", mappings=texts(lambda one: one.title))
    yield override("byName", "Value", custom_width=120, custom_align="right", noValue="none")
    yield override("byName", "Requirement", mappings=texts(lambda one: one.requirement), custom_inspect=True)
    yield override(
        "byName",
        _STATUS,
        custom_width=150,
        custom_align="center",
        custom_cellOptions={"type": "color-background", "mode": "basic"},
        color={"mode": "thresholds"},
        mappings=STATE_MAPPINGS,
        thresholds={"mode": "absolute", "steps": STATE_STEPS},
    )
    if linked:
        addresses = {named[one.id]: link(runbook_address(one.runbook, gate.runbook_base_url)) for one in linked}
        opened: Json = {"title": "Open the runbook", "url": "${__value.text:raw}", "targetBlank": True}
        yield override("byName", "Runbook", mappings=_texts(addresses), links=[opened])


def _missing_inputs(gate: GatePlan, place: GridPos) -> Panel:
    about = About(
        "Missing inputs",
        f"Metrics that a criterion needs and `{naming.input_series(())}` does not count now: no exporter reports them,"
        " or the gate's rules are not loaded. Empty is good.",
    )
    users: dict[str, list[str]] = {}
    for criterion in gate.criteria:
        for one in criterion.inputs:
            if one.required:
                users.setdefault(one.name, []).append(criterion.title)
    columns = Columns(
        ((naming.INPUT, "Input"), (queries.NEEDED_BY, "Needed by")),
        (
            override("byName", "Input", custom_inspect=True),
            override(
                "byName",
                "Needed by",
                mappings=_texts({name: ", ".join(dict.fromkeys(titles)) for name, titles in users.items()}),
            ),
        ),
        when_empty="Every input reports",
    )
    return table(about, place, [Target(queries.missing_inputs(gate), shape="rows")], columns)


def _timeline(gate: GatePlan, place: GridPos) -> Panel:
    about = About(
        "Criteria over time",
        f"`{naming.CRITERION_STATE}` of every criterion: green and blue pass, red fails, purple could not be judged,"
        " grey has no series at all. The gate passes while all rows are green or blue.",
    )
    named = queries.keys(gate)
    titles = tuple(override("byName", named[one.id], displayName=plain(one.title)) for one in gate.criteria)
    target = Target(queries.states(gate), legend=f"{{{{{naming.CRITERION}}}}}", shape="range")
    return state_timeline(about, place, target, Look(STATE_STEPS, STATE_MAPPINGS, overrides=titles))


def _texts(texts: dict[str, str]) -> Json:
    rows: dict[str, Json] = {
        key: {"text": plain(text), "index": index} for index, (key, text) in enumerate(texts.items())
    }
    return [{"type": "value", "options": rows}]


def _runbook_link(runbook: str, gate: GatePlan) -> tuple[tuple[str, str], ...]:
    address = runbook_address(runbook, gate.runbook_base_url)
    return (("Runbook", address),) if address else ()
