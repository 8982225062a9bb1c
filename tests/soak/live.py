"""The healthy service and its gate on a running engine, with reloads in between: the gate must never close."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from faults.exporter import STEADY, Exporter
from faults.model import Fault, Moment, Page, Script, Spec
from faults.platforms import Platform
from faults.session import Series
from faults.verdict import NAMES, gaps
from soak.gate import Scale, gate_text
from soak.service import TARGETS, Service

from compiler.fields import Duration
from compiler.pipeline import compile_specs
from compiler.spec.text import SpecFile
from compiler.states import FIRST_FAILING

EVALUATIONS: Final = 120  # an hour of them, every 30 seconds
_WINDOW: Final = 12
_HELD: Final = 4
_OPENS: Final = 30  # ticks until a healthy gate is open
_RELOADS: Final = (50, 100)  # ticks after it opened
_ATTEMPTS: Final = 3
_RULES: Final = "soak/recording_rules.yml"


@dataclass(frozen=True)
class Soaked:
    """How many evaluations there were, in how many the gate was closed, and which criteria failed when.

    `disturbed` if this machine missed a scrape or an evaluation, so that nothing is proved.
    """

    evaluations: int
    closed: int
    why: tuple[str, ...]
    disturbed: bool


def soak(platform: Platform, evaluations: int = EVALUATIONS) -> Soaked:
    """So many evaluations of healthy data; again with longer ticks if this machine was too busy for the first ones."""
    for _ in range(_ATTEMPTS):
        found = _soak(platform, evaluations)
        if not found.disturbed:
            break
        platform = platform.slower()
    return found


def _soak(platform: Platform, evaluations: int) -> Soaked:
    pace = platform.pace
    service = Service(ticks=2 * (_OPENS + evaluations))
    targets = tuple(_target(service, number) for number in range(TARGETS))
    fault = Fault("soak", "", Spec("", "", ()), targets, (), "", section="", right="pass")
    exporter, files = Exporter([fault], pace), {"soak.yml": _rules(platform)}
    with exporter.running(), platform.start(exporter.jobs(), files) as session:
        exporter.begin()
        began = time.time()
        exporter.wait(_OPENS)
        for until in (*(tick for tick in _RELOADS if tick < evaluations), evaluations):
            time.sleep(max(0.0, began + (_OPENS + until) * pace.seconds - time.time()))
            if until < evaluations:
                session.reload()
        start, look_back = began + _OPENS * pace.seconds, round((evaluations + 1) * pace.seconds)
        verdicts = [sample for one in session.raw("gate:overall:pass", look_back) for sample in one.samples]
        states = session.raw("gate:criterion:state", look_back)
        scrapes = session.raw(f'scrape_duration_seconds{{job="{STEADY}"}}', look_back)
    judged = sorted(sample for sample in verdicts if sample[0] >= start)
    disturbed = gaps(judged, pace) or any(gaps(one.samples, pace) for one in scrapes) or not judged
    return Soaked(
        len(judged), sum(value != 1 for _, value in judged), tuple(_why(states, start, pace.seconds)), disturbed
    )


def _target(service: Service, number: int) -> Script:
    def at(moment: Moment) -> Page:
        page = service.page(number, int(moment.t), moment.now)
        return Page("", status=503) if page is None else Page(_text(page))

    return at


def _text(page: Mapping[str, float]) -> str:
    return "".join(f"{name} {value!r}\n" for name, value in page.items())


def _rules(platform: Platform) -> str:
    tick = Duration(round(1000 * platform.pace.seconds))
    text = gate_text(Scale(platform.profile, tick, window=_WINDOW, every=1, held=_HELD))
    result = compile_specs([SpecFile("soak.yaml", text)])
    assert result.artifacts, result.diagnostics
    return next(one.text for one in result.artifacts if str(one.path) == _RULES)


def _why(states: Iterable[Series], start: float, tick: float) -> Iterable[str]:
    for series in states:
        for at, value in series.samples:
            if at >= start and value >= FIRST_FAILING:
                yield f"{series.labels['criterion']}: {NAMES[int(value)]} at tick {(at - start) / tick:.0f}"
