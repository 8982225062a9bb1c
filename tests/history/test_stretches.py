"""From samples to stretches: what was judged, for how long it holds, and where nobody judged."""

from collections.abc import Sequence

import pytest

from compiler.history.failures import Cause, failures
from compiler.history.figures import Figures, closings, figures
from compiler.history.stretches import Stretch, aligned, interval, merged, stretches

READY, OVERRIDDEN, FAILING, STABILISING, NO_DATA = 0, 1, 10, 11, 20
EVERY = 30


def samples(states: Sequence[int | None], first: int = 0) -> list[tuple[float, float]]:
    """A state for each evaluation; None where there was none."""
    return [(first + EVERY * i, float(state)) for i, state in enumerate(states) if state is not None]


def told(states: Sequence[int | None], end: int) -> list[tuple[float, float, int | None]]:
    """The stretches from 0 to `end`."""
    return [(one.start, one.end, one.state) for one in stretches(samples(states), 0, end)]


@pytest.mark.parametrize(
    ("states", "end", "expected"),
    [
        ([], 600, [(0, 600, None)]),
        ([0] * 20, 600, [(0, 600, 0)]),
        ([0] * 10 + [10] * 10, 600, [(0, 300, 0), (300, 600, 10)]),
        # a missed evaluation is no gap; two are, from when the first should have been
        ([0] * 10 + [None] + [0] * 9, 600, [(0, 600, 0)]),
        ([0] * 10 + [None] * 2 + [0] * 8, 600, [(0, 300, 0), (300, 360, None), (360, 600, 0)]),
        # a gap begins and ends the time
        ([None] * 5 + [0] * 15, 600, [(0, 150, None), (150, 600, 0)]),
        ([0] * 10, 600, [(0, 300, 0), (300, 600, None)]),
        # the evaluation that runs now is not due yet
        ([0] * 20, 629, [(0, 629, 0)]),
        # after a gap, the state is what is written, whatever it was before
        ([0] * 5 + [None] * 10 + [10] * 5, 600, [(0, 150, 0), (150, 450, None), (450, 600, 10)]),
        # one sample between two gaps holds for one evaluation
        ([0] * 5 + [None] * 5 + [10] + [None] * 4 + [0] * 5, 600,
         [(0, 150, 0), (150, 300, None), (300, 330, 10), (330, 450, None), (450, 600, 0)]),
    ],
)  # fmt: skip
def test_stretches(states: list[int | None], end: int, expected: list[tuple[float, float, int | None]]) -> None:
    """They fill the time, without overlap."""
    assert told(states, end) == expected


def test_what_came_before_the_time_tells_how_it_begins() -> None:
    """And is not part of it."""
    found = stretches(samples([10] * 20, first=-570), 0, 60)

    assert found == (Stretch(0, 60, FAILING),)


def test_a_gate_may_be_evaluated_less_often_from_some_time_on() -> None:
    """15s apart, and then 60s: the change itself looks like one missed evaluation, and nothing else does."""
    often, rarely = [(15.0 * i, 0.0) for i in range(40)], [(600 + 60.0 * i, 0.0) for i in range(10)]
    after = [(1500.0 + 60 * i, 0.0) for i in range(5)]

    assert stretches([*often, *rarely, *after], 0, 1800) == (
        Stretch(0, 615, READY),
        Stretch(615, 660, None),
        Stretch(660, 1200, READY),
        Stretch(1200, 1500, None),
        Stretch(1500, 1800, READY),
    )


def test_of_several_servers_the_worse_state_counts() -> None:
    """Where they judged at the same time; else each fills the other's gaps."""
    assert merged([[(0, 0), (30, 0)], [(0, 10), (60, 0)]]) == [(0, 10), (30, 0), (60, 0)]
    assert merged([]) == []


def test_the_usual_interval_is_the_one_in_the_middle() -> None:
    """A gap does not change it."""
    assert interval(samples([0] * 10 + [None] * 100 + [0] * 10)) == EVERY
    assert interval([]) == interval([(5, 0)]) == 30


@pytest.mark.parametrize(
    ("at", "expected"), [(100.0, 100.567), (100.567, 100.567), (100.568, 130.567), (40.567, 40.567), (700, 700.567)]
)
def test_times_are_aligned_to_evaluations(at: float, expected: float) -> None:
    """To the millisecond, whatever floats make of it."""
    evaluations = [(10.567 + EVERY * n, 0.0) for n in range(10)]

    assert aligned(at, evaluations, EVERY) == expected
    assert aligned(at, [], EVERY) == at


# failures


