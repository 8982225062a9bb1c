"""Requirements as bounds on what is measured, so that those of different criteria can be compared.

A measure gives its quantity in a normal form (`Measurand`); here the bounds on the value become bounds on the quantity.
An availability of at least 99.9% and an error rate of at most 1% are then two bounds on one quantity, and which implies
which is a comparison of fractions, without rounding.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import Final

from compiler.checks.base import Same, each_criterion, fits
from compiler.fields import NUMBER, SECONDS, Duration, Quantity, Unit, in_unit
from compiler.measures.base import Measurand
from compiler.measures.context import Context
from compiler.middle import requirements
from compiler.promql.expr import Vector
from compiler.spec.model import Criterion, Gate
from compiler.spec.requirement import MetricLimit, TableLimit
from compiler.spec.source import Path

EVERY: Final = None  # instead of a member: all of them
_MINUTE: Final = 60


@dataclass(frozen=True, slots=True)
class End:
    """One end of an interval. `value` is a number of base units, or what says which metric the limit is taken from."""

    value: Fraction | tuple[object, ...]
    strict: bool

    def at_most(self, other: "End") -> bool:
        """Whether what is below this upper end is below the other."""
        return self._before(other, self.value, other.value)

    def at_least(self, other: "End") -> bool:
        """Whether what is above this lower end is above the other."""
        return self._before(other, other.value, self.value)

    def _before(self, other: "End", less: object, more: object) -> bool:
        if self.value == other.value:
            return self.strict or not other.strict
        return isinstance(less, Fraction) and isinstance(more, Fraction) and less < more

    def excludes(self, upper: "End") -> bool:
        """Whether nothing is above this lower end and below that upper one."""
        if self.value == upper.value:
            return self.strict or upper.strict
        return isinstance(self.value, Fraction) and isinstance(upper.value, Fraction) and upper.value < self.value


@dataclass(frozen=True, slots=True)
class Interval:
    """The values that a requirement allows; an end that is None is open."""

    low: End | None
    high: End | None


@dataclass(frozen=True, slots=True)
class Constraint:
    """What a criterion requires of its quantity, for each member that has limits of its own, or for `EVERY` one."""

    path: Path
    criterion: Criterion
    context: Context
    measurand: Measurand
    intervals: Mapping[str | None, Interval]
    unit: Unit

    @property
    def category(self) -> int:
        """The index of its category."""
        return int(self.path[1])

    @property
    def where(self) -> Path:
        """The place of the bound."""
        return (*self.path, "require", self.criterion.require.word)

    @property
    def what(self) -> tuple[object, ...]:
        """Constraints for which this is equal are about the same quantity, but for its rank."""
        return (_normal(self.measurand.of), self.measurand.window, tuple(sorted(self.context.by)))

    @property
    def required(self) -> str:
        """The requirement in the author's words."""
        return requirements.words(self.criterion.require, (*self.context.by, *self.criterion.measure.own_labels))

    @property
    def quantity(self) -> str:
        """The quantity in words, with its window."""
        window = f" over {self.measurand.window}" if self.measurand.window else ""
        by = f", by {', '.join(self.context.by)}" if self.context.by else ""
        return f"{self.measurand.text}{window}{by}"

    def implies(self, other: "Constraint") -> bool:
        """Whether no value of a good member here is bad there. Both are about the same quantity."""
        if EVERY in self.intervals:
            return all(self._holds(self.intervals[EVERY], other, interval) for interval in other.intervals.values())
        if EVERY in other.intervals:
            return all(self._holds(interval, other, other.intervals[EVERY]) for interval in self.intervals.values())
        return all(
            member in self.intervals and self._holds(self.intervals[member], other, interval)
            for member, interval in other.intervals.items()
        )

    def _holds(self, mine: Interval, other: "Constraint", theirs: Interval) -> bool:
        rank, their_rank = self.measurand.rank, other.measurand.rank
        high = theirs.high is None or (mine.high is not None and mine.high.at_most(theirs.high) and their_rank <= rank)
        low = theirs.low is None or (mine.low is not None and mine.low.at_least(theirs.low) and their_rank >= rank)
        return high and low

    def excludes(self, other: "Constraint") -> bool:
        """Whether some member can never be good both here and there. Both are about the same quantity."""
        rank, their_rank = self.measurand.rank, other.measurand.rank
        return any(
            (rank <= their_rank and _is_above(mine, theirs)) or (their_rank <= rank and _is_above(theirs, mine))
            for member, mine in self.intervals.items()
            for their_member, theirs in other.intervals.items()
            if EVERY in (member, their_member) or member == their_member
        )

    def spell(self, unit: Unit | None = None) -> str:
        """The bounds on the quantity in words: "at most 0.1%"."""
        limits = {_spell(one, unit or self.unit) for one in self.intervals.values()}
        return next(iter(limits)) if len(limits) == 1 else self.required


