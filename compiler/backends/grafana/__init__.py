"""The parts of the dashboard back end. Imported only when a dashboard is made: grafanalib takes 150 ms to import."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

Json: TypeAlias = bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"] | None
