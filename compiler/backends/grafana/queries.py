"""The PromQL of a dashboard. It reads only what the gate's rules record, and always of this gate alone."""

from collections.abc import Iterable
from functools import reduce
from typing import Final

from compiler import naming
from compiler.backends.grafana.scale import bound_of, drawn_from_series, reading
from compiler.backends.grafana.verdicts import NO_SERIES
from compiler.fields import Duration
from compiler.middle.plan import BoundKind, CriterionPlan, GatePlan
from compiler.promql.build import aggregate, arith, call, compare, constant, either, equal, scale, vector
from compiler.promql.expr import Aggregate, Binary, Expr, Matcher, Number, String, Subquery, Vector
from compiler.states import GATE_STATES, State

NOT_MET: Final = -1  # what `held` says while a criterion does not pass
_MILLISECONDS: Final = 1000
READING: Final = "reading"  # the labels that a query makes up for a column of a table
REQUIREMENT: Final = "requirement"
RUNBOOK: Final = "runbook"
NEEDED_BY: Final = "needed_by"
_HOUR: Final = Duration.parse("1h")
_CLOSED: Final = tuple(state for state in GATE_STATES if not state.passes)
_ANYTHING: Final = "(?s:(.+))"  # before 3.0, a dot does not match a line break


def verdict(gate: GatePlan) -> Expr:
    """0 fail, 1 pass, 2 pass by an override. Of several series the worst counts."""
    passing = aggregate("min", _of(gate, naming.OVERALL_PASS))
    overridden = aggregate("max", _of(gate, naming.OVERALL_OVERRIDE))
    return either((arith("+", compare(">", passing, 0), overridden, ()), passing, constant(NO_SERIES)))


def category_verdict(gate: GatePlan, category: str) -> Expr:
    """0 fail, 1 pass."""
    series = _of(gate, naming.CATEGORY_PASS, equal(naming.CATEGORY, category))
    return either((aggregate("min", series), constant(NO_SERIES)))


def not_passing(gate: GatePlan) -> Expr:
    """How many of the gate's criteria do not say that they pass; empty if none says anything."""
    passing = aggregate("min", _of(gate, naming.CRITERION_PASS), (naming.CRITERION,))
    return Binary("-", Number(len(gate.criteria)), aggregate("sum", passing))


def held(gate: GatePlan) -> Expr:
    """For how long all criteria have passed, in whole units of `stabilization_unit`; NOT_MET if one does not now."""
    unit, _ = gate.stabilization_unit
    so_far = call("floor", scale(aggregate("max", _of(gate, naming.OVERALL_HELD)), 1 / unit.seconds))
    now = aggregate("min", _of(gate, naming.OVERALL_MET))
    return either((Binary("and", so_far, compare("==", now, 1), on=()), Binary("+", now, Number(NOT_MET))))


def in_force(gate: GatePlan) -> Expr:
    """When the overrides end that are in force, in milliseconds, as Grafana has times."""
    return _until(gate, naming.OVERRIDE_END)


def retests(gate: GatePlan) -> Expr:
    """By when the gate must be re-tested after an override, in milliseconds; 0 where it was."""
    return _until(gate, naming.OVERRIDE_RETEST)


def _until(gate: GatePlan, record: str) -> Expr:
    who = (naming.OVERRIDE, naming.REASON, naming.TICKET, naming.APPROVER)
    return scale(aggregate("max", _of(gate, record), who), _MILLISECONDS)


def keys(gate: GatePlan) -> dict[str, str]:
    """What a query calls each criterion, by id: numbered, since Prometheus sorts by label and people by the spec."""
    width = len(str(len(gate.criteria)))
    return {one.id: f"{number:0{width}} {one.id}" for number, one in enumerate(gate.criteria, 1)}


def states(gate: GatePlan) -> Expr:
    """The state of every criterion, whether it has a series or not; `criterion` holds its key."""
    named = keys(gate)
    return _union(
        _made(naming.CRITERION, named[one.id], either((aggregate("max", recorded), constant(NO_SERIES))))
        for one in gate.criteria
        for recorded in [_of_criterion(gate, naming.CRITERION_STATE, one)]
    )


