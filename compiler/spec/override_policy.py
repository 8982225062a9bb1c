"""`overrides` of a spec: for which reasons a gate may be overridden, by whom, for how long, and what follows."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from compiler.fields import Duration
from compiler.spec_fields import DurationField, Identifier, Line, SpecModel

Asked = Literal["risk_acceptance", "note", "scope"]
CodeOwner = Annotated[
    str, StringConstraints(pattern=r"^(@[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*|[A-Za-z0-9_.+-]+@[A-Za-z0-9.-]+)$")
]


class OverrideReason(SpecModel):
    """Why a gate may be overridden, and what an override for this reason must have beside what all must have."""

    title: Line = Field(description="The reason in words, as everybody reads it while an override is in force.")
    asks_for: list[Asked] = Field(default_factory=list, description="Keys that an override for this reason must have.")
    approvers: list[Line] | None = Field(
        None, description="Who may approve for this reason; by default all approvers.", min_length=1
    )


class Approver(SpecModel):
    """A person or role that may approve an override."""

    title: Line | None = Field(None, description="What the person or role is called; by default the key.")
    code_owners: list[CodeOwner] = Field(
        default_factory=list, description="Who reviews changes of the gate's overrides, as CODEOWNERS names them."
    )


class OverridePolicy(SpecModel):
    """Without this section, a gate cannot be overridden."""

    reasons: dict[Identifier, OverrideReason] = Field(min_length=1, description="The only reasons for an override.")
    approvers: dict[Line, Approver] = Field(min_length=1, description="Who may approve an override.")
    max_duration: DurationField = Field(Duration.parse("4h"), description="How long an override lasts at most.")
    retest_within: DurationField = Field(
        Duration.parse("4h"),
        description="All criteria must have been met and stable again this long after an override began.",
    )
    overdue_retest: Literal["alerts", "blocks"] = Field(
        "alerts", description="blocks: while a re-test is overdue, no override opens the gate."
    )
    repeat_interval: DurationField = Field(
        Duration.parse("30m"), description="How often Alertmanager repeats what it says while an override is in force."
    )
