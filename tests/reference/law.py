"""Laws that relate the verdicts of two cases, whatever is right about either of them.

Each law changes a case in a way of which it is known what it may do to verdicts: nothing (`same`), or nothing good
(otherwise). What the rules say of both cases is compared, through promtool; the reference only tells whether a
comparison is too close to be judged, and what a criterion reads.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

from reference.case import Case, InvalidSpecError, Seen, compiled, doubtful, expected, seen, times
from reference.evaluator import Evaluator
from reference.reading import UnansweredError


@dataclass(frozen=True, slots=True)
class Pair:
    """A case before and after a change, and what the law says of them.

    `criteria` are those that it speaks of, `overall` says whether it speaks of the gate too. What is said at a time
    before is compared with what is said `shift` later after; only at the times `during`, if that is given.
    """

    before: Case
    after: Case
    criteria: frozenset[str]
    overall: bool = True
    shift: int = 0
    during: range | None = None


@dataclass(frozen=True, slots=True)
class Law:
    """A sentence that is true of all pairs that `change` makes; it makes none where the law says nothing of a case."""

    name: str
    change: Callable[[Random, Case], Pair | None]
    same: bool


@dataclass(frozen=True, slots=True)
class Breach:
    """Where a law is broken."""

    law: Law
    pair: Pair
    what: str


def breaches(engine: Evaluator, law: Law, cases: Sequence[Case], seed: str) -> tuple[int, list[Breach]]:
    """How many of the cases the law speaks of (and none of them too close to call), and where it is broken."""
    made = (law.change(Random(seed), case) for case in cases)
    pairs = [pair for pair in made if pair and _usable(engine, pair)]
    both = seen(engine, [case for pair in pairs for case in (pair.before, pair.after)])
    found = [
        Breach(law, pair, what)
        for pair, before, after in zip(pairs, both[::2], both[1::2], strict=True)
        for what in _wrong(law, pair, before, after)
    ]
    return len(pairs), found


def _usable(engine: Evaluator, pair: Pair) -> bool:
    try:
        compiled(pair.before)
        compiled(pair.after)
    except InvalidSpecError:
        return False
    return not any(doubtful(case, expected(case, engine)) for case in (pair.before, pair.after))


def _wrong(
    law: Law, pair: Pair, before: tuple[Seen, ...] | UnansweredError, after: tuple[Seen, ...] | UnansweredError
) -> Iterator[str]:
    """What breaks the law, at most once a pair."""
    if isinstance(before, UnansweredError) or isinstance(after, UnansweredError):
        yield f"no verdict: {before if isinstance(before, UnansweredError) else after}"
        return
    later = dict(zip(times(pair.after), after, strict=True))
    for at, one in zip(times(pair.before), before, strict=True):
        other = later.get(at + pair.shift)
        if other and (pair.during is None or at in pair.during):
            problems = [*_criteria(law, pair, one, other), *(_gate(law, one, other) if pair.overall else ())]
            if problems:
                yield f"at {at / 1000:g}s, {problems[0]}"
                return


def _criteria(law: Law, pair: Pair, before: Seen, after: Seen) -> Iterator[str]:
    for name in sorted(pair.criteria):
        changed = before.states[name] != after.states[name]
        better = before.criteria[name] < after.criteria[name]
        if changed if law.same else better:
            yield f"{name} was {before.states[name]} and became {after.states[name]}"


def _gate(law: Law, before: Seen, after: Seen) -> Iterator[str]:
    for what, one, other in (("met", before.met, after.met), ("pass", before.passes, after.passes)):
        if one != other if law.same else one < other:
            yield f"{what} was {one} and became {other}"