def _is_above(mine: Interval, theirs: Interval) -> bool:
    return mine.low is not None and theirs.high is not None and mine.low.excludes(theirs.high)


def constraints(gate: Gate) -> tuple[Constraint, ...]:
    """What every criterion requires, as far as its measure can be reasoned about."""
    return _constraints(Same(gate))


@lru_cache(maxsize=1)  # the checks of one gate ask for it one after the other
def _constraints(same: Same) -> tuple[Constraint, ...]:
    return tuple(_each(same.gate))


def _each(gate: Gate) -> Iterator[Constraint]:
    for path, criterion, context in each_criterion(gate):
        measurand = criterion.measure.measurand(context)
        if measurand is not None and _is_comparable(criterion, context):
            intervals = _intervals(criterion, measurand, context)
            yield Constraint(path, criterion, context, measurand, intervals, _unit(criterion))


def _is_comparable(criterion: Criterion, context: Context) -> bool:
    """Whether the bounds are in the unit of the value; if not, the check of units says so."""
    unit = criterion.measure.unit(context)
    tables = [one.by_member.values() if isinstance(one, TableLimit) else (one,) for one in criterion.require.limits]
    numbers = (one for table in tables for one in table if isinstance(one, Quantity))
    return all(fits(one, unit) for one in numbers)


def related(gate: Gate) -> Iterator[tuple[Constraint, Constraint]]:
    """Every two criteria that are about one quantity, in reading order."""
    seen: dict[tuple[object, ...], list[Constraint]] = {}
    for one in constraints(gate):
        earlier = seen.setdefault(one.what, [])
        yield from ((before, one) for before in earlier)
        earlier.append(one)


def passes_with(one: Constraint, other: Constraint, gate: Gate) -> bool:
    """Whether `other` passes whenever `one` does, as far as anything but the two bounds is concerned."""
    mine, theirs = one.criterion, other.criterion
    waived = mine.waive_while is None or mine.waive_while == theirs.waive_while
    absent = mine.when_absent == "fail" or theirs.when_absent == "zero"
    members = theirs.members is None or theirs.members == mine.members
    return waived and absent and members and _idle_with(mine, theirs) and _data_with(one, other, gate)


def _idle_with(mine: Criterion, theirs: Criterion) -> bool:
    my_floor, their_floor = mine.min_events or 0, theirs.min_events or 0
    if mine.when_idle == "pass":
        return theirs.when_idle == "pass" and my_floor <= their_floor
    return theirs.when_idle == "pass" or their_floor <= my_floor


def _data_with(one: Constraint, other: Constraint, gate: Gate) -> bool:
    if (one.criterion.max_error or gate.defaults.max_error) != (other.criterion.max_error or gate.defaults.max_error):
        return False
    reads, their_reads = ({r for r in c.criterion.measure.reads(c.context) if r.required} for c in (one, other))
    coverage, their_coverage = (c.criterion.min_coverage or gate.defaults.min_coverage for c in (one, other))
    return their_reads <= reads and their_coverage.base <= coverage.base


