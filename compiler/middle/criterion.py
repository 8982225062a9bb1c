"""One criterion as rules: value, threshold, state and pass.

The state is the first reason that applies; how it reads the value and the inputs is `Judged`'s to know. The two
passing reasons at the end ask for positive proof: as many members that meet the requirement (or are idle, where the
spec lets them pass) as there are members at all. What is left, is undefined, and does not pass (DESIGN laws 2 and 3).
"""

import re
from collections.abc import Iterator
from typing import Final

from compiler import naming, states
from compiler.measures.context import Read
from compiler.middle import bounds
from compiler.middle.judged import Judged
from compiler.middle.plan import Rule
from compiler.promql import build
from compiler.promql.expr import Binary, BinaryOp, Expr, Matcher, Number, Vector

# A count that a window's length was divided out of and in again may be a little less than it was.
_ROUNDING: Final = 0.001
_META: Final = re.compile(r"([\\.+*?()|\[\]{}^$])")


def criterion_rules(judged: Judged) -> Iterator[Rule]:
    """The rules of one criterion, in dependency order."""
    title, origin = f"{judged.spec.title}: {judged.requirement}", judged.origin
    if judged.lowered.result is not None:
        yield Rule(naming.CRITERION_RESULT, judged.lowered.result, judged.inner_labels, judged.spec.title, origin)
    yield Rule(naming.CRITERION_VALUE, judged.finite_value, judged.labels(), title, origin)
    yield from _thresholds(judged)
    idle = _nothing_happened(judged)
    if idle is not None and _idle_is_recorded(judged):
        yield Rule(naming.CRITERION_IDLE, idle, judged.inner_labels, "members to which nothing happened", origin)
    yield Rule(naming.CRITERION_STATE, build.either(_reasons(judged)), judged.labels(), "", origin)
    passes = build.compare("<", judged.recorded(naming.CRITERION_STATE), states.FIRST_FAILING)
    yield Rule(
        naming.CRITERION_PASS,
        build.either((build.code_when(1, passes), build.constant(0))),
        judged.labels(),
        "",
        origin,
    )


def _thresholds(judged: Judged) -> Iterator[Rule]:
    for bound in judged.bounds:
        for expr, extra in judged.limits(bound):
            yield Rule(naming.CRITERION_THRESHOLD, expr, judged.labels(bound=bound.kind, **extra), "", judged.origin)


def _reasons(judged: Judged) -> Iterator[Expr]:
    """Every reason with its condition, the first that applies wins."""
    yield from _waived(judged)
    yield from _no_data(judged)
    yield from _members_missing(judged)
    yield from _partial(judged)
    yield from _saturated(judged)
    yield from _idle(judged)
    yield from _judgement(judged)
    yield build.constant(states.UNDEFINED.code)


def _waived(judged: Judged) -> Iterator[Expr]:
    waiver = judged.spec.waive_while
    if waiver:
        yield build.code_when(states.WAIVED.code, build.compare("==", waiver.metric, float(waiver.equals)))


def _no_data(judged: Judged) -> Iterator[Expr]:
    for read in dict.fromkeys(Read(r.selector, None) for r in judged.reads if r.required):
        series = judged.series(read)
        yield build.code_unless(states.NO_DATA.code, build.compare(">", series, 0))
    if judged.lowered.complete is not None:
        yield build.code_unless(states.NO_DATA.code, judged.lowered.complete)


def _members_missing(judged: Judged) -> Iterator[Expr]:
    code = states.MEMBER_MISSING.code
    members = judged.spec.members
    if members:
        by = members.labels(judged.by)
        if members.listed:
            pattern = "|".join(_META.sub(r"\\\1", member) for member in members.listed)
            present = build.aggregate("count", _present(judged, by, Matcher(by[0], "=~", pattern)))
            yield build.code_unless(code, build.compare(">=", present, len(members.listed)))
        if members.source:
            expected = judged.series(Read(members.source, None, by))
            yield build.code_when(code, Binary("unless", expected, _present(judged, by), on=by))
    for read in judged.reads:
        if read.required and read.by and read.window:
            yield build.code_when(code, Binary("unless", judged.coverage(read), judged.series(read), on=read.by))


def _present(judged: Judged, by: tuple[str, ...], *matchers: Matcher) -> Expr:
    """The members that report now, by their labels: from the recorded groups where there are such.

    A metric that may be created later says nothing about them.
    """
    read = next(read for read in judged.reads if read.required)
    if set(by) <= set(read.by):
        groups = judged.series(read, *matchers)
        return groups if read.by == by else build.aggregate("count", groups, by)
    selector = Vector(read.selector.name, (*read.selector.matchers, *matchers))
    return build.aggregate("count", selector, by)


def _partial(judged: Judged) -> Iterator[Expr]:
    code = states.PARTIAL.code
    for read in judged.reads:
        if not (read.required and read.window) or read.inventory:
            continue
        covered = build.compare(">=", judged.coverage(read), judged.min_coverage)
        if read.by:
            yield build.code_when(code, Binary("unless", judged.series(read), covered, on=read.by))
        else:
            yield build.code_unless(code, covered)


def _saturated(judged: Judged) -> Iterator[Expr]:
    if judged.lowered.saturated is not None:
        idle, saturated = _idle_members(judged), judged.lowered.saturated
        if idle is not None and judged.spec.min_events is not None:  # of too few events, no quantile is believed
            saturated = Binary("unless", saturated, idle, on=judged.by)
        yield build.code_when(states.SATURATED.code, saturated)


def _idle_members(judged: Judged) -> Expr | None:
    """The members that count as idle, as they are recorded or in place."""
    idle = _nothing_happened(judged)
    return judged.recorded(naming.CRITERION_IDLE) if idle is not None and _idle_is_recorded(judged) else idle


