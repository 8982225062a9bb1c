"""PG1xx: what does not fit the model of a gate."""

from typing import Final

from compiler import frontend
from compiler.catalogue.explanation import Explanation, in_small
from compiler.spec import load, misfit

EXPLAINED: Final = (
    Explanation(
        misfit.MISSING_KEY,
        "A key is missing",
        "a key that has no default is not there.",
        "nothing is assumed where an assumption could open a gate.",
        "add the key; the hint has an example.",
        *in_small("        title: Job failures\n", ""),
    ),
    Explanation(
        misfit.UNKNOWN_KEY,
        "An unknown key",
        "a key that has no meaning at this place.",
        "a misspelt key that is passed over in silence is a protection that the author believes in and does not have.",
        "correct it, or remove it; `promgate schema` gives editors the list of keys.",
        *in_small("        require: {at_most: 1%}", "        require: {at_most: 1%}\n        min_event: 100"),
    ),
    Explanation(
        misfit.WRONG_TYPE,
        "A value of the wrong type",
        "a number where text is needed, text where a list is needed, and so on.",
        "a conversion that nobody asked for can change what is meant: a version 1.10 would become 1.1.",
        "write it as the hint says.",
        *in_small("owner: Batch Team", "owner: 7"),
    ),
    Explanation(
        misfit.UNKNOWN_WORD,
        "A word that is not one of those that can stand here",
        "a kind of measure, a metric type, a policy or another word of a fixed list is none of the list.",
        "there is nothing that it could mean.",
        "use one of the words that the hint lists.",
        *in_small("kind: ratio", "kind: rate"),
    ),
    Explanation(
        misfit.INVALID,
        "A value that cannot be read",
        "a quantity, duration, selector, name or address that does not have the form it needs.",
        "what cannot be read for certain is not guessed.",
        "write it as the hint says.",
        *in_small("at_most: 1%", "at_most: one percent"),
    ),
    Explanation(
        load.MANY,
        "More problems than are shown",
        "only the first hundred problems of a file are shown.",
        "more would hide the first, from which the others often follow.",
        "correct those that are shown, and run it again.",
    ),
    Explanation(
        frontend.DUPLICATE_GATE,
        "Two gates with one name",
        "two specs have the same `metadata.name`.",
        "series, alerts, dashboards and directories are told apart by it; those of the two gates would be mixed up.",
        "give each gate a name of its own.",
    ),
)
