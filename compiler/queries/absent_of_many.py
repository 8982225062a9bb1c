"""`absent` of several things at once.

What: `absent` of a selector that matches one of several values: `absent(up{job=~"a|b"})`.
Why: it is there only if none of them is. As long as one reports, the others may be missing without a word.
Use instead: one `absent` for each, joined by `or`; or a count, compared with how many there should be.

Flagged:

    groups:
      - name: example
        rules:
          - alert: Missing
            expr: absent(up{job=~"api|web"})

Clean:

    groups:
      - name: example
        rules:
          - alert: Missing
            expr: absent(up{job="api"}) or absent(up{job="web"})
"""

from collections.abc import Iterator
from typing import Final

from compiler.promql import regex
from compiler.promql.syntax import RangeSelector, Selector, bare
from compiler.queries.base import Finding, Query, problem

CODE: Final = "PG320"


def check(query: Query) -> Iterator[Finding]:
    """Every absence of a list."""
    for node in query.calls():
        if node.function.text not in ("absent", "absent_over_time"):
            continue
        inner = bare(node.args[0])
        selector = inner.selector if isinstance(inner, RangeSelector) else inner
        for matcher in selector.matchers if isinstance(selector, Selector) else ():
            texts = regex.check(matcher.value.text).texts if matcher.op == "=~" else None
            if texts and len(texts) > 1 and "" not in texts:
                message = f"this is there only if all {len(texts)} of them are missing"
                hint = f"write one `{node.function.text}` for each {matcher.label.text}, joined by `or`"
                yield Finding(CODE, problem(message, matcher, hint))
