"""When tests judge: at a moment that is the same for every version of Prometheus."""

from collections.abc import Iterator
from typing import Any

import pytest

from compiler.fields import Duration
from compiler.middle import timeline as module
from compiler.middle.inputs import probe_step
from compiler.middle.timeline import timeline
from compiler.spec.model import Defaults

D = Duration.parse
PACE = Defaults(scrape_interval=D("15s"), evaluate_every=D("30s"), stabilization=D("10m"))


@pytest.mark.parametrize(
    "windows",
    [["30m", "2h", "24h", "7d"], ["15m"], ["2m"], ["5m", "1h"], ["10m", "15m", "20m", "45m", "6h"], []],
)
def test_no_probe_lies_on_an_end_of_a_window(windows: list[str]) -> None:
    """A sample, an evaluation and the history of every window fit as well."""
    each = [D(text) for text in windows]

    times = timeline(each, PACE)

    now = times.now.milliseconds
    assert now % 30_000 == 0
    assert now >= 1.5 * max((one.milliseconds for one in each), default=0)
    for window in each:
        step, interval = probe_step(window).milliseconds, times.interval([window]).milliseconds
        assert now % step
        assert (now - window.milliseconds) % step
        assert now % interval == 0
        assert interval < 5 * 60_000
        assert 10 <= window.milliseconds // interval <= 2600


def test_looks_of_other_steps_last_see_something_else() -> None:
    """Those every five minutes that a long window is read with, and those of half and twice that."""
    now = timeline([D(text) for text in ("30m", "2h", "24h", "7d")], PACE).now.milliseconds

    assert len({now % (step * 60_000) for step in (2.5, 5, 10)}) == 3
    assert now % 600_000 > now % 300_000 > 120_000


def test_where_no_moment_suits_all_windows() -> None:
    """It is said which windows are read differently by different versions."""
    times = timeline([D("1m"), D("24h")], PACE)

    assert [times.aligned(D(text)) for text in ("1m", "24h")] == [False, True]


def test_looks_do_not_fall_on_the_moment_where_that_is_possible() -> None:
    """What is there just now must count although nobody looks; those of every minute look at any full minute."""
    windows, looks = [D(text) for text in ("30m", "2h", "24h", "7d")], [D("2m"), D("1m")]

    assert timeline(windows, PACE).now.milliseconds % looks[0].milliseconds == 0
    assert timeline(windows, PACE, looks).now.milliseconds % looks[0].milliseconds


def test_few_of_all_moments_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of millions, since each window doubles or triples how many there are."""
    tried: list[int] = []
    moments = module._moments

    def counted(*arguments: Any) -> Iterator[int]:
        for moment in moments(*arguments):
            tried.append(moment)
            yield moment

    monkeypatch.setattr(module, "_moments", counted)
    windows = [D(text) for text in ("5m", "10m", "15m", "20m", "30m", "45m", "1h", "2h")]

    assert all(map(timeline(windows, PACE, [D("2m")]).aligned, windows))
    assert len(tried) < 10_000


def test_samples_of_a_month_are_as_many_as_promtool_holds() -> None:
    """Less than the lookback apart."""
    month = D("30d")

    interval = timeline([month], PACE).interval([month])

    assert interval == D("4m30s")
    assert month.milliseconds // interval.milliseconds < 10_000


def test_probes_are_those_of_the_rules() -> None:
    """Six in half an hour, at multiples of five minutes since the start of the test."""
    times = timeline([D("30m")], PACE)
    probes = times.probes(D("30m"))

    assert len(probes) == 6
    assert all((times.now.milliseconds - ago) % 300_000 == 0 and 0 < ago < 30 * 60_000 for ago in probes)
    assert list(probes) == sorted(probes, reverse=True)
