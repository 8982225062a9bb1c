"""The checks that need what a gate compiles to. They run when it is compiled: `promgate lint` does not wait for it."""

from collections.abc import Iterator
from typing import Final, Protocol

from compiler.checks import cost_budget
from compiler.diagnostics import Diagnostic
from compiler.middle.context import Places
from compiler.middle.plan import GatePlan
from compiler.spec.model import Gate


class PlanCheck(Protocol):
    """A check module like any other, but for the plan."""

    CODE: str

    def check(self, gate: Gate, plan: GatePlan, places: Places) -> Iterator[Diagnostic]:
        """Everything that is wrong."""
        ...


PLAN_CHECKS: Final[tuple[PlanCheck, ...]] = (cost_budget,)
