"""A criterion with what its measure became, and how its rules read the value, the limits and the inputs.

Where a rule sees what was written in its own evaluation, they are read back from the recorded series, so that each is
computed once. Where it does not, they are computed in place: what is one evaluation old for one of them and two for
another would make a new member look like a missing one.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from compiler import naming
from compiler.diagnostics import Span
from compiler.measures.base import Lowered
from compiler.measures.context import Context, Read
from compiler.middle import requirements
from compiler.middle.inputs import Labels, coverage_of, labels, series_of
from compiler.middle.plan import Bound
from compiler.promql import build
from compiler.promql.expr import Expr, Matcher, String
from compiler.spec.model import Criterion


@dataclass(frozen=True, slots=True)
class Judged:
    """A criterion with what its measure became. `by` are the labels of its value."""

    gate: str
    category: str
    spec: Criterion
    context: Context
    lowered: Lowered
    reads: tuple[Read, ...]
    bounds: tuple[Bound, ...]
    requirement: str
    by: tuple[str, ...]
    min_coverage: float
    origin: Span

    def labels(self, **more: str) -> Labels:
        """The labels of the criterion's own series."""
        return labels(gate=self.gate, category=self.category, criterion=self.spec.id, **more)

    @property
    def inner_labels(self) -> Labels:
        """The labels of what only the criterion's own rules read."""
        return labels(gate=self.gate, criterion=self.spec.id)

    def recorded(self, name: str, *matchers: Matcher) -> Expr:
        """One of the criterion's series, as the engine lets rules read it back."""
        own = build.equal(naming.GATE, self.gate), build.equal(naming.CRITERION, self.spec.id)
        return build.fresh(name, *own, *matchers, within=self.context.evaluation.within)

    def _input(self, name: str, read: Read, *matchers: Matcher) -> Expr:
        own = build.equal(naming.GATE, self.gate), build.equal(naming.INPUT, read.name)
        return build.fresh(name, *own, *matchers, within=self.context.evaluation.within)

    @property
    def _collapses(self) -> bool:
        return self.context.evaluation.engine.collapses

    @property
    def finite_value(self) -> Expr:
        """The value from the metrics, without what is no number."""
        return build.finite(self.lowered.value)

    @property
    def value(self) -> Expr:
        """The value, to be judged."""
        return self.finite_value if self._collapses else self.recorded(naming.CRITERION_VALUE)

    def series(self, read: Read, *matchers: Matcher) -> Expr:
        """How many series an input has now, in each group of its `by`; `matchers` choose among the groups."""
        if self._collapses:
            return series_of(read, *matchers)
        return self._input(naming.input_series(read.by), read, *matchers)

    def coverage(self, read: Read) -> Expr:
        """In which share of its window an input reported, in each group of its `by`."""
        if self._collapses:
            return coverage_of(read)
        return self._input(naming.input_coverage(read.by), read, build.equal(naming.WINDOW, str(read.window)))

    def limits(self, bound: Bound) -> Iterator[tuple[Expr, dict[str, str]]]:
        """The parts of a bound, each with the member that it is for, if the part does not say that itself."""
        if bound.limit is not None:
            yield build.constant(bound.limit), {}
        for member, limit, _ in bound.per_member:
            yield build.constant(limit), {self.by[0]: member}
        if bound.metric:
            for limit_metric in requirements.limit_metrics(self.spec.require):
                # Where replicas disagree about a limit, the strictest holds.
                strictest = build.extreme("min" if bound.kind == "max" else "max", limit_metric.metric, self.by)
                yield build.finite(build.to_base(strictest, self.context.factor(limit_metric.metric))), {}

    def threshold(self, bound: Bound) -> Expr:
        """The limit of each member, where limits differ by member."""
        if not self._collapses:
            return self.recorded(naming.CRITERION_THRESHOLD, build.equal(naming.BOUND, bound.kind))
        return build.either(_named(expr, member) for expr, member in self.limits(bound))


def _named(expr: Expr, member: dict[str, str]) -> Expr:
    """The expression with the label of the member that it is for."""
    for label, value in member.items():
        literal = String(value.replace("$", "$$"))  # a $ would stand for a group of the expression
        expr = build.call("label_replace", expr, String(label), literal, String(""), String(""))
    return expr
