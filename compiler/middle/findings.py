"""The findings that an author has acknowledged, in the plan: each with the criterion that it is about."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from compiler.diagnostics import Diagnostic
from compiler.middle.context import Places
from compiler.middle.plan import CategoryPlan, FindingPlan, GatePlan
from compiler.spec.model import Gate


def with_findings(plan: GatePlan, gate: Gate, places: Places, acknowledged: Sequence[Diagnostic]) -> GatePlan:
    """The plan with the findings. What is acknowledged for the gate as a whole is told once, with its one reason."""
    if not acknowledged:
        return plan
    scopes = {
        criterion.id: places.span(("categories", i, "criteria", j))
        for i, category in enumerate(gate.categories)
        for j, criterion in enumerate(category.criteria)
    }
    everywhere = {(one.code, one.reason) for one in gate.acknowledge}
    found: dict[str, list[FindingPlan]] = {}
    for one in sorted(acknowledged, key=lambda one: (one.span is None, one.span, one.code)):
        owner = next((name for name, scope in scopes.items() if one.span and one.span.is_within(scope)), "")
        finding = FindingPlan(one.code, one.message, one.note, one.acknowledged)
        found.setdefault("" if (one.code, one.acknowledged) in everywhere else owner, []).append(finding)
    categories = tuple(_category(category, found) for category in plan.categories)
    return replace(plan, categories=categories, findings=tuple(_together(found.get("", ()))))


def _together(findings: Iterable[FindingPlan]) -> Iterator[FindingPlan]:
    """Findings of one code and reason as one."""
    groups: dict[tuple[str, str], list[str]] = {}
    for one in findings:
        groups.setdefault((one.code, one.reason), []).append(one.message)
    for (code, reason), messages in groups.items():
        yield FindingPlan(code, "; ".join(messages), "", reason)


def _category(category: CategoryPlan, found: Mapping[str, Sequence[FindingPlan]]) -> CategoryPlan:
    criteria = tuple(replace(one, findings=tuple(found.get(one.id, ()))) for one in category.criteria)
    return replace(category, criteria=criteria)
