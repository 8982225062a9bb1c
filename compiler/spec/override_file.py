"""`overrides/<gate>.yaml`: the overrides of one gate, each approved by the review of the commit that adds it."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from compiler.spec_fields import GateName, Identifier, Line, MomentField, SpecModel, Text

OverrideId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]*$", max_length=60)]


class Override(SpecModel):
    """One approved exception: from `start` until just before `expires`, the gate may pass although criteria fail."""

    id: OverrideId = Field(description="Its name in series, alerts and logs; never used again.")
    reason: Identifier = Field(description="One of the reasons that the gate's spec allows.")
    ticket: Line = Field(description="Where it is written down why.")
    approver: Line = Field(description="Who approved it: one of the approvers in the gate's spec.")
    start: MomentField = Field(description="The first moment at which it is in force.")
    expires: MomentField = Field(description="The first moment at which it is over.")
    scope: list[Identifier] | None = Field(
        None, min_length=1, description="The criteria that may fail; by default all. The others are judged as ever."
    )
    risk_acceptance: Text | None = Field(None, description="Which risk is accepted, and by whom.")
    note: Text | None = Field(None, description="What else people should know.")
    retested: MomentField | None = Field(
        None, description="Closes the override: when all criteria were seen met and stable after it had ended."
    )

    @property
    def closed(self) -> bool:
        """Whether it is kept as a record only."""
        return self.retested is not None

    def overlaps(self, other: "Override") -> bool:
        """Whether both are in force at some time for some criterion."""
        at_once = self.start < other.expires and other.start < self.expires
        return at_once and (not self.scope or not other.scope or not set(self.scope).isdisjoint(other.scope))


class OverrideFile(SpecModel):
    """The overrides of one gate."""

    apiVersion: Literal["promgate/v1"]  # noqa: N815 - the key that Kubernetes-style specs have
    kind: Literal["Overrides"]
    gate: GateName = Field(description="The gate; the file is called <gate>.yaml, which its code owners review.")
    overrides: list[Override] = Field(description="The overrides, those that are closed included.")
