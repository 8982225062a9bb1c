"""What only some versions of Prometheus accept in an expression.

`VERSIONS` were asked; a feature that none of them accepts is `later` than all of them.
"""

from dataclasses import dataclass
from typing import Final

VERSIONS: Final = ("2.42", "2.53", "3.5")
LATER: Final = "later"
EXPERIMENTAL_FUNCTIONS: Final = "promql-experimental-functions"


@dataclass(frozen=True, slots=True)
class Feature:
    """A part of the language. `since` is the first of `VERSIONS` that accepts it, or `later`; "" means all did.

    `flag` is what `--enable-feature` must name; `until` is the version that no longer accepts it, `instead` what does
    the same there.
    """

    title: str
    since: str = ""
    flag: str = ""
    until: str = ""
    instead: str = ""

    def accepted_by(self, version: str, flags: frozenset[str] = frozenset()) -> bool:
        """Whether one of `VERSIONS` accepts it, with those feature flags."""
        if self.since == LATER or (self.flag and self.flag not in flags):
            return False
        if self.until and self.until != LATER and _number(version) >= _number(self.until):
            return False
        return not self.since or _number(version) >= _number(self.since)


def new_in(version: str, title: str) -> Feature:
    """A feature that the version accepts and the one before refuses."""
    return Feature(title, version)


def experimental(version: str, title: str) -> Feature:
    """A function or aggregation that must be enabled."""
    return Feature(title, version, EXPERIMENTAL_FUNCTIONS)


def removed_in(version: str, title: str, instead: str) -> Feature:
    """A feature that the version refuses."""
    return Feature(title, until=version, instead=instead)


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


QUOTED_NAME: Final = new_in("2.53", "a quoted metric or label name")
BYTES_IN_PATTERN: Final = new_in("2.53", "bytes that are no UTF-8 in a regular expression")
QUOTED_GROUPING: Final = new_in("3.5", "a quoted label in a list of labels")
COLON_IN_LABEL: Final = new_in("3.5", "a label with a colon")
BARE_DURATION: Final = new_in("3.5", "a duration that stands for a number")
BARE_NUMBER: Final = new_in("3.5", "a number of seconds that stands for a duration")
UNDERSCORES: Final = new_in("3.5", "a number with underscores")
SIGNED_DURATION: Final = new_in("3.5", "a sign before a duration")
ZERO_DURATION: Final = new_in("3.5", "an offset of 0")
DURATION_EXPRESSION: Final = Feature("arithmetic with durations", "3.5", "promql-duration-expr")
DURATION_FUNCTION: Final = Feature("step() and range() in a duration", LATER, "promql-duration-expr")
EXTENDED_RANGE: Final = Feature("`anchored` and `smoothed`", LATER, "promql-extended-range-selectors")
LETTER_AS_COLON: Final = Feature("a letter in place of the `:` of a subquery", until=LATER, instead=":")
FILL: Final = Feature("`fill`", LATER, "promql-binop-fill-modifiers")
