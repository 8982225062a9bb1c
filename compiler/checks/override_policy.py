"""A policy of overrides that contradicts itself.

What: `retest_within` is not longer than the stabilisation time, or is shorter than `max_duration`; `repeat_interval` is
shorter than the interval of evaluation; a time is not in whole seconds; or a reason names an approver that is none.
Why: a re-test is done when, at the end of an override or later, all criteria are met and have been for the
stabilisation time, so with such a policy it would be overdue whatever happens. Nothing is repeated more often than the
gate is evaluated; overrides begin and end at full seconds; and nobody else may approve.
Use instead: longer times (the defaults are 4h, 4h and 30m), and approvers from the list.

Flagged:

    defaults: {stabilization: 10m}
    overrides:
      reasons:
        outage: {title: An outage that a deployment ends}
      approvers:
        ops-lead: {title: Ops Lead}
      max_duration: 2h
      retest_within: 1h
    metrics:
      jobs_failed_total: {type: counter}
    categories:
      - id: jobs
        title: Jobs
        criteria:
          - id: failures
            title: Failures
            measure: {kind: increase, metric: jobs_failed_total}
            require: {equals: 0}

Clean:

    defaults: {stabilization: 10m}
    overrides:
      reasons:
        outage: {title: An outage that a deployment ends}
      approvers:
        ops-lead: {title: Ops Lead}
      max_duration: 1h
      retest_within: 2h
    metrics:
      jobs_failed_total: {type: counter}
    categories:
      - id: jobs
        title: Jobs
        criteria:
          - id: failures
            title: Failures
            measure: {kind: increase, metric: jobs_failed_total}
            require: {equals: 0}
"""

from collections.abc import Iterator
from typing import Final

from compiler.diagnostics import Diagnostic, Label
from compiler.middle.context import Places
from compiler.spec.model import Defaults, Gate
from compiler.spec.override_policy import OverridePolicy
from compiler.suggest import near

CODE: Final = "PG240"


def check(gate: Gate, places: Places) -> Iterator[Diagnostic]:
    """What is wrong with the policy."""
    policy = gate.overrides
    if policy is not None:
        yield from _approvers(policy, places)
        yield from _fractions(policy, places)
        yield from _retest(policy, gate.defaults, places)
        if policy.repeat_interval < gate.defaults.evaluate_every:
            message = f"nothing is repeated every {policy.repeat_interval} by a gate that is evaluated less often"
            place = places.span(("overrides", "repeat_interval"))
            yield Diagnostic(CODE, message, place, f"write {gate.defaults.evaluate_every} or more")


def _approvers(policy: OverridePolicy, places: Places) -> Iterator[Diagnostic]:
    for name, reason in policy.reasons.items():
        for index, approver in enumerate(reason.approvers or ()):
            if approver not in policy.approvers:
                place = places.span(("overrides", "reasons", name, "approvers", index))
                meant = near(approver, policy.approvers)
                hint = f"did you mean '{meant}'?" if meant else f"the approvers are {', '.join(policy.approvers)}"
                yield Diagnostic(CODE, f"'{approver}' is not among the approvers", place, hint)


def _fractions(policy: OverridePolicy, places: Places) -> Iterator[Diagnostic]:
    for key in ("max_duration", "retest_within"):
        if getattr(policy, key).milliseconds % 1000:
            message = f"{key} is not in whole seconds, as the times of overrides are"
            yield Diagnostic(CODE, message, places.span(("overrides", key)), "write it in whole seconds")


def _retest(policy: OverridePolicy, defaults: Defaults, places: Places) -> Iterator[Diagnostic]:
    within = places.span(("overrides", "retest_within"))
    if policy.retest_within <= defaults.stabilization:
        message = f"a re-test within {policy.retest_within} is always overdue"
        place = places.span(("defaults", "stabilization"))
        label = Label(place, f"all criteria must hold for {defaults.stabilization}")
        hint = f"write more than {defaults.stabilization}, such as 4h"
        yield Diagnostic(CODE, message, within, hint, labels=(label,))
    elif policy.retest_within < policy.max_duration:
        message = f"a re-test within {policy.retest_within} is overdue before an override of {policy.max_duration} ends"
        hint = f"write {policy.max_duration} or more, or a shorter `max_duration`"
        said = "max_duration" in policy.model_fields_set
        lasts = Label(places.span(("overrides", "max_duration")), "an override may last this long")
        yield Diagnostic(CODE, message, within, hint, labels=(lasts,) if said else ())
