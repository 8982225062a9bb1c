"""Expositions as functions of time: values, pages of series, and what can go wrong with a page."""

import math
from collections.abc import Callable, Mapping

from faults.model import Moment, Page, Script

Value = float | Callable[[Moment], float]

_START = 5000.0  # counters have counted before the test begins


def rate(per_tick: float, start: float = _START) -> Value:
    """A counter with a steady rate per tick."""
    return lambda m: start + per_tick * m.t


def jump(size: float, then: float = 0.0, start: float = _START) -> Value:
    """A counter that stands still, counts `size` at once when the fault begins, and `then` per tick from there."""
    return lambda m: start + (size + then * m.since if m.since >= 0 else 0)


def surge(per_tick: float, size: float, then: float = 0.0) -> Value:
    """A counter with a steady rate that counts `size` at once when the fault begins, and `then` more per tick."""
    return lambda m: _START + per_tick * m.t + (size + then * m.since if m.since >= 0 else 0)


def stops(per_tick: float) -> Value:
    """A counter with a steady rate until the fault begins."""
    return lambda m: _START + per_tick * (m.t - max(0.0, m.since))


def resets(per_tick: float) -> Value:
    """A counter whose process restarts when the fault begins."""
    return lambda m: per_tick * m.since if m.since >= 0 else _START + per_tick * m.t


def switch(before: Value, after: Value, *, at: float = 0) -> Value:
    """One value before the fault begins, or before it has lasted for `at` ticks, and another from then on."""
    return lambda m: value(after if m.since >= at else before, m)


def every(ticks: float, bad_for: float, good: Value, bad: Value) -> Value:
    """Good until the fault begins; from then on bad for the first `bad_for` of every so many ticks."""
    return lambda m: value(bad if m.since >= 0 and m.since % ticks < bad_for else good, m)


def once(lasts: float, good: Value, bad: Value) -> Value:
    """Bad for some ticks only."""
    return lambda m: value(bad if 0 <= m.since < lasts else good, m)


def now(offset: float = 0.0) -> Value:
    """The present as Unix time, or so many ticks later."""
    return lambda m: m.now + offset * m.tick


def stuck() -> Value:
    """Unix time that stops when the fault begins."""
    return lambda m: m.now - max(0.0, m.since) * m.tick


def value(one: Value, moment: Moment) -> float:
    """The value at a moment."""
    return one(moment) if callable(one) else one


def page(series: Mapping[str, Value], stamp: Value | None = None) -> Script:
    """A page of series; `stamp` is the explicit timestamp of its samples, in Unix seconds."""

    def at(moment: Moment) -> Page:
        mark = "" if stamp is None else f" {round(value(stamp, moment) * 1000)}"
        return Page("".join(f"{name} {number(value(one, moment))}{mark}\n" for name, one in series.items()))

    return at


def number(one: float) -> str:
    """A float as the text format writes it."""
    if math.isinf(one):
        return "+Inf" if one > 0 else "-Inf"
    return "NaN" if math.isnan(one) else repr(float(one))


def until(before: Script, after: Script) -> Script:
    """One script before the fault begins and another from then on."""
    return lambda m: (after if m.since >= 0 else before)(m)


def during(lasts: float, healthy: Script, ill: Script) -> Script:
    """Ill for some ticks only."""
    return lambda m: (ill if 0 <= m.since < lasts else healthy)(m)


def flapping(scrapes: int, ill_for: int, healthy: Script, ill: Script) -> Script:
    """Ill at the first `ill_for` of every so many scrapes, from the fault's beginning on.

    By the clock, a scrape that comes a little sooner or later would not see one of the changes.
    """
    return lambda m: (ill if m.since >= 0 and m.asked % scrapes < ill_for else healthy)(m)


def both(first: Script, second: Script) -> Script:
    """The series of two pages on one."""
    return lambda m: Page(first(m).text + second(m).text)


def down(moment: Moment) -> Page:
    """A target that is ill."""
    del moment
    return Page("", status=503)


def empty(moment: Moment) -> Page:
    """A page without a series."""
    del moment
    return Page("")


def login(moment: Moment) -> Page:
    """What a proxy answers in place of the exporter."""
    del moment
    return Page("<!DOCTYPE html><html><title>Sign in</title></html>\n", content_type="text/html")


def slow(script: Script, ticks: float) -> Script:
    """The same page, later."""

    def at(moment: Moment) -> Page:
        return Page(script(moment).text, delay=ticks)

    return at


def cut(script: Script) -> Script:
    """The connection ends in the middle of the page."""

    def at(moment: Moment) -> Page:
        text = script(moment).text
        return Page(text[: text.rindex("\n", 0, -1) + 1], cut=True)

    return at


def buckets(name: str, labels: str, rates: Mapping[str, Value]) -> dict[str, Value]:
    """The cumulative buckets of a classic histogram, by upper bound."""
    return {f'{name}_bucket{{{labels}le="{bound}"}}': one for bound, one in rates.items()}
