"""Many faults in one server at the same time: each has its own targets, its own gate and its own rule groups."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from faults.compiled import SUBJECT, Compiled, compile_all, rule_files
from faults.exporter import STEADY, Exporter
from faults.model import ENDS, Fault
from faults.pace import Pace
from faults.platforms import Platform
from faults.session import Series
from faults.verdict import Outcome, Samples, gaps, judge, period

_GATES_A_SECOND: Final = 46  # gates that a server evaluates, while others use this machine as well
_ATTEMPTS: Final = 3
_SLOW: Final = 0.8  # ticks of a scrape
_LOOK_BACK: Final = 120  # ticks of samples that are read at the end: all there are

Compile = Callable[[Sequence[Fault], Platform], Mapping[str, Compiled]]


def run_together(platform: Platform, faults: Sequence[Fault], compiled: Compile = compile_all) -> list[Outcome]:
    """The outcomes of faults that need no server of their own, after about 45 ticks for every so many of them.

    Where the machine was too busy to scrape or to evaluate every tick, the outcome is thrown away, whatever it was,
    and the fault is run again with longer ticks.
    """
    outcomes: dict[str, Outcome] = {}
    for _ in range(_ATTEMPTS):
        left = [fault for fault in faults if fault.name not in outcomes or outcomes[fault.name].problem == "disturbed"]
        if left:
            at_once = round(_GATES_A_SECOND * platform.pace.seconds)
            for some in (left[n : n + at_once] for n in range(0, len(left), at_once)):
                found = _run_once(platform, some, compiled(some, platform))
                outcomes |= {outcome.fault: outcome for outcome in found}
            platform = platform.slower()
    return [outcomes[fault.name] for fault in faults]


def _run_once(platform: Platform, faults: Sequence[Fault], gates: Mapping[str, Compiled]) -> list[Outcome]:
    pace, exporter = platform.pace, Exporter(faults, platform.pace)
    files = {name: text for fault in faults for name, text in rule_files(fault, gates[fault.name], platform).items()}
    with exporter.running(), platform.start(exporter.jobs(), files) as session:
        exporter.begin()
        began = time.time()
        time.sleep(ENDS * pace.seconds)
        end, look_back = time.time(), round(_LOOK_BACK * pace.seconds)
        overall = _by_gate(session.raw("gate:overall:pass", look_back))
        states = _by_gate(session.raw(f'gate:criterion:state{{criterion="{SUBJECT}"}}', look_back))
        by_hand = _by_gate(session.seen("ready:overall", began, end))
        scrapes = _by_label("job", session.raw("scrape_duration_seconds", round(end - began)))
    outcomes = []
    for fault in faults:
        verdicts = _of_revision(overall.get(fault.name, []), gates[fault.name].revision)
        if _disturbed(fault, scrapes, verdicts, pace):
            outcomes.append(Outcome(fault.name, "", "", "", "disturbed", "this machine is too busy"))
            continue
        judged = period(fault, exporter.began(fault), exporter.first_bad_scrape(fault), end, pace)
        later = replace(judged, start=judged.start + platform.by_hand_lag * pace.seconds)
        state, hand = _only(states.get(fault.name, [])), _only(by_hand.get(fault.name, []))
        outcomes.append(judge(fault, judged, verdicts, state, later.within(hand)))
    return outcomes


def _disturbed(fault: Fault, scrapes: Mapping[str, Sequence[Series]], verdicts: Sequence[Samples], pace: Pace) -> bool:
    """Whether something was missed or slow that no fault made so."""
    watched = [series.samples for job in (STEADY, fault.name) for series in scrapes.get(job, ())]
    slow = any(seconds > _SLOW * pace.seconds for samples in watched for _, seconds in samples)
    missed = any(gaps(samples, pace) for samples in (*watched, *verdicts))
    return missed or (slow and "scrape_timeout" not in fault.scrape)


def _by_gate(found: Sequence[Series]) -> dict[str, list[Series]]:
    return _by_label("gate", found)


def _by_label(label: str, found: Sequence[Series]) -> dict[str, list[Series]]:
    groups: dict[str, list[Series]] = {}
    for series in found:
        groups.setdefault(series.labels[label], []).append(series)
    return groups


def _of_revision(found: Sequence[Series], revision: str) -> list[Samples]:
    return [series.samples for series in found if series.labels["revision"] == revision]


def _only(found: Sequence[Series]) -> Samples:
    return found[0].samples if len(found) == 1 else ()
