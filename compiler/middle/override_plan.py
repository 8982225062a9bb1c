"""A gate's overrides for the plan: the policy of its spec, and the approved entries that are not closed."""

from typing import Final

from compiler.fields import Duration
from compiler.middle.plan import ApproverPlan, OverridePlan, OverridesPlan, ReasonPlan
from compiler.spec.load_overrides import Approved
from compiler.spec.model import Gate
from compiler.spec.override_file import Override
from compiler.spec.override_policy import OverridePolicy
from compiler.spec.source import Source

_REMINDED: Final = 4  # in the last quarter of the time


def overrides_plan(gate: Gate, approved: Approved | None) -> OverridesPlan | None:
    """What the gate's policy and its overrides, which passed all checks, say."""
    policy = gate.overrides
    if policy is None:
        return None
    within = policy.retest_within
    return OverridesPlan(
        reasons=tuple(
            ReasonPlan(name, one.title, tuple(one.asks_for), tuple(one.approvers or policy.approvers))
            for name, one in policy.reasons.items()
        ),
        approvers=tuple(
            ApproverPlan(name, one.title or name, tuple(one.code_owners)) for name, one in policy.approvers.items()
        ),
        max_duration=policy.max_duration,
        retest_within=within,
        # When less than the stabilisation time is left, a gate that is not met yet is late already.
        remind_before=max(Duration(within.milliseconds // _REMINDED), gate.defaults.stabilization),
        blocks=policy.overdue_retest == "blocks",
        repeat_interval=policy.repeat_interval,
        entries=_entries(gate, policy, approved) if approved else (),
    )


def _entries(gate: Gate, policy: OverridePolicy, approved: Approved) -> tuple[OverridePlan, ...]:
    rows = [
        _entry(gate, policy, one, approved.source, index)
        for index, one in enumerate(approved.file.overrides)
        if not one.closed
    ]
    return tuple(sorted(rows, key=lambda one: (one.start, one.id)))


def _entry(gate: Gate, policy: OverridePolicy, one: Override, source: Source, index: int) -> OverridePlan:
    criteria = [criterion.id for criterion in gate.criteria]
    scope = tuple(name for name in criteria if one.scope and name in one.scope)
    return OverridePlan(
        id=one.id,
        reason=one.reason,
        reason_title=policy.reasons[one.reason].title,
        ticket=one.ticket,
        approver=one.approver,
        approver_title=policy.approvers[one.approver].title or one.approver,
        start=one.start,
        expires=one.expires,
        retest_by=one.start.after(policy.retest_within),
        scope=() if len(scope) == len(criteria) else scope,
        risk_acceptance=one.risk_acceptance or "",
        note=one.note or "",
        origin=source.span(("overrides", index, "id")),
    )
