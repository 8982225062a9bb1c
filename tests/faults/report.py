"""docs/faults.md: what came of every fault on every engine, and of every deliberate break. No times, no chance."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from faults.breaks import Break
from faults.model import Fault
from faults.platforms import Platform
from faults.registry import SECTIONS
from faults.verdict import UNPROVEN, Outcome

from compiler.engines import EngineName

_HEAD: Final = """# The fault matrix

`make faults` breaks exporters, rules and servers on purpose, on real Prometheus servers, and looks at every evaluation
of `gate:overall:pass` while the right verdict is known. A *false pass* is any evaluation that says 1 although the right
verdict is fail, later than one evaluation after the bad sample was scraped. A *false fail* is any evaluation of healthy
data that does not say 1 once the gate had time to open. Faults of the server are read by the generated `gate-check.sh`.

Gates are small and fast here: a window of 12s, scraped and evaluated every second, held for 4s (on VictoriaMetrics, all
of it five times as long). Beside the criterion that a fault is about, each gate has one that always passes, as real
gates have many.

*By hand* is the same criterion as a careful engineer writes it: rates before sums, `bool` in comparisons, `min` over
members and criteria, `or vector(0)` for errors that have not happened, known members counted, held for the same time,
and read by `curl … | jq -r '.data.result[0].value[1]'`. Its rules are in `tests/faults/specs.py`.

This page is written by `make faults`; do not edit it.
"""
_MATRIX: Final = ("<!-- begin matrix -->", "<!-- end matrix -->")
_BREAKS: Final = ("<!-- begin breaks -->", "<!-- end breaks -->")


def updated(document: str, matrix: str | None = None, breaks: str | None = None) -> str:
    """The page with a new matrix or a new list of breaks; what is not given stays as it is in `document`."""
    parts = [
        _HEAD.rstrip(),
        "",
        _between(_MATRIX, matrix if matrix is not None else _found(document, _MATRIX)),
        "",
        _between(_BREAKS, breaks if breaks is not None else _found(document, _BREAKS)),
        "",
    ]
    return "\n".join(parts)


def matrix(faults: Sequence[Fault], outcomes: Mapping[Platform, Mapping[str, Outcome]]) -> str:
    """The matrix: `outcomes` by platform, then by fault."""
    lines = [*_summary(faults, outcomes)]
    for section in SECTIONS:
        rows = [fault for fault in faults if fault.section == section]
        if rows:
            lines += ["", f"## {section.capitalize()}", "", *_table(rows, outcomes)]
    return "\n".join(lines)


def broken(found: Mapping[Break, Sequence[Outcome]], platforms: Mapping[EngineName, str]) -> str:
    """The list of breaks, each with the faults that notice it; `platforms` are where, by engine profile."""
    lines = [
        "## Deliberate breaks",
        "",
        "`make faults BREAK=all` takes one guard at a time out of the compiler, and runs the faults that must notice.",
        "",
        "| break | without the guard | on | what goes wrong |",
        "|---|---|---|---|",
    ]
    for one, outcomes in found.items():
        lines.append(f"| `{one.name}` | {one.title} | {platforms[one.on]} | {noticed(outcomes)} |")
    return "\n".join(lines)


def seen(outcome: Outcome) -> bool:
    """Whether an outcome shows that something is wrong with the gate."""
    return bool(outcome.problem) and outcome.problem not in UNPROVEN


def noticed(outcomes: Sequence[Outcome]) -> str:
    """What goes wrong, and in which faults."""
    problems: dict[str, list[str]] = {}
    for one in outcomes:
        if seen(one):
            kind = "closed on healthy data" if one.problem == "never open before" else one.problem
            problems.setdefault(kind, []).append(one.fault)
    texts = [f"{kind} ({len(names)}): {', '.join(names)}" for kind, names in sorted(problems.items())]
    return "; ".join(texts) or "**nothing notices**"


def _summary(faults: Sequence[Fault], outcomes: Mapping[Platform, Mapping[str, Outcome]]) -> list[str]:
    bad = [fault for fault in faults if fault.right == "fail"]
    good = [fault for fault in faults if fault.right == "pass"]
    lines = [
        "## In numbers",
        "",
        f"{len(bad)} faults that must not pass, {len(good)} controls that must.",
        "",
        "| engine | promgate: false passes | false fails | by hand: false passes | false fails | not producible |",
        "|---|---|---|---|---|---|",
    ]
    for platform, found in outcomes.items():
        cells = (
            sum(found[one.name].verdict == "pass" for one in bad if one.name in found),
            sum(found[one.name].verdict != "pass" for one in good if one.name in found),
            sum(found[one.name].by_hand == "pass" for one in bad if one.name in found),
            sum(found[one.name].by_hand != "pass" for one in good if one.name in found),
            sum(bool(platform.cannot(one)) for one in faults),
        )
        lines.append(f"| {platform.name} | {' | '.join(map(str, cells))} |")
    return [*lines, "", _as_well(bad, outcomes)]


def _as_well(bad: Sequence[Fault], outcomes: Mapping[Platform, Mapping[str, Outcome]]) -> str:
    """Where rules by hand do fine."""
    names = [
        fault.name
        for fault in bad
        if all(found[fault.name].by_hand != "pass" for found in outcomes.values() if fault.name in found)
    ]
    return (
        f"Rules by hand do not pass {len(names)} of the {len(bad)} faults on any engine either, mostly where the bad "
        f"value itself reaches them: {', '.join(names) or 'none'}."
    )


def _table(faults: Sequence[Fault], outcomes: Mapping[Platform, Mapping[str, Outcome]]) -> list[str]:
    names = " | ".join(f"{one.name}: promgate | by hand" for one in outcomes)
    lines = [f"| fault | right | {names} |", "|---" * (2 + 2 * len(outcomes)) + "|"]
    for fault in faults:
        cells = " | ".join(_cells(fault, one, found.get(fault.name)) for one, found in outcomes.items())
        lines.append(f"| **{fault.name}**: {fault.title} | {fault.right}: {fault.why} | {cells} |")
    return lines


def _cells(fault: Fault, platform: Platform, outcome: Outcome | None) -> str:
    if outcome is None:
        return f"{platform.cannot(fault) or 'not run'} | "
    state = f" ({outcome.state})" if outcome.state else ""
    return f"{_marked(fault, outcome.verdict)}{state} | {_marked(fault, outcome.by_hand)}"


def _marked(fault: Fault, verdict: str) -> str:
    """A wrong verdict is bold."""
    wrong = (verdict == "pass") != (fault.right == "pass")
    return f"**{verdict}**" if wrong else verdict


def _between(marks: tuple[str, str], text: str) -> str:
    return "\n".join((marks[0], text, marks[1]))


def _found(document: str, marks: tuple[str, str]) -> str:
    match = re.search(f"{re.escape(marks[0])}\n(.*)\n{re.escape(marks[1])}", document, re.DOTALL)
    return match[1] if match else ""
