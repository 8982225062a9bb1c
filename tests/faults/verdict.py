"""From samples to verdicts: when an evaluation that says pass is wrong, and when one that does not is."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

from faults.model import ENDS, Fault
from faults.pace import Pace

from compiler.states import STATES

_LONGEST: Final = 1.9  # ticks between two samples of which none was missed
_FEWEST: Final = 1  # evaluations without which a verdict proves nothing
NAMES: Final = {state.code: state.name for state in STATES}

Samples = Sequence[tuple[float, float]]
Problem = Literal[
    "", "false pass", "false fail", "never open before", "not evaluated", "wrong state", "not one series", "disturbed"
]


# Problems of the trial itself, which say nothing about the gate.
UNPROVEN: Final = frozenset({"not evaluated", "disturbed"})


@dataclass(frozen=True, slots=True)
class Period:
    """The time in which a verdict is judged, as Unix seconds; `start` is late enough for it to be certain."""

    began: float
    start: float
    end: float

    def within(self, samples: Samples) -> list[float]:
        """The values in the period."""
        return [value for at, value in samples if self.start < at <= self.end]

    def before(self, samples: Samples) -> list[float]:
        """The values before the fault began."""
        return [value for at, value in samples if at < self.began]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one fault on one engine.

    `verdict` and `by_hand` are "pass", "fail", or "no answer"; `state` is the name of the criterion's state, if known.
    """

    fault: str
    verdict: str
    state: str
    by_hand: str
    problem: Problem = ""
    detail: str = ""


def gaps(samples: Samples, pace: Pace) -> bool:
    """Whether a scrape or an evaluation was missed: the machine is too busy to prove anything."""
    return any(later - sooner > _LONGEST * pace.seconds for (sooner, _), (later, _) in pairwise(samples))


def period(fault: Fault, began: float, bad_scrape: float, end: float, pace: Pace) -> Period:
    """When to judge: from the first bad sample on, after the platform's grace, while the right verdict lasts."""
    first = max(bad_scrape, began)
    lasts = end if fault.lasts == ENDS else min(end, first + fault.lasts * pace.seconds)
    wait = pace.grace + fault.delay + (pace.lag if fault.read_back else 0)
    return Period(began, first + wait * pace.seconds, lasts)


def judge(
    fault: Fault, judged: Period, overall: Sequence[Samples], state: Samples, by_hand: Sequence[float]
) -> Outcome:
    """The outcome by the raw samples of the verdict and of the state, and by what the rules by hand showed."""
    samples = overall[0] if overall else ()
    inside, codes = judged.within(samples), [int(code) for code in judged.within(state)]
    names = Counter(NAMES[code] for code in codes)
    usual = min(names, key=lambda name: (-names[name], name), default="")
    verdict = _verdict(fault, inside)
    problem, detail = _problem(fault, judged, overall, inside)
    if not problem and not set(names) <= set(fault.states):
        problem, detail = "wrong state", ", ".join(sorted(set(names) - set(fault.states)))
    return Outcome(fault.name, verdict, usual, _verdict(fault, by_hand), problem, detail)


def _verdict(fault: Fault, values: Sequence[float]) -> str:
    """Where failing is right, one pass is a pass; where passing is right, one failure is a failure."""
    if not values:
        return "no answer"
    passes = any(value == 1 for value in values) if fault.right == "fail" else all(value == 1 for value in values)
    return "pass" if passes else "fail"


def _problem(fault: Fault, judged: Period, overall: Sequence[Samples], inside: Sequence[float]) -> tuple[Problem, str]:
    if len(overall) != 1:
        return "not one series", f"{len(overall)} series"
    if len(inside) < _FEWEST:
        return "not evaluated", f"{len(inside)} evaluations in the time that counts"
    passes = sum(value == 1 for value in inside)
    if fault.right == "fail" and passes:
        return "false pass", f"in {passes} of {len(inside)} evaluations"
    if fault.right == "pass" and passes < len(inside):
        return "false fail", f"in {len(inside) - passes} of {len(inside)} evaluations"
    if fault.opens and fault.right == "fail" and fault.begins and 1 not in judged.before(overall[0]):
        return "never open before", "the healthy data before the fault was not passed"
    return "", ""
