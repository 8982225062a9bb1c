"""All laws that relate the verdicts of two cases."""

from typing import Final

from reference import laws_same, laws_worse
from reference.law import Law

LAWS: Final[tuple[Law, ...]] = (*laws_same.LAWS, *laws_worse.LAWS)
