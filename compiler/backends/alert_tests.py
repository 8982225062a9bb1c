"""The unit tests of a gate's alert rules, synthesised from its spec; run by `promtool test rules alert_tests.yml`.

They give the alerts what the recording rules would have recorded, and so ask just one thing: which alerts fire, and
with which words. Reviews are due in 1970, when tests begin.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from compiler import naming, states
from compiler.backends.alert_expected import (
    Fires,
    criterion_fires,
    gate_fails,
    gate_not_evaluated,
    gate_stabilises,
    review_due,
)
from compiler.backends.base import Artifact
from compiler.backends.input_series import selector
from compiler.backends.rules_yaml import generated_from
from compiler.backends.yaml_text import Node, document
from compiler.fields import Duration
from compiler.middle.plan import CriterionPlan, GatePlan, ReviewPlan
from compiler.promql.series import Labels
from compiler.states import FIRST_FAILING, FIRST_NO_DATA, STATES

NAME: Final = "alert_tests"

_ANOTHER: Final = "another"
_LOOKBACK: Final = Duration.parse("5m")
_SECOND: Final = Duration.parse("1s")
_START: Final = Duration(0)
_OLDEST: Final = 3  # evaluations: what is older is no verdict
_PATIENCE: Final = 2  # evaluations until the alert fires
_OF_CRITERIA: Final = (naming.ALERT_CRITERION_FAILING, naming.ALERT_CRITERION_NO_DATA)


@dataclass(frozen=True, slots=True)
class Check:
    """All alerts of one name that fire at one time."""

    alert: str
    at: Duration
    fires: tuple[Fires, ...] = ()


@dataclass(frozen=True, slots=True)
class AlertTest:
    """A sentence, recorded series with samples an interval apart, in promtool's notation, and what comes of them."""

    name: str
    series: tuple[tuple[str, Labels, str], ...]
    checks: tuple[Check, ...]
    interval: Duration


def emit(gates: tuple[GatePlan, ...]) -> Iterator[Artifact]:
    """One test file a gate."""
    for gate in gates:
        yield Artifact(
            PurePosixPath(gate.name, naming.ALERT_TESTS_FILE),
            document(_header(gate), written(gate, [naming.ALERT_RULES_FILE], alert_tests(gate))),
        )


def _header(gate: GatePlan) -> list[str]:
    return [
        generated_from(gate.source),
        "",
        f"{gate.title}, revision {gate.revision}: which of its alerts fire, and with which words.",
        f"Run it here with: promtool test rules {naming.ALERT_TESTS_FILE}",
    ]


def written(gate: GatePlan, rule_files: Sequence[str], tests: Iterable[AlertTest]) -> dict[str, Node]:
    """The test file as data."""
    return {
        "rule_files": list(rule_files),
        "evaluation_interval": str(gate.evaluate_every),
        "tests": [_test(one) for one in tests],
    }


def _test(test: AlertTest) -> Node:
    return {
        "name": test.name,
        "interval": str(test.interval),
        "input_series": [{"series": selector(name, labels), "values": values} for name, labels, values in test.series],
        "alert_rule_test": [
            {
                "alertname": check.alert,
                "eval_time": str(check.at),
                "exp_alerts": [
                    {"exp_labels": dict(one.labels), "exp_annotations": dict(one.annotations)} for one in check.fires
                ],
            }
            for check in test.checks
        ],
    }


def alert_tests(gate: GatePlan) -> Iterator[AlertTest]:
    """Of each criterion at each end of what its alerts are about; of the verdict; of its age."""
    yield from _of_criteria(gate)
    yield from _of_the_verdict(gate)
    yield from _of_evaluations(gate)
    if gate.review:
        yield _of_the_review(gate, gate.review)


def _of_criteria(gate: GatePlan) -> Iterator[AlertTest]:
    pairs = [(category, criterion) for category in gate.categories for criterion in category.criteria]
    first = pairs[:1]
    for code, some in (
        *((code, pairs) for code in (FIRST_FAILING - 1, FIRST_FAILING, FIRST_NO_DATA - 1, FIRST_NO_DATA)),
        *((one.code, first) for one in STATES if one.code not in {FIRST_FAILING, FIRST_NO_DATA}),
    ):
        fires = tuple(criterion_fires(gate, *pair, code) for pair in some) if code >= FIRST_FAILING else ()
        what = "All criteria have" if some is pairs else "One criterion has"
        alert = naming.ALERT_CRITERION_NO_DATA if code >= FIRST_NO_DATA else naming.ALERT_CRITERION_FAILING
        yield AlertTest(
            f"{what} the state {code}, and others have failed",
            tuple(dict.fromkeys(one for _, criterion in some for one in _states(gate, criterion, code))),
            tuple(Check(name, _START, fires if name == alert else ()) for name in _OF_CRITERIA),
            gate.evaluate_every,
        )


