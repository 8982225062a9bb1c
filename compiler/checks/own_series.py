"""A gate that reads what it writes.

What: a criterion reads a series that promgate records, `gate:…`, and does not choose another gate by `gate="…"`.
Why: a verdict would depend on itself. Once closed, the gate would stay closed, or would open and close in turn.
Use instead: the metric itself. To make one gate depend on another, name the other one: `{gate="other"}`.

Flagged:

    metrics:
      "gate:overall:pass": {type: gauge}
    categories:
      - id: platform
        title: Platform
        criteria:
          - id: platform_ready
            title: The platform is ready
            measure: {kind: gauge, metric: "gate:overall:pass", across: min}
            require: {equals: 1}

Clean:

    metrics:
      "gate:overall:pass": {type: gauge}
    categories:
      - id: platform
        title: Platform
        criteria:
          - id: platform_ready
            title: The platform is ready
            measure: {kind: gauge, metric: 'gate:overall:pass{gate="platform"}', across: min}
            require: {equals: 1}
"""

from collections.abc import Iterator
from typing import Final

from compiler import naming
from compiler.checks.references import references
from compiler.diagnostics import Diagnostic
from compiler.middle.context import Places
from compiler.promql.expr import Vector
from compiler.spec.model import Gate

CODE: Final = "PG219"


def check(gate: Gate, places: Places) -> Iterator[Diagnostic]:
    """Every selector that can select a series of this same gate."""
    for reference in references(gate):
        name = reference.selector.name
        if name.startswith(naming.OWN_PREFIXES) and not _chooses_another(reference.selector, gate.metadata.name):
            message = f"{name} is recorded by promgate, for this gate too, so the verdict would depend on itself"
            hint = f'name the other gate: {name}{{{naming.GATE}="…"}}'
            yield Diagnostic(CODE, message, places.span(reference.path), hint)


def _chooses_another(selector: Vector, own: str) -> bool:
    return any(
        (one.op == "=" and one.value != own) or (one.op == "!=" and one.value == own)
        for one in selector.matchers
        if one.label == naming.GATE
    )
