"""The platform as Prometheus sees it: one HTTP target per instance, at /<number of the instance>/metrics."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import groupby

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Metric, generate_latest
from prometheus_client.registry import Collector
from servers import Target
from web import serve

from demo.condition import HEALTHY
from demo.gauges import Moment, gauges
from demo.rates import Rated, Series, counters
from demo.simulation import Platform


class Exporter:
    """Serves `platform`, which may be replaced while it runs."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.address = ""

    def targets(self) -> dict[str, list[Target]]:
        """What to scrape, by job."""
        found: dict[str, list[Target]] = {}
        for number, (job, instance) in enumerate(INSTANCES):
            target = Target(self.address, f"/{number}/metrics", {"instance": instance})
            found.setdefault(job, []).append(target)
        return found

    @contextmanager
    def running(self) -> Iterator[None]:
        """Serve on a free port of 127.0.0.1."""
        with serve(self._answer) as port:
            self.address = f"127.0.0.1:{port}"
            yield

    def _answer(self, path: str, _body: bytes) -> tuple[int, str, str]:
        wanted = INSTANCES[int(path.split("/")[1])]
        rated = [(series, value) for series, value in self.platform.samples(time.time()) if _target(series) == wanted]
        registry = CollectorRegistry()
        registry.register(_Families(rated))
        return 200, CONTENT_TYPE_LATEST, generate_latest(registry).decode()


class _Families(Collector):
    """What one target exports at the moment of a scrape."""

    def __init__(self, rated: Iterable[Rated]) -> None:
        self._rated = sorted(rated, key=lambda pair: pair[0].family)

    def collect(self) -> Iterator[Metric]:
        for family, group in groupby(self._rated, key=lambda pair: pair[0].family):
            rated = list(group)
            metric = Metric(family, "Of the simulated platform.", _kind(rated[0][0]))
            for series, value in rated:
                metric.add_sample(series.name, dict(series.labels), value)
            yield metric


def _target(series: Series) -> tuple[str, str]:
    return series.job, series.instance


def _kind(series: Series) -> str:
    if series.name == series.family:
        return "gauge"
    return "counter" if series.name.endswith("_total") else "histogram"


_START = Moment(time=0, condition=HEALTHY, since=0, age=0, queued=0)
INSTANCES = sorted({_target(series) for series, _ in (*counters(HEALTHY), *gauges(_START))})  # (job, instance)
