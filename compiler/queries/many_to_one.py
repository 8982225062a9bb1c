"""Several elements on one side match one element, without `group_left` or `group_right`.

What: `on (…)` or `ignoring (…)` leaves out a label by which a side is grouped, so several of its elements match the
same element of the other side.
Why: Prometheus refuses such a query when it evaluates it (`many-to-one matching must be explicit`), as soon as there
are two. A rule that cannot be evaluated leaves its last result visible for five minutes, and then nothing.
Use instead: `group_left ()` if the left side has more elements, `group_right ()` if the right one has, or group both
sides by the same labels.

Flagged:

    groups:
      - name: example
        rules:
          - record: path:errors:share
            expr: >-
              sum by (job, path) (rate(errors_total[5m]))
              / on (job) sum by (job) (rate(requests_total[5m]))

Clean:

    groups:
      - name: example
        rules:
          - record: path:errors:share
            expr: >-
              sum by (job, path) (rate(errors_total[5m]))
              / on (job) group_left () sum by (job) (rate(requests_total[5m]))
"""

from collections.abc import Iterator
from typing import Final

from compiler.analysis.domain import Word
from compiler.analysis.series import Series
from compiler.promql.syntax import BinaryExpr
from compiler.queries.base import Finding, Query, listed, problem

CODE: Final = "PG304"


def check(query: Query) -> Iterator[Finding]:
    """Every one-to-one match with a side that is grouped by more labels."""
    for node in query.binaries():
        one_to_one = not node.matching.group and node.op.text not in ("and", "or", "unless")
        if not (one_to_one and node.matching.labels) or node.matching.filled:
            continue
        for side, group in ((node.left, "group_left"), (node.right, "group_right")):
            more = [_left_out(node, series) for series in query.flows.of(side)]
            if more and all(more) and not query.flows.is_scalar(side):
                names = listed(f"`{name}`" for name in more[0])
                message = f"several elements of this can match one on the other side: they differ in {names}"
                hint = f"write `{group} ()` after the labels, or group both sides alike"
                yield Finding(CODE, problem(message, side, hint, ((node.op.start, node.op.end, "matched here"),)))
                break


def _left_out(node: BinaryExpr, series: Series) -> list[str]:
    """The labels by which the elements of a side certainly differ and that are not matched."""
    labels = series.labels
    names = node.matching.labels.texts if node.matching.labels else ()
    if not labels.closed:
        return []
    differ = [name for name, one in labels.known.items() if one.word is Word.AUTHOR and not one.never]
    differ = [name for name in differ if labels.of(name).values is None]
    return [name for name in differ if (name not in names) == node.matching.on]
