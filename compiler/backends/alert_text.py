"""The pieces of alert annotations: what is failing right now, in the words of the plan.

Annotations are Go templates that Prometheus fills in at every evaluation; their queries read recorded series only.
https://prometheus.io/docs/prometheus/latest/configuration/template_reference/
"""

from collections.abc import Iterable
from typing import Final

from compiler import naming
from compiler.backends.addresses import runbook_address
from compiler.backends.go_template import act, define, each, each_line, given, literal, query, string
from compiler.fields import Dimension, Unit
from compiler.middle.plan import CriterionPlan, GatePlan
from compiler.promql import build
from compiler.promql.expr import Aggregate, Binary, Expr, Matcher, Number, Vector
from compiler.states import FIRST_FAILING, STATES, State

FAILING: Final = tuple(state for state in STATES if not state.passes and not state.no_data)
NO_DATA: Final = tuple(state for state in STATES if state.no_data)
STATE: Final = "state"
_OWN_LABELS: Final = (naming.GATE, naming.CATEGORY, naming.CRITERION)


def own(gate: GatePlan, criterion: CriterionPlan | None = None) -> tuple[Matcher, ...]:
    """The matchers of the gate's series, or of one criterion's."""
    gates = build.equal(naming.GATE, gate.name)
    if criterion is None:
        return (gates,)
    return gates, build.equal(naming.CATEGORY, criterion.category), build.equal(naming.CRITERION, criterion.id)


def not_passing(gate: GatePlan, criterion: CriterionPlan | None = None) -> Expr:
    """The states of the gate's criteria, or of this one, that are no pass."""
    return build.compare(">=", Vector(naming.CRITERION_STATE, own(gate, criterion)), FIRST_FAILING)


def labels_of(states: Iterable[State], subject: str) -> str:
    """An action that turns the state code in `subject` into the state's label."""
    return _choice(subject, ((state.code, state.label) for state in states))


def meanings_of(states: Iterable[State], subject: str) -> str:
    """An action that turns the state code in `subject` into a sentence."""
    return _choice(subject, ((state.code, state.meaning) for state in states))


def state_words() -> str:
    """The part of a template that turns a state code into its label, by the name STATE."""
    return define(STATE, labels_of((*FAILING, *NO_DATA), "."))


def failing_lines(gate: GatePlan, most: int) -> str:
    """A line for each criterion that does not pass, with its value (the worst `most` members) and runbook."""
    return "".join(_failing_line(gate, criterion, most) for criterion in gate.criteria)


def _failing_line(gate: GatePlan, criterion: CriterionPlan, most: int) -> str:
    where = runbook_address(criterion.runbook, gate.runbook_base_url) or criterion.runbook
    runbook = f". Runbook: {literal(where)}" if where else ""
    return each_line(
        query(not_passing(gate, criterion)),
        f"- {literal(criterion.title)}: {act(f'template {string(STATE)} .Value')}, "
        f"{value(gate, criterion, most)} (required: {literal(criterion.requirement)}){runbook}",
    )


def stabilising(gate: GatePlan) -> str:
    """`stabilising, 6m of 10m`: for how long the gate has been met, and for how long it must be."""
    unit, symbol = gate.stabilization_unit
    held = Binary("/", Vector(naming.OVERALL_HELD, own(gate)), Number(unit.seconds))
    so_far = given(query(build.call("floor", held)), act('. | first | value | printf "%.0f"') + symbol, "?")
    return f"stabilising, {so_far} of {gate.stabilization}"


def _choice(subject: str, texts: Iterable[tuple[int, str]]) -> str:
    # A sample's value is a float, and Go templates do not compare one with an integer.
    arms = [f"if eq {subject} {code}.0 }}}}{literal(text)}" for code, text in texts]
    return "{{ " + "{{ else ".join(arms) + act("end")


def has_members(criterion: CriterionPlan) -> bool:
    """Whether the recorded value has more than one series."""
    return bool(criterion.by) or criterion.every_series


