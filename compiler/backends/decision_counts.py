"""Tests of what decides: how many criteria pass, and whether an override is in force."""

from collections.abc import Iterator
from dataclasses import replace

from compiler import naming, states
from compiler.backends.stand_ins import ANOTHER, StandIns
from compiler.backends.told import Told, with_labels
from compiler.promql.series import Piece, Series


def counts(cast: StandIns) -> Iterator[Told]:
    """Criteria that are missing, fail, or are told otherwise than by their rules."""
    categories, everyone, long = cast.gate.categories, cast.standing(cast.gate.criteria), cast.history(cast.long)
    yield Told("All criteria pass, and did for long", (*everyone, long), passes=True)
    yield Told("Nothing is known of any criterion", (long,), categories, unknown=True)
    for category in dict.fromkeys((categories[0], categories[-1])):
        rest, last = cast.but((category,)), category.criteria[-1]
        bad = cast.in_state(last, states.FAIL)
        unknown = (*rest, long, cast.in_state(last, states.PASS).labelled(criterion="unknown"))
        yield Told(f"Nothing is known of one criterion of {category.id}", unknown, (category,), unknown=True)
        yield Told(f"One criterion of {category.id} fails", (*rest, bad, long), (category,))
        lost = cast.in_state(last, states.NO_DATA)
        yield Told(f"One criterion of {category.id} has no data", (*rest, lost, long), (category,), unknown=True)
        code = replace(lost, pieces=(Piece(0, states.FIRST_NO_DATA - 1.0),))
        yield Told(f"One criterion of {category.id} fails by any other reason", (*rest, code, long), (category,))
    yield from _everywhere(cast, everyone, long)
    denied = [cast.passing(one, (Piece(0, 0.0),)) for one in cast.gate.criteria]
    others = [one.labelled(gate=ANOTHER) for one in (*everyone, *denied, *cast.says_overridden(1.0))]
    others += [one.labelled(category=ANOTHER) for one in denied]
    others += cast.says_overridden(1.0, before=True)
    yield Told("Criteria and overrides of another gate do not count", (*everyone, *others, long), passes=True)
    twice = cast.says_overridden(2.0)
    yield Told("An override that is neither 0 nor 1 is none", (*everyone, *twice, long), passes=True)
    stranger = cast.in_state(cast.gate.criteria[0], states.PASS).labelled(criterion="unknown")
    yield Told("States of other criteria do not count", (*everyone, stranger))


def _everywhere(cast: StandIns, everyone: tuple[Series, ...], long: Series) -> Iterator[Told]:
    """The same happens to one criterion of each category."""
    categories = cast.gate.categories
    last = [category.criteria[-1] for category in categories]
    bad = tuple(cast.in_state(one, states.FAIL) for one in last)
    removed = (cast.passing(one, cast.past(1.0)).labelled(criterion=f"removed_{one.category}") for one in last)
    stale = (replace(one, pieces=cast.past(states.PASS.code)).labelled(left_behind="1") for one in bad)
    what = (*cast.but(categories), *bad, long, *removed, *stale, *cast.says_open(1.0, before=True))
    yield Told(
        "One criterion of each category fails, which passed before, as did one that was removed", what, categories
    )
    odd = (cast.passing(one, (Piece(0, 2.0),)).labelled(criterion=f"unknown_{one.category}") for one in last)
    what = (
        *cast.but(categories),
        *bad,
        long,
        *odd,
        *cast.says_open(2.0),
        *cast.says_open(1.0, gate=ANOTHER),
        *cast.says_overridden(1.0),
    )
    yield Told("One criterion of each category fails, and somebody else says what is neither 0 nor 1", what, categories)
    doubts = (cast.passing(one, (Piece(0, 0.0),)).labelled(replica="2") for one in last)
    yield Told("Somebody else says that one criterion of each category fails", (*everyone, *doubts, long), categories)
    more = (cast.passing(one, (Piece(0, 1.0),)).labelled(criterion=f"unknown_{one.category}") for one in last)
    yield Told("More criteria pass than there are", (*everyone, *more, long), categories)


def overrides(cast: StandIns) -> Iterator[Told]:
    """An override that is recorded; and what was before, or is another gate's."""
    own, every = ((naming.GATE, cast.gate.name),), cast.gate.categories
    override = Series(naming.OVERALL_OVERRIDE, with_labels(own, stand_in="1"), (Piece(0, 1.0),))
    yield Told("That an override is recorded opens nothing", (override,), every, unknown=True)
    everyone = (*cast.standing(cast.gate.criteria), cast.history(cast.long))
    yield Told("An override is in force, and is not needed", (*everyone, override), passes=True, overridden=True)
    verdict = Series(naming.OVERALL_PASS, with_labels(own, revision=cast.gate.revision), (Piece(0, 1.0),))
    fresh = (override, verdict, cast.history((*cast.long[:-1], Piece(0, 1.0))))
    before = (
        replace(override, labels=own, pieces=cast.past(1.0)),
        replace(verdict, pieces=cast.past(1.0)),
        cast.history(cast.long),
        *(replace(one, pieces=cast.past(states.PASS.code)) for one in cast.standing(cast.gate.criteria)),
        *(cast.passing(one, cast.past(1.0)) for one in cast.gate.criteria),
    )
    others = tuple(one.labelled(gate=ANOTHER) for one in (*fresh, *cast.standing(cast.gate.criteria)))
    left = tuple(one.labelled(left_behind="1") for one in before)
    revision = verdict.labelled(revision=ANOTHER)
    what = (*others, *left, revision, override, cast.history(cast.long))
    yield Told("What was so before, in another gate or by another revision does not count", what, every, unknown=True)
