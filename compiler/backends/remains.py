"""What is visible beside the results of this evaluation, and no rule may take for one of them.

A rule that fails leaves its last value visible for five minutes; so does a rule that was removed or changed. promtool
cannot make a rule fail, but it can be given such values: for each recorded series that the rules of a criterion read,
one of an evaluation before, and one of this evaluation for each matcher that it does not satisfy (of another gate, of
another criterion). They say good of what is bad, and bad of what is good: a rule that takes any of them is found out.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from math import inf
from typing import Final

from compiler import naming, states
from compiler.fields import Duration
from compiler.middle.plan import CriterionPlan, GatePlan, Remains, Rule, Scenario
from compiler.promql.expr import Aggregate, Binary, Call, Expr, Matrix, Vector
from compiler.promql.matching import example
from compiler.promql.series import Labels, Piece, Series
from compiler.promql.walk import children

_OTHER: Final = "another"
_EXTREME: Final = 1e9
_REMEMBERED: Final = 256  # levels and intervals, of which a gate has few
# Of all windows, so few events a second are more than none, and less than one.
_PARTS: Final = {Remains.ZERO: 0.0, Remains.FEW: 1e-7, Remains.HIGH: inf}
_OWN: Final = frozenset(
    {naming.CRITERION_VALUE, naming.CRITERION_THRESHOLD, naming.CRITERION_STATE, naming.CRITERION_PASS}
)

_Reading = tuple[Mapping[str, str], Rule, tuple[Vector, ...]]  # the labels of a rule, itself, and what it reads


@dataclass(frozen=True, slots=True)
class _Read:
    """A recorded series that a rule reads: its selector, and all that is asked of it for every scenario.

    `output` are the labels that it has beside those that its selector names, `chosen` one value of each of these.
    """

    selector: Vector
    operation: str
    chosen: Mapping[str, str]
    output: tuple[str, ...]
    _known: dict[tuple[Labels, float, int], tuple[Series, ...]] = field(default_factory=dict)

    def beside(self, group: Labels, level: float, interval: Duration) -> tuple[Series, ...]:
        """What says this level of a group. Most scenarios ask for the same, and then it is the same object."""
        key = group, level, interval.milliseconds
        if key not in self._known:
            self._known[key] = tuple(self._made(group, level, interval.milliseconds))
        return self._known[key]

    def _made(self, group: Labels, level: float, interval: int) -> Iterator[Series]:
        name, own, (before, now) = self.selector.name, {**self.chosen, **dict(group)}, _pieces(level, interval)
        yield Series(name, _sorted({**own, naming.LEFT_BEHIND: "1"}), before)
        for matcher in self.selector.matchers:
            if matcher.op == "=":
                yield Series(name, _sorted({**own, matcher.label: _OTHER}), now)


@dataclass(frozen=True)
class Remainders:
    """What the rules of a gate may find of other evaluations, gates and criteria.

    Most scenarios of a criterion have the same beside them, which is made once.
    """

    gate: GatePlan
    _known: dict[tuple[str, Remains, Duration, tuple[Labels, ...], bool], tuple[Series, ...]] = field(
        default_factory=dict
    )
    _reads_of: dict[tuple[str, bool], tuple[_Read, ...]] = field(default_factory=dict)
    _read_by: dict[Vector, _Read] = field(default_factory=dict)

    def beside(self, criterion: CriterionPlan, scenario: Scenario) -> tuple[Series, ...]:
        """The series that are there beside a scenario."""
        if not scenario.remains:
            return ()
        labels, strangers = tuple(_labels_in(scenario)), not scenario.state.no_data
        key = (criterion.id, scenario.remains, scenario.interval, labels, strangers)
        if key not in self._known:
            made = self._made(criterion, *key[1:4], strangers=strangers)
            self._known[key] = made if scenario.series else tuple(map(_unmarked, made))
        return self._known[key]

    def _made(
        self,
        criterion: CriterionPlan,
        what: Remains,
        interval: Duration,
        labels: tuple[Labels, ...],
        *,
        strangers: bool,
    ) -> tuple[Series, ...]:
        levels = _levels(criterion, what)
        reads = self._reads(criterion, deep=what is not Remains.GOOD_INPUTS)
        groups = {output: _groups(output, labels, strangers=strangers) for output in {one.output for one in reads}}
        found: list[Series] = []
        for read in reads:
            level = levels.get(read.operation, levels[""])
            for group in groups[read.output]:
                found += read.beside(group, level, interval)
        return tuple(found)

    @cached_property
    def _reading(self) -> tuple[_Reading, ...]:
        """Each rule with the recorded series that it reads."""
        return tuple((dict(rule.labels), rule, tuple(_recorded(rule.expr))) for rule in self.gate.rules)

    @cached_property
    def _by_record(self) -> Mapping[str, list[_Reading]]:
        found: dict[str, list[_Reading]] = {}
        for one in self._reading:
            found.setdefault(one[1].record, []).append(one)
        return found

    def _reads(self, criterion: CriterionPlan, *, deep: bool) -> tuple[_Read, ...]:
        key = criterion.id, deep
        if key not in self._reads_of:
            found = dict.fromkeys(self._selectors(criterion, deep=deep))
            self._reads_of[key] = tuple(map(self._read, found))
        return self._reads_of[key]

    def _selectors(self, criterion: CriterionPlan, *, deep: bool) -> Iterator[Vector]:
        """The recorded series that the rules of the criterion read, and, `deep`, those that these are had from."""
        todo = deque(reads for own, _, reads in self._reading if own.get(naming.CRITERION) == criterion.id)
        done: set[str] = set()
        while todo:
            for read in todo.popleft():
                yield read
                if deep and read.name not in done and read.name not in _OWN:
                    done.add(read.name)
                    todo += [reads for own, _, reads in self._by_record[read.name] if _fits(own, read)]

    def _read(self, selector: Vector) -> _Read:
        if selector not in self._read_by:
            chosen = {one.label: one.value if one.op == "=" else example(one.value) or "" for one in selector.matchers}
            operation = naming.operation(selector.name)
            self._read_by[selector] = _Read(selector, operation, chosen, self._output(selector))
        return self._read_by[selector]

    def _output(self, read: Vector) -> tuple[str, ...]:
        """The labels that a recorded series has beside those that its selector names."""
        rule = next((rule for own, rule, _ in self._by_record.get(read.name, ()) if _fits(own, read)), None)
        if rule is None:
            return ()
        named = {naming.CATEGORY, *(matcher.label for matcher in read.matchers)}
        return tuple(dict.fromkeys((*_labels(rule.expr), *(label for label, _ in rule.labels if label not in named))))


def _fits(own: Mapping[str, str], read: Vector) -> bool:
    """Whether a selector may find what a rule with these labels records."""
    return all(matcher.op != "=" or own.get(matcher.label, matcher.value) == matcher.value for matcher in read.matchers)


def _recorded(expr: Expr) -> Iterator[Vector]:
    """The recorded series that are read as of this evaluation."""
    match expr:
        case Call("last_over_time", (Matrix(vector, _),)) if naming.is_recorded(vector.name) and not vector.offset:
            yield vector
        case _:
            for child in children(expr):
                yield from _recorded(child)


def _labels(expr: Expr) -> tuple[str, ...]:
    match expr:
        case Aggregate(labels=labels):
            return labels
        case Binary(on=on) if on:
            return on
        case _:
            return next((labels for child in children(expr) if (labels := _labels(child))), ())


def _labels_in(scenario: Scenario) -> Iterator[Labels]:
    """Each set of labels that a series of the scenario or a value has, once; none, where there are no series."""
    recorded = (own for own, _ in scenario.values or ())
    yield from dict.fromkeys((*(one.labels for one in scenario.series), *recorded)) or [()]


def _groups(output: tuple[str, ...], every: Iterable[Labels], *, strangers: bool) -> tuple[Labels, ...]:
    """The groups by these labels that there are, and one more that is nobody's."""
    have = (dict(labels) for labels in every)
    found = [tuple((label, own[label]) for label in output) for own in have if own.keys() >= set(output)]
    nobody = [tuple((label, _OTHER) for label in output)] if output and strangers else []
    return tuple(dict.fromkeys((*found, *nobody)))