def value(gate: GatePlan, criterion: CriterionPlan, most: int) -> str:
    """The value now; of a criterion with members, the worst `most` of them with their labels."""
    recorded = _value(gate, criterion)
    if not has_members(criterion):
        return given(query(recorded), act(f". | first | value | {_shown(criterion.unit)}"), "no value")
    count = build.compare(">", build.aggregate("count", recorded), most)
    return _listed(_worst(recorded, criterion, most), criterion.unit, "no value") + each(
        query(count), f" (the worst {most} of {act('.Value')})"
    )


def member_limits(gate: GatePlan, criterion: CriterionPlan) -> str:
    """Each member's own limit, or "" if all have the same."""
    if all(bound.limit is not None for bound in criterion.bounds):
        return ""
    limits = _members(_in_shown_unit(Vector(naming.CRITERION_THRESHOLD, own(gate, criterion)), criterion.unit))
    return _listed(build.call("sort", limits), criterion.unit, "no limit")


def silent_inputs(gate: GatePlan, criterion: CriterionPlan) -> str:
    """A line for each input that does not report now, and for each that reported in only a part of its window."""
    return "".join(_silent_input(gate, criterion, one.name) for one in criterion.inputs if one.required)


def _silent_input(gate: GatePlan, criterion: CriterionPlan, name: str) -> str:
    matchers = (*own(gate), build.equal(naming.INPUT, name))
    silent = build.compare("==", Vector(naming.input_series(()), matchers), 0)
    covered = build.scale(build.compare("<", Vector(naming.input_coverage(criterion.by), matchers), 1), 100)
    partly = Aggregate("min", covered, (naming.GATE, naming.INPUT), without=True)
    share = act('printf "%.3g%%" .Value')
    return each_line(query(silent), f"- {literal(name)} does not report") + each_line(
        query(partly), f"- {literal(name)} reported in {share} of the {_labels('.Labels')}"
    )


def _value(gate: GatePlan, criterion: CriterionPlan) -> Expr:
    return _in_shown_unit(Vector(naming.CRITERION_VALUE, own(gate, criterion)), criterion.unit)


def _worst(recorded: Expr, criterion: CriterionPlan, most: int) -> Expr:
    """The members that are nearest to failing, or beyond it; worst first where the bound has one side."""
    members, kinds = _members(recorded), {bound.kind for bound in criterion.bounds}
    if len(kinds) == 1:
        return Aggregate("topk" if kinds == {"max"} else "bottomk", members, param=Number(most))
    known = [bound.limit for bound in criterion.bounds if bound.limit is not None]
    middle = sum(known) / len(known) * _factor(criterion.unit) if known else 0
    distance = build.call("abs", Binary("-", members, Number(middle)))
    return build.call("sort", Binary("and", members, Aggregate("topk", distance, param=Number(most))))


def _members(expr: Expr) -> Aggregate:
    """The series with the labels of the member alone; there is one a member, so `max` changes no value."""
    return Aggregate("max", expr, _OWN_LABELS, without=True)


def _listed(expr: Expr, unit: Unit, otherwise: str) -> str:
    """`region=eu 312ms, region=us 280ms`."""
    comma = act("if $at") + ", " + act("end")
    member = _labels("$member.Labels") + act(f"$member.Value | {_shown(unit)}")
    return each(f"$at, $member := {query(expr)}", comma + member, otherwise)


def _labels(of: str) -> str:
    return each(f"$name, $text := {of}", f"{act('$name')}={act('$text')} ")


def _factor(unit: Unit) -> int:
    return 100 if unit.dimension is Dimension.RATIO else 1


def _in_shown_unit(expr: Expr, unit: Unit) -> Expr:
    """Ratios in percent: humanizePercentage rounds 99.899% to 99.9%, which would read like a pass."""
    return build.scale(expr, _factor(unit))


def _shown(unit: Unit) -> str:
    """The function that formats a value for people."""
    match unit.dimension:
        case Dimension.RATIO:
            return 'printf "%.6g%%"'
        case Dimension.TIME:
            return "humanizeDuration"
        case Dimension.BYTES:
            return 'humanize1024 | printf "%sB"'
        case Dimension.MONEY:
            return f'printf "%.6g {unit.currency}"'
        case Dimension.NUMBER:
            return 'printf "%.6g"'
