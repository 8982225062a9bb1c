"""What a pass is, and what passes have in common: the parts of an expression that can be recorded once.

An expression of the author's own (`gate:criterion:result`) is left alone by all: its parts match on all labels, and a
recorded series has one more.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final, Protocol

from compiler import naming
from compiler.fields import Duration
from compiler.middle.plan import Rule
from compiler.promql.expr import Aggregate, Expr, Matrix, Number, Subquery, Vector
from compiler.promql.walk import children, mapped

_REMEMBERED: Final = 4096  # expressions: those of a gate of hundreds of criteria
CLOSED: Final = (Subquery, Matrix, Vector, Number)  # what has no aggregation in it that could be read by a name


@dataclass(frozen=True, slots=True)
class Frame:
    """What a pass needs to know beside the rules.

    - `gate`: the gate's name.
    - `scrape_interval`: how far apart samples are.
    - `max_errors`: by criterion, by which share of its length a window may be misread; 0 for those not named.
    - `inventories`: the inputs that say which members there are.
    """

    gate: str
    scrape_interval: Duration
    max_errors: Mapping[str, float] = field(default_factory=dict)
    inventories: tuple[str, ...] = ()

    def max_error(self, rule: Rule) -> float:
        """What the criterion of a rule allows; nothing, if the rule is the gate's."""
        return self.max_errors.get(dict(rule.labels).get(naming.CRITERION, ""), 0.0)


class Pass(Protocol):
    """A pass module. Its docstring says what it does, with a before and an after."""

    def run(self, rules: tuple[Rule, ...], frame: Frame) -> tuple[Rule, ...]:
        """The rules after this pass."""
        ...


def is_ours(rule: Rule) -> bool:
    """Whether a pass may change the rule: a result is as the author wrote it, or is there to be read only once."""
    return rule.record != naming.CRITERION_RESULT


def rewritten(rules: Iterable[Rule], change: Callable[[Expr], Expr]) -> tuple[Rule, ...]:
    """The rules with each expression of ours changed."""
    return tuple(with_expr(rule, change(rule.expr)) if is_ours(rule) else rule for rule in rules)


def with_expr(rule: Rule, expr: Expr) -> Rule:
    """The rule with another expression."""
    return rule if expr is rule.expr else replace(rule, expr=expr)


@dataclass(frozen=True, slots=True)
class Survey:
    """What can be recorded of an expression, in the order of reading; not what is inside of a subquery.

    `parts` are the aggregations of raw series, `derived` those of such a part.
    """

    parts: tuple[Aggregate, ...]
    derived: tuple[Aggregate, ...]


@lru_cache(maxsize=_REMEMBERED)  # each pass asks it of each expression, of which passes change few
def survey(expr: Expr) -> Survey:
    """One walk over an expression."""
    parts: list[Aggregate] = []
    derived: list[Aggregate] = []
    _walk(expr, parts, derived)
    return Survey(tuple(parts), tuple(derived))


def _walk(expr: Expr, parts: list[Aggregate], derived: list[Aggregate]) -> bool:
    """Whether the expression reads raw series, other than by an aggregation or a subquery."""
    if isinstance(expr, Vector):
        return not naming.is_recorded(expr.name)
    if isinstance(expr, Subquery):
        return False
    if not isinstance(expr, Aggregate):
        reads = False
        for child in children(expr):  # all of them: any() would stop at the first
            reads |= _walk(child, parts, derived)
        return reads
    before = len(parts), len(derived)
    raw = _walk(expr.expr, parts, derived)
    if expr.param is None and not expr.without:
        if raw:  # the outermost is the part
            del parts[before[0] :], derived[before[1] :]
            parts.append(expr)
        elif parts and parts[-1] is expr.expr:
            derived.append(expr)
    return False


def parts(expr: Expr) -> tuple[Aggregate, ...]:
    """The aggregations of raw series."""
    return survey(expr).parts


def replaced(expr: Expr, names: Mapping[Expr, Expr]) -> Expr:
    """The expression with the aggregations that have a name read by it; the outermost first, not inside a subquery."""
    if isinstance(expr, Aggregate) and expr in names:
        return names[expr]
    return expr if isinstance(expr, CLOSED) else mapped(expr, lambda child: replaced(child, names))
