"""Small gates for tests: a vocabulary and some criteria become the text of a rule file."""

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from compiler.backends import recording_rules as backend
from compiler.middle.lower import lower
from compiler.middle.plan import GatePlan
from compiler.spec.load import load
from compiler.spec.load_overrides import load_overrides

POLICY: Mapping[str, Any] = {
    "reasons": {"p0_incident": {"title": "A P0 incident"}},
    "approvers": {"ops-lead": {"title": "Ops Lead", "code_owners": ["@shop/ops-leads"]}},
}


def spec_text(metrics: Mapping[str, Any], criteria: Sequence[Mapping[str, Any]], **defaults: str) -> str:
    """A spec with one category."""
    return yaml.safe_dump(_spec(metrics, criteria, defaults), sort_keys=False)


def _spec(
    metrics: Mapping[str, Any], criteria: Sequence[Mapping[str, Any]], defaults: Mapping[str, str]
) -> dict[str, Any]:
    return {
        "apiVersion": "promgate/v1",
        "kind": "Gate",
        "metadata": {"name": "case", "title": "A case", "owner": "Tests"},
        "defaults": {"scrape_interval": "30s", **defaults},
        "metrics": dict(metrics),
        "categories": [{"id": "all", "title": "All", "criteria": [dict(one) for one in criteria]}],
    }


def plan(metrics: Mapping[str, Any], criteria: Sequence[Mapping[str, Any]], **defaults: str) -> GatePlan:
    """The plan of a small gate; fails with the diagnostics if it does not load."""
    loaded = load(spec_text(metrics, criteria, **defaults), "case.yaml")
    assert loaded.gate is not None, loaded.diagnostics
    assert loaded.source is not None
    return lower(loaded.gate, loaded.source)


def recording_rules(metrics: Mapping[str, Any], criteria: Sequence[Mapping[str, Any]], **defaults: str) -> str:
    """The recording rules of a small gate."""
    return next(backend.emit((plan(metrics, criteria, **defaults),))).text


def override(identifier: str, start: str, expires: str, **more: object) -> dict[str, object]:
    """An override of the small gate; times are in 1970, when promtool's tests begin, unless they say otherwise."""
    day = "1970-01-01T"
    return {
        "id": identifier,
        "reason": "p0_incident",
        "ticket": identifier.upper(),
        "approver": "ops-lead",
        "start": start if "T" in start else f"{day}{start}Z",
        "expires": expires if "T" in expires else f"{day}{expires}Z",
        **more,
    }


def overrides_text(*entries: Mapping[str, object], gate: str = "case") -> str:
    """A file of overrides."""
    head = {"apiVersion": "promgate/v1", "kind": "Overrides", "gate": gate}
    return yaml.safe_dump({**head, "overrides": [dict(one) for one in entries]}, sort_keys=False)


def overridden_plan(
    metrics: Mapping[str, Any],
    criteria: Sequence[Mapping[str, Any]],
    *entries: Mapping[str, object],
    policy: Mapping[str, Any] | None = None,
    **defaults: str,
) -> GatePlan:
    """The plan of a small gate with overrides; `policy` changes POLICY. Fails with the diagnostics of what is wrong."""
    spec = _spec(metrics, criteria, defaults) | {"overrides": {**POLICY, **(policy or {})}}
    loaded = load(yaml.safe_dump(spec, sort_keys=False), "case.yaml")
    assert loaded.gate is not None, loaded.diagnostics
    assert loaded.source is not None
    read = load_overrides(overrides_text(*entries), "case.yaml")
    assert read.approved is not None, read.diagnostics
    return lower(loaded.gate, loaded.source, approved=read.approved)
