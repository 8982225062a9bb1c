"""Mutants that mean the same as the rule: no data can tell them apart, so that no test can.

Each kind is a rule of reasoning with a proof, and looks at the changed place in its expression; nothing is said of a
mutant by its name. What is not proven here counts as a survivor.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from mutants.model import Mutant
from mutants.never_infinite import is_never_infinite
from mutants.place import Place, place_of
from mutants.rules import RuleChange
from mutants.same_history import is_counted_anyway, is_zero_anyway, sees_every_evaluation
from mutants.same_labels import (
    is_asked_elsewhere,
    is_had_either_way,
    matches_all_there_are,
    matches_its_only_labels,
    matches_the_same,
)
from mutants.same_readers import is_always_valued, is_asked_before, is_only_scaled, is_within_the_error
from mutants.same_values import (
    adds_ones,
    counts_ones,
    is_not_looked_at,
    is_of_one_sample,
    is_seen_or_not,
    is_there_anyway,
    sees_one_look,
    takes_nothing,
)

_WRITTEN_LATER: Final = "It is 0 always, and those that it comes after ask whether it is 1."
_OF_RULES: Final[tuple[tuple[str, Callable[[RuleChange], bool]], ...]] = (
    ("All who read the rate, or the increase, divide it by the same.", is_only_scaled),
    (
        "The value may be wrong by more than the difference, as the spec allows.",
        is_within_the_error,
    ),
    ("That there is the input was asked before, and so there is what is made of it.", is_asked_before),
    (
        "There is always a value, so that it need not be asked for, and what comes next is never reached.",
        is_always_valued,
    ),
)


@dataclass(frozen=True, slots=True)
class Equivalence:
    """A kind of change that changes nothing: the reason why, and how such a place is known."""

    reason: str
    holds: Callable[[Place], bool]


def reason(mutant: Mutant) -> str:
    """Why the mutant means the same, or "" if that is not known."""
    payload = mutant.payload
    if not isinstance(payload, RuleChange) or not payload.instead or payload.instead.labels != payload.rule.labels:
        return ""
    if payload.last:
        return _WRITTEN_LATER if is_zero_anyway(payload) else ""
    place = place_of(payload.rule.expr, payload.instead.expr, ())
    by_place = next((one.reason for one in EQUIVALENCES if one.holds(place)), "")
    return by_place or next((text for text, holds in _OF_RULES if holds(payload)), "")


EQUIVALENCES: Final = (
    Equivalence(
        "Neither side has any label, so that a match on no label and a match on all labels are the same.",
        matches_the_same,
    ),
    Equivalence("Both sides have the labels of the match, and no others.", matches_all_there_are),
    Equivalence(
        "Both sides are parts that are recorded with the labels of the match and the gate, and no others.",
        matches_its_only_labels,
    ),
    Equivalence("Each element that is counted is 1, so that their sum is their number.", adds_ones),
    Equivalence("Each sample that is counted is 1, so that their sum is their number.", counts_ones),
    Equivalence(
        "Only the value is another of what is counted or is a condition, and neither sees values.", is_not_looked_at
    ),
    Equivalence("Only the labels are others of what is a condition that asks for none.", is_there_anyway),
    Equivalence("A window as long as a step holds one look.", sees_one_look),
    Equivalence("Of a range of which no increase is known, there is one sample.", is_of_one_sample),
    Equivalence("Zero times a number is added or taken away, or NaN is a factor or a divisor.", takes_nothing),
    Equivalence("What the matcher keeps out is kept out where all labels are matched.", is_asked_elsewhere),
    Equivalence("What is compared with infinity is never that one.", is_never_infinite),
    Equivalence("What is matched by some labels may have others twice.", is_had_either_way),
    Equivalence(
        "An older look counts where the last saw nothing, and there the other factor is nothing.", is_seen_or_not
    ),
    Equivalence("Evaluations are a step apart, so that no shorter step sees another one.", sees_every_evaluation),
    Equivalence("Before the window there is nothing that is less than what is counted in it.", is_counted_anyway),
)
