"""The unit tests of the rules that count how a gate has done; run by `promtool test rules statistics_tests.yml`.

They give the rules what the gate would have recorded of its state. Everything is judged between two evaluations, so
that the hour before holds as many of them on closed ranges (Prometheus 2) as on left-open ones (3).
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import PurePosixPath
from typing import Final

from compiler import naming, states
from compiler.backends.base import Artifact
from compiler.backends.promtool_tests import Expectation, Inputs, Sample, Test, render
from compiler.backends.rules_yaml import generated_from
from compiler.fields import Duration
from compiler.middle.plan import GatePlan
from compiler.promql import build
from compiler.promql.expr import Matcher, Vector
from compiler.promql.series import Labels, Piece, Series

NAME: Final = "statistics_tests"

_HOUR: Final = Duration.parse("1h").milliseconds
_ANOTHER: Final = "another"
# Where evaluations are more frequent, promtool's queries cannot hold an hour: they end at 10,000 samples, and it has no
# option for more.
_SHORTEST: Final = Duration.parse("2s")
_SEEN: Final = 2  # evaluations, for which a state is believed; more where rules believe it for longer
_READY: Final = states.GATE_READY.code
_OVERRIDDEN: Final = states.FIRST_FAILING - 1  # the last state that passes
_FAILING: Final = states.FIRST_FAILING
_NO_DATA: Final = states.GATE_NO_DATA.code


def emit(gates: tuple[GatePlan, ...]) -> Iterator[Artifact]:
    """One test file a gate, but for those whose hour promtool cannot hold in a query."""
    for gate in gates:
        if gate.evaluate_every < _SHORTEST:
            continue
        yield Artifact(
            PurePosixPath(gate.name, naming.STATISTICS_TESTS_FILE),
            render(_header(gate), [naming.STATISTICS_RULES_FILE], judged_at(gate), statistics_tests(gate)),
        )


def _header(gate: GatePlan) -> list[str]:
    return [
        generated_from(gate.source),
        "",
        f"{gate.title}: how its states are counted, hour by hour.",
        f"Run it here with: promtool test rules {naming.STATISTICS_TESTS_FILE}",
        "",
        f"Everything is judged at {judged_at(gate)}, between two evaluations, so that closed ranges (Prometheus 2) and",
        "left-open ones (3) hold the same ones. The states are the codes of " + naming.OVERALL_STATE + ".",
    ]


def judged_at(gate: GatePlan) -> Duration:
    """More than two hours after the start of a test, and some time after the last evaluation."""
    clock = _clock(gate)
    return Duration(2 * (clock.hour + 1) * clock.every + clock.latest)


@dataclass(frozen=True, slots=True)
class _Clock:
    """The evaluations of a gate, which are `every` milliseconds apart, the last of them `latest` before the end."""

    every: int
    latest: int

    @property
    def halves(self) -> bool:
        """Whether there can be samples halfway between two evaluations."""
        return self.every % 2 == 0

    @property
    def hour(self) -> int:
        """How many there are in the last hour."""
        return (_HOUR - self.latest - 1) // self.every + 1

    def ago(self, number: int) -> int:
        """When the evaluation was that `number` came after."""
        return self.latest + number * self.every


def _clock(gate: GatePlan) -> _Clock:
    """One by which no evaluation was just an hour ago."""
    every = gate.evaluate_every.milliseconds
    latest = next(one for one in (every // 2, every // 3) if (_HOUR - one) % every)
    return _Clock(every, latest)


@dataclass(frozen=True, slots=True)
class _Told:
    """A sentence, the states, and what comes of them: in how many evaluations of the hour each, and the closings."""

    name: str
    series: tuple[Series, ...]
    counts: Counter[int]
    closings: int | None


def statistics_tests(gate: GatePlan) -> Iterator[Test]:
    """Of what each state and each change of it adds to the hour; of gaps; of other gates."""
    clock = _clock(gate)
    for told in (*_steady(gate, clock), *_changing(gate, clock), *_unknown(gate, clock), *_beside(gate, clock)):
        yield _test(gate, clock, told)


def _steady(gate: GatePlan, clock: _Clock) -> Iterator[_Told]:
    for state in states.GATE_STATES:
        series = _series(gate.name, clock, [(clock.hour * 2, state.code)])
        yield _Told(f"The gate has been {state.name} all the time", (series,), Counter({state.code: clock.hour}), 0)


def _changing(gate: GatePlan, clock: _Clock) -> Iterator[_Told]:
    """Each is told by runs: since how many evaluations ago, which state."""
    hour = clock.hour
    begin, first = 2 * hour, hour - 1
    runs: dict[str, list[tuple[int, int]]] = {
        "closed in the first evaluation of the hour": [(begin, _OVERRIDDEN), (first, _FAILING)],
        "closed in the last evaluation before the hour": [(begin, _READY), (hour, _FAILING)],
        "closed in the last evaluation": [(begin, _READY), (0, _NO_DATA)],
        "opened in the last evaluation": [(begin, _FAILING), (0, _OVERRIDDEN)],
        "closed and opened twice": [(begin, _READY), (4, _FAILING), (3, _OVERRIDDEN), (2, _NO_DATA), (1, _READY)],
        "closed before the hour, and opened in it": [(begin, _READY), (hour + 3, _NO_DATA), (first // 2, _READY)],
        "was open in several states": [(begin, _READY), (3, _OVERRIDDEN), (2, _READY), (1, _OVERRIDDEN)],
        "was closed in several states": [(begin, _NO_DATA), (3, _FAILING), (2, _NO_DATA), (1, _FAILING)],
    }
    for name, changes in runs.items():
        yield _Told(
            f"The gate {name}",
            (_series(gate.name, clock, changes),),
            _counted(changes, hour),
            sum(before < _FAILING <= after and since < hour for (_, before), (since, after) in pairwise(changes)),
        )


def _unknown(gate: GatePlan, clock: _Clock) -> Iterator[_Told]:
    """A gap begins half an evaluation after a sample, so that none is just as old as it may be."""
    yield _Told("Nobody has judged", (), Counter(), None)
    every, hour = clock.every, clock.hour
    begin, end = hour // 2 + 1, 2
    last = clock.ago(begin) - every // 2
    pieces = (
        Piece(clock.ago(2 * hour), float(_READY)),
        Piece(last - every // 2, None),
        Piece(clock.ago(end), float(_FAILING)),
    )
    still_seen = _still_seen(gate)
    known = Counter({_READY: hour - begin + still_seen, _FAILING: end + 1})
    if clock.halves and begin - still_seen > end:
        name = "Nobody judged for a while, and then the gate was closed"
        yield _Told(name, (Series(naming.OVERALL_STATE, _own(gate.name), pieces),), known, 1)


def _beside(gate: GatePlan, clock: _Clock) -> Iterator[_Told]:
    """Other gates are not counted; of one that two judge, the worse state is its state."""
    hour = clock.hour
    ready = _series(gate.name, clock, [(2 * hour, _READY)])
    changes = [(2 * hour, _READY), (3, _FAILING), (2, _READY)]
    other = _series(_ANOTHER, clock, changes)
    yield _Told("Another gate was closed", (ready, other), Counter({_READY: hour}), 0)
    yield _Told("Just another gate is judged", (other,), Counter(), None)
    second = _series(gate.name, clock, changes).labelled(left_behind="1")
    yield _Told("Two judge, and one of them closes", (ready, second), Counter({_READY: hour, _FAILING: 1}), 1)
    overridden = [(2 * hour, _READY), (3, _OVERRIDDEN)]
    two = tuple(_series(gate.name, clock, overridden).labelled(left_behind=one) for one in ("1", "2"))
    yield _Told("Two judge, and both are overridden", two, _counted(overridden, hour), 0)
    if clock.halves:
        seen = _still_seen(gate)
        yield _Told(
            "Somebody else judges now and then, and each time fails",
            (ready, _now_and_then(gate, clock, seen)),
            Counter({_READY: hour, _FAILING: 3 * seen}),
            2,
        )


def _now_and_then(gate: GatePlan, clock: _Clock, seen: int) -> Series:
    """Three times: the second just before the first is forgotten, the third just after the second is."""
    first = 3 * seen + 4
    pieces = []
    for number in (first, first - seen, first - 2 * seen - 1):
        at = clock.ago(number) + clock.every // 2
        pieces += [Piece(at, float(_FAILING)), Piece(at - clock.every // 2, None)]
    return Series(naming.OVERALL_STATE, _own(gate.name), tuple(pieces)).labelled(left_behind="1")


def _still_seen(gate: GatePlan) -> int:
    """In how many evaluations a state is seen that was written before the first of them."""
    return max(_SEEN, gate.engine.memory)


def _counted(changes: list[tuple[int, int]], hour: int) -> Counter[int]:
    """In how many evaluations of the hour each state was."""
    counts, ends = Counter[int](), [since for since, _ in changes[1:]] + [-1]
    for (since, state), end in zip(changes, ends, strict=True):
        counts[state] += max(0, min(since, hour - 1) - end)
    return +counts


def _series(gate: str, clock: _Clock, changes: Iterable[tuple[int, int]]) -> Series:
    pieces = tuple(Piece(clock.ago(since), float(state)) for since, state in changes)
    return Series(naming.OVERALL_STATE, _own(gate), pieces)


def _own(gate: str) -> Labels:
    return ((naming.GATE, gate),)


def _test(gate: GatePlan, clock: _Clock, told: _Told) -> Test:
    own = _own(gate.name)
    shares = [
        Sample(naming.STATE_RATIO_1H, (*own, (naming.STATE, str(state))), count / clock.hour)
        for state, count in told.counts.items()
    ]
    closings = [] if told.closings is None else [Sample(naming.OVERALL_CLOSINGS_1H, own, float(told.closings))]
    recorded = Matcher("__name__", "=~", f"{naming.STATE_RATIO_1H}|{naming.OVERALL_CLOSINGS_1H}")
    asks = f"{gate.title} ({gate.source}:{gate.origin.line}): {told.name}"
    select = Vector("", (recorded, build.equal(naming.GATE, gate.name)))
    return Test(
        told.name,
        Duration(clock.every // 2 if clock.halves else clock.every),
        (Inputs("the state of the gate", told.series),),
        (Expectation(asks, select, (*shares, *closings)),),
    )
