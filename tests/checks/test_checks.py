"""What each check finds, where, and that it finds nothing in a good gate."""

import ast
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from compiler import report
from compiler.catalogue import EXPLANATIONS
from compiler.checks import CHECKS, acknowledgement
from compiler.diagnostics import Diagnostic
from compiler.frontend import check_specs
from compiler.spec.text import SpecFile

ROOT = Path(__file__).resolve().parent.parent.parent

GOOD = """\
apiVersion: promgate/v1
kind: Gate
metadata: {name: shop, title: Shop, owner: Shop Team}
defaults: {window: 10m}
metrics:
  bad_total: {type: counter, labels: [zone]}
  all_total: {type: counter, labels: [zone]}
  depth: {type: gauge, labels: [zone]}
  delay_seconds: {type: histogram, unit: seconds, labels: [zone]}
categories:
  - id: web
    title: Web
    criteria:
      - id: errors
        title: Errors
        measure: {kind: ratio, part: bad_total, total: all_total}
        require: {at_most: 1%}
      - id: delay
        title: Delay
        measure: {kind: quantile, histogram: delay_seconds, quantile: 95%}
        require: {at_most: 150ms}
      - id: depth
        title: Depth
        measure: {kind: gauge, metric: depth, across: max}
        require: {at_most: 100}
"""

