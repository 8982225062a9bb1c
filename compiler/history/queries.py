"""What is asked of Prometheus about a gate's past. Only recorded series are read."""

from collections.abc import Mapping

from compiler import naming
from compiler.fields import Duration
from compiler.promql import build
from compiler.promql.expr import Expr
from compiler.states import FIRST_FAILING


def gates() -> Expr:
    """The series whose `gate` labels are the gates that there are."""
    return build.vector(naming.OVERALL_STATE)


def gate_state(gate: str) -> Expr:
    """The states of a gate, whose samples are read as they were written."""
    return build.vector(naming.OVERALL_STATE, build.equal(naming.GATE, gate))


def criteria_not_passing(gate: str, every: Duration) -> Expr:
    """The codes of the criteria that do not pass in an evaluation; of several servers' the greater, which is worse."""
    written = build.fresh(naming.CRITERION_STATE, build.equal(naming.GATE, gate), within=every)
    worst = build.aggregate("max", written, (naming.CATEGORY, naming.CRITERION))
    return build.compare(">=", worst, FIRST_FAILING)


def criterion(labels: Mapping[str, str]) -> tuple[str, str]:
    """The category and the criterion that the labels name."""
    return labels.get(naming.CATEGORY, ""), labels.get(naming.CRITERION, "")


def overrides(gate: str, every: Duration) -> Expr:
    """When each override that is in force in an evaluation ends."""
    written = build.fresh(naming.OVERRIDE_END, build.equal(naming.GATE, gate), within=every)
    return build.aggregate("max", written, (naming.OVERRIDE, naming.REASON, naming.TICKET, naming.APPROVER))
