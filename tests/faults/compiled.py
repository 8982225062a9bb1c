"""Faults become rule files: what promgate compiles of their gates, and what an engineer writes by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import yaml
from faults.model import STABILIZATION, WINDOW, Fault, Spec, own
from faults.platforms import Platform

from compiler.pipeline import compile_specs
from compiler.spec.text import SpecFile

SUBJECT: Final = "subject"  # the criterion that a fault is about
_STEADY: Final = "{measure: {kind: gauge, metric: steady_up}, require: {equals: 1}}"


@dataclass(frozen=True, slots=True)
class Compiled:
    """One gate: its rule file as a document, its gate-check.sh and its revision."""

    rules: Mapping[str, Any]
    script: str
    revision: str


def compile_all(faults: Sequence[Fault], platform: Platform) -> dict[str, Compiled]:
    """The gates of some faults, by the fault's name."""
    return _compile({fault.name: _gate(fault.name, fault.spec, platform) for fault in faults}, faults)


def compile_spec(fault: Fault, spec: Spec, platform: Platform) -> Compiled:
    """Another spec under the name of a fault's gate."""
    return _compile({fault.name: _gate(fault.name, spec, platform)}, [fault])[fault.name]


def rule_files(fault: Fault, gate: Compiled, platform: Platform) -> dict[str, str]:
    """All rule files of one fault, by file name: compiled, by hand, and what else is loaded."""
    documents = {"promgate": dict(gate.rules), "by-hand": by_hand(fault, fault.spec, platform)}
    if fault.loaded_too:
        documents["older"] = dict(compile_spec(fault, fault.loaded_too, platform).rules)
        documents["older-by-hand"] = by_hand(fault, fault.loaded_too, platform)
    if fault.more_rules:
        documents["more"] = yaml.safe_load(platform.pace.text(fault.own(fault.more_rules)))
    documents = {
        kind: {"groups": [_edited(fault, group, platform) for group in one["groups"]]}
        for kind, one in documents.items()
    }
    return {f"{fault.name}.{kind}.yml": yaml.safe_dump(document) for kind, document in documents.items()}


def _edited(fault: Fault, group: Mapping[str, Any], platform: Platform) -> dict[str, Any]:
    """The rule group as the fault has it loaded."""
    kept = [one for one in group["rules"] if not (one.get("record") in fault.drops and _is_subject(one))]
    keys = {key: platform.pace.text(one) if isinstance(one, str) else one for key, one in fault.group.items()}
    return {**group, "rules": kept, **keys}


def _is_subject(rule: Mapping[str, Any]) -> bool:
    return bool(rule.get("labels", {}).get("criterion") == SUBJECT)


def by_hand(fault: Fault, spec: Spec, platform: Platform) -> dict[str, Any]:
    """A rule group as engineers write it: the criterion, a steady one beside it, `min` of both, and a hold time."""
    mine, pace = {"gate": fault.name}, platform.pace
    rules = [
        {"record": own(fault.name, name), "expr": pace.text(own(fault.name, expr)), "labels": mine}
        for name, expr in spec.by_hand
    ]
    rules[-1]["labels"] = {**mine, "criterion": SUBJECT}
    steady = {
        "record": "ready:criterion",
        "expr": "min(steady_up == bool 1)",
        "labels": {**mine, "criterion": "steady"},
    }
    met = {"record": "ready:met", "expr": f'min(ready:criterion{{gate="{fault.name}"}})', "labels": mine}
    held = f'min_over_time(ready:met{{gate="{fault.name}"}}[{pace.duration(STABILIZATION)}])'
    overall = {"record": "ready:overall", "expr": held, "labels": mine}
    return {
        "groups": [
            {"name": f"ready:{fault.name}", "interval": pace.duration(1), "rules": [*rules, steady, met, overall]}
        ]
    }


def _gate(name: str, spec: Spec, platform: Platform) -> str:
    """The text of a spec: the subject, a steady criterion beside it, and what else the subject needs."""
    pace = platform.pace
    criteria = {SUBJECT: spec.criterion, "steady": _STEADY}
    criteria |= {f"beside_{number}": text for number, text in enumerate(spec.beside)}
    document = {
        "apiVersion": "promgate/v1",
        "kind": "Gate",
        "metadata": {"name": name, "title": name, "owner": "Tests"},
        "defaults": {
            "engine": platform.profile,
            "window": pace.duration(WINDOW),
            "scrape_interval": pace.duration(1),
            "evaluate_every": pace.duration(1),
            "stabilization": pace.duration(STABILIZATION),
        },
        "metrics": {"steady_up": {"type": "gauge"}, **yaml.safe_load(own(name, spec.metrics))},
        "categories": [
            {
                "id": "all",
                "title": "All",
                "criteria": [
                    {"id": key, "title": key, **yaml.safe_load(pace.text(own(name, text)))}
                    for key, text in criteria.items()
                ],
            }
        ],
    }
    return yaml.safe_dump(document, sort_keys=False)


def _compile(texts: Mapping[str, str], faults: Sequence[Fault]) -> dict[str, Compiled]:
    result = compile_specs([SpecFile(f"{name}.yaml", text) for name, text in texts.items()])
    assert result.artifacts, result.diagnostics
    found = {str(artifact.path): artifact.text for artifact in result.artifacts}
    gates = {}
    for fault in faults:
        rules = yaml.safe_load(found[f"{fault.name}/recording_rules.yml"])
        revision = next(
            rule["labels"]["revision"] for rule in rules["groups"][0]["rules"] if "revision" in rule["labels"]
        )
        gates[fault.name] = Compiled(rules, found[f"{fault.name}/gate-check.sh"], revision)
    return gates
