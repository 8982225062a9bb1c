"""Make a case smaller while something stays true of it, until a person can read it.

Simpler cases are tried in batches, the boldest first, since one run of promtool judges many of them at once.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from itertools import islice
from typing import Any, Final

from reference.case import Case, InvalidSpecError, compiled
from reference.series import NOTHING, STALE

_BATCH: Final = 32
_OPTIONAL: Final = (
    "members",
    "waive_while",
    "min_events",
    "when_idle",
    "when_absent",
    "min_coverage",
    "window",
    "by",
)
Holds = Callable[[Sequence[Case]], list[bool]]


def shrunk(case: Case, holds: Holds, rounds: int = 200) -> Case:
    """The smallest case found for which `holds` is still true, after so many batches at most."""
    start, found = 0, True
    for _ in range(rounds):
        batch = list(islice(_valid(_simpler(case)), start, start + _BATCH))
        if not batch:
            if not found:
                return case
            start, found = 0, False
            continue
        better = next((one for one, good in zip(batch, holds(batch), strict=True) if good), None)
        start = start if better else start + _BATCH
        found, case = found or better is not None, better or case
    return case


def _valid(cases: Iterator[Case]) -> Iterator[Case]:
    for case in cases:
        try:
            compiled(case)
        except InvalidSpecError:
            continue
        yield case


def _simpler(case: Case) -> Iterator[Case]:
    yield from (replace(case, spec=spec) for spec in _simpler_specs(case.spec))
    yield from _shorter(case)
    yield from _fewer_series(case)
    yield from _simpler_samples(case)


def _simpler_specs(spec: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Without a criterion, without a word of one, without a word of the defaults, without matchers."""
    places = [(i, j) for i, one in enumerate(spec["categories"]) for j in range(len(one["criteria"]))]
    if len(places) > 1:
        yield from (_with_only(spec, [place]) for place in places)
        yield from (_with_only(spec, [one for one in places if one != place]) for place in places)
    for i, j in places:
        for key in _OPTIONAL:
            if key in spec["categories"][i]["criteria"][j]:
                yield _changed(spec, i, j, lambda one, key=key: one.pop(key))  # type: ignore[misc]
        yield from (_changed(spec, i, j, change) for change in _plainer(spec["categories"][i]["criteria"][j]))
    used = str(spec["categories"])
    kept = {name: metric for name, metric in spec["metrics"].items() if name in used}
    if len(kept) < len(spec["metrics"]):
        yield {**spec, "metrics": kept}
    for key in (name for name in spec.get("defaults", {}) if name != "engine"):
        yield {**spec, "defaults": {name: value for name, value in spec["defaults"].items() if name != key}}


def _with_only(spec: Mapping[str, Any], places: Sequence[tuple[int, int]]) -> dict[str, Any]:
    categories = [
        {**one, "criteria": [criterion for j, criterion in enumerate(one["criteria"]) if (i, j) in places]}
        for i, one in enumerate(spec["categories"])
    ]
    return {**spec, "categories": [one for one in categories if one["criteria"]]}


def _changed(spec: Mapping[str, Any], i: int, j: int, change: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    changed = deepcopy(dict(spec))
    change(changed["categories"][i]["criteria"][j])
    return changed


def _plainer(criterion: Mapping[str, Any]) -> Iterator[Callable[[dict[str, Any]], Any]]:
    """Changes that take the matchers from the selectors of a measure."""
    for key, value in criterion["measure"].items():
        if isinstance(value, str) and "{" in value and key != "expr":
            yield lambda one, key=key, value=value: one["measure"].update({key: value.partition("{")[0]})  # type: ignore[misc]
    if criterion["measure"].get("alive") and criterion.get("when_absent") != "zero":
        yield lambda one: one["measure"].pop("alive", None)


def _fewer_series(case: Case) -> Iterator[Case]:
    """Without a half, a quarter… of the series, down to one."""
    names = list(case.series)
    size = len(names) // 2
    while size:
        for start in range(0, len(names), size):
            kept = names[:start] + names[start + size :]
            yield replace(case, series={name: case.series[name] for name in kept})
        size //= 2


def _shorter(case: Case) -> Iterator[Case]:
    """With an earlier end."""
    for part in (0.5, 0.75, 0.9):
        until = int(case.until * part) // case.interval * case.interval
        if 0 < until < case.until:
            yield _until(case, until)
    if case.until > case.interval:
        yield _until(case, case.until - case.interval)


def _until(case: Case, until: int) -> Case:
    steps = until // case.interval + 1
    return replace(
        case, until=until, series={name: " ".join(tokens.split()[:steps]) for name, tokens in case.series.items()}
    )


def _simpler_samples(case: Case) -> Iterator[Case]:
    """A half, a quarter… of the samples of each series missing, or all the same as the first of them, or small."""
    for name, text in case.series.items():
        tokens = text.split()
        size = len(tokens)
        while size:
            for start in range(0, len(tokens), size):
                part = tokens[start : start + size]
                for simpler in _simpler_tokens(part):
                    if simpler != part:
                        changed = [*tokens[:start], *simpler, *tokens[start + size :]]
                        yield replace(case, series={**case.series, name: " ".join(changed)})
            size //= 2


def _simpler_tokens(part: Sequence[str]) -> Iterator[list[str]]:
    if all(token == NOTHING for token in part):
        return
    yield [NOTHING] * len(part)
    first = next((token for token in part if token not in {NOTHING, STALE}), None)
    for value in ("0", "1", first):
        if value is not None and (value == first or first not in {"0", "1"}):
            yield [token if token in {NOTHING, STALE} else value for token in part]
