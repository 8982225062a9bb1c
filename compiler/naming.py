"""Every recorded series, label, group, alert and file name that promgate emits (DESIGN sections 2 and 6).

Nobody else spells a name. Series follow level:metric:operation.
"""

import re
from collections.abc import Iterable
from functools import cache
from typing import Final

CRITERION_VALUE: Final = "gate:criterion:value"
CRITERION_RESULT: Final = "gate:criterion:result"
CRITERION_IDLE: Final = "gate:criterion:idle"
CRITERION_THRESHOLD: Final = "gate:criterion:threshold"
CRITERION_STATE: Final = "gate:criterion:state"
CRITERION_PASS: Final = "gate:criterion:pass"
CATEGORY_PASS: Final = "gate:category:pass"
OVERALL_MET: Final = "gate:overall:met"
OVERALL_HELD: Final = "gate:overall:held"
OVERALL_OVERRIDE: Final = "gate:overall:override"
OVERALL_PASS: Final = "gate:overall:pass"
OVERALL_STATE: Final = "gate:overall:state"
OVERALL_CLOSINGS_1H: Final = "gate:overall:closings1h"
STATE_RATIO_1H: Final = "gate:overall_state:ratio1h"
REVIEW_DUE: Final = "gate:review:due"
OVERRIDE_END: Final = "gate:override:end"
OVERRIDE_RETEST: Final = "gate:override:retest"

GATE: Final = "gate"
CATEGORY: Final = "category"
CRITERION: Final = "criterion"
BOUND: Final = "bound"
REVISION: Final = "revision"
INPUT: Final = "input"
WINDOW: Final = "window"
SEVERITY: Final = "severity"
OVERRIDE: Final = "override"
# Labels that no rule sets: of what tests give to rules in the place of what they record, and beside it.
STAND_IN: Final = "stand_in"
LEFT_BEHIND: Final = "left_behind"
REASON: Final = "reason"
TICKET: Final = "ticket"
APPROVER: Final = "approver"
OWN_PREFIXES: Final = (
    f"{GATE}:{CRITERION}:",
    f"{GATE}:{CATEGORY}:",
    f"{GATE}:overall:",
    f"{GATE}:overall_state:",
    f"{GATE}:override:",
    f"{GATE}:review:",
)
STATE: Final = "state"
RESERVED_LABELS: Final = frozenset(
    {GATE, CATEGORY, CRITERION, BOUND, REVISION, INPUT, WINDOW, SEVERITY, "alertname", "alertstate", "le"}
)

ALERT_GATE_FAILING: Final = "GateFailing"
ALERT_GATE_NOT_EVALUATED: Final = "GateNotEvaluated"
ALERT_CRITERION_FAILING: Final = "GateCriterionFailing"
ALERT_CRITERION_NO_DATA: Final = "GateCriterionNoData"
ALERT_REVIEW_DUE: Final = "GateReviewDue"
ALERT_OVERRIDDEN: Final = "GateOverridden"
ALERT_RETEST_DUE: Final = "GateRetestDue"
ALERT_RETEST_OVERDUE: Final = "GateRetestOverdue"

RECORDING_RULES_FILE: Final = "recording_rules.yml"
ALERT_RULES_FILE: Final = "alert_rules.yml"
STATISTICS_RULES_FILE: Final = "statistics_rules.yml"
RULES_FILES: Final = (RECORDING_RULES_FILE, ALERT_RULES_FILE, STATISTICS_RULES_FILE)
RULE_TESTS_FILE: Final = "rule_tests.yml"
ALERT_TESTS_FILE: Final = "alert_tests.yml"
STATISTICS_TESTS_FILE: Final = "statistics_tests.yml"
TESTS_FILES: Final = (RULE_TESTS_FILE, ALERT_TESTS_FILE, STATISTICS_TESTS_FILE)
DASHBOARD_FILE: Final = "dashboard.json"
GATE_CHECK_FILE: Final = "gate-check.sh"
PAGE_FILE: Final = "GATE.md"
ALERTMANAGER_FILE: Final = "alertmanager.yml"


OVERRIDES_DIRECTORY: Final = "overrides"


def overrides_file(gate: str) -> str:
    """Where the overrides of a gate are, from the directory that has its specs beside it."""
    return f"{OVERRIDES_DIRECTORY}/{gate}.yaml"


def recording_group(gate: str) -> str:
    """Name of the one rule group that evaluates a gate."""
    return f"gate:{gate}"


def statistics_group(gate: str) -> str:
    """Name of the rule group that counts how a gate has done."""
    return f"gate:{gate}:statistics"


def alert_group(gate: str) -> str:
    """Name of the rule group of a gate's alerts."""
    return f"gate:{gate}:alerts"


def receiver(gate: str, role: str) -> str:
    """Name of an Alertmanager receiver, such as `gate/routing-readiness/slack`."""
    return f"gate/{gate}/{role}"


def level(by: Iterable[str]) -> str:
    """First part of a series name: the labels it keeps besides `gate`."""
    return "_".join((GATE, *by))


def input_series(by: Iterable[str]) -> str:
    """How many series an input has now. Labels: gate, input, the `by` labels."""
    return f"{level(by)}:input:series"


def input_coverage(by: Iterable[str]) -> str:
    """Share (0..1) of a window's probes that saw the input. Labels: gate, input, window, the `by` labels."""
    return f"{level(by)}:input:coverage"


INPUT_AGE: Final = f"{GATE}:input:age"


@cache
def is_recorded(series: str) -> bool:
    """Whether a gate records series of this name: its level begins with `gate`."""
    return re.match(rf"{GATE}(_[a-zA-Z0-9_]+)?:", series) is not None


def operation(series: str) -> str:
    """What a recorded series holds: its name without the labels that it keeps."""
    return series.partition(":")[2]


def intermediate(by: Iterable[str], metric: str, operation: str) -> str:
    """A shared part of several rules, such as `gate_provider:router_requests:rate30m`."""
    return f"{level(by)}:{re.sub('[^a-zA-Z0-9_]', '_', metric).removesuffix('_total')}:{operation}"


def free_name(taken: Iterable[str], base: str) -> str:
    """`base`, or `base_2`, `base_3`… if it is taken."""
    names, number, name = set(taken), 1, base
    while name in names:
        number += 1
        name = f"{base}_{number}"
    return name
