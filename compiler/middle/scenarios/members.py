"""Scenarios of members: gone, never there, only partly there, and such as nobody expects."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from compiler import states
from compiler.measures.context import Read
from compiler.measures.situation import Impossible, Situation
from compiler.middle.plan import Remains
from compiler.middle.scenarios.cast import Cast, Member
from compiler.middle.scenarios.draft import Draft, is_of
from compiler.promql.matching import selects
from compiler.promql.series import Labels, Series

GONE: Final = "A member has just gone away"
NEVER: Final = "An expected member does not report"
PARTLY: Final = "A member reported in only a part of the window"
MORE: Final = "A member that nobody expects is judged like the others"


def members(cast: Cast) -> Iterator[Draft]:
    """Each member that there must be is not there; one goes away; one is there for only a part of the window."""
    if not cast.members[0].name:
        return
    expected = cast.judged.spec.members is not None
    for i, member in enumerate(cast.members):
        if expected:
            remains, clause = None if i else Remains.GOOD_INPUTS, f"{member.name} never reported"
            yield Draft(NEVER, clause, _absent(cast, i), states.MEMBER_MISSING, remains=remains)
    if cast.judged.spec.members and cast.judged.spec.members.listed and len(cast.members) > 1:
        yield from _in_their_place(cast)
    if cast.judged.spec.members and len(by := cast.judged.spec.members.labels(cast.judged.by)) > 1:
        yield Draft(NEVER, f"another one of the same {by[0]} is there", _namesake(cast, by[1]), states.MEMBER_MISSING)
    if not expected and len(cast.members) > 1:
        yield Draft(MORE, "and is the only one", lambda: _alone(cast), states.PASS)
    if all(bound.limit is not None for bound in cast.judged.bounds):
        yield Draft(MORE, "and is well", one_more(cast, lambda: cast.goods[0]), states.PASS)
        yield Draft(MORE, "and is not", one_more(cast, lambda: cast.bads[0]), states.FAIL)
    yield from _followed(cast)


def _followed(cast: Cast) -> Iterator[Draft]:
    """The last member goes away, or from one of the inputs by which members are followed; or comes late."""
    last = len(cast.members) - 1
    name = cast.members[last].name
    followed = [read for read in cast.judged.reads if read.required and read.by and read.window]
    if cast.judged.spec.members or followed:
        yield Draft(GONE, f"{name} goes away", _gone(cast, last), states.MEMBER_MISSING, remains=Remains.GOOD_INPUTS)
    elif not cast.judged.spec.measure.own_labels:
        yield Draft(GONE, f"{name} goes away, and nobody says that it must be there", _gone(cast, last), states.PASS)
    for read in followed if len(followed) > 1 else ():
        if not read.inventory:
            alone = _with_one_input(cast, read)
            yield Draft(MORE, f"and only its {read.name} reports", alone, states.UNDEFINED, silent=True)
    for read in followed:
        gone, clause = _gone(cast, last, read), f"{read.name} of {name} goes away"
        yield Draft(GONE, clause, gone, states.MEMBER_MISSING, remains=Remains.GOOD_INPUTS)
        if read.inventory:
            gone, clause = _gone_from(cast, last, read), f"{name} goes away from {read.name} as well"
            yield Draft(GONE, clause, gone, states.MEMBER_MISSING, remains=Remains.GOOD_INPUTS)
            continue
        late = _late(cast, last, read)
        yield Draft(PARTLY, f"{read.name} of {name} begins late", late, states.PARTIAL, remains=Remains.GOOD_INPUTS)


def _with_one_input(cast: Cast, read: Read) -> Callable[[], Situation]:
    def make() -> Situation:
        more = cast.situation(more_of(cast), cast.goods[0])
        whole = cast.good()
        return replace(whole, series=(*whole.series, *(one for one in more.series if is_of(read.selector, one))))

    return make


def _in_their_place(cast: Cast) -> Iterator[Draft]:
    """An expected member is missing, and what there is instead is none."""
    twice = _absent(cast, 0)
    yield Draft(NEVER, "the others have two series each", lambda: _doubled(twice()), states.MEMBER_MISSING)
    other = one_more(cast, lambda: cast.goods[0])

    def instead() -> Situation:
        gone = set(cast.situation(cast.members[0], cast.goods[0]).series)
        whole = other()
        return replace(whole, series=tuple(one for one in whole.series if one not in gone), values=None)

    yield Draft(NEVER, "one that nobody expects is there instead", instead, states.MEMBER_MISSING)
    yield Draft(NEVER, "there is only one", lambda: _only(cast), states.MEMBER_MISSING)
    if any(read.required and read.by and read.window and not read.inventory for read in cast.judged.reads):
        gone_as_well = lambda: _with_ended(cast)  # noqa: E731
        yield Draft(GONE, "one that nobody expects", gone_as_well, states.MEMBER_MISSING, remains=Remains.GOOD_INPUTS)


def _namesake(cast: Cast, label: str) -> Callable[[], Situation]:
    """Instead of the first member, there is one that has another value of just this label."""

    def make() -> Situation:
        whole, first = _absent(cast, 0)(), cast.members[0]
        other = replace(first, stage=replace(first.stage, member=_renamed(first.stage.member, label)))
        return replace(whole, series=(*whole.series, *cast.situation(other, cast.goods[0]).series))

    return make


def _only(cast: Cast) -> Situation:
    whole = cast.situation(cast.members[0], cast.goods[0])
    return replace(cast.together((whole,)), values=None)


def _alone(cast: Cast) -> Situation:
    """There is nothing of the other members, nor a limit."""
    whole, others = _only(cast), [{*one.stage.member, *one.stage.extra} for one in cast.members[1:]]
    series = (one for one in whole.series if not any(own and own <= set(one.labels) for own in others))
    return replace(whole, series=tuple(series))


def _with_ended(cast: Cast) -> Situation:
    more = cast.situation(more_of(cast), cast.goods[0])
    return replace(cast.good(), series=(*cast.good().series, *(one.ended() for one in more.series)), values=None)


def _doubled(whole: Situation) -> Situation:
    return replace(whole, series=(*whole.series, *(one.labelled(replica="b") for one in whole.series)), values=None)


def _absent(cast: Cast, index: int) -> Callable[[], Situation]:
    """All members but one; what lists the members goes on listing it."""

    def make() -> Situation:
        whole = cast.good()
        gone = set(cast.situation(cast.members[index], cast.goods[index]).series)
        return replace(whole, series=tuple(one for one in whole.series if one not in gone), values=None)

    return make


def _gone(cast: Cast, index: int, read: Read | None = None) -> Callable[[], Situation]:
    """The series of a member end, or only those of one input."""
    return _of_member(cast, index, read, Series.ended)


def _gone_from(cast: Cast, index: int, read: Read) -> Callable[[], Situation]:
    """The series of a member end, and what said that it must be there."""

    def make() -> Situation:
        whole = _gone(cast, index)()
        member = cast.members[index].stage
        mine = {*member.member, *member.extra}

        def is_its_place(one: Series) -> bool:
            return one.name == read.selector.name and mine <= set(one.labels)

        return replace(whole, series=tuple(one.ended() if is_its_place(one) else one for one in whole.series))

    return make


def _late(cast: Cast, index: int, read: Read) -> Callable[[], Situation]:
    window = read.window.milliseconds if read.window else 0
    if cast.judged.min_coverage * len(cast.timeline.probes(read.window or cast.timeline.now)) <= 2:  # noqa: PLR2004
        return _impossible
    return _of_member(cast, index, read, lambda one: one.begun(window // 6))


def _impossible() -> Situation:
    raise Impossible


def _of_member(
    cast: Cast, index: int, read: Read | None, change: Callable[[Series], Series]
) -> Callable[[], Situation]:
    def make() -> Situation:
        whole = cast.good()
        member, value = cast.members[index], cast.goods[index]
        mine = {
            one
            for one in cast.situation(member, value).series
            if read is None or (one.name == read.selector.name and selects(read.selector, one.labels))
        }
        if not mine:
            raise Impossible
        values = None if whole.values is None else tuple(v for v in whole.values if v[0] != member.stage.member)
        series = tuple(change(one) if one in mine else one for one in whole.series)
        return replace(whole, series=series, values=values if read is None else None)

    return make


def one_more(cast: Cast, value: Callable[[], float]) -> Callable[[], Situation]:
    """One more member, whom nobody expects and no limit is for."""

    def make() -> Situation:
        more = cast.situation(more_of(cast), value())
        whole = cast.good()
        values = None if whole.values is None or more.values is None else (*whole.values, *more.values)
        return replace(whole, series=(*whole.series, *more.series), values=values)

    return make


def more_of(cast: Cast) -> Member:
    """One more member, with series of its own."""
    stage = cast.members[0].stage
    label = stage.extra[0][0] if stage.extra else cast.judged.by[0]
    stage = replace(stage, member=_renamed(stage.member, label), extra=_renamed(stage.extra, label))
    return Member(f"{label}_more", stage, cast.members[0].limits)


def _renamed(labels: Labels, label: str) -> Labels:
    return tuple((name, f"{label}_more" if name == label else text) for name, text in labels)
