"""What is known of metrics beside an expression: the vocabulary of a spec, the rules of a file, and naming conventions.

https://prometheus.io/docs/practices/naming/ · https://prometheus.io/docs/concepts/jobs_instances/
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from compiler.analysis.domain import ANY, MISSING, Domain, Word
from compiler.analysis.interval import ANY as ANY_NUMBER
from compiler.analysis.interval import BOOLEAN, NOT_NEGATIVE, Interval
from compiler.analysis.labels import LabelSet
from compiler.fields import Unit

MetricKind = Literal["counter", "gauge", "histogram"]

_SCRAPED: Final = ("instance", "job")  # Prometheus adds these to every series that it scrapes
_SYNTHETIC: Final = ("ALERTS", "ALERTS_FOR_STATE")
_GAUGE_ENDINGS: Final = (
    "_depth", "_ratio", "_percent", "_percentage", "_utilization", "_utilisation", "_temperature", "_celsius", "_info",
    "_capacity", "_lag", "_backlog", "_queue_size", "_queue_length", "_pool_size", "_available_bytes",
    "_free_bytes", "_usage_bytes", "_used_bytes", "_timestamp_seconds", "_timestamp", "_in_flight", "_inflight",
    "_average", "_avg", "_uptime_seconds", "_age_seconds",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Declared:
    """What a vocabulary says of a metric."""

    kind: MetricKind
    labels: tuple[str, ...] = ()
    native: bool = False
    unit: Unit | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of metrics. `recorded`: the labels of series that rules of the same file record, one set a rule."""

    declared: Mapping[str, Declared] = field(default_factory=dict)
    recorded: Mapping[str, Sequence[LabelSet]] = field(default_factory=dict)
    summed: frozenset[str] = frozenset()  # recorded series that are sums of counters

    def entry(self, name: str) -> Declared | None:
        """The vocabulary's entry; `x_bucket`, `x_sum` and `x_count` belong to the histogram x."""
        if name in self.declared:
            return self.declared[name]
        stem = name.removesuffix("_bucket").removesuffix("_sum").removesuffix("_count")
        found = self.declared.get(stem)
        return found if found and found.kind == "histogram" else None

    def kind(self, name: str) -> tuple[MetricKind | None, bool]:
        """The type of a metric, and whether that is declared rather than read from its name."""
        entry = self.entry(name)
        if entry:
            is_part = entry.kind == "histogram" and name not in self.declared
            return "counter" if is_part else entry.kind, True
        if name.endswith(("_total", "_bucket")) and ":" not in name:
            return "counter", False
        return ("gauge" if name.endswith(_GAUGE_ENDINGS) and ":" not in name else None), False

    def labels(self, name: str) -> Sequence[LabelSet]:
        """The labels of the series of a metric; several sets if several rules record it."""
        if name in self.recorded:
            return self.recorded[name]
        known: dict[str, Domain] = {}
        if name and ":" not in name and name not in _SYNTHETIC:
            known = {label: ANY.meant(Word.CONVENTION) for label in _SCRAPED}
        entry = self.entry(name)
        known |= {label: ANY.meant(Word.AUTHOR) for label in entry.labels} if entry else {}
        if name.endswith("_bucket"):
            known["le"] = ANY.meant(Word.AUTHOR)
        # A vocabulary names all labels that a gate may use, so that any other is a mistake.
        return (LabelSet(known, MISSING if entry else ANY),)

    def values(self, name: str) -> Interval:
        """What the values of a metric can be."""
        if name == "up":
            return BOOLEAN
        return NOT_NEGATIVE if self.kind(name)[0] == "counter" else ANY_NUMBER