OVERRIDES = "overrides: {reasons: {outage: {title: An outage}}, approvers: {lead: {}}"
# What is changed in the good gate, and what is then found: line:column, code and message.
CASES: Mapping[str, tuple[str, str, list[str]]] = {
    "a re-test that the stabilisation time forbids": (
        "defaults: {window: 10m}",
        f"defaults: {{stabilization: 10m}}\n{OVERRIDES}, max_duration: 5m, retest_within: 10m, repeat_interval: 5s}}",
        [
            "5:108 PG240 a re-test within 10m is always overdue",
            "5:130 PG240 nothing is repeated every 5s by a gate that is evaluated less often",
        ],
    ),
    "an approver who is none, and a time that no override can have": (
        "defaults: {window: 10m}",
        (
            "defaults: {window: 10m}\noverrides:\n  reasons: {outage: {title: An outage, approvers: [leader]}}\n"
            "  approvers: {lead: {}}\n  max_duration: 90m500ms"
        ),
        [
            "6:52 PG240 'leader' is not among the approvers",
            "8:17 PG240 max_duration is not in whole seconds, as the times of overrides are",
        ],
    ),
    "a re-test before the override ends": (
        "defaults: {window: 10m}",
        f"defaults: {{window: 10m}}\n{OVERRIDES}, retest_within: 3h}}",
        ["5:90 PG240 a re-test within 3h is overdue before an override of 4h ends"],
    ),
    "a misspelt metric": (
        "part: bad_total",
        "part: bad_totals",
        [
            "16:38 PG201 the metric bad_totals is not declared under `metrics`",
        ],
    ),
    "a gauge used as a counter": (
        "part: bad_total",
        "part: depth",
        [
            "6:3 PG206 no criterion uses the metric bad_total",
            "16:38 PG202 depth is a gauge, and a counter is needed here",
        ],
    ),
    "a counter used as a gauge": (
        "metric: depth,",
        "metric: all_total,",
        [
            "8:3 PG206 no criterion uses the metric depth",
            "24:40 PG202 all_total is a counter, and a gauge is needed here",
        ],
    ),
    "a ratio that was meant in percent": (
        "at_most: 1%",
        "at_most: 99.9",
        ["17:28 PG203 99.9 is not a ratio between 0 and 1"],
    ),
    "an error that is too small to save anything": (
        "require: {at_most: 1%}",
        "require: {at_most: 1%}\n        max_error: 1%",
        ["18:9 PG208 within 1% of 10m, no reading is cheaper than the exact one"],
    ),
    "an error on an engine that reads all exactly": (
        GOOD[GOOD.index("defaults:") : GOOD.index("      - id: delay")],
        (
            GOOD[GOOD.index("defaults:") : GOOD.index("      - id: delay")].replace(
                "10m}", "7d, engine: victoriametrics}"
            )
            + "        max_error: 1%\n"
        ),
        ["18:9 PG208 for vmalert, every window is read exactly, so `max_error` means nothing"],
    ),
    "an error of a gauge": (
        "require: {at_most: 100}",
        "require: {at_most: 100}\n        max_error: 1%",
        ["26:9 PG208 a measure of kind gauge, as it is here, has no window of counters"],
    ),
    "a bare number on a time": (
        "150ms",
        "0.15",
        ["21:28 PG203 0.15 is a plain number, and the measure is in seconds"],
    ),
    "percent on a time": ("150ms", "15%", ["21:28 PG203 15% is in percent, and the measure is in seconds"]),
    "a unit on a plain number": (
        "at_most: 100}",
        "at_most: 100ms}",
        ["25:28 PG203 100ms is in milliseconds, and the measure is a plain number"],
    ),
    "a label that the metric does not have": (
        "require: {at_most: 150ms}",
        "by: [zones]\n        require: {at_most: 150ms}",
        ["21:14 PG204 delay_seconds has no label 'zones'"],
    ),
    "a matcher on a label that the metric does not have": (
        "total: all_total}",
        "total: 'all_total{zoom=\"x\"}'}",
        ["16:56 PG204 all_total has no label 'zoom'"],
    ),
    "an id that is taken": (
        "id: delay",
        "id: errors",
        ["18:13 PG205 the criterion id 'errors' is taken already"],
    ),
    "windows that hold too few scrapes, in an expression": (
        "measure: {kind: gauge, metric: depth, across: max}",
        (
            "measure:\n          kind: promql\n          expr: >-\n            max(max_over_time(depth[5m]))\n"
            "            - min(min_over_time(depth[15s]))"
        ),
        ["28:39 PG207 a window of 15s holds fewer than 4 scrapes (15s apart)"],
    ),
    "a window that holds too few scrapes": (
        "require: {at_most: 1%}",
        "window: 45s\n        require: {at_most: 1%}",
        ["17:17 PG207 a window of 45s holds fewer than 4 scrapes (15s apart)"],
    ),
    "an evaluation interval above the lookback": (
        "window: 10m}",
        "window: 10m, evaluate_every: 5m, stabilization: 4m}",
        [
            "4:41 PG207 with an evaluation every 5m, verdicts vanish between evaluations",
            "4:60 PG207 a stabilization of 4m is shorter than one evaluation interval",
        ],
    ),
    "a scrape interval above half of the lookback": (
        "window: 10m}",
        "window: 15m, scrape_interval: 4m}",
        [
            "4:42 PG207 with a scrape every 4m, a missed one leaves no sample in the lookback of 5m",
            "16:18 PG207 a window of 15m holds fewer than 4 scrapes (4m apart)",
            "20:18 PG207 a window of 15m holds fewer than 4 scrapes (4m apart)",
        ],
    ),
    "an idle policy on a gauge": (
        "require: {at_most: 100}",
        "require: {at_most: 100}\n        when_idle: pass",
        ["26:9 PG208 a measure of kind gauge counts no events, so `when_idle` means nothing"],
    ),
    "an absent policy on a gauge": (
        "require: {at_most: 100}",
        "require: {at_most: 100}\n        when_absent: zero",
        ["26:9 PG208 a measure of kind gauge has no counter that is created at its first event"],
    ),
    "an absent counter without a companion": (
        "measure: {kind: ratio, part: bad_total, total: all_total}\n        require: {at_most: 1%}",
        "measure: {kind: increase, metric: bad_total}\n        require: {equals: 0}\n        when_absent: zero",
        ["7:3 PG206 no criterion uses the metric all_total", "18:9 PG208 an absent counter proves nothing by itself"],
    ),
    "members without a label": (
        "require: {at_most: 100}",
        "require: {at_most: 100}\n        members: {listed: [a, b]}",
        ["26:18 PG209 which label tells the members apart?"],
    ),
    "a table of limits without a label": (
        "require: {at_most: 150ms}",
        "require: {at_most: {by_member: {a: 1s}}}",
        ["21:28 PG209 a table of limits needs exactly one label in `by`, and there are 0"],
    ),
    "groups of a gauge without a word on how they are combined": (
        "measure: {kind: gauge, metric: depth, across: max}",
        "measure: {kind: gauge, metric: depth}\n        by: [zone]",
        ["24:18 PG210 `by: [zone]` does not say how the series of one zone become one value"],
    ),
    "a raw expression that ends in a comparison": (
        "measure: {kind: gauge, metric: depth, across: max}",
        "measure: {kind: promql, expr: max(depth) < 5}",
        ["24:39 PG210 the expression ends in a comparison, which drops the values that do not meet it"],
    ),
    "an example of something else": (
        "measure: {kind: gauge, metric: depth, across: max}",
        "measure: {kind: promql, expr: max(depth), examples: [{series: {death: 1}, expect: pass}]}",
        ["24:61 PG210 an example has series of death, which the expression does not read"],
    ),
    "an expression without examples": (
        "measure: {kind: gauge, metric: depth, across: max}",
        "measure: {kind: promql, expr: max(depth)}",
        ["24:18 PG701 no example of this expression says when it must pass or fail"],
    ),
    "a limit from a metric in another unit": (
        "require: {at_most: 150ms}",
        "by: [zone]\n        members: {from: depth}\n        require: {at_most: {metric: depth}}",
        ["23:37 PG203 the limit is a plain number, and the measure is in seconds"],
    ),
    "a limit per member without members": (
        "require: {at_most: 150ms}",
        "require: {at_most: {metric: depth}}",
        [
            "21:28 PG209 a limit from a metric differs by member, and there are none",
            "21:37 PG203 the limit is a plain number, and the measure is in seconds",
        ],
    ),
    "members of a measure that has none": (
        "measure: {kind: gauge, metric: depth, across: max}\n        require: {at_most: 100}",
        "measure: {kind: freshness}\n        members: {listed: [a]}\n        require: {at_most: 2m}",
        [
            "8:3 PG206 no criterion uses the metric depth",
            "25:18 PG209 a measure of kind freshness has no members of its own",
        ],
    ),
    "members by a label that is not in `by`": (
        "require: {at_most: 150ms}",
        "by: [zone]\n        members: {label: job, listed: [a]}\n        require: {at_most: 150ms}",
        ["22:18 PG209 the criterion is measured by zone, so its members cannot be told apart by job"],
    ),
    "a member without a limit": (
        "require: {at_most: 150ms}",
        "by: [zone]\n        members: {listed: [a, b]}\n        require: {at_most: {by_member: {a: 150ms}}}",
        ["23:29 PG209 no limit for b, so that it can never pass"],
    ),
    "a window on a measure that has none": (
        "require: {at_most: 100}",
        "require: {at_most: 100}\n        window: 1h\n        min_coverage: 90%",
        [
            "26:9 PG208 a measure of kind gauge, as it is here, has no window",
            "27:9 PG208 a measure of kind gauge, as it is here, has no window that could be covered",
        ],
    ),
    "a budget of a quantile": (
        "require: {at_most: 150ms}",
        "require: {at_most: 150ms}\n        budget: 30s",
        ["22:9 PG208 a measure of kind quantile leaves no budget of its window"],
    ),
    "a bound above the highest bucket": (
        "labels: [zone]}\ncategories:",
        "labels: [zone], buckets: [0.05, 0.1]}\ncategories:",
        ["21:28 PG211 150ms is above the highest bucket, 100ms"],
    ),
    "a lower bound above the highest bucket": (
        "labels: [zone]}\ncategories:\n  - id: web\n    title: Web\n    criteria:\n",
        (
            "labels: [zone], buckets: [0.05, 0.1]}\ncategories:\n  - id: web\n    title: Web\n    criteria:\n"
            "      - id: slow\n        title: Slow\n"
            "        measure: {kind: quantile, histogram: delay_seconds, quantile: 50%}\n"
            "        require: {at_least: 200ms}\n        window: 1h\n"
        ),
        [
            "17:29 PG211 slow can never pass: the highest bucket is 100ms",
            "26:28 PG211 150ms is above the highest bucket, 100ms",
        ],
    ),
    "a bound in the first bucket": (
        "labels: [zone]}\ncategories:",
        "labels: [zone], buckets: [1, 2]}\ncategories:",
        ["21:28 PG212 150ms lies inside of the bucket from 0ms to 1000ms"],
    ),
    "a bound in a narrow bucket": (
        "labels: [zone]}\ncategories:",
        "labels: [zone], buckets: [0.14, 0.16, 2]}\ncategories:",
        [],
    ),
    "a low quantile with an upper bound": (
        "quantile: 95%",
        "quantile: 5%",
        ["21:28 PG213 p5 at most 150ms asks for the lenient tail"],
    ),
    "a deviation that must be large": (
        "measure: {kind: gauge, metric: depth, across: max}\n        require: {at_most: 100}",
        (
            "measure: {kind: deviation_from_average, metric: all_total, period: 1h, baseline: 1d}\n"
            "        require: {at_least: 20%}"
        ),
        [
            "8:3 PG206 no criterion uses the metric depth",
            "25:19 PG214 `at_least` bounds the good side: low values are the good ones here",
        ],
    ),
    "an idle window that passes, without a floor": (
        "require: {at_most: 1%}",
        "require: {at_most: 1%}\n        when_idle: pass",
        ["18:20 PG215 an idle window passes, and the first event after it decides alone"],
    ),
    "every series of an unknown number": (
        ", across: max}",
        "}",
        ["24:18 PG216 depth judges every series that reports, and does not know which must"],
    ),
    "limits of a table whose members are not listed": (
        "require: {at_most: 150ms}",
        "by: [zone]\n        require: {at_most: {by_member: {a: 1s, b: 2s}}}",
        ["21:13 PG216 delay judges every zone that reports, and does not know which must"],
    ),
    "an age that every scrape interval passes": (
        "measure: {kind: gauge, metric: depth, across: max}\n        require: {at_most: 100}",
        "measure: {kind: freshness}\n        require: {below: 10s}",
        [
            "8:3 PG206 no criterion uses the metric depth",
            "25:26 PG218 an age of 10s is passed between two scrapes, 15s apart",
        ],
    ),
    "an age that a missed scrape passes": (
        "measure: {kind: gauge, metric: depth, across: max}\n        require: {at_most: 100}",
        "measure: {kind: freshness}\n        require: {below: 20s}",
        [
            "8:3 PG206 no criterion uses the metric depth",
            "25:26 PG218 with scrapes every 15s, a single missed one makes this older than 20s",
        ],
    ),
    "a number of events below zero": (
        "measure: {kind: gauge, metric: depth, across: max}\n        require: {at_most: 100}",
        "measure: {kind: increase, metric: bad_total}\n        require: {below: 0}",
        [
            "8:3 PG206 no criterion uses the metric depth",
            "25:26 PG220 depth can never pass: below 0 is impossible",
        ],
    ),
    "a share of at most all": (
        "at_most: 1%",
        "at_most: 100%",
        ["17:28 PG221 errors is never failed by its value: at most 100% always holds"],
    ),
    "two quantiles that exclude each other": (
        "      - id: depth",
        (
            "      - id: median\n        title: Median\n"
            "        measure: {kind: quantile, histogram: delay_seconds, quantile: 50%}\n"
            "        require: {above: 150ms}\n      - id: depth"
        ),
        ["25:26 PG222 median and delay can never both pass"],
    ),
    "two quantiles of which one implies the other": (
        "      - id: depth",
        (
            "      - id: median\n        title: Median\n"
            "        measure: {kind: quantile, histogram: delay_seconds, quantile: 50%}\n"
            "        require: {below: 0.2s}\n      - id: depth"
        ),
        ["25:26 PG223 median can never fail before delay does"],
    ),
    "two quantiles of which none implies the other": (
        "      - id: depth",
        (
            "      - id: p99\n        title: p99\n"
            "        measure: {kind: quantile, histogram: delay_seconds, quantile: 99%}\n"
            "        require: {below: 0.2s}\n      - id: depth"
        ),
        [],
    ),
    "the same bounds for other members": (
        "      - id: depth",
        (
            "      - id: zones\n        title: Zones\n        by: [zone]\n        members: {listed: [a]}\n"
            "        measure: {kind: quantile, histogram: delay_seconds, quantile: 95%}\n"
            "        require: {at_most: 150ms}\n      - id: depth"
        ),
        [],
    ),
    "a looser bound that an idle window passes": (
        "require: {at_most: 1%}",
        (
            "require: {at_most: 1%}\n        min_events: 100\n        when_idle: pass\n      - id: failures\n"
            "        title: Failures\n        measure: {kind: ratio, part: bad_total, total: all_total}\n"
            "        require: {at_most: 5%}"
        ),
        [],
    ),
    "a looser bound of another severity": (
        "require: {at_most: 1%}",
        (
            "require: {at_most: 1%}\n        severity: warning\n      - id: failures\n        title: Failures\n"
            "        measure: {kind: ratio, part: bad_total, total: all_total}\n        require: {at_most: 5%}"
        ),
        [],
    ),
    "a range of good events, and the floor for its lower end": (
        "measure: {kind: ratio, part: bad_total, total: all_total}\n        require: {at_most: 1%}",
        (
            "measure: {kind: ratio, good: bad_total, total: all_total}\n        require: {between: [95%, 99.9%]}\n"
            "        min_events: 10"
        ),
        ["18:21 PG215 with 10 events, a single bad one is 10% of them, which is too much"],
    ),
    "a criterion that an earlier one repeats": (
        "      - id: depth",
        (
            "      - id: slow\n        title: Slow\n"
            "        measure: {kind: quantile, histogram: delay_seconds, quantile: 0.95}\n"
            "        require: {at_most: 0.150s}\n      - id: depth"
        ),
        ["24:18 PG224 slow is the same criterion as delay"],
    ),
    "a budget that the bound does not leave": (
        "require: {at_most: 1%}",
        "require: {at_most: 1%}\n        budget: 1m",
        ["18:17 PG225 at most 1% of 10m leaves 6s, not 1m"],
    ),
    "a budget that the bound leaves": (
        "require: {at_most: 1%}",
        "require: {at_most: 1%}\n        budget: 6s",
        [],
    ),
    "a gauge with the name of a counter": (
        "all_total: {type: counter",
        "all_total: {type: gauge",
        [
            "7:21 PG226 all_total is declared as a gauge, and its name is that of a counter",
            "16:56 PG202 all_total is a gauge, and a counter is needed here",
        ],
    ),
    "a unit that the name contradicts": (
        "unit: seconds",
        "unit: milliseconds",
        ["9:42 PG226 delay_seconds is declared in milliseconds, and its name says seconds"],
    ),
    "an acknowledgement of another code": (
        ", across: max}\n        require: {at_most: 100}",
        "}\n        require: {at_most: 100}\n        acknowledge: [{code: PG215, reason: r}]",
        [
            "24:18 PG216 depth judges every series that reports, and does not know which must",
            "26:30 PG290 promgate does not report PG215 about this criterion",
        ],
    ),
    "an acknowledgement of an error": (
        "require: {at_most: 150ms}",
        "require: {at_most: 150ms}\n        budget: 1m\n        acknowledge: [{code: PG208, reason: r}]",
        [
            "22:9 PG208 a measure of kind quantile leaves no budget of its window",
            "23:30 PG290 PG208 is an error, which cannot be acknowledged",
        ],
    ),
    "a baseline of the same length": (
        "measure: {kind: gauge, metric: depth, across: max}\n        require: {at_most: 100}",
        (
            "measure: {kind: deviation_from_average, metric: all_total, period: 1h, baseline: 1h}\n"
            "        require: {at_most: 20%}"
        ),
        [
            "8:3 PG206 no criterion uses the metric depth",
            "24:90 PG210 a baseline of 1h is no average for a period of 1h",
        ],
    ),
    "a share of the label that it is grouped by": (
        "measure: {kind: gauge, metric: depth, across: max}\n        require: {at_most: 100}",
        (
            "measure: {kind: largest_share, metric: all_total, of: zone}\n        by: [zone]\n"
            "        require: {at_most: 50%}"
        ),
        [
            "8:3 PG206 no criterion uses the metric depth",
            "24:63 PG210 zone is in `by` too, so each group has one value whose share is always 100%",
        ],
    ),
    "freshness by a label": (
        "measure: {kind: gauge, metric: depth, across: max}\n        require: {at_most: 100}",
        "measure: {kind: freshness}\n        by: [zone]\n        require: {at_most: 2m}",
        [
            "8:3 PG206 no criterion uses the metric depth",
            "24:18 PG210 freshness is measured by metric; `by` means nothing here",
        ],
    ),
    "shares by another label": (
        "measure: {kind: gauge, metric: depth, across: max}\n        require: {at_most: 100}",
        (
            "measure: {kind: share_deviation, metric: all_total, of: zone, target: depth}\n        by: [zone]\n"
            "        require: {at_most: 10%}"
        ),
        ["24:18 PG210 the shares are those of each zone; `by` means nothing here"],
    ),
    "members of shares, which their targets say": (
        "measure: {kind: gauge, metric: depth, across: max}\n        require: {at_most: 100}",
        (
            "measure: {kind: share_deviation, metric: all_total, of: zone, target: depth}\n"
            "        members: {from: depth}\n        require: {at_most: 10%}"
        ),
        ["25:18 PG209 a measure of kind share_deviation says itself which members there are"],
    ),
    "alerts by a label": (
        "measure: {kind: gauge, metric: depth, across: max}\n        require: {at_most: 100}",
        (
            "measure: {kind: alerts, alertname: Slow, firing_for: 5m, alive: all_total}\n        by: [zone]\n"
            "        require: {equals: 0}"
        ),
        [
            "8:3 PG206 no criterion uses the metric depth",
            "24:18 PG210 alerts are counted all together; `by` means nothing here",
        ],
    ),
    "an expression without a metric": (
        "measure: {kind: gauge, metric: depth, across: max}",
        "measure: {kind: promql, expr: vector(1)}",
        [
            "8:3 PG206 no criterion uses the metric depth",
            "24:39 PG210 the expression reads no metric, so it can say nothing about the system",
        ],
    ),
    "a native histogram on an engine that has none": (
        (
            "defaults: {window: 10m}\nmetrics:\n  bad_total: {type: counter, labels: [zone]}\n"
            "  all_total: {type: counter, labels: [zone]}\n  depth: {type: gauge, labels: [zone]}\n"
            "  delay_seconds: {type: histogram, unit: seconds, labels: [zone]}"
        ),
        (
            "defaults: {window: 10m, engine: victoriametrics}\nmetrics:\n  bad_total: {type: counter, labels: [zone]}\n"
            "  all_total: {type: counter, labels: [zone]}\n  depth: {type: gauge, labels: [zone]}\n"
            "  delay_seconds: {type: histogram, unit: seconds, labels: [zone], native: true}"
        ),
        ["20:46 PG210 vmalert has no native histograms, and delay_seconds is declared as one"],
    ),
    "a coverage of nothing, and one of too much": (
        "require: {at_most: 1%}",
        "require: {at_most: 1%}\n        min_coverage: 0%",
        ["18:23 PG227 0% is no share of a window"],
    ),
    "an error that is large": (
        "window: 10m}",
        "window: 7d, max_error: 10%}",
        ["4:35 PG227 10% is no small share of a window"],
    ),
    "a quantile above all": (
        "quantile: 95%",
        "quantile: 95",
        ["20:71 PG210 a quantile lies between 0% and 100%, 95 does not"],
    ),
    "a quantile in a unit of its own": (
        "quantile: 95%",
        "quantile: 0.5s",
        ["20:71 PG210 a quantile lies between 0% and 100%, 0.5s does not"],
    ),
    "evaluations that cannot see each other": (
        "window: 10m}\nmetrics:",
        "window: 10m, engine: victoriametrics, evaluate_every: 1s}\nmetrics:",
        [
            (
                "4:66 PG207 an evaluation every 1s is too often for vmalert, "
                "which would not see the results of the one before"
            )
        ],
    ),
    "a range whose bounds are the wrong way round": (
        "require: {at_most: 100}",
        "require: {between: [100, 1]}",
        ["25:28 PG220 depth can never pass: between 100 and 1 is impossible"],
    ),
    "freshness with nothing to watch": (
        GOOD[GOOD.index("metrics:") :],
        (
            "metrics: {}\ncategories:\n  - id: web\n    title: Web\n    criteria:\n"
            "      - id: fresh\n        title: Fresh\n"
            "        measure: {kind: freshness}\n        require: {at_most: 2m}\n"
        ),
        ["12:18 PG210 no other criterion of this gate requires a metric to exist"],
    ),
}


