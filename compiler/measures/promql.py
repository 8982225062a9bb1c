"""The escape hatch: a value by an expression of the author's own, held to the same laws as the other kinds.

Value: what the expression returns: one series without `by`, or one for each group of `by`. More or fewer series than
that, NaN and Inf are never a pass. Every selector in the expression must report, throughout its range if it has one,
and with `by`, every group that any of its metrics has must have a value: to leave some out, choose in the selectors.

    measure: {kind: promql, expr: "max(kafka_consumergroup_lag) / 60", unit: minutes}
    require: {at_most: 5m}

The comparison with the requirement belongs in `require`, not in the expression. What the expression means is for its
author to say, by examples, which become tests of the rules:

    measure: {kind: promql, expr: "max(kafka_consumergroup_lag) / 60", unit: minutes, examples: [
      {series: {'kafka_consumergroup_lag{topic="orders"}': 300}, value: 5m, expect: pass},
      {series: {'kafka_consumergroup_lag{topic="orders"}': 301}, expect: fail}]}

A number is a series that has always had that value; a text are its values as promtool writes them, as far apart as
scrapes, the last of which is the newest. Besides pass and fail, an example may expect no_data, partial, undefined and
the like. An example with `value` is used for all other tests of the criterion as well.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from compiler import states
from compiler.fields import NUMBER, UNITS, Duration, Unit
from compiler.measures.base import Lowered, Measurand, MeasureModel
from compiler.measures.context import Context, Read, Use
from compiler.measures.example import Example
from compiler.measures.situation import Impossible, Situation, Stage, Telling
from compiler.promql import build
from compiler.promql.expr import Binary, Call, Expr, Matcher, Vector
from compiler.promql.printer import show
from compiler.promql.walk import nodes
from compiler.spec_fields import Text, UnitName
from compiler.states import State

_UNASKED: Final = frozenset({"vector", "absent", "absent_over_time"})
_ARITHMETIC: Final = frozenset({"+", "-", "*", "/", "%", "^"})
_COMPARISONS: Final = frozenset({"==", "!=", "<", "<=", ">", ">="})


@lru_cache(maxsize=256)  # each is asked for dozens of times
def _parse(text: str) -> Expr:
    from compiler.promql.parse import parse  # noqa: PLC0415 - slow to load, and most specs have no expression

    return parse(text)


def _selectors(expr: Expr) -> tuple[tuple[Vector, Duration | None], ...]:
    from compiler.promql.parse import selectors  # noqa: PLC0415 - same

    return selectors(expr)


def _valid(text: str) -> str:
    _parse(text)
    return text


class PromQL(MeasureModel):
    """A value by a PromQL expression."""

    kind: Literal["promql"]
    expr: Annotated[Text, AfterValidator(_valid)] = Field(description="The expression whose result is the value.")
    unit_name: UnitName = Field("number", alias="unit", description="The unit of the result.")
    told: list[Example] = Field(
        default_factory=list, alias="examples", description="Series, and what must come of them.", max_length=100
    )

    @property
    def _tree(self) -> Expr:
        return _parse(self.expr)

    @property
    def answers_unasked(self) -> bool:
        """An expression may have an answer ready, as `or vector(0)` is."""
        return any(isinstance(one, Call) and one.function in _UNASKED for one in nodes(self._tree))

    @property
    def expressions(self) -> Mapping[str, str]:
        """The one that it is about."""
        return {"expr": self.expr}

    def uses(self) -> tuple[Use, ...]:
        """Every selector, of whatever type."""
        any_type: Final = ("counter", "gauge", "histogram")
        return tuple(Use("expr", Vector(v.name, v.matchers), any_type) for v, _ in _selectors(self._tree))

    def unit(self, context: Context) -> Unit:
        """What the author declares."""
        del context
        return UNITS.get(self.unit_name, NUMBER)

    def reads(self, context: Context) -> tuple[Read, ...]:
        """Every selector, throughout its range."""
        del context
        return tuple(Read(Vector(v.name, v.matchers), window) for v, window in _selectors(self._tree))

    def lower(self, context: Context) -> Lowered:
        """The result, recorded where that can be read back; its series are counted against those that are judged."""
        if context.evaluation.engine.collapses:
            return self._lowered(self._tree, context)
        return replace(self._lowered(context.result, context), result=self._tree)

    def _lowered(self, result: Expr, context: Context) -> Lowered:
        each = build.aggregate("max", result, context.by)
        factor = float(UNITS[self.unit_name].factor)
        return Lowered(value=build.to_base(each, factor), expected=self._members(result, context))

    def _members(self, result: Expr, context: Context) -> Expr:
        """The number of results, if there is one for each group that any of the metrics has.

        A join loses the group that one of its sides does not have, and an engine whose expressions drop NaN the one
        whose value is 0/0.
        """
        count = build.aggregate("count", result)
        if not context.by:
            return count
        named = tuple(Matcher(label, "!=", "") for label in context.by)
        reads = (Vector(vector.name, (*vector.matchers, *named)) for vector, _ in _selectors(self._tree))
        groups: Expr = build.aggregate("group", result, context.by)
        for read in dict.fromkeys(reads):
            groups = Binary("or", groups, build.aggregate("group", read, context.by), on=context.by)
        return Binary("==", count, build.aggregate("count", groups), on=())

    def situation(self, context: Context, stage: Stage, value: float) -> Situation:
        """The example whose value is nearest. A value that must be exact is for the author to give an example of."""
        if stage.precise or context.by:
            raise Impossible
        told = [one for one in self.told if one.value is not None and one.state in {states.PASS, states.FAIL}]
        if not told:
            raise Impossible
        nearest = min(told, key=lambda one: abs((one.value.base if one.value else 0) - value))
        return self._told(nearest, context)

    def odd(self, read: Read, sample: float) -> State | None:
        """Whether a sample that is no number makes a difference, is for the expression to say."""
        del read, sample
        raise Impossible

    def examples(self, context: Context) -> Telling:
        """Those of the spec."""
        for number, one in enumerate(self.told, 1):
            name = f"number {number}, {one.title}" if one.title else f"number {number}"
            yield name, lambda one=one: self._told(one, context)  # type: ignore[misc]
        if context.by:
            yield "a group that one side of a join does not have", lambda: self._lost(context)

    def _lost(self, context: Context) -> Situation:
        """An example that passes, with one group more that only the left side knows. Raises Impossible."""
        joined, passing = self._tree, [one for one in self.told if one.state is states.PASS]
        if not passing or not isinstance(joined, Binary) or joined.op not in _ARITHMETIC:
            raise Impossible
        left, right = ({vector.name for vector, _ in _selectors(side)} for side in (joined.left, joined.right))
        whole, label = self._told(passing[0], context), context.by[0]
        own = next((one for one in whole.series if one.name in left and dict(one.labels).get(label)), None)
        if own is None or not right or left & right:
            raise Impossible
        lost = own.labelled(**{label: f"{dict(own.labels)[label]}_more"})
        return Situation((*whole.series, lost), None, states.UNDEFINED)

    def _told(self, one: Example, context: Context) -> Situation:
        windows = [window for _, window in _selectors(self._tree) if window]
        return one.situation(max(windows, default=context.window), context.scrape_interval)

    @property
    def whole_examples(self) -> bool:
        """The author gives the series of all members."""
        return True

    def describe(self, context: Context) -> str:
        """The expression."""
        by = f", by {', '.join(context.by)}" if context.by else ""
        return f"{show(self._tree)}{by}"

    def problems(self, context: Context) -> Iterator[tuple[str, str, str]]:
        """A comparison inside drops what does not meet it, so that nothing would be left to fail."""
        del context
        tree = self._tree
        if isinstance(tree, Binary) and tree.op in _COMPARISONS:
            yield (
                "expr",
                "the expression ends in a comparison, which drops the values that do not meet it",
                ("write the bound in `require`, for example `require: {below: 5}`, and leave it out of the expression"),
            )
        known = [selector for selector, _ in _selectors(tree)]
        for one in (selector for example in self.told for selector in example.selectors):
            if not any(one.name == selector.name for selector in known):
                yield (
                    "examples",
                    f"an example has series of {one.name}, which the expression does not read",
                    f"the expression reads {', '.join(dict.fromkeys(selector.name for selector in known))}",
                )
        if not _selectors(tree):
            yield (
                "expr",
                "the expression reads no metric, so it can say nothing about the system",
                ("name a metric in it"),
            )

    def measurand(self, context: Context) -> Measurand:
        """The expression as it is printed, so that blanks and the order of matchers do not matter."""
        del context
        text = show(self._tree)
        return Measurand(("promql", text), text, scale=Fraction(UNITS[self.unit_name].factor))
