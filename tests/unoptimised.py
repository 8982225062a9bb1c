"""Gates compiled without the passes that make them cheap: what these may not change is compared with what they do.

The switch is here and not in the compiler, since no user should be able to turn it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from compiler.middle import optimise
from compiler.middle.lower import lower
from compiler.middle.optimise import order, remarks
from compiler.middle.plan import GatePlan
from compiler.spec.load import Loaded


def unoptimised(spec: Loaded) -> GatePlan:
    """The plan of a spec, whose rules read everything where they need it."""
    assert spec.gate, spec.diagnostics
    assert spec.source
    with without_passes():
        return lower(spec.gate, spec.source)


@contextmanager
def without_passes() -> Iterator[None]:
    """Whatever is compiled meanwhile is not optimised.

    What is left: the order of the rules, without which they would read each other's past, and their comments.
    """
    with patch.multiple(optimise, REWRITING=(), PASSES=(order, remarks)):
        yield