def found(text: str) -> tuple[Diagnostic, ...]:
    """What is found in a spec, in the order of a report."""
    return report.in_order(check_specs([SpecFile("shop.yaml", text)]).diagnostics)


def rows(text: str) -> list[str]:
    """The same as `line:column CODE message`."""
    return [f"{one.span.line}:{one.span.column} {one.code} {one.message}" for one in found(text) if one.span]


def changed(title: str) -> str:
    """The good gate with the mistake of a case."""
    old, new, _ = CASES[title]
    assert GOOD.count(old) == 1
    return GOOD.replace(old, new)


def test_nothing_is_found_in_a_good_gate() -> None:
    """The gate that the cases change is itself without a finding."""
    assert found(GOOD) == ()


@pytest.mark.parametrize("title", CASES)
def test_check(title: str, snapshot: SnapshotAssertion) -> None:
    """Each mistake is found at its place, and nothing else is; the whole report is in the snapshot."""
    text = changed(title)

    assert rows(text) == CASES[title][2]
    assert snapshot == report.text(found(text), {"shop.yaml": text})


@pytest.mark.parametrize("spec", sorted((ROOT / "specs").glob("*.yaml")), ids=lambda path: path.stem)
def test_what_is_found_in_the_shipped_gates_is_acknowledged(spec: Path) -> None:
    """The specs that teach have no open finding, and no acknowledgement that is not needed."""
    assert found(spec.read_text()) == ()


