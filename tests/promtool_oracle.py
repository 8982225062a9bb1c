"""What promtool says of many expressions at once: one rule file, one rule an expression."""

import json
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from engines import Engine, run_tool

_REFUSED: Final = re.compile(
    r'group "g", rule (\d+), "r": could not parse expression: (?:(\d+):(\d+): )?(?:parse error: )?(.*)'
)
_EMPTY: Final = re.compile(r"group \"g\", rule (\d+), \"r\": field 'expr' must be set in rule()()()")


def refused(engine: Engine, expressions: Sequence[str], *flags: str) -> dict[int, str]:
    """What is wrong with each expression that promtool refuses, as `line:column message`, by index."""
    rows = [f"  - record: r\n    expr: {json.dumps(text)}\n" for text in expressions]
    with tempfile.TemporaryDirectory(prefix="promgate-") as directory:
        path = Path(directory, "rules.yml")
        path.write_text("groups:\n- name: g\n  rules:\n" + "".join(rows))
        ok, said = run_tool(engine.promtool, *flags, "check", "rules", "--lint=none", str(path))
    found = {int(match[1]) - 1: f"{match[2]}:{match[3]} {match[4]}" for match in _REFUSED.finditer(said)}
    found |= {int(match[1]) - 1: "0:0 empty" for match in _EMPTY.finditer(said)}
    assert ok == (not found), said[:2000]
    return found
