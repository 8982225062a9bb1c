"""Back end: the recording rules that count how a gate has done, for the last row of its dashboard."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from compiler import naming
from compiler.backends.base import Artifact
from compiler.backends.rules_yaml import RuleText, generated_from, render
from compiler.middle.plan import STATISTICS_EVERY, GatePlan
from compiler.states import GATE_STATES

NAME: Final = "statistics_rules"


def emit(gates: tuple[GatePlan, ...]) -> Iterator[Artifact]:
    """One rule file a gate."""
    for gate in gates:
        rules = [
            RuleText("record", rule.record, rule.expr, rule.comment, labels=rule.labels) for rule in gate.statistics
        ]
        yield Artifact(
            PurePosixPath(gate.name, naming.STATISTICS_RULES_FILE),
            render(_header(gate), naming.statistics_group(gate.name), STATISTICS_EVERY, rules),
            rule_origins=tuple(rule.origin for rule in gate.statistics),
        )


def _header(gate: GatePlan) -> list[str]:
    return [
        generated_from(gate.source),
        "",
        f"{gate.title}: how it has done, hour by hour.",
        "",
        "No verdict and no alert reads these; the dashboard adds up the hours of a week and of a month.",
        "",
        f"The states are the codes of {naming.OVERALL_STATE}:",
        *(f"  {state.code:>2}  {state.name}: {state.meaning}" for state in GATE_STATES),
    ]
