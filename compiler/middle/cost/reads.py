"""What an expression reads and gives, counted by its tree.

- an instant selector: a sample for each of its series;
- a range: for each of its series the samples in it, `window / scrape_interval`;
- a subquery: for each of the series inside a sample a step. What it reads to get them is `inside`: Prometheus' own
  count (`totalQueryableSamples`) leaves it out, in all generations that were measured;
- everything else: what its operands read.

A range that begins exactly at a sample holds one more on Prometheus 2.x, where ranges are closed, than on 3.x, where
they are left-open. Scrapes do not fall on evaluations to the millisecond, so both hold the same, unless it is said that
they do (`on_samples`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from compiler import naming
from compiler.fields import Duration
from compiler.middle.cost.cardinality import Cardinalities
from compiler.middle.dependencies import Writers
from compiler.middle.plan import GatePlan
from compiler.promql.expr import Aggregate, Binary, Call, Expr, Matcher, Matrix, Number, String, Subquery, Vector
from compiler.promql.walk import children

_DEFAULT_STEP: Final = Duration.parse("1m")  # Prometheus' evaluation interval, unless it is configured
_MARKED: Final = "le"


@dataclass(frozen=True, slots=True)
class Reading:
    """One selector of raw series over one window (None: as of now), at each sample or at every `step`."""

    selector: Vector
    window: Duration | None
    step: Duration | None
    function: str  # of time, such as rate; "" if there is none
    series: int
    samples: int


@dataclass(frozen=True, slots=True)
class _Rows:
    """Series that an expression gives: `count` of them, from `source` by the labels `kept` (None: all of its own).

    `fixed` are the labels that a rule has put on all of them.
    """

    count: int
    source: Vector | None = None
    kept: tuple[str, ...] | None = ()
    fixed: dict[str, str] = field(default_factory=dict)


class Reader:
    """Counts expressions of one gate."""

    def __init__(self, plan: GatePlan, cardinalities: Cardinalities, *, on_samples: bool = False) -> None:
        self._plan = plan
        self._first = int(on_samples)
        self._cardinalities = cardinalities
        self._writers = Writers(plan.rules)
        self._recorded: dict[int, tuple[_Rows, ...]] = {}
        self._selected_series: dict[Vector, int] = {}

    def samples(self, expr: Expr) -> int:
        """How many samples an expression reads, as Prometheus counts them."""
        return sum(map(self._counted, _outermost(expr)))

    def _counted(self, reading: Vector | Matrix | Subquery) -> int:
        match reading:
            case Vector():
                return self.series(reading)
            case Matrix(vector, window):
                return self.series(vector) * self._within(vector, window)
            case Subquery(inner):
                return self._steps(reading) * self.series(inner)

    def inside(self, expr: Expr) -> int:
        """How many samples are read inside of its subqueries."""
        subqueries = (one for one in _outermost(expr) if isinstance(one, Subquery))
        return sum(self._steps(one) * (self.samples(one.expr) + self.inside(one.expr)) for one in subqueries)

    def series(self, expr: Expr) -> int:
        """How many series an expression gives."""
        if not isinstance(expr, Vector):
            return sum(rows.count for rows in self._rows(expr))
        if expr not in self._selected_series:
            self._selected_series[expr] = sum(rows.count for rows in self._selected(expr))
        return self._selected_series[expr]

    def recorded(self, place: int) -> int:
        """How many series a rule of the gate records."""
        return sum(rows.count for rows in self._written(place))

    def raw(self, expr: Expr, function: str = "") -> Iterator[Reading]:
        """The readings of raw series in an expression."""
        match expr:
            case Vector(name) | Matrix(Vector(name)) if name in self._writers:
                return
            case Vector():
                yield self._reading(expr, None, None, "", expr)
            case Matrix(vector, window):
                yield self._reading(vector, window, None, function, expr)
            case Subquery(Vector() as vector, window):
                yield self._reading(vector, window, expr.step or _DEFAULT_STEP, function, expr)
            case _:
                inner = expr.function if isinstance(expr, Call) else ""
                for child in children(expr):
                    yield from self.raw(child, inner)

    def _reading(
        self, selector: Vector, window: Duration | None, step: Duration | None, function: str, expr: Expr
    ) -> Reading:
        samples = self.samples(expr) + self.inside(expr)
        return Reading(selector, window, step, function, self.series(selector), samples)

    def _steps(self, subquery: Subquery) -> int:
        step = subquery.step or _DEFAULT_STEP
        return max(1, subquery.window.milliseconds // step.milliseconds + self._first)

    def _within(self, vector: Vector, window: Duration) -> int:
        """How many samples one series has in a window."""
        if vector.name not in self._writers:
            return max(1, window.milliseconds // self._plan.scrape_interval.milliseconds + self._first)
        # The newest is of this same moment; one at the very beginning counts on closed ranges only, and no rule asks.
        return -(-window.milliseconds // self._plan.evaluate_every.milliseconds)

    def _rows(self, expr: Expr) -> tuple[_Rows, ...]:
        match expr:
            case Vector():
                return self._selected(expr)
            case Number() | String():
                return ()
            case Matrix(vector):
                return self._rows(vector)
            case Call():
                return self._called(expr)
            case Aggregate():
                return self._aggregated(expr)
            case Binary():
                return self._combined(expr)
            case _:
                return self._rows(children(expr)[0])

    def _selected(self, vector: Vector) -> tuple[_Rows, ...]:
        if vector.name not in self._writers:
            count = self._cardinalities.series(vector)
            return (_Rows(count, vector, None),) if count else ()
        written = (rows for place in self._writers.of(vector) for rows in self._written(place))
        return tuple(_matched(rows, vector.matchers) for rows in written)

    def _written(self, place: int) -> tuple[_Rows, ...]:
        """What a rule records. One that reads its own past has, for that, one series; on a good day nobody is idle."""
        if place not in self._recorded:
            rule = self._plan.rules[place]
            if rule.record == naming.CRITERION_IDLE:
                return ()
            fixed = dict(rule.labels)
            self._recorded[place] = (_Rows(1, fixed=fixed),)
            given = self._rows(rule.expr)
            self._recorded[place] = tuple(_Rows(r.count, r.source, r.kept, {**r.fixed, **fixed}) for r in given)
        return self._recorded[place]

    def _called(self, call: Call) -> tuple[_Rows, ...]:
        match call.function, call.args:
            case "vector" | "absent", _:
                return (_Rows(1),)
            case "time" | "scalar", _:
                return ()
            case "histogram_quantile", (_, buckets):
                return tuple(self._without_le(rows) for rows in self._rows(buckets))
            case _, args:
                return next((rows for arg in args if (rows := self._rows(arg))), ())

    def _without_le(self, rows: _Rows) -> _Rows:
        if rows.kept is None or _MARKED not in rows.kept:
            return rows
        return self._grouped(rows, tuple(label for label in rows.kept if label != _MARKED))

    def _aggregated(self, expr: Aggregate) -> tuple[_Rows, ...]:
        if expr.without or expr.op in {"topk", "bottomk"}:
            return self._rows(expr.expr)
        groups: dict[tuple[tuple[str, str], ...], _Rows] = {}
        for rows in self._rows(expr.expr):
            found = self._grouped(rows, expr.labels)
            key = tuple(sorted(found.fixed.items()))
            groups[key] = max(groups.get(key, found), found, key=lambda one: one.count)
        return tuple(groups.values())

    def _grouped(self, rows: _Rows, labels: tuple[str, ...]) -> _Rows:
        fixed = {label: value for label, value in rows.fixed.items() if label in labels}
        free = tuple(label for label in labels if label not in fixed and (rows.kept is None or label in rows.kept))
        if not free or rows.source is None:
            return _Rows(1, rows.source, (), fixed)
        return _Rows(min(rows.count, self._cardinalities.groups(rows.source, free)), rows.source, free, fixed)

    def _combined(self, expr: Binary) -> tuple[_Rows, ...]:
        left, right = self._rows(expr.left), self._rows(expr.right)
        if not left and expr.op in {"and", "unless"}:
            return ()
        if expr.group == "right" or not left:
            return right
        if expr.op == "or" and expr.on != () and sum(r.count for r in right) > sum(r.count for r in left):
            return right
        return left


def _outermost(expr: Expr) -> Iterator[Vector | Matrix | Subquery]:
    """What of an expression reads samples, but for what is in a range or a subquery."""
    waiting = [expr]
    while waiting:
        one = waiting.pop()
        if isinstance(one, (Vector, Matrix, Subquery)):
            yield one
        else:
            waiting += children(one)


def _matched(rows: _Rows, matchers: tuple[Matcher, ...]) -> _Rows:
    """What is left where a matcher chooses among labels that the rule does not fix: one, or a list of alternatives."""
    wanted = (len(m.value.split("|")) for m in matchers if m.label not in rows.fixed and m.op in {"=", "=~"})
    count = min((rows.count, *wanted))
    return rows if count == rows.count else _Rows(count, rows.source, rows.kept, rows.fixed)
