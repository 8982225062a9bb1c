"""An expression that is not PromQL.

What: the text cannot be read as PromQL, or an operator or function is given a type that it does not take.
Why: Prometheus refuses the whole file, and goes on with the old rules. What promtool refuses is refused here, and
nothing else.
Use instead: see the hint; https://prometheus.io/docs/prometheus/latest/querying/basics/ has the language.

Flagged:

    groups:
      - name: example
        rules:
          - alert: OutOfRange
            expr: gpu_memory_ratio >= 0.70 and <= 0.90

Clean:

    groups:
      - name: example
        rules:
          - alert: OutOfRange
            expr: gpu_memory_ratio >= 0.70 and gpu_memory_ratio <= 0.90
"""

from typing import Final

from compiler.promql.problem import NOT_PROMQL

CODE: Final = NOT_PROMQL