def meaning(one: Constraint, unit: Unit) -> str:
    """What a criterion requires, as a bound on the quantity, in a unit that both sides of a comparison share."""
    shown = unit if unit.fits(one.unit) else one.unit
    by_metric = any(isinstance(end.value, tuple) for i in one.intervals.values() for end in (i.low, i.high) if end)
    if by_metric or len(set(one.intervals.values())) > 1:
        return f"{one.criterion.id} requires of {one.quantity}: {one.required}"
    if one.measurand.offset == 0 and one.measurand.scale == 1:
        return f"{one.criterion.id} requires {one.quantity} to be {one.required}"
    return f"{one.criterion.id}, {one.required}, requires {one.quantity} to be {one.spell(shown)}"


def of_value(constraint: Constraint) -> Constraint:
    """The same requirement as bounds on the value instead of the quantity."""
    plain = replace(constraint.measurand, offset=Fraction(0), scale=Fraction(1))
    return replace(constraint, intervals=_intervals(constraint.criterion, plain, constraint.context))


def _unit(criterion: Criterion) -> Unit:
    """The unit that the author writes the bound in."""
    for limit in criterion.require.limits:
        if isinstance(limit, Quantity):
            return limit.unit
        if isinstance(limit, TableLimit):
            return next(iter(limit.by_member.values())).unit
    return NUMBER


def _intervals(criterion: Criterion, measurand: Measurand, context: Context) -> dict[str | None, Interval]:
    sides = requirements.sides(criterion.require)
    tables = [limit for _, _, limit in sides if isinstance(limit, TableLimit)]
    members: list[str | None] = list(tables[0].by_member) if tables else [EVERY]
    return {member: _interval(sides, member, measurand, context) for member in members}


def _interval(
    sides: tuple[tuple[str, bool, requirements.Limit], ...], member: str | None, measurand: Measurand, context: Context
) -> Interval:
    ends = {kind: End(_at(limit, member, measurand, context), strict) for kind, strict, limit in sides}
    low, high = ends.get("min"), ends.get("max")
    return Interval(high, low) if measurand.scale < 0 else Interval(low, high)


def _at(
    limit: requirements.Limit, member: str | None, measurand: Measurand, context: Context
) -> Fraction | tuple[object, ...]:
    """Where the value reaches the limit, as a value of the quantity."""
    if isinstance(limit, MetricLimit):
        return (_normal((limit.metric,)), context.factor(limit.metric), measurand.offset, measurand.scale)
    number = limit.by_member[member or ""] if isinstance(limit, TableLimit) else limit
    return (Fraction(number.number * number.unit.factor) - measurand.offset) / measurand.scale


def _normal(of: tuple[object, ...]) -> tuple[object, ...]:
    """Selectors with their matchers in order, which is nothing that they mean."""
    return tuple(Vector(x.name, tuple(sorted(x.matchers))) if isinstance(x, Vector) else x for x in of)


def _spell(one: Interval, unit: Unit) -> str:
    low, high = one.low, one.high
    if low and high:
        if low == high:
            return f"exactly {_end(low, unit)}"
        return f"between {_end(low, unit)} and {_end(high, unit)}"
    if high:
        return f"{'below' if high.strict else 'at most'} {_end(high, unit)}"
    return f"{'above' if low and low.strict else 'at least'} {_end(low, unit)}" if low else "anything"


def _end(end: End, unit: Unit) -> str:
    return in_unit(end.value, unit) if isinstance(end.value, Fraction) else "the limit"


def spell_time(seconds: Fraction) -> str:
    """A length of time as people write it: 1.8s, 7m12s."""
    milliseconds = seconds * 1000
    if seconds < _MINUTE or milliseconds.denominator != 1:
        return in_unit(seconds, SECONDS)
    return str(Duration(int(milliseconds)))
