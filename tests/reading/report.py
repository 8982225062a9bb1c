"""Write docs/faults-reading.md: which reader of a verdict is fooled by which fault of the reading side."""

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # tests/, when it is run as a script

from gate_script import Script
from plans import gate
from reading.attacks import ATTACKS, LAST_VALUE, STRICT, Attack, Outcome, outcome

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "faults-reading.md"
PATIENCE = (1, 2)
FOOLED = "**fooled**"


@dataclass(frozen=True)
class Row:
    """One fault, and what became of each reader: pass, refused, hangs, or fooled."""

    group: str
    fault: str
    script: str
    last_value: str
    strict: str


def rows() -> list[Row]:
    """Every fault of the reading side, tried on each reader."""
    with tempfile.TemporaryDirectory() as directory:
        script = Script(Path(directory), gate(), PATIENCE)
        return [row(group, one, outcome(one, script)) for group, some in ATTACKS.items() for one in some]


def row(group: str, attack: Attack, seen: Outcome) -> Row:
    """The words for what was seen."""
    true = attack.code == 0
    words = {0: "pass" if true else FOOLED, 1: "fail (1)", 3: "cannot tell (3)"}
    return Row(
        group,
        attack.name,
        words.get(seen.script.code, f"exit {seen.script.code}"),
        _cell(seen.last_value, true=true),
        _cell(seen.strict, true=true),
    )


def _cell(code: int | None, *, true: bool) -> str:
    if code is None:
        return "hangs"
    if code == 0:
        return "pass" if true else FOOLED
    return "**false fail**" if true else "refused"


def line(one: Row) -> str:
    """A row of the table."""
    return f"| {one.fault} | {one.script} | {one.last_value} | {one.strict} |"


def page(found: list[Row]) -> str:
    """The page."""
    text = [_INTRODUCTION]
    for group in ATTACKS:
        text += [f"\n## {group}\n\n| fault | gate-check.sh | one-liner A | one-liner B |\n|---|---|---|---|\n"]
        text += [line(one) + "\n" for one in found if one.group == group]
    counts = [sum(cell == FOOLED for cell in column) for column in zip(*[_cells(one) for one in found], strict=True)]
    hung = [sum(cell == "hangs" for cell in column) for column in zip(*[_cells(one) for one in found], strict=True)]
    text += [
        "\n## In all\n\n| | gate-check.sh | one-liner A | one-liner B |\n|---|---|---|---|\n",
        f"| fooled | {counts[0]} | {counts[1]} | {counts[2]} |\n",
        f"| hangs | {hung[0]} | {hung[1]} | {hung[2]} |\n",
        f"| faults tried | {len(found)} | {len(found)} | {len(found)} |\n",
    ]
    return "".join(text)


def _cells(one: Row) -> tuple[str, str, str]:
    return one.script, one.last_value, one.strict


_INTRODUCTION = f"""# Who is fooled on the way from the verdict to the pipeline

A verdict can be right and be read wrongly. Each fault below was tried on three readers of the same server:
`gate-check.sh`, and the two one-liners that pipelines usually begin with.

```sh
# A, with $1 the URL and $2 the query gate:overall:pass{{gate="..."}}
{LAST_VALUE}
# B
{STRICT}
```

*Fooled* is a pass where there is none; *hangs* is no end in {1.5}s against a server that gate-check.sh gives up on
after the same time (its own limits, 5s to connect and 10s in all, were shortened for this page). gate-check.sh exits 1
when the gate fails and 3 when it cannot tell, and says what to do. B with jq 1.6, as here and in Debian 12, takes no
input at all for a pass; from jq 1.7 on it does not.

Written by `python tests/reading/report.py`; do not edit.
"""

if __name__ == "__main__":
    PAGE.write_text(page(rows()))
