"""The simulated platform: healthy means open, and each incident fails what it says, on a real Prometheus."""

import time
import urllib.request
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from engines import ROOT, Engine, backfill
from prometheus_client.parser import text_string_to_metric_families
from servers import Prometheus

from demo.backfill import FAST_JOBS, PASTS, SLOW_JOBS, openmetrics
from demo.exporter import Exporter
from demo.incidents import DAY, HOUR, INCIDENTS
from demo.rates import Series
from demo.simulation import Platform, begin, recover

NOON = 1_700_000_000.0
HEALTHY = Platform(origin=NOON - 8.1 * DAY)
RULES = ROOT / "generated" / "routing-readiness" / "recording_rules.yml"


def values(platform: Platform, at: float) -> dict[Series, float]:
    """All samples of a moment."""
    return dict(platform.samples(at))


def gauges(platform: Platform, at: float) -> dict[Series, float]:
    """The gauges of a moment."""
    return {series: value for series, value in platform.samples(at) if series.name == series.family}


def test_there_is_an_incident_for_every_criterion() -> None:
    """The incidents are the criteria of the spec, in its order, and name only criteria as further victims."""
    spec = yaml.safe_load((ROOT / "specs" / "routing-readiness.yaml").read_text())
    criteria = [criterion["id"] for category in spec["categories"] for criterion in category["criteria"]]

    assert sorted(criteria) == sorted(INCIDENTS)
    assert {other for incident in INCIDENTS.values() for other in incident.also} <= set(criteria)


@pytest.mark.parametrize("incident", INCIDENTS)
def test_an_incident_changes_nothing_before_it_begins(incident: str) -> None:
    """The past stays the past, so that backfilled and scraped samples are one curve."""
    later = begin(HEALTHY, incident, NOON)

    assert values(later, NOON - 1) == values(HEALTHY, NOON - 1)
    assert values(later, NOON + HOUR) != values(HEALTHY, NOON + HOUR)


@pytest.mark.parametrize("incident", INCIDENTS)
def test_counters_never_fall(incident: str) -> None:
    """Before, during and after an incident, no counter and no bucket decreases."""
    platform = recover(begin(HEALTHY, incident, NOON), NOON + HOUR)
    moments = [values(platform, NOON + offset) for offset in (-1, 0, 1, 1800, HOUR - 1, HOUR, HOUR + 1, 2 * HOUR)]
    falls = [
        series
        for before, after in pairwise(moments)
        for series, value in before.items()
        if series.name != series.family and after.get(series, value) < value
    ]

    assert falls == []


def test_a_recovered_platform_has_healthy_gauges() -> None:
    """After the end of an incident its gauges are as if it had not been."""
    platform = recover(begin(HEALTHY, "circuit_breaker", NOON), NOON + HOUR)

    assert gauges(platform, NOON + HOUR + 1) == gauges(HEALTHY, NOON + HOUR + 1)


def test_dropped_logs_are_not_counted_before_the_first() -> None:
    """The counter is created by its first event, like most error counters."""
    after = begin(HEALTHY, "log_ingestion", NOON)

    assert not [series for series in values(after, NOON) if series.family == "log_entries_dropped"]
    assert [series for series in values(after, NOON + 1) if series.family == "log_entries_dropped"]


def test_the_past_covers_every_job() -> None:
    """No job is left out of the backfill, whose last sample is now."""
    lines = list(openmetrics(HEALTHY, PASTS["hours.om"], NOON))

    assert {series.job for series in values(HEALTHY, NOON)} == FAST_JOBS | SLOW_JOBS
    assert lines[-1] == "# EOF\n"
    assert lines[-2].endswith(f" {NOON:.3f}\n")


def test_the_exporter_serves_the_samples_of_the_platform() -> None:
    """All targets together export every series once, under the labels of the platform."""
    exporter = Exporter(Platform(origin=time.time() - DAY))
    with exporter.running():
        exported = [
            (sample.name, tuple(sorted(sample.labels.items())), target.labels["instance"])
            for targets in exporter.targets().values()
            for target in targets
            for family in text_string_to_metric_families(_get(f"http://{target.address}{target.path}"))
            for sample in family.samples
        ]
    expected = [
        (series.name, tuple(sorted(series.labels)), series.instance)
        for series in values(exporter.platform, time.time())
    ]

    assert sorted(exported) == sorted(expected)


def _get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as response:
        return str(response.read().decode())


@pytest.mark.slow
@pytest.mark.parametrize("incident", [None, *INCIDENTS])
def test_an_incident_fails_its_criterion_and_no_other(any_engine: Engine, tmp_path: Path, incident: str | None) -> None:
    """With the committed rules over a week of its past, the platform fails what the incident says; healthy, nothing."""
    now = time.time()
    platform = Platform(origin=now - 8.1 * DAY)
    if incident:
        platform = begin(platform, incident, now - INCIDENTS[incident].lasts)
    for name, past in PASTS.items():
        # A busy machine may take long until Prometheus is asked.
        (tmp_path / name).write_text("".join(openmetrics(platform, past, now + 20)))
        backfill(any_engine, tmp_path / name, tmp_path / "data")
    rules = tmp_path / "rules.yml"
    rules.write_text(RULES.read_text().replace("interval: 30s", "interval: 1s"))

    with Prometheus(any_engine, rules=[rules], data_dir=tmp_path / "data") as prometheus:
        prometheus.until("count(gate:criterion:pass) == 29 and on() gate:overall:met", 90)
        failing = {sample.labels["criterion"] for sample in prometheus.query("gate:criterion:pass == 0")}

    assert failing == ({incident, *INCIDENTS[incident].also} if incident else set())
