"""Back end: the Grafana dashboard of a gate, for people who ask whether it passes, and if not, why.

Classic dashboard JSON. Its panels read only the series that the gate's own rules record.
"""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from compiler import naming
from compiler.backends.base import Artifact
from compiler.middle.plan import GatePlan

NAME: Final = "dashboard"


def emit(gates: tuple[GatePlan, ...]) -> Iterator[Artifact]:
    """One dashboard a gate."""
    from compiler.backends.grafana.board import render  # noqa: PLC0415 - importing grafanalib takes 150 ms

    for gate in gates:
        yield Artifact(PurePosixPath(gate.name, naming.DASHBOARD_FILE), render(gate))