def _idle_is_recorded(judged: Judged) -> bool:
    """Only what speaks for a pass: were it a reason against it, a rule that failed would hide the reason."""
    return judged.spec.when_idle == "pass" and not judged.context.evaluation.engine.collapses


def _nothing_happened(judged: Judged) -> Expr | None:
    """No event, or fewer than `min_events`."""
    lowered, floor = judged.lowered, judged.spec.min_events
    if floor is None or lowered.events is None or lowered.idle is None:
        return lowered.idle
    if not lowered.contradicted:  # none is few; less than none, which may be infinitely less, is no number of events
        return build.compare("<", build.compare(">=", lowered.events, 0), floor - _ROUNDING)
    return Binary("or", lowered.idle, build.compare("<", lowered.events, floor - _ROUNDING), on=judged.by)


def _idle(judged: Judged) -> Iterator[Expr]:
    idle = _idle_members(judged)
    if idle is None:
        return
    if judged.spec.when_idle == "fail":
        yield build.code_when(states.IDLE_FAIL.code, idle)
    elif not judged.by:
        yield build.code_when(states.IDLE.code, idle)
    else:
        all_idle = Binary(">=", build.aggregate("count", _of_members(judged, idle)), _expected(judged), on=())
        yield build.code_when(states.IDLE.code, all_idle)


def _judgement(judged: Judged) -> Iterator[Expr]:
    """Limits that are missing; then the proof that all is well, and what speaks against it.

    The proof holds for no data that a later arm is about, so that each bound decides by itself, and none hides behind
    the other arm.
    """
    value = judged.value
    good, bad = value, []
    for bound in judged.bounds:
        threshold = None
        if bound.limit is None:
            threshold = judged.threshold(bound)
            unlimited = Binary("unless", value, threshold, on=judged.by)
            yield build.code_when(states.NO_LIMIT.code, _unless_idle(judged, unlimited))
        bad.append(bounds.compared(value, threshold, bound, bounds.broken(bound), judged.by))
        good = bounds.compared(good, threshold, bound, bounds.met(bound), judged.by)
    yield build.code_when(states.PASS.code, _all_good(judged, good))
    # Where no member can be unknown, what does not meet its requirement misses it.
    for failing in [value] if _are_known(judged) else bad:
        yield build.code_when(states.FAIL.code, _unless_idle(judged, failing) if judged.by else failing)


def _are_known(judged: Judged) -> bool:
    """Whether no member can be without a value while there is any: there is only one, or all were asked for before."""
    return _is_one(judged) or judged.lowered.complete is not None


def _is_one(judged: Judged) -> bool:
    """Whether there is a single value, which no label tells from others."""
    return not judged.by and not judged.lowered.every_series and judged.lowered.expected is None


def _unless_idle(judged: Judged, members: Expr) -> Expr:
    """Members that the spec lets pass as idle although they have a value: those below `min_events`."""
    idle = _idle_members(judged)
    if idle is None or judged.spec.min_events is None or judged.spec.when_idle == "fail":
        return members
    return Binary("unless", members, idle, on=judged.by)


def _all_good(judged: Judged, good: Expr) -> Expr:
    """Has an element only if every member is good, or idle where that passes.

    A group that reported between two probes of the window, and does not now, may still have a value. It can neither
    stand for a member that has none, nor be bad unseen: where the groups are the members, all that have a value, or
    are idle, are counted with them.
    """
    if _is_one(judged):
        return good
    idle = _idle_members(judged) if judged.spec.when_idle == "pass" else None
    groups, expected = _groups(judged), _expected(judged)
    if groups is not None:
        for more in (None if _limited_are_listed(judged) else judged.value, idle):
            groups = groups if more is None else Binary("or", groups, more, on=judged.by)
        expected = build.aggregate("count", groups)
    if idle is not None:
        good = Binary("or", good, idle, on=judged.by)
    # Groups that are good are among those that are counted. Of series, somebody else may write one more.
    op: BinaryOp = "==" if groups is None and judged.lowered.complete is None else ">="
    return Binary(op, build.aggregate("count", good), expected, on=None if isinstance(expected, Number) else ())


def _limited_are_listed(judged: Judged) -> bool:
    """Whether who has a limit must report: of anybody else, the missing limit has told, and of these their absence."""
    listed = judged.spec.members.listed if judged.spec.members else None
    named = [member for bound in judged.bounds for member, _, _ in bound.per_member]
    return bool(listed and named) and set(named) <= set(listed or ()) and all(b.per_member for b in judged.bounds)


def _expected(judged: Judged) -> Expr:
    """How many members there are."""
    expected = judged.lowered.expected
    if isinstance(expected, (int, float)):
        return Number(expected)
    if expected is not None:
        return expected
    if judged.lowered.every_series:
        return judged.series(Read(judged.reads[0].selector, None))
    groups = _groups(judged)
    return Number(1) if groups is None else build.aggregate("count", groups)


def _groups(judged: Judged) -> Expr | None:
    """The members, where they are the groups of the inputs that report now."""
    if judged.lowered.expected is not None:
        return None
    groups = [judged.series(read) for read in judged.reads if read.required and read.by and not read.inventory]
    if judged.lowered.also is not None:
        groups.append(judged.lowered.also)
    union = groups[0] if groups else None
    for more in groups[1:]:
        union = Binary("or", union, more, on=judged.by) if union else more
    return union


def _of_members(judged: Judged, elements: Expr) -> Expr:
    """The elements that stand for a member.

    A group that reported between two probes of the window, and does not now, still has a value. It must not be counted
    in the place of a member that has none.
    """
    groups = _groups(judged)
    return elements if groups is None else Binary("and", elements, groups, on=judged.by)