def state_columns(gate: GatePlan, with_runbook: Iterable[CriterionPlan]) -> Expr:
    """The states, with a copy of the criterion's key for each column whose text depends on it."""
    named = keys(gate)
    columns = states(gate)
    for label in (naming.CATEGORY, REQUIREMENT):
        columns = _copied(columns, naming.CRITERION, label)
    runbooks = "|".join(named[one.id] for one in with_runbook)
    return _copied(columns, naming.CRITERION, RUNBOOK, f"({runbooks})") if runbooks else columns


def readings(gate: GatePlan) -> Expr:
    """The value of every criterion that has one (of several members, the worst) as text in the label READING."""
    named = keys(gate)
    return _union(_made(naming.CRITERION, named[one.id], _reading(gate, one)) for one in gate.criteria)


def _reading(gate: GatePlan, criterion: CriterionPlan) -> Expr:
    shown = reading(criterion)
    scaled = scale(_worst(gate, criterion), float(1 / shown.unit.factor))
    rounded = call("round", scaled, Number(float(f"1e-{shown.decimals}")))
    text = Aggregate("count_values", rounded, param=String(READING))
    return _copied(text, READING, READING, suffix=shown.suffix) if shown.suffix else text


def _worst(gate: GatePlan, criterion: CriterionPlan) -> Expr:
    """The value nearest to failing, or furthest beyond, without labels."""
    value: Expr = _of_criterion(gate, naming.CRITERION_VALUE, criterion)
    lower, upper = bound_of(criterion, "min"), bound_of(criterion, "max")
    if lower and upper:
        high, low = aggregate("max", value), aggregate("min", value)
        if lower.limit is None or upper.limit is None:
            return high
        beyond_middle = compare(">", arith("+", high, low, ()), lower.limit + upper.limit)
        return either((Binary("and", high, beyond_middle, on=()), low))
    kind: BoundKind = "min" if lower else "max"
    if criterion.by and not criterion.every_series and drawn_from_series(criterion):
        value = _worst_member(gate, criterion, kind)
    return aggregate(kind, value)


def _worst_member(gate: GatePlan, criterion: CriterionPlan, kind: BoundKind) -> Expr:
    """The value of the member that is furthest from its own limit, on the wrong side."""
    labels = (naming.CRITERION, *criterion.by)
    value = _of_criterion(gate, naming.CRITERION_VALUE, criterion)
    limit = _of_criterion(gate, naming.CRITERION_THRESHOLD, criterion, equal(naming.BOUND, kind))
    distance = arith("-", value, limit, labels)
    furthest = Aggregate("topk" if kind == "max" else "bottomk", distance, param=Number(1))
    return Binary("and", value, furthest, on=labels)


def values(gate: GatePlan, criterion: CriterionPlan) -> Expr:
    """The recorded values of a criterion; without the gate's own labels where all labels of a series are shown."""
    value = _of_criterion(gate, naming.CRITERION_VALUE, criterion)
    if not criterion.every_series:
        return value
    return Aggregate("max", value, (naming.GATE, naming.CATEGORY, naming.CRITERION), without=True)


def limits(gate: GatePlan, criterion: CriterionPlan) -> Expr:
    """The recorded thresholds of a criterion that are no single number."""
    bounds = drawn_from_series(criterion)
    matchers = (equal(naming.BOUND, bounds[0].kind),) if len(bounds) == 1 else ()
    return _of_criterion(gate, naming.CRITERION_THRESHOLD, criterion, *matchers)


def required_inputs(gate: GatePlan) -> tuple[str, ...]:
    """The names of the inputs that must report, each once, in the order of the spec."""
    return tuple(dict.fromkeys(one.name for c in gate.criteria for one in c.inputs if one.required))


def missing_inputs(gate: GatePlan) -> Expr:
    """An element for every input that has no series now, or whose series nobody counts."""
    counted = aggregate("max", _of(gate, naming.input_series(())), (naming.INPUT,))
    expected = _union(_made(naming.INPUT, name, constant(0)) for name in required_inputs(gate))
    uncounted = Binary("unless", expected, counted, on=(naming.INPUT,))
    return _copied(Binary("or", compare("==", counted, 0), uncounted), naming.INPUT, NEEDED_BY, _ANYTHING)


