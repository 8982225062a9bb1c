"""What a code means, for authors: what is found, why it matters, an example of it, and one that is clean.

The docstring of a check is its explanation. It has a title, then paragraphs that begin with `What:`, `Why:` and
`Use instead:`, then two indented specs after `Flagged:` and `Clean:`. Where such a spec has no head, `HEAD` is meant to
follow, so that the example shows what matters and its line numbers are those of the page.
"""

import re
from dataclasses import dataclass
from textwrap import dedent
from typing import Final

HEAD: Final = """\
apiVersion: promgate/v1
kind: Gate
metadata: {name: example, title: Example, owner: Example Team}
"""
# A small sound spec; explanations of what can be wrong with any text show what they change in it.
SMALL: Final = """\
apiVersion: promgate/v1
kind: Gate
metadata: {name: jobs, title: Nightly jobs, owner: Batch Team}
metrics:
  jobs_failed_total: {type: counter}
  jobs_total: {type: counter}
categories:
  - id: jobs
    title: Jobs
    criteria:
      - id: job_failures
        title: Job failures
        measure: {kind: ratio, part: jobs_failed_total, total: jobs_total}
        require: {at_most: 1%}
"""
_SECTIONS: Final = ("What", "Why", "Use instead", "Flagged", "Clean")
_SECTION: Final = re.compile(rf"^({'|'.join(_SECTIONS)}):[ \n]", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Explanation:
    """The parts of an explanation. `flagged` and `clean` are specs, or "" where none can be shown."""

    code: str
    title: str
    what: str
    why: str
    instead: str
    flagged: str = ""
    clean: str = ""

    @property
    def specs(self) -> tuple[str, str]:
        """The two examples as whole specs; "" where there is none."""
        return _whole(self.flagged), _whole(self.clean)


def read(code: str, docstring: str | None) -> Explanation:
    """The explanation in a docstring. Raises ValueError if a part is missing."""
    title, *rest = _SECTION.split(dedent_rest(docstring or ""))
    parts = dict(zip(rest[::2], rest[1::2], strict=True))
    if missing := [name for name in _SECTIONS[:3] if not parts.get(name, "").strip()]:
        raise ValueError(f"the explanation of {code} has no {' and no '.join(missing)}")
    what, why, instead = (" ".join(parts[name].split()) for name in _SECTIONS[:3])
    flagged, clean = (dedent(parts.get(name, "")).strip("\n") for name in _SECTIONS[3:])
    return Explanation(
        code, title.strip().rstrip("."), what, why, instead, flagged and f"{flagged}\n", clean and f"{clean}\n"
    )


def dedent_rest(docstring: str) -> str:
    """A docstring with the lines after its first moved to the left margin."""
    first, _, rest = docstring.partition("\n")
    return f"{first}\n{dedent(rest)}"


def in_small(old: str, new: str) -> tuple[str, str]:
    """A flagged and a clean spec: `SMALL` with a part of it changed, and `SMALL` itself."""
    if old not in SMALL:
        raise ValueError(f"{old!r} is not in the small spec")
    return SMALL.replace(old, new, 1), SMALL


def _whole(example: str) -> str:
    has_head = re.search(r"^apiVersion:", example, re.MULTILINE)
    is_part = re.search(r"^categories:", example, re.MULTILINE)
    return example + HEAD if is_part and not has_head else example