def test_the_compiler_finds_what_is_wrong_in_the_source_of_the_reference_gate() -> None:
    """Where its document contradicts itself, each in the author's own numbers; the reasons are in the spec."""
    spec = ROOT / "specs/routing-readiness.yaml"
    acknowledged = report.in_order(check_specs([SpecFile(spec.name, spec.read_text())]).acknowledged)

    said = [f"{one.code} {one.message}" for one in acknowledged if one.code != "PG216"]
    assert said == [
        "PG225 at least 99.9% of 30m leaves 1.8s, not 18s",
        "PG223 routing_error_rate can never fail before router_availability does",
        "PG215 an idle window passes, and the first event after it decides alone",
        "PG215 an idle window passes, and the first event after it decides alone",
        "PG213 p95 at least 65% asks for the lenient tail",
        "PG213 p95 at least 80% asks for the lenient tail",
        "PG224 cost_per_1k_tokens is the same criterion as provider_cost_budget",
        "PG221 metrics_fresh is never failed by its value: at most 5m always holds",
        "PG215 an idle window passes, and the first event after it decides alone",
    ]
    assert next(one.note for one in acknowledged if one.code == "PG223") == (
        "router_availability, at least 99.9%, requires router_errors_total / router_requests_total over 30m to be "
        "at most 0.1%;\n"
        "routing_error_rate requires router_errors_total / router_requests_total over 30m to be at most 1%, "
        "which then always holds"
    )


