"""Two sides of an operation whose labels are never equal.

What: an operation matches the elements of its two sides by their labels, and a label that one side always has is
missing on the other, or has another value there.
Why: nothing matches, so the result is always empty: an alert never fires, a verdict is never there. A share of a whole
(`sum by (x) (…) / sum (…)`) is the usual case.
Use instead: `on (labels)` or `ignoring (labels)` with the labels that both sides have, and `group_left ()` where
several elements on the left match one on the right.

Flagged:

    groups:
      - name: example
        rules:
          - record: provider:requests:share
            expr: sum by (provider) (rate(requests_total[5m])) / sum(rate(requests_total[5m]))

Clean:

    groups:
      - name: example
        rules:
          - record: provider:requests:share
            expr: sum by (provider) (rate(requests_total[5m])) / on () group_left () sum(rate(requests_total[5m]))
"""

from collections.abc import Iterator
from typing import Final

from compiler.analysis.domain import Clash, Domain, any_clash
from compiler.analysis.flow import matching_clash
from compiler.analysis.labels import LabelSet
from compiler.promql.syntax import BinaryExpr
from compiler.queries.base import ERROR, WARNING, Finding, Query, listed, problem

CODE: Final = "PG303"


def check(query: Query) -> Iterator[Finding]:
    """Every operation between two vectors that never match."""
    for node in query.binaries():
        sides = query.flows.of(node.left), query.flows.of(node.right)
        if node.op.text == "or" or query.flows.is_scalar(node.left) or query.flows.is_scalar(node.right):
            continue
        if node.matching.filled or not all(sides):
            continue
        found = [matching_clash(node, left.labels, right.labels) for left in sides[0] for right in sides[1]]
        surest, label = min(found, key=lambda one: one[0])
        if surest is not Clash.NONE:
            yield _finding(node, surest, label, (sides[0][0].labels, sides[1][0].labels))


def _finding(node: BinaryExpr, surest: Clash, label: str, labels: tuple[LabelSet, LabelSet]) -> Finding:
    left, right = labels[0].of(label), labels[1].of(label)
    effect = "removes nothing" if node.op.text == "unless" else "is always empty"
    marks = (
        (node.left.start, node.left.end, _said(label, left)),
        (node.right.start, node.right.end, _said(label, right)),
    )
    message = f"the two sides of `{node.op.text}` never match, so that it {effect}: {_differ(label, left, right)}"
    note = "every series that Prometheus scrapes has this label" if surest is Clash.LIKELY else ""
    severity = WARNING if surest is Clash.LIKELY else ERROR
    return Finding(CODE, problem(message, node.op, _hint(node, label, *labels), marks), severity, note)


def _differ(label: str, left: Domain, right: Domain) -> str:
    if left.never or right.never:
        return f"only the {'right' if left.never else 'left'} side has the label {label}"
    return f"the label {label} is never the same"


def _said(label: str, domain: Domain) -> str:
    if domain.never:
        return f"has no label {label}"
    if domain.values and len(domain.values) == 1:
        return f'has {label}="{next(iter(domain.values))}"'
    return f"has {label}"


def _hint(node: BinaryExpr, label: str, left: LabelSet, right: LabelSet) -> str:
    if node.matching.labels and node.matching.on:
        return f"match on labels that both sides have, or aggregate by {label} on both"
    if not left.closed and not right.closed:
        return f"write `{node.op.text} ignoring ({label})`"
    named = right.there if not left.closed else left.there if not right.closed else set(left.there) & set(right.there)
    common = sorted(name for name in named if not _clash_of(name, left, right))
    on = f"on ({', '.join(common)})"
    if node.op.text in ("and", "unless"):
        return f"write `{node.op.text} {on}`"
    more = [name for name in left.there if name not in common], [name for name in right.there if name not in common]
    if more[0] and more[1]:
        return f"write `{node.op.text} {on}`, if there is one element for each {listed(common)}" if common else ""
    group = " group_right ()" if more[1] or not left.closed else " group_left ()" if more[0] else ""
    return f"write `{node.op.text} {on}{group}`"


def _clash_of(name: str, left: LabelSet, right: LabelSet) -> bool:
    return any_clash([(name, left.of(name), right.of(name))])[0] is not Clash.NONE
