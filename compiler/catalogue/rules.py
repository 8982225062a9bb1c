"""PG3xx: what can be wrong with PromQL, in any file that holds it, and with rule files of Prometheus."""

from typing import Final

from compiler.catalogue.explanation import Explanation, read
from compiler.documents import rule_file, rule_model
from compiler.queries import QUERY_CHECKS, syntax

_GOOD: Final = """\
groups:
  - name: example
    rules:
      - alert: Down
        expr: min by (job) (up) == 0
        for: 5m
        annotations: {summary: "{{ $labels.job }} is down"}
"""

EXPLAINED: Final = (
    read(syntax.CODE, syntax.__doc__),
    *(read(check.CODE, check.__doc__) for check in QUERY_CHECKS),
    Explanation(
        rule_model.CODE,
        "A rule file that Prometheus refuses",
        "the YAML cannot be read, a key is unknown or there twice, a name or a duration is none, or a rule lacks what "
        "it needs.",
        "Prometheus refuses the whole file, and goes on with the old rules.",
        "see the hint.",
        _GOOD.replace("for: 5m", "fro: 5m"),
        _GOOD,
    ),
    Explanation(
        rule_file.TEMPLATE,
        "A text shows a label that the alert does not have",
        "a label or annotation of an alert shows `{{ $labels.x }}`, and the expression drops the label x.",
        "the text has a gap where the name of what is broken should stand, and the person on call reads it at night.",
        "keep the label in the expression, `by (x)`; or leave it out of the text.",
        _GOOD.replace("$labels.job", "$labels.instance"),
        _GOOD,
    ),
    Explanation(
        rule_file.DUPLICATE,
        "A rule that is there twice",
        "a file has the same alert twice, or two rules that record the same series.",
        "of two results for one series Prometheus keeps the first and drops the other, as an error; of two alerts one "
        "is noise, or was meant to be something else.",
        "remove one of the two; or rename one, or give it a label of its own.",
        _GOOD + _GOOD.partition("rules:\n")[2],
        _GOOD,
    ),
)