def failing(gate: GatePlan) -> Expr:
    """1 while the gate does not pass, else 0."""
    return Binary("==", aggregate("min", _of(gate, naming.OVERALL_PASS)), Number(0), returns_bool=True)


def overridden(gate: GatePlan) -> Expr:
    """1 while an override is in force, else 0."""
    return aggregate("max", _of(gate, naming.OVERALL_OVERRIDE))


def gate_state(gate: GatePlan) -> Expr:
    """The state of the gate as a whole, whether it has a series or not."""
    return either((aggregate("max", _of(gate, naming.OVERALL_STATE)), constant(NO_SERIES)))


def _observed(gate: GatePlan, window: Duration) -> Expr:
    """In how many hours of the window, with fractions, somebody judged the gate; empty if in none."""
    return _hours(gate, window)


def _hours_in(gate: GatePlan, states: Iterable[State], window: Duration) -> Expr:
    """How many hours of the window the gate was in these states; empty if nobody judged it."""
    codes = Matcher(naming.STATE, "=~", "|".join(str(state.code) for state in states))
    return either((_hours(gate, window, codes), scale(_observed(gate, window), 0)))


def share_in(gate: GatePlan, state: State, window: Duration) -> Expr:
    """The share of the observed hours in which the gate was in that state."""
    return arith("/", _hours_in(gate, (state,), window), _observed(gate, window), ())


def unobserved_share(gate: GatePlan, window: Duration) -> Expr:
    """The share of the window in which nobody judged the gate; empty if that is all of it."""
    return Binary("-", Number(1), Binary("/", _observed(gate, window), Number(window.seconds / _HOUR.seconds)))


def closings(gate: GatePlan, window: Duration) -> Expr:
    """How often the gate closed in the window."""
    hours = Subquery(_of(gate, naming.OVERALL_CLOSINGS_1H), window, _HOUR)
    return aggregate("sum", call("sum_over_time", hours))


def time_closed(gate: GatePlan, window: Duration) -> Expr:
    """For how many seconds of the window the gate did not pass; empty if nobody judged it."""
    return scale(_hours_in(gate, _CLOSED, window), _HOUR.seconds)


def time_to_green(gate: GatePlan, window: Duration) -> Expr:
    """Seconds closed, for each time that the gate closed, or if it was closed all the time, all of them."""
    return arith("/", time_closed(gate, window), call("clamp_min", closings(gate, window), Number(1)), ())


def until_review(gate: GatePlan) -> Expr:
    """Seconds until the gate must be reviewed; negative afterwards."""
    return Binary("-", aggregate("max", _of(gate, naming.REVIEW_DUE)), call("time"))


def _hours(gate: GatePlan, window: Duration, *states: Matcher) -> Expr:
    hours = Subquery(_of(gate, naming.STATE_RATIO_1H, *states), window, _HOUR)
    return aggregate("sum", call("sum_over_time", hours))


def _of(gate: GatePlan, record: str, *matchers: Matcher) -> Vector:
    return vector(record, equal(naming.GATE, gate.name), *matchers)


def _of_criterion(gate: GatePlan, record: str, criterion: CriterionPlan, *matchers: Matcher) -> Vector:
    return _of(gate, record, equal(naming.CRITERION, criterion.id), *matchers)


def _made(label: str, text: str, expr: Expr) -> Expr:
    """The elements of `expr` with one more label. A `$` in a replacement is written twice."""
    return call("label_replace", expr, String(label), String(text.replace("$", "$$")), String(""), String(""))


def _copied(expr: Expr, source: str, target: str, pattern: str = "(.+)", suffix: str = "") -> Expr:
    return call("label_replace", expr, String(target), String(f"$1{suffix}"), String(source), String(pattern))


def _union(arms: Iterable[Expr]) -> Expr:
    return reduce(lambda left, right: Binary("or", left, right), arms)