def _states(gate: GatePlan, criterion: CriterionPlan, code: int) -> Iterator[tuple[str, Labels, str]]:
    """The state of a criterion, and of such as differ from it in just one label."""
    own = {naming.CATEGORY: criterion.category, naming.CRITERION: criterion.id, naming.GATE: gate.name}
    yield naming.CRITERION_STATE, tuple(own.items()), str(code)
    # Of each alert, another one that would fire.
    other = states.FAIL.code if code >= FIRST_NO_DATA else states.NO_DATA.code
    for label in own:
        for failing in (other, states.FAIL.code + states.NO_DATA.code - other):
            labels = {**own, label: f"{_ANOTHER}_{failing}"}
            yield naming.CRITERION_STATE, tuple(labels.items()), str(failing)


def _of_the_verdict(gate: GatePlan) -> Iterator[AlertTest]:
    name = naming.ALERT_GATE_FAILING

    def test(what: str, series: Iterable[tuple[str, Labels, str]], *fires: Fires) -> AlertTest:
        return AlertTest(what, tuple(series), (Check(name, _START, fires),), gate.evaluate_every)

    unknown, other = gate_fails(gate, None), _verdict(_ANOTHER, gate.revision, "1")
    yield test("Nothing is known of the gate", (), unknown)
    passes, another = _verdict(gate.name, gate.revision, "1"), _verdict(gate.name, _ANOTHER, "1")
    yield test("The gate passes, and another one does not", (passes, _verdict(_ANOTHER, gate.revision, "0")))
    yield test(
        "The gate does not pass, and another one does", (_verdict(gate.name, gate.revision, "0"), other), unknown
    )
    yield test("Two revisions pass", (passes, another))
    yield test("One of two revisions does not pass", (passes, _verdict(gate.name, _ANOTHER, "0")), unknown)
    yield test("The verdict is neither 0 nor 1", (_verdict(gate.name, gate.revision, "2"),), unknown)
    for state in (states.FAIL, states.NO_DATA):
        told = [next(_states(gate, criterion, state.code)) for criterion in gate.criteria]
        yield test(f"All criteria are {state.label}", told, gate_fails(gate, state))
    own, half = ((naming.GATE, gate.name),), Duration(gate.stabilization.milliseconds // 2)
    held = (naming.OVERALL_HELD, own, f"{half.milliseconds / _SECOND.milliseconds:.15g}")
    yield test("The gate stabilises", ((naming.OVERALL_MET, own, "1"), held), gate_stabilises(gate, half))


def _of_evaluations(gate: GatePlan) -> Iterator[AlertTest]:
    every, name = gate.evaluate_every, naming.ALERT_GATE_NOT_EVALUATED

    def at(number: int, *fires: Fires) -> Check:
        return Check(name, Duration(number * every.milliseconds), fires)

    def test(what: str, series: Iterable[tuple[str, Labels, str]], *checks: Check) -> AlertTest:
        return AlertTest(what, tuple(series), checks, every)

    never, other = gate_not_evaluated(gate), gate_not_evaluated(gate, other=_ANOTHER)
    for one, fires in (((), never), ((_verdict(gate.name, _ANOTHER, "1x9"),), other)):
        beside = _verdict(_ANOTHER, gate.revision, "1x9")
        what = "Another gate is evaluated" + (", and another revision" if one else "")
        yield test(what, (*one, beside), at(0), at(1), at(_PATIENCE, fires))
    yield test("The gate is evaluated", (_verdict(gate.name, gate.revision, "0x9"),), at(0), at(_PATIENCE), at(9))
    seconds = int(every.seconds)
    if every.milliseconds % _SECOND.milliseconds or 2 * _OLDEST * seconds >= _LOOKBACK.seconds:
        return  # its last verdict is not even seen for so long
    # The last verdict is just as old as it may be at the fifth evaluation, or one second older.
    for more in (0, 1):
        last = 2 * seconds - more
        late, stopped = 5 + _PATIENCE - more, _verdict(gate.name, gate.revision, f"1x{last}")
        fires = gate_not_evaluated(gate, age=(late + 1) * seconds - last)
        what = f"The last verdict is {_OLDEST * seconds + more}s old, and nobody writes another"
        yield AlertTest(what, (stopped,), (at(late), at(late + 1, fires)), _SECOND)


def _of_the_review(gate: GatePlan, review: ReviewPlan) -> AlertTest:
    """To the evaluation; that of another gate is due before."""
    due = 2 * gate.evaluate_every.milliseconds

    def series(name: str, at: int) -> tuple[str, Labels, str]:
        return naming.REVIEW_DUE, ((naming.GATE, name),), f"{at / _SECOND.milliseconds:.15g}x9"

    def check(at: int, *fires: Fires) -> Check:
        return Check(naming.ALERT_REVIEW_DUE, Duration(at), fires)

    fires, early = review_due(gate, review), gate.evaluate_every.milliseconds
    return AlertTest(
        "The day of the review comes",
        (series(gate.name, due), series(_ANOTHER, 0)),
        (check(early), check(due, fires), check(due + early, fires)),
        gate.evaluate_every,
    )


def _verdict(gate: str, revision: str, values: str) -> tuple[str, Labels, str]:
    return naming.OVERALL_PASS, ((naming.GATE, gate), (naming.REVISION, revision)), values