def test_a_failure_lasts_from_the_closing_to_the_opening() -> None:
    """Stabilising included; what was in the way, in its order of weight."""
    states = [READY] * 10 + [FAILING] * 4 + [NO_DATA] * 2 + [STABILISING] * 4 + [READY] * 10
    criteria = {("web", "errors"): samples([10] * 6, 300), ("web", "latency"): samples([20] * 2, 420)}
    (one,) = failures(stretches(samples(states), 0, 900), criteria, EVERY)

    assert (one.begin, one.end, one.begin_seen, one.end_seen, one.seconds) == (300, 600, True, True, 300)
    assert one.states == {FAILING: 120, NO_DATA: 60, STABILISING: 120}
    assert one.causes == (Cause("web", "errors", 10, 180), Cause("web", "latency", 20, 60))


def test_a_criterion_is_the_cause_of_the_failure_in_which_it_failed() -> None:
    """Of two failures, each has its own."""
    states = [FAILING] * 5 + [READY] * 5 + [FAILING] * 5
    criteria = {("web", "a"): samples([10] * 5), ("web", "b"): samples([11] * 5, 300)}
    first, second = failures(stretches(samples(states), 0, 450), criteria, EVERY)

    assert [cause.criterion for cause in first.causes] == ["a"]
    assert [(cause.criterion, cause.state) for cause in second.causes] == [("b", 11)]


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ([FAILING] * 10 + [READY] * 10, [(0, False, 300, True, 0)]),
        ([READY] * 10 + [FAILING] * 10, [(300, True, 600, False, 0)]),
        ([READY] * 5 + [FAILING] * 5 + [None] * 5 + [FAILING] * 5, [(150, True, 600, False, 150)]),
        ([READY] * 5 + [FAILING] * 5 + [None] * 5 + [READY] * 5, [(150, True, 300, False, 0)]),
        ([READY] * 5 + [None] * 5 + [STABILISING] * 5 + [READY] * 5, [(300, False, 450, True, 0)]),
        ([READY] * 5 + [FAILING] * 5 + [None] * 10, [(150, True, 300, False, 0)]),
        ([FAILING] * 5 + [OVERRIDDEN] * 5 + [FAILING] * 10, [(0, False, 150, True, 0), (300, True, 600, False, 0)]),
        ([None] * 20, []),
        ([READY] * 20, []),
    ],
)  # fmt: skip
def test_a_failure_ends_where_it_was_seen(
    states: list[int | None], expected: list[tuple[float, bool, float, bool, float]]
) -> None:
    """A gap in a failure belongs to it, one beside it does not, and what nobody saw is said."""
    found = failures(stretches(samples(states), 0, 600), {}, EVERY)

    assert [(one.begin, one.begin_seen, one.end, one.end_seen, one.unknown) for one in found] == expected


# figures


def test_figures_of_a_day() -> None:
    """Shares are of the time that was observed."""
    day = 86_400
    pieces = (
        Stretch(-day, 0, FAILING),
        Stretch(0, day / 2, READY),
        Stretch(day / 2, day / 2 + 3600, FAILING),
        Stretch(day / 2 + 3600, day / 2 + 5400, NO_DATA),
        Stretch(day / 2 + 5400, day * 3 / 4, OVERRIDDEN),
        Stretch(day * 3 / 4, day, None),
    )

    assert figures(pieces, 1, day) == Figures(
        days=1,
        closed=5400,
        closings=1,
        time_to_green=5400,
        overridden=(day / 4 - 5400) / (day * 3 / 4),
        no_data=1800 / (day * 3 / 4),
        unobserved=0.25,
    )


def test_nothing_observed_is_no_figure() -> None:
    """Not zero, which would be good."""
    assert figures((Stretch(0, 86_400, None),), 1, 86_400) == Figures(1, None, None, None, None, None, 1.0)


def test_a_gate_that_never_closed_took_no_time_to_open() -> None:
    """There is nothing to tell; one that was closed all the time took at least that."""
    opened = figures((Stretch(0, 86_400, READY),), 1, 86_400)
    closed = figures((Stretch(0, 86_400, FAILING),), 1, 86_400)

    assert (opened.closed, opened.closings, opened.time_to_green) == (0, 0, None)
    assert (closed.closed, closed.closings, closed.time_to_green) == (86_400, 0, 86_400)


def test_a_closing_that_nobody_saw_counts() -> None:
    """Before a gap the gate was open, and after it closed."""
    assert closings([Stretch(0, 1, 0), Stretch(1, 2, None), Stretch(2, 3, 10), Stretch(3, 4, 20)]) == 1
