"""How often Python looks for cycles of garbage, where gates are compiled."""

import gc
from typing import Final

_OBJECTS: Final = 500_000  # that were made and not yet dropped; Python's own number is 700


def collect_rarely() -> None:
    """Look seldom: what compiling makes has no cycles, and to look for some would be a tenth of its time."""
    gc.set_threshold(_OBJECTS)
