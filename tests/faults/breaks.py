"""Deliberate breaks: each takes one guard out of the compiler, in this process only. Some fault must notice.

Which faults those are is written here, and tried by `make faults BREAK=all`.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final
from unittest.mock import patch

from faults import trial

from compiler import states
from compiler.engines import PROMETHEUS, VICTORIAMETRICS, EngineName
from compiler.measures import counters, increase, ratio
from compiler.measures.base import Lowered
from compiler.measures.context import Context, Read
from compiler.measures.counters import events_rate, or_nothing
from compiler.measures.promql import PromQL
from compiler.measures.quantile import Quantile
from compiler.middle import criterion, holding, lower, overall
from compiler.promql import build
from compiler.promql.expr import Binary, Expr, Vector

_ONE_REVISION: Final = "000000000000"
_FOR_EVER: Final = 86400  # ticks
_LOWER: Final = Quantile.lower

Patch = AbstractContextManager[Any]


@dataclass(frozen=True, slots=True)
class Break:
    """One guard that is taken out: `patches` are in force while `applied`.

    `noticed_by` are the faults that must notice, on an engine of the profile `on`.
    """

    name: str
    title: str
    patches: tuple[Callable[[], Patch], ...]
    noticed_by: tuple[str, ...]
    on: EngineName = PROMETHEUS.name

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Compile without the guard while the block runs."""
        with ExitStack() as stack:
            for make in self.patches:
                stack.enter_context(make())
            yield


def _swap(owner: object, name: str, instead: object) -> Callable[[], Patch]:
    return lambda: patch.object(owner, name, instead)


def _nothing(*_: object) -> Iterator[Expr]:
    yield from ()


def _plain(name: str, *matchers: Any, **_: Any) -> Vector:
    return build.vector(name, *matchers)


def _least(passes: Any, _: int) -> Expr:
    """`min` over what there is, in place of a count that is compared with the number of criteria."""
    return build.or_zero(build.aggregate("min", passes.left))


def _never_saturated(self: Quantile, context: Context) -> Lowered:
    return replace(_LOWER(self, context), saturated=None)


def _only_increase(selector: Vector, window: Any, by: tuple[str, ...], **_: Any) -> Expr:
    return build.total("increase", selector, window, by)


def _just_before(selector: Vector, window: Any) -> Expr:
    return Vector(selector.name, selector.matchers, window)


def _absent_is_zero(self: ratio.Ratio, context: Context, total: Expr) -> Expr:
    return or_nothing(events_rate(self._counted, context, context.by), total, context.by)


def _plain_or_zero(expr: Expr) -> Binary:
    return Binary("or", expr, build.constant(0))


def _even_if_odd(value: Expr, of: Expr, by: tuple[str, ...]) -> Expr:
    del of, by
    return value


def _without_no_limit(code: int, condition: Expr) -> Binary:
    if code == states.NO_LIMIT.code:
        return Binary("and", build.constant(code), build.compare("<", build.constant(0), 0), on=())
    return Binary("and", build.constant(code), condition, on=())


def _met_now(own: Any, _criteria: Any, evaluation: Any, _holding: Any) -> Iterator[Expr]:
    yield build.compare("==", build.fresh("gate:overall:met", own, within=evaluation.within), 1)


def _any_number(met: Vector, evaluation: Any, time: Any, _share: float) -> Expr:
    window, _ = holding._visible(evaluation, time)
    return build.over("count_over_time", met, window)


def _any_history(first: Expr, *more: Expr) -> Expr:
    for condition in more:
        first = Binary("and", first, condition, on=())
    return first


def _of_this_moment(source: Vector, *_: object) -> Read:
    return Read(source, None, ("replica",), inventory=True)


