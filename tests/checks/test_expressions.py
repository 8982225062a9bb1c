"""The author's own PromQL in a spec: findings lie at the exact column, in every style of YAML scalar."""

import pytest

from compiler.linter import lint
from compiler.spec.text import SpecFile

SPEC = """\
apiVersion: promgate/v1
kind: Gate
metadata: {name: shop, title: Shop, owner: Shop Team}
metrics:
  bad_total: {type: counter, labels: [zone]}
  all_total: {type: counter, labels: [zone]}
  depth: {type: gauge, labels: [zone]}
  delay_seconds: {type: histogram, unit: seconds, labels: [zone]}
categories:
  - id: web
    title: Web
    criteria:
      - id: own
        title: Own
        measure:
          kind: promql
          expr: EXPR
        require: {at_most: 1}
"""


def found(expr: str) -> list[str]:
    """Line, column, code and message of what is said of the expression (and not of metrics that it leaves unused)."""
    return [
        f"{one.span.line}:{one.span.column} {one.code} {one.message}"
        for one in lint([SpecFile("shop.yaml", SPEC.replace("EXPR", expr))])
        if one.span and one.code.startswith("PG3")
    ]


GAUGE = "PG307 rate takes a counter, and depth is declared as a gauge"
NEVER = "PG303 the two sides of `/` never match, so that it is always empty: only the left side has the label zone"


@pytest.mark.parametrize(
    ("expr", "expected"),
    [
        ("max(rate(depth[5m]))", [f"17:21 {GAUGE}"]),
        ("'max(rate(depth[5m]))'", [f"17:22 {GAUGE}"]),
        (
            "|\n            max(\n              rate(depth[5m]))",
            [f"19:15 {GAUGE}"],
        ),
        (
            ">-\n            max(\n            rate(depth[5m]))",
            [f"19:13 {GAUGE}"],
        ),
        (
            "sum by (zone) (rate(bad_total[5m])) / sum(rate(all_total[5m]))",
            [f"17:53 {NEVER}"],
        ),
        ("max by (zon) (depth)", ["17:25 PG305 `by (zon)` names a label that is not there"]),
        ("sum(rate(bad_total))", ["17:26 PG301 rate takes a range vector here, not an instant vector"]),
        ("max(depth) >= 1 and <= 2", ["17:37 PG301 `<=` has nothing on its left: `and` joins two whole expressions"]),
        ('"max(\\"x\\", depth)"', ["17:18 PG301 max takes one vector, not 2 arguments"]),
        ("sum(rate(bad_total[5m])) / sum(rate(all_total[5m]))", []),
        ("histogram_quantile(0.9, sum by (le) (rate(delay_seconds_bucket[5m])))", []),
        ("max by (zone) (depth)", []),
    ],
)
def test_the_gate_knows_its_metrics(expr: str, expected: list[str]) -> None:
    """Types and labels are those of the vocabulary; positions those of the file."""
    assert found(expr) == expected
