"""The most telling faults on one engine; `make faults` runs all of them on every engine.

All of them share one server and take place at the same time. Where this machine misses a scrape or an evaluation, which
is seen in the samples, the faults are run again with ticks of twice the length.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from engines import Engine
from faults.breaks import BREAKS
from faults.compiled import Compiled, compile_all
from faults.model import Fault
from faults.platforms import Platform, on_prometheus
from faults.registry import FAULTS
from faults.shared import run_together

TELLING: Final = (
    "healthy-ratio",
    "counter-reset",
    "healthy-late-counter",
    "idle-is-allowed",
    "scrape-failed-when-the-window-began",
    "target-down",
    "listed-replica-down",
    "one-pool-of-an-expression-gone",
    "late-counter",
    "nan-hidden-by-max",
    "quantile-saturates",
    "no-traffic",
    "open-for-one-scrape",
    "gap-in-the-window",
    "samples-stop-but-stay-visible",
    "duplicate-series-in-a-join",
    "label-added-to-one-side",
    "history-of-another-server",
    "rule-deleted",
)
FOOLED_BY_HAND: Final = ("target-down", "late-counter", "gap-in-the-window", "duplicate-series-in-a-join")
GUARD: Final = next(one for one in BREAKS if one.name == "no-coverage")
UNGUARDED: Final = replace(next(one for one in FAULTS if one.name == "gap-in-the-window"), name="gap-without-guard")


def _compiled(faults: Sequence[Fault], platform: Platform) -> dict[str, Compiled]:
    """The gates of faults; that of one of them by a compiler that lost a guard."""
    gates = compile_all([fault for fault in faults if fault != UNGUARDED], platform)
    if UNGUARDED in faults:
        with GUARD.applied():
            gates |= compile_all([UNGUARDED], platform)
    return gates


def test_telling_faults(any_engine: Engine) -> None:
    """Every verdict is right in every evaluation that counts, and so is the reason.

    And the matrix can see a false pass: rules by hand, and a compiler without a guard, are fooled by the same samples.
    It is one test, so that the faults need one server, on whichever worker.
    """
    faults = [*(fault for fault in FAULTS if fault.name in TELLING), UNGUARDED]

    found = {one.fault: one for one in run_together(on_prometheus(any_engine), faults, _compiled)}

    unguarded = found.pop(UNGUARDED.name)
    assert [one for one in found.values() if one.problem] == []
    assert sorted(found) == sorted(TELLING)
    assert [name for name in FOOLED_BY_HAND if found[name].by_hand != "pass"] == []
    assert unguarded.problem == "false pass"
