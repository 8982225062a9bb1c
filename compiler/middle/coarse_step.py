"""How coarsely a long window of counters may be read; `optimise.coarse` says why, and reads it."""

from typing import Final

from compiler.fields import Duration

# The longest is Prometheus' lookback: what a probe does not see any more, coverage does not see either.
STEPS: Final = tuple(Duration.parse(text) for text in ("5m", "4m", "3m", "2m", "1m30s", "1m", "30s"))
_WORTH: Final = 2  # times that the exact reading must be more expensive
_LAST: Final = 3  # samples of a series for what came after the last probe: the newest, and the probe counted twice


def step_of(window: Duration, scrape_interval: Duration, max_error: float) -> Duration | None:
    """The step for a window; None if the exact reading is the better choice."""
    for step in STEPS:
        if 2 * step.milliseconds <= max_error * window.milliseconds:
            worth = exact_samples(window, scrape_interval) >= _WORTH * samples(window, step)
            return step if worth else None
    return None


def exact_samples(window: Duration, scrape_interval: Duration) -> int:
    """How many samples of a series the exact reading reads."""
    return window.milliseconds // scrape_interval.milliseconds


def samples(window: Duration, step: Duration) -> int:
    """How many samples of a series the coarse reading reads: a probe counts where it is made and where it is read."""
    return 2 * (window.milliseconds // step.milliseconds) + 2 * _LAST
