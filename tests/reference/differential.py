"""Compare the compiled rules with the reference over many random cases, and make what disagrees small."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from reference.case import Case, Difference, differences, doubtful, expected, seen
from reference.evaluation import Evaluation
from reference.evaluator import Evaluator
from reference.shrink import shrunk

_AT_ONCE: Final = 160
_ROUNDS: Final = 150


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of some cases: how many agree on every engine, how many are too close to call, and the rest."""

    agreed: int
    doubtful: int
    disagreements: tuple["Disagreement", ...]


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A case about which an engine and the reference disagree."""

    engine: Evaluator
    case: Case
    differences: tuple[Difference, ...]

    @property
    def first(self) -> Difference:
        """The difference that says most: a state, if one differs."""
        states = (one for one in self.differences if one.what.startswith(("state", "evaluation")))
        return next(states, self.differences[0])


def check(engines: Sequence[Evaluator], cases: Iterable[Case]) -> Iterator[Checked]:
    """Compare cases on every engine, in batches."""
    iterator = iter(cases)
    while batch := list(islice(iterator, _AT_ONCE)):
        judged = [(case, [expected(case, engine) for engine in engines]) for case in batch]
        clear = [(case, each) for case, each in judged if not any(doubtful(case, one) for one in each)]
        found = [
            one
            for i, engine in enumerate(engines)
            for one in _disagreements(engine, [(case, each[i]) for case, each in clear])
        ]
        wrong = {id(one.case) for one in found}
        yield Checked(sum(id(case) not in wrong for case, _ in clear), len(batch) - len(clear), tuple(found))


def disagreements(engine: Evaluator, cases: Sequence[Case]) -> list[Disagreement]:
    """The cases about which the engine and the reference disagree, but for those that are too close to call."""
    judged = [(case, expected(case, engine)) for case in cases]
    return _disagreements(engine, [(case, one) for case, one in judged if not doubtful(case, one)])


def _disagreements(engine: Evaluator, judged: Sequence[tuple[Case, tuple[Evaluation, ...]]]) -> list[Disagreement]:
    answers = seen(engine, [case for case, _ in judged])
    rows = ((case, differences(one, got)) for (case, one), got in zip(judged, answers, strict=True))
    return [Disagreement(engine, case, tuple(found)) for case, found in rows if found]


def smallest(one: Disagreement) -> Disagreement:
    """The same disagreement in a case that a person can read."""
    wanted = _kind(one)

    def holds(cases: Sequence[Case]) -> list[bool]:
        still = {id(found.case) for found in disagreements(one.engine, cases) if _kind(found) == wanted}
        return [id(case) in still for case in cases]

    (found,) = disagreements(one.engine, [shrunk(one.case, holds, _ROUNDS)])
    return found


def _kind(one: Disagreement) -> tuple[str, str, str]:
    """What disagrees, whatever the criterion is called, so that one disagreement does not turn into another."""
    what = re.sub(r"of \w+|category \w+", "", one.first.what)
    told = what.startswith("state")
    return what, str(one.first.expected) if told else "", str(one.first.got) if told else ""
