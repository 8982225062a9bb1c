"""The measure that is an expression of the author's own, evaluated by itself: the part of PromQL that authors use here.

Anything else is an error, so that nothing is judged by halves.
"""

import math
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Final

from reference.measured import Input, Measured, Setting, in_base
from reference.moment import Moment, certain
from reference.prometheus import divided, total
from reference.series import Labels, Series

from compiler.fields import UNITS
from compiler.measures.promql import PromQL
from compiler.promql.expr import Aggregate, Binary, Call, Expr, Matrix, Negative, Number, Subquery, Vector
from compiler.promql.parse import parse

Result = float | dict[Labels, float]

_ARITHMETIC: Final[Mapping[str, Callable[[float, float], float]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": divided,
}
_COMPARISONS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
# Whether an element of the left side stays, by whether it has a partner in the right.
_SETS: Final[Mapping[str, Callable[[bool], bool]]] = {
    "and": operator.truth,
    "unless": operator.not_,
    "or": lambda _: True,
}


_parsed: Final = cache(parse)


def promql_inputs(measure: PromQL, setting: Setting) -> tuple[Input, ...]:
    """Every selector, throughout its range if it has one."""
    del setting
    return tuple(dict.fromkeys(_selectors(_parsed(measure.expr), None)))


def promql(measure: PromQL, setting: Setting, moment: Moment) -> Measured:
    """The result: one series for each group, and neither more nor fewer."""
    result = evaluated(_parsed(measure.expr), moment)
    assert isinstance(result, dict), "an expression without a metric is refused"
    factor = UNITS[measure.unit_name].factor
    groups: dict[Labels, list[float]] = {}
    for labels, value in result.items():
        groups.setdefault(_kept(labels, setting.by), []).append(value)
    members = frozenset(groups)
    if len(result) != len(groups):
        members |= {(("more than one", ""),)}
    if setting.by:  # a group of one of its metrics that has no result was lost on the way
        reporting = (moment.reporting(one.selector, setting.by) for one in promql_inputs(measure, setting))
        members = members.union(*({one for one in groups if len(one) == len(setting.by)} for groups in reporting))
    return Measured({one: in_base(_max(values), factor) for one, values in groups.items()}, members=members)


def _selectors(expr: Expr, window: int | None) -> Iterator[Input]:
    match expr:
        case Vector():
            yield Input(Vector(expr.name, expr.matchers), window)
        case Matrix(vector, span):
            yield Input(Vector(vector.name, vector.matchers), span.milliseconds)
        case Subquery():
            yield from _selectors(expr.expr, expr.window.milliseconds)
        case Call():
            for argument in expr.args:
                yield from _selectors(argument, window)
        case Aggregate() | Negative():
            yield from _selectors(expr.expr, window)
        case Binary():
            yield from _selectors(expr.left, window)
            yield from _selectors(expr.right, window)
        case _:
            pass


def evaluated(expr: Expr, moment: Moment) -> Result:
    """The result of an expression."""
    match expr:
        case Number(value):
            return value
        case Call("vector", (argument,)):
            constant = evaluated(argument, moment)
            assert isinstance(constant, float)
            return {(): constant}
        case Vector():
            at = moment.at - (expr.offset.milliseconds if expr.offset else 0)
            return {series.labels: value for series, _, value in moment.earlier(at).now(expr)}
        case Call(function, (Matrix(vector, window),)):
            return dict(_over(function, vector, window.milliseconds, moment))
        case Call(function, (Subquery() as subquery,)):
            return _over_probes(function, subquery, moment)
        case Call("histogram_quantile", (Number(q), buckets)):
            return _quantiles(q, evaluated(buckets, moment), moment)
        case Aggregate(op, inner, labels, without, None):
            result = evaluated(inner, moment)
            assert isinstance(result, dict)
            return _aggregated(op, result, labels, without=without)
        case Binary():
            return _binary(expr, evaluated(expr.left, moment), evaluated(expr.right, moment))
        case _:
            raise NotImplementedError(expr)


def _over(function: str, vector: Vector, window: int, moment: Moment) -> Iterator[tuple[Labels, float]]:
    for series in moment.matrix.select(vector):
        value = _over_time(function, series, window, moment)
        if value is not None:
            yield series.labels, value


def _over_probes(function: str, subquery: Subquery, moment: Moment) -> dict[Labels, float]:
    """A function of what an expression gave at each probe."""
    if subquery.step is None or subquery.offset:
        raise NotImplementedError(subquery)
    seen: dict[Labels, list[float]] = {}
    for probe in moment.probes(subquery.window.milliseconds, subquery.step.milliseconds):
        result = evaluated(subquery.expr, probe)
        assert isinstance(result, dict)
        for labels, value in result.items():
            seen.setdefault(labels, []).append(value)
    aggregate = _AGGREGATES[function.removesuffix("_over_time")]
    return {labels: aggregate(values) for labels, values in seen.items()}


def _quantiles(q: float, buckets: Result, moment: Moment) -> dict[Labels, float]:
    assert isinstance(buckets, dict)
    groups: dict[Labels, list[tuple[float, float]]] = {}
    if not certain(buckets.values()):  # where a NaN or two infinities are passed over depends on the version
        moment.doubts.any = True
    for labels, count in buckets.items():
        groups.setdefault(_without(labels, ["le"]), []).append((float(dict(labels)["le"]), count))
    return {one: moment.engine.quantile(q, sorted(rows)) for one, rows in groups.items()}


def _over_time(function: str, series: Series, window: int, moment: Moment) -> float | None:
    match function:
        case "rate":
            return moment.engine.rate(series, moment.at, window)
        case "increase":
            return moment.engine.increase(series, moment.at, window)
    times, values = moment.engine.window(series, moment.at, window)
    if function == "deriv":
        return moment.engine.slope(times, values)
    return _AGGREGATES[function.removesuffix("_over_time")](values) if values else None


def _max(values: Sequence[float]) -> float:
    """Prometheus' max, which overlooks NaN."""
    return max((value for value in values if not math.isnan(value)), default=math.nan)


def _min(values: Sequence[float]) -> float:
    return min((value for value in values if not math.isnan(value)), default=math.nan)


_AGGREGATES: Final[Mapping[str, Callable[[Sequence[float]], float]]] = {
    "sum": total,
    "avg": lambda values: total(values) / len(values),
    "max": _max,
    "min": _min,
    "count": lambda values: float(len(values)),
}


def _aggregated(op: str, result: dict[Labels, float], names: Sequence[str], *, without: bool) -> dict[Labels, float]:
    groups: dict[Labels, list[float]] = {}
    for labels, value in result.items():
        one = _without(labels, names) if without else _kept(labels, names)
        groups.setdefault(one, []).append(value)
    return {one: _AGGREGATES[op](values) for one, values in groups.items()}


def _binary(expr: Binary, left: Result, right: Result) -> Result:
    if isinstance(left, dict) and isinstance(right, dict):
        return _joined(expr, left, right)
    calculate = _calculation(expr)
    if isinstance(left, dict):
        assert isinstance(right, float)
        return _present((one, calculate(value, right)) for one, value in left.items())
    if isinstance(right, dict):
        return _present((one, calculate(left, value)) for one, value in right.items())
    result = calculate(left, right)
    assert result is not None, "PromQL wants `bool` between two numbers"
    return result


def _joined(expr: Binary, left: dict[Labels, float], right: dict[Labels, float]) -> dict[Labels, float]:
    """Two vectors, of which each element of one finds its only partner in the other."""
    if expr.op in _SETS:
        others = {_matched(expr, one) for one in right}
        mine = {_matched(expr, one) for one in left}
        return {one: value for one, value in left.items() if _SETS[expr.op](_matched(expr, one) in others)} | (
            {one: value for one, value in right.items() if _matched(expr, one) not in mine} if expr.op == "or" else {}
        )
    if expr.include or expr.group == "right":
        raise NotImplementedError(expr)
    calculate = _calculation(expr)
    other = {_matched(expr, one): value for one, value in right.items()}
    assert len(other) == len(right), "many of them for one"
    rows = ((one, _matched(expr, one), value) for one, value in left.items())
    return _present(
        (one if expr.group else key, calculate(value, other[key])) for one, key, value in rows if key in other
    )


def _calculation(expr: Binary) -> Callable[[float, float], float | None]:
    """Arithmetic, or a comparison, which keeps the left side where it is true."""
    if expr.op in _ARITHMETIC:
        return _ARITHMETIC[expr.op]
    compare = _COMPARISONS[expr.op]
    if expr.returns_bool:
        return lambda one, other: float(compare(one, other))
    return lambda one, other: one if compare(one, other) else None


def _present(rows: Iterable[tuple[Labels, float | None]]) -> dict[Labels, float]:
    return {labels: value for labels, value in rows if value is not None}


def _matched(expr: Binary, labels: Labels) -> Labels:
    if expr.on is not None:
        return _kept(labels, expr.on)
    return _without(labels, expr.ignoring or ())


def _kept(labels: Labels, names: Sequence[str]) -> Labels:
    return tuple(pair for pair in labels if pair[0] in names)


def _without(labels: Labels, names: Sequence[str]) -> Labels:
    return tuple(pair for pair in labels if pair[0] not in names)
