"""PG5xx: what can be wrong with the overrides of a gate."""

from typing import Final

from compiler.catalogue.explanation import Explanation
from compiler.overrides import problems

EXPLAINED: Final = (
    Explanation(
        problems.MISPLACED,
        "Overrides in a file that is not their gate's",
        "a file of overrides is not called after its gate, the gate has another one, or there is no such gate.",
        "the review of that file is the approval, and code owners are asked by its name; and an override of a gate "
        "that does not exist opens nothing.",
        "one file a gate, `overrides/<gate>.yaml`.",
    ),
    Explanation(
        problems.NOT_ALLOWED,
        "An override of a gate that cannot be overridden",
        "the spec of the gate has no `overrides`.",
        "who may override a gate, and why, is decided when nothing burns.",
        "add `overrides` with reasons and approvers to the spec, if that is what its owner wants.",
    ),
    Explanation(
        problems.UNKNOWN_REASON,
        "A reason for which the gate may not be overridden",
        "`reason` is none of the reasons in the gate's spec.",
        "a gate that can be overridden for any reason is none.",
        "one of the reasons that the hint lists.",
    ),
    Explanation(
        problems.UNKNOWN_APPROVER,
        "An approver who may not approve",
        "`approver` is not among the approvers in the gate's spec, or not among those for this reason.",
        "an override needs the approval of somebody who answers for it.",
        "one of the approvers that the hint lists, who has approved it.",
    ),
    Explanation(
        problems.UNKNOWN_CRITERION,
        "A scope with a criterion that the gate does not have",
        "`scope` has an id that is none of the gate's criteria, or has one twice.",
        "the criterion that is meant would go on failing the gate.",
        "the ids of criteria as the spec has them.",
    ),
    Explanation(
        problems.DURATION,
        "An override that is too long, or ends before it begins",
        "`expires` is not after `start`, or later after it than the gate's `max_duration`.",
        "an override is for a moment that somebody watches over; what lasts longer should be a change of the spec.",
        "an earlier end. To go on, add another override, with its own approval, that begins when this one ends.",
    ),
    Explanation(
        problems.OVERLAP,
        "Two overrides at once",
        "two overrides are in force at the same time for the same criterion.",
        "nobody could say by which of them the gate passed, for how long it may, and by when it must be re-tested.",
        "let one begin when the other has ended, or give each a `scope` of its own.",
    ),
    Explanation(
        problems.ASKED_FOR,
        "An override without what its reason asks for",
        "the gate's spec says that an override for this reason needs a key that is not there.",
        "a risk that was accepted in a conversation is known to those who were there, as long as they remember.",
        "add the key.",
    ),
    Explanation(
        problems.DUPLICATE_ID,
        "Two overrides with one id",
        "two overrides of a gate, closed or not, have the same `id`.",
        "series, alerts and logs call an override by its id; that of another could not be told from it.",
        "an id that was never used, such as that of the ticket with a number behind it.",
    ),
    Explanation(
        problems.ENDED,
        "An override that has ended and is not closed",
        "`expires` has passed, and the override has no `retested`.",
        "it is compiled, so that a re-test that is owed is not forgotten; once that is done, it is only in the way.",
        "add `retested` with the time when all criteria were seen met and stable again.",
    ),
    Explanation(
        problems.RETESTED,
        "A re-test before the override ended, or in the future",
        "`retested` is earlier than `expires`, or later than now.",
        "until an override ends it may be used again, so what was seen before is no re-test; nor is what will be seen.",
        "the time when all criteria were seen met and stable, at its end or later.",
    ),
)
