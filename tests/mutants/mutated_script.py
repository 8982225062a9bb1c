"""A plug-in of pytest that mutates each gate-check.sh that a test has generated: `-p mutants.mutated_script`.

The environment names the mutant: a regular expression that matches in one line, and what stands there instead.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import replace

from compiler.backends import gate_check
from compiler.backends.base import Artifact
from compiler.middle.plan import GatePlan

PATTERN, INSTEAD = "PROMGATE_MUTANT_PATTERN", "PROMGATE_MUTANT_INSTEAD"

_emit = gate_check.emit


def mutated(gates: tuple[GatePlan, ...]) -> Iterator[Artifact]:
    """The scripts, each with the change."""
    for artifact in _emit(gates):
        text, changes = re.subn(os.environ[PATTERN], os.environ[INSTEAD], artifact.text, flags=re.MULTILINE)
        assert changes == 1, f"{changes} places to change"
        yield replace(artifact, text=text)


def pytest_configure() -> None:
    """Before any test module is read."""
    gate_check.emit = mutated
