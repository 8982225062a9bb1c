"""The story of gates as one JSON document. Times are ISO 8601 in UTC, durations seconds, shares between 0 and 1."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TypeAlias

from compiler.history.decisions import BadLine
from compiler.history.failures import Failure
from compiler.history.overrides import Override
from compiler.history.story import Story
from compiler.history.words import criterion_state_name, gate_state_name, iso

Json: TypeAlias = bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"] | None


def document(stories: Sequence[Story], bad_lines: Sequence[BadLine]) -> str:
    """`gates`, and the lines of the log that are no decisions."""
    found = {"gates": [_story(one) for one in stories], "bad_lines": [asdict(one) for one in bad_lines]}
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def _story(one: Story) -> Json:
    return {
        "gate": one.gate,
        "from": iso(one.start),
        "to": iso(one.end),
        "failures": [_failure(one, failure) for failure in one.failures],
        "overrides": [_override(override) for override in one.overrides],
        "not_observed": [{"begin": iso(gap.start), "end": iso(gap.end)} for gap in one.unknown],
        "figures": {f"{figures.days}d": asdict(figures) for figures in one.figures} or None,
        "decisions": [asdict(decision) | {"time": iso(decision.time)} for decision in one.decisions],
    }


def _failure(one: Story, failure: Failure) -> Json:
    return {
        "begin": iso(failure.begin),
        "begin_seen": failure.begin_seen,
        "end": None if failure.end == one.end else iso(failure.end),
        "end_seen": failure.end_seen,
        "seconds": failure.seconds,
        "states": {gate_state_name(code): seconds for code, seconds in failure.states.items()},
        "not_observed": failure.unknown,
        "causes": [asdict(cause) | {"state": criterion_state_name(cause.state)} for cause in failure.causes],
        "decisions": len(one.during(failure)),
    }


def _override(override: Override) -> Json:
    times = {key: iso(getattr(override, key)) for key in ("begin", "end", "expires")}
    return asdict(override) | times
