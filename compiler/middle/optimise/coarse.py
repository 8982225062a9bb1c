"""Read long windows of counters at a coarser step, where `max_error` allows it and it saves at least half.

A counter remembers what happened between two looks at it, so it need not be looked at as often as it is scraped. The
step is the longest of `STEPS` that keeps twice the step, the most by which the ends of the window are off, within
`max_error` of the window; every criterion that reads the part must allow it. What happens at the very end counts at
once: since the probes of a subquery lie at multiples of the step, what came after the last is added.

    sum(increase(x[7d]))  →  sum(increase(x[7d:5m]) or <x now − x at the last probe>)

The error: at even load, at most 2 × step / window of the value. Beyond that, of a series that restarts, begins or ends
within the window, no more than what it counted in the one step where it does; nothing that happened is ever shifted by
more than a step, or counted twice. Values of gauges between two probes are unknown, so those are read exactly.

Recorded increases (`sum_over_time` of what the group itself wrote) would be cheaper still, but are wrong until the
window has passed after a deploy, and after every gap. PromQL evaluates both sides of `or`, so to fall back on the exact
reading costs as much as the exact reading, always.
"""

from compiler import naming
from compiler.fields import Duration
from compiler.middle.coarse_step import step_of
from compiler.middle.optimise.base import Frame, is_ours, parts, replaced, rewritten
from compiler.middle.plan import Rule
from compiler.promql import build
from compiler.promql.expr import Aggregate, Binary, Call, Expr, Matrix, Number, String, Subquery, Vector

_Key = tuple[Vector, Duration]


def run(rules: tuple[Rule, ...], frame: Frame) -> tuple[Rule, ...]:
    """The rules with the sums of counters over long windows read at a coarser step."""
    if not frame.max_errors:
        return rules
    allowed: dict[_Key, float] = {}
    found: dict[Aggregate, _Key] = {}
    for rule in rules:
        for part in parts(rule.expr):
            if (key := _key(part)) and is_ours(rule):
                found[part] = key
                allowed[key] = min(allowed.get(key, 1.0), frame.max_error(rule))
    steps = {key: step_of(key[1], frame.scrape_interval, error) for key, error in allowed.items()}
    names: dict[Expr, Expr] = {part: _coarse(part, key, step) for part, key in found.items() if (step := steps[key])}
    return rewritten(rules, lambda expr: replaced(expr, names)) if names else rules


def _key(part: Aggregate) -> _Key | None:
    """The selector and the window of `sum(rate(x[w]))` and `sum(increase(x[w]))`."""
    match part:
        case Aggregate("sum", Call("rate" | "increase", (Matrix(vector, window),))):
            return vector, window
        case _:
            return None


def _coarse(part: Aggregate, key: _Key, step: Duration) -> Expr:
    vector, window = key
    whole = build.aggregate("sum", increase(vector, window, step), part.labels)
    is_rate = isinstance(part.expr, Call) and part.expr.function == "rate"
    return Binary("/", whole, Number(window.seconds)) if is_rate else whole


def is_coarse(expr: Expr) -> bool:
    """Whether the expression is a sum that this pass has made."""
    match expr:
        case Aggregate("sum", Binary("or", Call("increase", (Subquery(),)))):
            return True
        case _:
            return False


def increase(vector: Vector, window: Duration, step: Duration) -> Expr:
    """`increase(vector[window])` at a coarser step, as the increase until the last probe and that since then."""
    until = build.call("increase", Subquery(vector, window, step))
    last = build.call("last_over_time", Subquery(vector, step, step))
    # All of it after a restart, since a counter starts from 0.
    since = Binary("-", vector, Binary("*", last, Binary(">=", vector, last, returns_bool=True)))
    # A label that no raw series has, so that `or` keeps both.
    now = build.call("label_replace", since, String(naming.GATE), String("now"), String(""), String(""))
    return Binary("or", until, now)
