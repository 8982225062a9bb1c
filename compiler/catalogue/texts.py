"""PG0xx: what can be wrong with the text of a spec."""

from typing import Final

from compiler.catalogue.explanation import SMALL, Explanation, in_small
from compiler.spec import source, text, tree

_TITLE: Final = "title: Nightly jobs"

EXPLAINED: Final = (
    Explanation(
        tree.SYNTAX,
        "This is not YAML",
        "the text cannot be read as YAML: a colon inside of a value, a tab in the indentation, a quote or bracket that "
        "is never closed, a line that belongs to nothing.",
        "readers of YAML guess differently where the text is unclear, and a gate must mean one thing.",
        "put values that hold ': ', '#', quotes or brackets in quotes, and indent with spaces.",
        *in_small("title: Jobs", "title: Jobs: nightly"),
    ),
    Explanation(
        tree.DUPLICATE_KEY,
        "A key is there twice",
        "a mapping has the same key more than once.",
        "most readers of YAML keep the last one without a word, so that a bound which is still to be seen in the file "
        "would not count.",
        "keep one of the two.",
        *in_small("        require: {at_most: 1%}", "        require: {at_most: 1%}\n        require: {at_most: 5%}"),
    ),
    Explanation(
        tree.AMBIGUOUS,
        "A word has two meanings in YAML",
        "an unquoted word which YAML 1.1 and YAML 1.2 read differently: on, yes, 1:30, 010, 1e3, 0x10, 1_000.",
        "one reader takes 1:30 for 90 and another for text; either could be what the author meant, and a silent choice "
        "would change the gate.",
        "put it in quotes if it is text, or write the number in plain decimal digits.",
        *in_small("at_most: 1%", "at_most: 1e3"),
    ),
    Explanation(
        tree.KEY_NOT_TEXT,
        "A key is no text",
        "a key is a number, true or false, nothing, a list or a mapping.",
        "every key of a spec is a word; anything else is a slip, such as `{{ x }}`, which YAML reads as a mapping.",
        "put it in quotes if it is text.",
        *in_small("jobs_total: {type", "1: {type: counter}\n  jobs_total: {type"),
    ),
    Explanation(
        tree.SEVERAL_DOCUMENTS,
        "A second document in one file",
        "the file has another YAML document after a line `---`.",
        "one file is one gate, so that its name, its place and its history say which gate was changed.",
        "put each gate in a file of its own.",
        SMALL + "---\napiVersion: promgate/v1\n",
        SMALL,
    ),
    Explanation(
        source.EMPTY,
        "The file is empty",
        "there is nothing in the file, or only comments.",
        "an empty spec would be a gate that asks for nothing.",
        "remove the file, or write the gate (`promgate init` makes one to start from).",
        "# the gate of the nightly jobs\n",
        SMALL,
    ),
    Explanation(
        tree.TOO_DEEP,
        "Nested too deep",
        f"lists and mappings are inside of each other more than {tree.MAX_DEPTH} levels deep, aliases included.",
        "a spec needs about eight; more is a slip, or a file that was made to exhaust its reader.",
        "write it flatter.",
    ),
    Explanation(
        text.TOO_LARGE,
        "The file is too large",
        "the file has more than 1 MiB.",
        "a gate of that size is no gate that people can read; and what is read is bounded, so that no file can exhaust "
        "the machine that compiles it.",
        "split it into several gates.",
    ),
    Explanation(
        text.NOT_UTF8,
        "The file is not UTF-8",
        "a byte of the file belongs to no character in UTF-8.",
        "read as something else, titles and label values would become other ones.",
        "save the file as UTF-8.",
    ),
    Explanation(
        text.UNPRINTABLE,
        "An invisible character",
        "a control character, a line separator that editors do not show, or a mark that reorders text.",
        "a reviewer would see another text than the compiler reads.",
        "remove it; where it is really meant, write it as an escape in double quotes.",
        *in_small(_TITLE, "title: Nightly\u00a0\u202ejobs"),
    ),
    Explanation(
        tree.ALIAS,
        "An alias that leads nowhere, or to too much",
        "`*name` without an `&name` before it, inside of itself, or expanding to more values than a gate can have.",
        "aliases that expand to aliases can turn a short file into one that fills all memory.",
        "write the value out, or in quotes if the star is a part of it.",
        *in_small("title: Jobs", "title: *jobs"),
    ),
    Explanation(
        tree.TAG,
        "A tag",
        "a word that begins with '!', which in YAML names a type.",
        "types of a spec are known from its keys; a tag would change how a value is read, or make a reader run code.",
        "remove it, or put the value in quotes.",
        *in_small("title: Jobs", "title: !jobs Jobs"),
    ),
    Explanation(
        tree.MERGE_KEY,
        "A merge key",
        "`<<`, which takes over the keys of another mapping.",
        "not all readers of YAML know it, and what a criterion requires should be seen where it is written.",
        "write the keys out; what most criteria share goes into `defaults`.",
        *in_small("        title: Job failures", "        <<: {title: Job failures}"),
    ),
    Explanation(
        tree.NUMBER,
        "A number that no gate can compare with",
        "a number that is not finite (.inf, .nan), too large, or has too many digits.",
        "a comparison with NaN is never true and one with infinity always or never.",
        "write a finite number of at most 30 digits.",
        *in_small("at_most: 1%", "at_most: .inf"),
    ),
    Explanation(
        tree.NOT_UNICODE,
        "Half a character",
        r"an escape such as \ud800, which is one half of a character.",
        "no text file can hold it, so nothing could be generated from it.",
        "write the character itself.",
    ),
    Explanation(
        tree.TOO_MANY,
        "Too many problems",
        "the text has so many problems that there is no use in going on.",
        "usually it is no spec at all.",
        "correct the first ones.",
    ),
)
