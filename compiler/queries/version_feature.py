"""A part of PromQL that not every Prometheus has.

What: something that must be enabled by a feature flag, that newer versions have dropped, or that no version up to 3.5
knows.
Why: a server that does not accept one expression refuses the whole file, and goes on with the old rules.
Use instead: what all versions accept; or enable the feature on every server that loads the file.

Flagged:

    groups:
      - name: example
        rules:
          - record: queue:smoothed
            expr: holt_winters(queue_size[1h], 0.5, 0.1)

Clean:

    groups:
      - name: example
        rules:
          - record: queue:smoothed
            expr: avg_over_time(queue_size[1h])
"""

from collections.abc import Iterator
from typing import Final

from compiler.promql.features import LATER, Feature
from compiler.queries.base import Finding, Query, problem

CODE: Final = "PG302"


def check(query: Query) -> Iterator[Finding]:
    """Every feature behind a flag, that was dropped, or that is newer than 3.5."""
    for feature, place in query.parsed.used:
        message, hint = _said(feature)
        if message:
            yield Finding(CODE, problem(message, place, hint))


def _said(feature: Feature) -> tuple[str, str]:
    if feature.until:
        since = "later versions refuse" if feature.until == LATER else f"Prometheus {feature.until} and later refuse"
        return f"{since} {feature.title}", f"write `{feature.instead}`"
    if feature.flag:
        since = "newer than 3.5" if feature.since == LATER else f"of {feature.since} and newer"
        return (
            f"{feature.title} must be enabled, in a Prometheus {since}",
            f"start it with --enable-feature={feature.flag}",
        )
    return "", ""
