"""All faults, in the order of the report."""

from typing import Final

from faults import healthy, joins, missing, server, values, windows
from faults.model import Fault

FAULTS: Final[tuple[Fault, ...]] = (
    *healthy.FAULTS,
    *missing.FAULTS,
    *values.FAULTS,
    *windows.FAULTS,
    *joins.FAULTS,
    *server.FAULTS,
)
SECTIONS: Final = tuple(dict.fromkeys(fault.section for fault in FAULTS))
