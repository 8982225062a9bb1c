"""The log of decisions that gate-check.sh writes: a line of JSON each (docs/decision-log.md).

Lines that are no decision are told and left out: a full disk may have cut one off, or somebody may have written into
the file.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

_VERDICTS: Final = {"pass": 0, "fail": 1, "unknown": 3}


@dataclass(frozen=True, slots=True)
class Decision:
    """One line: what a pipeline was told. `overrides` are the ids of the approved exceptions that were in force."""

    time: float
    gate: str
    revision: str
    verdict: str
    reason: str
    failing: tuple[str, ...]
    overrides: tuple[str, ...]
    commit: str
    job: str


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line (1-based) that is no decision, and why."""

    line: int
    why: str


def read_log(text: str) -> tuple[tuple[Decision, ...], tuple[BadLine, ...]]:
    """The decisions in order of time, and the lines that are none. Empty lines are nothing."""
    decisions, bad = [], []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            decisions.append(_decision(json.loads(line)))
        except (ValueError, RecursionError) as error:
            why = "it is not whole" if isinstance(error, json.JSONDecodeError) else str(error)
            bad.append(BadLine(number, why))
    return tuple(sorted(decisions, key=lambda one: one.time)), tuple(bad)


def _decision(found: object) -> Decision:
    """Raises ValueError that says what is wrong."""
    if not isinstance(found, dict):
        raise ValueError("it is no decision")  # noqa: TRY004 - a line of a file has no type
    verdict = _text(found, "verdict")
    if _VERDICTS.get(verdict) != found.get("exit"):
        raise ValueError("its verdict and its exit code do not fit")
    return Decision(
        time=_time(_text(found, "time")),
        gate=_text(found, "gate"),
        revision=_text(found, "revision"),
        verdict=verdict,
        reason=_text(found, "reason"),
        failing=tuple(_each(found.get("failing"), "criterion")),
        overrides=tuple(_each(found.get("overrides"), "id")),
        commit=_text(found, "commit", ""),
        job=_text(found, "job", ""),
    )


def _text(found: Mapping[str, object], key: str, otherwise: str | None = None) -> str:
    value = found.get(key)
    if value is None and otherwise is not None:
        return otherwise
    if not isinstance(value, str):
        raise ValueError(f"it has no {key}")  # noqa: TRY004
    return value


def _time(text: str) -> float:
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text[:40]!r} is no time") from None
    if when.tzinfo is None:
        raise ValueError(f"{text[:40]!r} has no time zone")
    return when.timestamp()


def _each(found: object, key: str) -> Iterator[str]:
    """The texts under a key of the objects in a list, as far as there are any."""
    for one in found if isinstance(found, list) else ():
        if isinstance(one, dict) and isinstance(text := one.get(key), str):
            yield text
