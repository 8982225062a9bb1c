"""What Alertmanager's config says of a gate: all that is had from a gate for a file that is of all gates.

The whole plan of each of thousands of gates would have to be kept, and sent between processes, until the last one is
compiled; this is little.
"""

from dataclasses import dataclass

from compiler.fields import Duration
from compiler.middle.plan import GatePlan, ReceiverPlan


@dataclass(frozen=True, slots=True)
class NoticePlan:
    """Who hears of a gate, and what they read. The fields are those of the `GatePlan`.

    `criteria` is their number; `reminders` is Alertmanager's repeat interval while an override is in force, None if
    nobody may override the gate.
    """

    name: str
    title: str
    source: str
    owner: str
    on_call: str
    dashboard_url: str
    criteria: int
    evaluate_every: Duration
    stabilization: Duration
    receivers: tuple[ReceiverPlan, ...]
    reminders: Duration | None


def notices(gate: GatePlan) -> NoticePlan:
    """Those of a gate."""
    return NoticePlan(
        name=gate.name,
        title=gate.title,
        source=gate.source,
        owner=gate.owner,
        on_call=gate.on_call,
        dashboard_url=gate.dashboard_url,
        criteria=len(gate.criteria),
        evaluate_every=gate.evaluate_every,
        stabilization=gate.stabilization,
        receivers=gate.receivers,
        reminders=gate.overrides.repeat_interval if gate.overrides else None,
    )
