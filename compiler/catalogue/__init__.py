"""The registry of everything that promgate can find: each code has one explanation, and `promgate explain` prints it.

A code is PG and three digits, stable, and never reused. The first digit says what it is about (`AREAS`).
"""

from dataclasses import dataclass
from typing import Final

from compiler.catalogue import exceptions, models, outputs, rules, texts
from compiler.catalogue.explanation import Explanation, read
from compiler.checks import CHECKS, acknowledgement, overdue_review
from compiler.checks.of_plans import PLAN_CHECKS

_CHECKED: Final = {
    **{one.CODE: one.__doc__ for one in CHECKS},
    overdue_review.CODE: overdue_review.__doc__,
    acknowledgement.CODE: acknowledgement.__doc__,
    **{one.CODE: one.__doc__ for one in PLAN_CHECKS},
}


@dataclass(frozen=True, slots=True)
class Area:
    """The codes that begin with `prefix`."""

    prefix: str
    title: str
    explained: tuple[Explanation, ...] = ()


def _checked(prefix: str) -> tuple[Explanation, ...]:
    return tuple(read(code, text) for code, text in _CHECKED.items() if code.startswith(prefix))


AREAS: Final = (
    Area("PG0", "The text of a spec", texts.EXPLAINED),
    Area("PG1", "The model of a gate", models.EXPLAINED),
    Area("PG2", "What a spec means", _checked("PG2")),
    Area("PG3", "PromQL and rules", rules.EXPLAINED),
    Area("PG4", "Files and tools", outputs.EXPLAINED),
    Area("PG5", "Overrides", exceptions.EXPLAINED),
    Area("PG6", "Cost", _checked("PG6")),
    Area("PG7", "Tests of rules", _checked("PG7")),
)
EXPLANATIONS: Final = {one.code: one for area in AREAS for one in area.explained}
