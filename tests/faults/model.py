"""What a fault is: how exporters behave over time, which gate judges it, and which verdict is right.

All times are in ticks (`pace.Pace`): a second on Prometheus, five on engines that evaluate no faster. Texts may name
them, as `12t`. Metric names that begin with `x_` are the fault's own: `own` puts the fault's name there, so that many
faults can share one server.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from faults.trial import Trial

WINDOW: Final = 12  # every gate's window unless its spec says otherwise
STABILIZATION: Final = 4
BEGINS: Final = 19.0  # after the clock started, when all targets had been scraped; every healthy gate is open by then
ENDS: Final = 40.0  # after the clock started
FROM_THE_START: Final = 0.0
TEXT: Final = "text/plain; version=0.0.4; charset=utf-8"

Verdict = Literal["pass", "fail"]


@dataclass(frozen=True, slots=True)
class Moment:
    """When a target is asked: ticks since the clock started and since the fault began (negative before), Unix time.

    `tick` is how many seconds a tick has, `asked` how many times the target was asked before, since the fault began.
    """

    t: float
    since: float
    now: float
    tick: float = 1.0
    asked: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """What a target answers. `delay` is in ticks; a page that is `cut` ends before its promised length."""

    text: str
    status: int = 200
    content_type: str = TEXT
    delay: float = 0.0
    cut: bool = False


Script = Callable[[Moment], Page]


@dataclass(frozen=True, slots=True)
class Spec:
    """A gate with one criterion: `metrics` and `criterion` are YAML, `by_hand` is what an engineer would write.

    `by_hand` holds recording rules; the last of them is the criterion, 1 when it is met. `beside` are further criteria
    (YAML) that the measure needs, such as those whose inputs a freshness criterion watches.
    """

    metrics: str
    criterion: str
    by_hand: tuple[tuple[str, str], ...]
    beside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. Its name is also the name of its gate, its scrape job and its row in the report.

    - `targets`: one script a target; the label `instance` is the target's number.
    - `begins`: when the bad sample is first served; `delay`: how many ticks later the old verdict stops being right,
      beside the evaluations that every fault is granted on a platform; `lasts`: for how long the right verdict stays
      right; `read_back`: the right verdict takes one evaluation more where a rule sees only what an earlier one wrote.
    - `opens`: False if the gate need not have been open before the fault begins.
    - `states`: the names of the states that the criterion may have while it is judged.
    - `scrape`: further keys of the scrape job; `discovery`: tells how many targets exist, for service discovery.
    - `drops`: names of records whose rules for the criterion somebody deleted from the rule file.
    - `group`: further keys of all rule groups, such as a `limit`; `more_rules`: YAML of further rule groups.
    - `trial`: what is done to a server of the fault's own; `flags` are those of a Prometheus, `victoria_flags` those of
      a VictoriaMetrics; `heavy`: needs all of the CPU.
    - `loaded_too`: a spec whose rules are loaded beside the fault's own, under the same gate's name.
    - `later`: the spec that gate-check.sh belongs to, when it is not the one whose rules are loaded.
    - `unproducible`: name of a platform or of an engine profile -> why the fault cannot be had there.
    """

    name: str
    title: str
    spec: Spec
    targets: tuple[Script, ...]
    states: tuple[str, ...]
    why: str
    _: KW_ONLY
    section: str
    right: Verdict
    begins: float = BEGINS
    delay: float = 0.0
    lasts: float = ENDS
    read_back: bool = False
    opens: bool = True
    scrape: Mapping[str, Any] = field(default_factory=dict)
    discovery: Callable[[Moment], int] | None = None
    drops: tuple[str, ...] = ()
    group: Mapping[str, Any] = field(default_factory=dict)
    more_rules: str = ""
    trial: "Callable[[Trial], None] | None" = None
    flags: tuple[str, ...] = ()
    victoria_flags: tuple[str, ...] = ()
    heavy: bool = False
    loaded_too: Spec | None = None
    later: Spec | None = None
    unproducible: Mapping[str, str] = field(default_factory=dict)

    def own(self, text: str) -> str:
        """The text with the fault's own metric names."""
        return own(self.name, text)


def own(name: str, text: str) -> str:
    """`x_requests_total` becomes `target_down_requests_total` for the fault target-down, and `x-gate` its name."""
    return re.sub(r"\bx_", f"{name.replace('-', '_')}_", text).replace("x-gate", name)
