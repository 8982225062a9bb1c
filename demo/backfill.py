"""The platform's past as OpenMetrics text, for `promtool tsdb create-blocks-from openmetrics`.

Only what some window of the gate looks at is written: a week of billing and batches in large steps, two hours of the
rest in the steps of a scrape. promtool reads a file once per block of two hours, so the two are separate files.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from demo.incidents import DAY, HOUR
from demo.rates import Series
from demo.simulation import Platform


@dataclass(frozen=True)
class Past:
    """A stretch of the past of some jobs: its begin and end in seconds ago, and the step between samples."""

    jobs: frozenset[str]
    begin: float
    end: float
    step: float


SLOW_JOBS: Final = frozenset({"billing", "batch"})
FAST_JOBS: Final = frozenset({"router", "control-plane", "vllm", "telemetry", "grafana-dashboards", "legacy-sites"})
PASTS: Final[Mapping[str, Past]] = {
    # 4m and not 5m: Prometheus looks back 5m for a sample, and a scrape may be a little late.
    "week.om": Past(SLOW_JOBS, begin=8 * DAY, end=2.25 * HOUR, step=240),
    "hours.om": Past(SLOW_JOBS | FAST_JOBS, begin=2.25 * HOUR, end=0, step=15),
}


def openmetrics(platform: Platform, past: Past, now: float) -> Iterator[str]:
    """Lines of an OpenMetrics file, series by series. `now` is in Unix seconds."""
    columns: dict[Series, list[str]] = {}
    for number in range(int((past.begin - past.end) / past.step) + 1):
        at = now - past.begin + number * past.step
        for series, value in (*platform.samples(at), *platform.recorded(at)):
            if series.job in past.jobs:
                columns.setdefault(series, []).append(f"{value!r} {at:.3f}")
    for series, points in columns.items():
        name = sample_name(series)
        yield from (f"{name} {point}\n" for point in points)
    yield "# EOF\n"


def sample_name(series: Series) -> str:
    """The series as a line of an exposition starts, with the labels of its target."""
    labels = {"job": series.job, "instance": series.instance, **dict(series.labels)}
    pairs = ",".join(f'{name}="{value}"' for name, value in labels.items())
    return f"{series.name}{{{pairs}}}"
