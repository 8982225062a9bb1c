"""Matchers that select nothing, or everything.

What: matchers of one selector that no label value meets together, or a matcher that every value meets.
Why: the first selects nothing, ever. The second looks like a restriction and is none; it also matches series that do
not have the label at all.
Use instead: matchers that can be met; `!=""` or `=~".+"` for series that have a label.

Flagged:

    groups:
      - name: example
        rules:
          - alert: Down
            expr: up{job=~".*", env="prod"} == 0

Clean:

    groups:
      - name: example
        rules:
          - alert: Down
            expr: up{env="prod"} == 0
"""

from collections.abc import Iterator
from typing import Final

from compiler.promql.syntax import LabelMatcher, Selector
from compiler.queries.base import ERROR, Finding, Query, problem

CODE: Final = "PG317"

_EVERYTHING: Final = frozenset({".*", "(.*)", "(?:.*)", "^.*$", ".*.*"})


def check(query: Query) -> Iterator[Finding]:
    """Every matcher that says nothing, or contradicts another."""
    for node in query.nodes():
        if isinstance(node, Selector):
            for matcher in node.matchers:
                yield from _alone(matcher)
            yield from _together(query, node)


def _alone(matcher: LabelMatcher) -> Iterator[Finding]:
    if matcher.value.text in _EVERYTHING and matcher.label.text != "__name__":
        if matcher.op == "=~":
            hint = f'remove it; write {matcher.label.text}!="" for series that have the label'
            yield Finding(CODE, problem("this matches every value, and none at all", matcher, hint))
        elif matcher.op == "!~":
            yield Finding(CODE, problem("this matches no value at all, so that nothing is selected", matcher), ERROR)


def _together(query: Query, node: Selector) -> Iterator[Finding]:
    flow = query.flows.of(node)
    for index, matcher in enumerate(node.matchers):
        before = [one for one in node.matchers[:index] if one.label.text == matcher.label.text]
        label = matcher.label.text
        if before and all(one.labels.of(label).impossible for one in flow):
            marks = ((before[0].start, before[0].end, "contradicts this"),)
            yield Finding(CODE, problem(f"no {label} meets both matchers", matcher, "keep one", marks), ERROR)
            return