def test_every_code_is_unique_and_in_order() -> None:
    """Each check has a code of its own; a new one comes at its place."""
    codes = [check.CODE for check in CHECKS]

    assert codes == sorted(set(codes))


def yields() -> Iterator[tuple[str, int]]:
    """Every place in a check, or in a measure's own check, that says what is wrong: file and line."""
    modules = [Path(str(check.__file__)) for check in (*CHECKS, acknowledgement)]  # type: ignore[attr-defined]
    for path in modules:
        yield from ((str(path), line) for line in _diagnostics(ast.parse(path.read_text())))
    for path in sorted((ROOT / "compiler/measures").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and node.name == "problems":
                found = (n for n in ast.walk(node) if isinstance(n, ast.Yield) and n.value)
                yield from ((str(path), one.lineno) for one in found)


def _diagnostics(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        if (isinstance(node, ast.Call) and ast.unparse(node.func) == "Diagnostic") or (
            isinstance(node, ast.Yield) and isinstance(node.value, ast.Tuple)
        ):
            yield node.lineno


def test_every_message_has_a_case() -> None:
    """No line of a check that says what is wrong is left out by the cases and the examples."""
    wanted, seen = set(yields()), set()
    files = {file for file, _ in wanted}

    def trace(frame: FrameType, event: str, _: object) -> Any:
        if frame.f_code.co_filename not in files:
            return None
        if event == "line":
            seen.add((frame.f_code.co_filename, frame.f_lineno))
        return trace

    texts = [*map(changed, CASES), *(one.specs[0] for one in EXPLANATIONS.values() if one.specs[0])]
    before = sys.gettrace()
    sys.settrace(trace)
    try:
        for text in texts:
            check_specs([SpecFile("shop.yaml", text)])
    finally:
        sys.settrace(before)

    assert sorted(f"{Path(file).name}:{line}" for file, line in wanted - seen) == []
