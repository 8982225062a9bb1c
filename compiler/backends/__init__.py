"""The back ends. A new one is a module here (and a template, if its artifact is text) and a word in `BACKENDS`.

`alertmanager` alone is none of these: its one artifact is of all gates.
"""

from typing import Final

from compiler.backends import (
    alert_rules,
    alert_tests,
    dashboard,
    gate_check,
    gate_page,
    recording_rules,
    rule_tests,
    statistics_rules,
    statistics_tests,
)
from compiler.backends.base import Backend

BACKENDS: Final[tuple[Backend, ...]] = (
    recording_rules,
    alert_rules,
    statistics_rules,
    rule_tests,
    alert_tests,
    statistics_tests,
    dashboard,
    gate_check,
    gate_page,
)
# Those that `promgate test` makes for itself, so that a repository of many gates need not hold them.
TEST_BACKENDS: Final[tuple[Backend, ...]] = (rule_tests, alert_tests, statistics_tests)
