"""What an author may have meant by a word that is not known."""

import difflib
import re
from collections.abc import Iterable, Iterator
from typing import Final

_LONGEST: Final = 60


def near(word: str, words: Iterable[str]) -> str:
    """The known word that is most like this one, or "" if none is."""
    folded = {known.casefold(): known for known in words}
    return next((folded[m] for m in difflib.get_close_matches(word[:_LONGEST].casefold(), folded, n=1)), "")


def guesses(written: str) -> Iterator[str]:
    """What the author may have meant by a name."""
    lower = written[:_LONGEST].lower().strip()
    for joint in ("_", "-"):
        yield re.sub(r"[^a-z0-9]+", joint, lower).strip(joint)
    yield re.sub(r"[^a-zA-Z0-9_:]+", "_", written[:_LONGEST]).strip("_")
