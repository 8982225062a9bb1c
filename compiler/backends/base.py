"""What a back end is: a module with a NAME and `emit`, a function from plans to artifacts. It never writes."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Protocol

from compiler.diagnostics import Span
from compiler.middle.plan import GatePlan


@dataclass(frozen=True, slots=True)
class Artifact:
    """One generated file. `path` is relative to the output directory; `text` ends in a newline.

    For a rule file, `rule_origins` says of each rule, in order, where in the spec it comes from, so that what promtool
    finds can be shown there.
    """

    path: PurePosixPath
    text: str
    executable: bool = False
    rule_origins: tuple[Span, ...] = ()


class Backend(Protocol):
    """A back end module. `emit` gets some gates, sorted by name: what it gives for one does not depend on others."""

    NAME: str

    def emit(self, gates: tuple[GatePlan, ...]) -> Iterator[Artifact]:
        """The artifacts of the gates."""
        ...
