"""What lint calls empty is empty on a real promtool, with data as the author expects; what it proposes is not."""

import pytest
import yaml
from engines import Engine, promtool_test

from compiler.analysis.facts import Facts
from compiler.queries import findings, understand
from compiler.queries.base import Query

SERIES = {
    'calls_total{job="a",instance="1",region="x"}': "0+60x60",
    'calls_total{job="a",instance="1",region="y"}': "0+60x60",
    'used{job="a",instance="1",kind="current"}': "5x60",
    'used{job="a",instance="1",kind="free"}': "1x60",
    'limits{job="a",instance="1",limit="most"}': "5x60",
    'series{job="a",instance="1"}': "5x60",
    'loaded{job="a",instance="1"}': "0x60",
    'seconds_bucket{job="a",instance="1",le="1"}': "0+60x60",
    'seconds_bucket{job="a",instance="1",le="+Inf"}': "0+60x60",
    'up{job="a",instance="1"}': "1x60",
}
# An expression in which lint finds one thing, and the same as lint proposes it.
EMPTY = {
    "sum by (region) (rate(calls_total[5m])) / sum(rate(calls_total[5m]))": (
        "sum by (region) (rate(calls_total[5m])) / on () group_left () sum(rate(calls_total[5m]))"
    ),
    'used{kind="current"} + used{kind="free"}': 'used{kind="current"} + ignoring (kind) used{kind="free"}',
    '(series / ignoring (limit) limits{limit="most"} > 0.8) and limits{limit="most"} > 0': (
        '(series / ignoring (limit) limits{limit="most"} > 0.8) and ignoring (limit) limits{limit="most"} > 0'
    ),
    "up and absent(nothing)": "up and on () absent(nothing)",
    "count(up) / series": "count(up) / on () group_right () series",
    "sum by (job) (loaded == 0) > 0": "count by (job) (loaded == 0) > 0",
    "count by (job) (up) == 0": "count by (job) (up) == 1",
    "histogram_quantile(0.9, sum by (job) (rate(seconds_bucket[5m])))": (
        "histogram_quantile(0.9, sum by (job, le) (rate(seconds_bucket[5m])))"
    ),
    'up{job="a",job="b"}': 'up{job="a"}',
}


def codes(text: str) -> list[str]:
    """What lint finds."""
    query = understand(text, "record", Facts())
    assert isinstance(query, Query)
    return [one.code for one in findings(query)]


@pytest.mark.engine
def test_what_is_called_empty_is_empty(engine: Engine) -> None:
    """And not empty when it is written as proposed."""
    assert [codes(text) for text in EMPTY.values()] == [[]] * len(EMPTY)
    assert all(len(codes(text)) == 1 for text in EMPTY)
    tests = [
        {"expr": f"count({text}) or vector(0)", "eval_time": "30m", "exp_samples": [{"value": 0}]} for text in EMPTY
    ]
    tests += [
        {"expr": f"count({text}) > bool 0", "eval_time": "30m", "exp_samples": [{"value": 1}]}
        for text in EMPTY.values()
    ]
    series = [{"series": name, "values": values} for name, values in SERIES.items()]
    case = {"interval": "1m", "input_series": series, "promql_expr_test": tests}
    document = {"rule_files": [], "evaluation_interval": "1m", "tests": [case]}

    ok, said = promtool_test(engine, yaml.safe_dump(document), {})

    assert ok, said