def _levels(criterion: CriterionPlan, remains: Remains) -> Mapping[str, float]:
    """What each recorded series says when all is good, or bad; "" stands for the parts of a measure."""
    good = remains.good
    wanted = states.PASS if good else states.FAIL
    told = [scenario.values for scenario in criterion.scenarios() if scenario.state is wanted and scenario.values]
    values = [values[0][1] for values in told] if good else [value for values in told for _, value in values]
    kinds = {bound.kind for bound in criterion.bounds}
    upper = "max" in kinds
    # Beside a bad one there are good ones in between.
    worst = min if kinds == {"min"} or (remains is Remains.ZERO and kinds != {"max"}) else max
    value = values[0] if values and good else worst(values, default=0.0)
    return {
        naming.operation(naming.input_series(())): 5.0 if good else 0.0,
        naming.operation(naming.input_coverage(())): 1.0 if good else 0.0,
        naming.operation(naming.INPUT_AGE): 0.0 if good else _EXTREME,
        naming.operation(naming.CRITERION_VALUE): value,
        naming.operation(naming.CRITERION_RESULT): value,
        naming.operation(naming.CRITERION_IDLE): 0.0,
        naming.operation(naming.CRITERION_THRESHOLD): _EXTREME if good == upper else -_EXTREME,
        naming.operation(naming.CRITERION_STATE): float((states.PASS if good else states.NO_DATA).code),
        naming.operation(naming.CRITERION_PASS): float(good),
        "": _PARTS.get(remains, 1.0),
    }


def _unmarked(one: Series) -> Series:
    """A part that was left behind, as it is where nothing takes its place: its rule has no series to read."""
    if one.name.startswith(naming.OWN_PREFIXES) or ":input:" in one.name:
        return one
    return replace(one, labels=tuple(label for label in one.labels if label[0] != naming.LEFT_BEHIND))


@lru_cache(maxsize=_REMEMBERED)
def _pieces(level: float, interval: int) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """A value of the evaluation before this one, and one of this evaluation."""
    return (Piece(interval, level), Piece(interval - 1, None)), (Piece(0, level),)


def _sorted(labels: Mapping[str, str]) -> Labels:
    return tuple(sorted((label, value) for label, value in labels.items() if value))