BREAKS: Final = (
    Break(
        "stale-reads",
        "Recorded series are read without the guard of the same evaluation.",
        (_swap(build, "fresh", _plain),),
        ("duplicate-series-in-a-join", "join-fails-every-other-time"),
    ),
    Break(
        "no-coverage",
        "Nobody asks how much of a window is covered.",
        (_swap(criterion, "_partial", _nothing),),
        ("gap-in-the-window", "gap-in-an-average", "young-exporter", "young-quantile"),
    ),
    Break(
        "no-presence",
        "Nobody asks whether an input reports now.",
        (_swap(criterion, "_no_data", _nothing),),
        ("target-down", "companion-down-beside-a-quiet-counter", "alerts-judge-nothing"),
    ),
    Break(
        "no-members",
        "Nobody asks for missing members.",
        (_swap(criterion, "_members_missing", _nothing),),
        ("listed-replica-down", "inventory-lists-more", "replica-replaced-by-a-stranger"),
    ),
    Break(
        "no-memory-of-members",
        "Only the present inventory counts.",
        (_swap(lower, "_inventory", _of_this_moment),),
        ("inventory-and-member-gone",),
    ),
    Break(
        "min-for-count",
        "`min` over criteria in place of a count.",
        (_swap(overall, "_all_of", _least),),
        ("rule-deleted",),
    ),
    Break(
        "no-member-count",
        "One good member is enough.",
        (_swap(criterion, "_all_good", lambda _, good: good),),
        ("nan-gauge", "traffic-without-a-weight", "one-pool-of-an-expression-gone"),
    ),
    Break(
        "lost-pools",
        "Results of an author's own expression are counted, and not those that a join has lost.",
        (_swap(PromQL, "_members", lambda _, result, __: build.aggregate("count", result)),),
        ("one-pool-of-an-expression-gone",),
    ),
    Break(
        "lost-groups",
        "A group that only has errors which may be absent is no member.",
        (_swap(ratio.Ratio, "_also", lambda *_: None),),
        ("late-errors-of-a-tier-without-requests",),
    ),
    Break(
        "no-saturation",
        "A saturated quantile is believed.",
        (_swap(Quantile, "lower", _never_saturated),),
        ("quantile-saturates",),
    ),
    Break(
        "no-finite-filter",
        "Infinite values are values.",
        (_swap(build, "finite", lambda expr: expr),),
        ("infinite-headroom", "infinitely-low"),
    ),
    Break(
        "nan-skipping",
        "`max` and `min` may skip NaN.",
        (_swap(build, "unless_odd", _even_if_odd),),
        ("nan-hidden-by-max", "nan-weight", "nan-hidden-by-oldest", "nan-budget"),
    ),
    Break(
        "no-limit-arm",
        "A member without a limit has no reason of its own.",
        (_swap(build, "code_when", _without_no_limit),),
        ("tier-without-a-budget",),
    ),
    Break(
        "no-late-counters",
        "`increase` alone counts a counter that is created at its first event.",
        (_swap(ratio, "late_events", _only_increase), _swap(increase, "late_events", _only_increase)),
        ("late-counter", "late-counter-of-drops"),
    ),
    Break(
        "new-by-one-look",
        "A counter that an instant selector misses when the window begins is new.",
        (_swap(counters, "_there", _just_before),),
        ("scrape-failed-when-the-window-began",),
    ),
    Break(
        "absent-is-zero",
        "A missing counter is zero, whatever the spec says.",
        (_swap(ratio.Ratio, "_counted_rate", _absent_is_zero),),
        ("tier-whose-errors-are-not-exported",),
    ),
    Break(
        "idle-passes",
        "An idle criterion passes, whatever the spec says.",
        (_swap(states, "IDLE_FAIL", states.IDLE),),
        ("no-traffic", "frozen-counters"),
    ),
    Break(
        "few-is-idle",
        "Fewer events than min_events are idle, whatever else was counted.",
        (_swap(ratio.Ratio, "_all", lambda _, counted, total, context: total),),  # noqa: ARG005
        ("few-errors-without-requests",),
    ),
    Break(
        "no-stabilisation",
        "The gate opens as soon as it is met.",
        (_swap(holding, "_held", _met_now),),
        ("open-for-one-scrape", "flapping-value", "target-flaps"),
    ),
    Break(
        "no-quorum",
        "Missing evaluations are no reason not to open.",
        (_swap(holding, "_evaluated", _any_number), _swap(holding, "_began", lambda met, _: met)),
        ("restart-shortens-the-stabilisation",),
    ),
    Break(
        "not-watched",
        "Nobody asks whether the gate itself was evaluated throughout the window.",
        (_swap(holding, "_watched", lambda history, *_: history),),
        ("restart-hides-a-gap",),
    ),
    Break(
        "any-history",
        "Conditions on the history may be true of different series.",
        (_swap(holding, "_also", _any_history),),
        ("history-of-another-server",),
    ),
    Break(
        "plain-or-zero",
        "`or vector(0)` without `on ()`.",
        (_swap(build, "or_zero", _plain_or_zero),),
        ("healthy-late-counter",),
    ),
    Break(
        "no-revision",
        "The reader takes the verdict of any revision.",
        (_swap(lower, "_revision", lambda _: _ONE_REVISION),),
        ("rules-of-an-older-commit", "broken-rules-are-not-loaded"),
    ),
    Break(
        "no-age",
        "The reader takes a verdict of any age.",
        (_swap(trial, "MAX_AGE", _FOR_EVER),),
        ("killed-in-mid-evaluation",),
    ),
    Break(
        "states-of-another-revision",
        "Rules that were just loaded take the states of the revision before for their own.",
        (_swap(holding, "_of_this_revision", _nothing),),
        ("stricter-rules-are-loaded",),
        VICTORIAMETRICS.name,
    ),
    Break(
        "last-state-wins",
        "Of several series that claim to be one criterion, any may pass.",
        (_swap(holding, "_one_of_each", lambda _, series: series),),
        ("criterion-of-another-server",),
        VICTORIAMETRICS.name,
    ),
    Break(
        "judged-now-and-then",
        "A criterion may live on a state that its rule writes every other time.",
        (_swap(holding, "_judged", lambda *_: build.constant(1)),),
        ("join-fails-every-other-time",),
        VICTORIAMETRICS.name,
    ),
)
