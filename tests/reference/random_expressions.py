"""Expressions of an author's own, with the labels of their results; `{w}` is a window."""

from collections.abc import Sequence
from typing import Final

EXPRESSIONS: Final[Sequence[tuple[str, list[str]]]] = (
    ("sum(depth)", []),
    ("max by (pool) (depth)", ["pool"]),
    ("sum by (pool) (rate(requests_total[{w}]))", ["pool"]),
    ("sum(rate(errors_total[{w}])) / sum(rate(requests_total[{w}]))", []),
    ("sum by (zone) (increase(errors_total[{w}])) / on (zone) sum by (zone) (increase(jobs_total[{w}]))", ["zone"]),
    ("avg(depth) * 2 + 1", []),
    ('max_over_time(load{{pool="a"}}[{w}])', []),
    ("sum without (instance, zone) (depth - load)", ["pool"]),
    ("count(depth)", []),
    ("min(avg_over_time(load[{w}])) - min(load offset 1m)", []),
    ("max by (pool, zone) (deriv(depth[{w}])) * 60", ["pool", "zone"]),
    ("sum(depth) or vector(0)", []),
    ("sum by (pool) (depth > 5)", ["pool"]),
    ("count(depth > load)", []),
    ("sum by (zone) (load <= bool 40)", ["zone"]),
    ("sum(depth unless on (pool) load)", []),
    ("max(depth and on (zone) (load != 0))", []),
    ("max_over_time(sum(depth)[{w}:30s])", []),
    ("avg_over_time(max by (pool) (load)[{w}:50s])", ["pool"]),
    ("max by (pool) (depth) / on () group_left () sum(load)", ["pool"]),
    ("histogram_quantile(0.9, sum by (le, zone) (rate(latency_seconds_bucket[{w}])))", ["zone"]),
)
