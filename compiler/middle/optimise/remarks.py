"""Say in the comment of a rule how it reads a long window, and why.

Before: `for daily_cost_variance`. After: `for daily_cost_variance; 7d every 5m, 4,038 samples a series instead of
40,320: max_error allows the window's ends to be off by 10m (0.099% of it)`.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from compiler import naming
from compiler.fields import Duration
from compiler.middle import coarse_step
from compiler.middle.optimise.base import Frame, is_ours
from compiler.middle.plan import Rule
from compiler.promql.expr import Call, Expr, Matrix, Subquery, Vector
from compiler.promql.walk import nodes

LONG: Final = Duration.parse("2h")


def run(rules: tuple[Rule, ...], frame: Frame) -> tuple[Rule, ...]:
    """The rules, with a remark at each that reads a long window of raw series."""
    return tuple(_remarked(rule, frame) if is_ours(rule) else rule for rule in rules)


def _remarked(rule: Rule, frame: Frame) -> Rule:
    remarks = tuple(_remarks(rule.expr, frame))
    words = "; ".join(dict.fromkeys(words for words in (rule.comment, *remarks) if words))
    return replace(rule, comment=words) if remarks else rule


def _remarks(expr: Expr, frame: Frame) -> Iterator[str]:
    for one in nodes(expr):
        match one:
            case Matrix(vector, window) if window >= LONG and not naming.is_recorded(vector.name):
                yield f"{window} exactly, {coarse_step.exact_samples(window, frame.scrape_interval):,} samples a series"
            case Call("increase", (Subquery(Vector(), window, Duration() as step),)):
                yield _coarse(window, step, frame)


def _coarse(window: Duration, step: Duration, frame: Frame) -> str:
    exact = coarse_step.exact_samples(window, frame.scrape_interval)
    off = Duration(2 * step.milliseconds)
    percent = 100 * off.milliseconds / window.milliseconds
    return (
        f"{window} every {step}, {coarse_step.samples(window, step):,} samples a series instead of {exact:,}: "
        f"max_error allows the window's ends to be off by {off} ({percent:.2g}% of it)"
    )
