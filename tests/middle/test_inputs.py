"""How inputs are probed."""

import pytest

from compiler.fields import Duration
from compiler.middle.inputs import probe_step

MOST = 720


@pytest.mark.parametrize(
    ("window", "step"),
    [
        ("10ms", "1ms"),
        ("1m", "10s"),
        ("100s", "16s"),
        ("30m", "5m"),
        ("60h", "5m"),
        ("7d", "14m"),
        ("30d", "1h"),
        ("90d", "3h"),
    ],
)
def test_long_windows_have_no_more_probes_than_promtool_reads(window: str, step: str) -> None:
    """A sixth of short windows, five minutes of longer ones, and more where there would be too many."""
    found = probe_step(Duration.parse(window))

    assert found == Duration.parse(step)
    assert Duration.parse(window).milliseconds // found.milliseconds <= MOST
