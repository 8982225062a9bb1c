"""The recording rules of a gate: one group, in dependency order, each rule under a comment that says what it is."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from compiler import naming
from compiler.backends.base import Artifact
from compiler.backends.rules_yaml import RuleText, generated_from, render
from compiler.middle.plan import GatePlan, Rule
from compiler.states import GATE_STATES, STATES

NAME: Final = "recording_rules"


def emit(gates: tuple[GatePlan, ...]) -> Iterator[Artifact]:
    """One rule file a gate."""
    for gate in gates:
        rules = [
            RuleText("record", rule.record, rule.expr, _comment(gate, rule), labels=rule.labels) for rule in gate.rules
        ]
        yield Artifact(
            PurePosixPath(gate.name, naming.RECORDING_RULES_FILE),
            render(_header(gate), naming.recording_group(gate.name), gate.evaluate_every, rules),
            rule_origins=tuple(rule.origin for rule in gate.rules),
        )


def _header(gate: GatePlan) -> list[str]:
    return [
        generated_from(gate.source),
        "",
        f"{gate.title}, revision {gate.revision}.",
        "",
        *_reading(gate),
        "",
        f"{naming.CRITERION_STATE} is the first reason that applies:",
        *(f"  {state.code:>2}  {state.name}: {state.meaning}" for state in STATES),
        "",
        f"{naming.OVERALL_STATE} says the same of the gate as a whole:",
        *(f"  {state.code:>2}  {state.name}: {state.meaning}" for state in GATE_STATES),
    ]


def _reading(gate: GatePlan) -> list[str]:
    """How the rules read what the group wrote."""
    read = f"last_over_time(x[{gate.evaluation.within}]) is x, if it was written in"
    if not gate.engine.lag:
        return [
            f"{read} this same evaluation of the group: a rule that fails leaves",
            "its last value visible for 5 minutes, and nothing here may take that for an answer.",
        ]
    return [
        f"For {gate.engine.title}, where a rule sees one evaluation later what its group wrote: a criterion's state",
        f"reads metrics only, and {read} the {gate.engine.memory - 1} evaluations before.",
        "A bad sample closes the gate one evaluation after the first that sees it, or one more if a rule fails then.",
    ]


def _comment(gate: GatePlan, rule: Rule) -> str:
    # A rule of an override comes from the file of the gate's overrides, which has the name of the gate.
    source = gate.source if rule.origin.file == gate.origin.file else naming.overrides_file(gate.name)
    place = f"{source}:{rule.origin.line}"
    return f"{rule.comment} ({place})" if rule.comment else place
