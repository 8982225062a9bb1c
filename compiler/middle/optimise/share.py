"""Name the parts that several rules read, so that Prometheus reads them once.

A part is an aggregation of raw series, or an aggregation of such a one. It gets a rule of its own if it occurs more
than once (the latter kind: in more than one rule, since it costs no more than a sample a group where it stands), or if
it reads a long window coarsely, which no rule is readable with. If a rule records exactly that already, it is
read from there.

Before: `a / b` in one rule and `b == 0` in another, with b = sum(rate(requests_total[30m])).
After: `gate:requests:rate30m` is recorded first, and both read it as written in this same evaluation.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Final

from compiler import naming
from compiler.engines import SAME_EVALUATION
from compiler.middle.inputs import labels
from compiler.middle.optimise.base import CLOSED, Frame, is_ours, replaced, survey, with_expr
from compiler.middle.optimise.coarse import is_coarse
from compiler.middle.plan import Rule
from compiler.promql import build
from compiler.promql.expr import Aggregate, Call, Expr, Matrix, Subquery, Vector
from compiler.promql.walk import children, mapped, vectors

_WORD: Final = re.compile(r"[^a-zA-Z0-9]+")
# At most 2 × 10^6 series × 2^-53, relative, for terms of one sign.
_ROUNDING: Final = "summed from its groups, so rounding may change it by up to 1e-9 of itself"


def run(rules: tuple[Rule, ...], frame: Frame) -> tuple[Rule, ...]:
    """The rules with every part that occurs more than once recorded under a name, in front."""
    derived = _recorded(_holders(rules, _derived), 2, rules, frame, taken=())
    rules = _reading(rules, derived)
    both = (*derived, *rules)
    whole = _recorded(_holders(both, _parts), 1, both, frame, taken=[rule.record for rule in derived])
    return _reading((*_together(whole, derived), *rules), whole)


def _together(whole: Iterable[Rule], derived: tuple[Rule, ...]) -> Iterator[Rule]:
    """Each recorded part with those that are had from it; what is had from other rules comes last."""
    left = dict.fromkeys(derived)
    for rule in whole:
        yield rule
        for one in derived:
            if children(one.expr) == (rule.expr,):
                yield one
                del left[one]
    yield from left


def _parts(expr: Expr) -> tuple[Aggregate, ...]:
    return survey(expr).parts


def _derived(expr: Expr) -> tuple[Aggregate, ...]:
    return survey(expr).derived


def _holders(rules: Iterable[Rule], of: Callable[[Expr], tuple[Aggregate, ...]]) -> dict[Aggregate, list[Rule]]:
    """The rules that hold each aggregation, once for each time, in the order of first use."""
    holders: dict[Aggregate, list[Rule]] = {}
    for rule in rules:
        if is_ours(rule):
            for one in of(rule.expr):
                holders.setdefault(one, []).append(rule)
    return holders


def _recorded(
    holders: dict[Aggregate, list[Rule]], least: int, rules: Iterable[Rule], frame: Frame, taken: Iterable[str]
) -> tuple[Rule, ...]:
    """A rule for each aggregation that occurs twice, in at least so many rules, unless a rule records it already."""
    names, there = list(taken), {rule.expr for rule in rules if isinstance(rule.expr, Aggregate)}
    found: list[Rule] = []
    for part, of in holders.items():
        shared = len(of) > 1 and len({id(rule) for rule in of}) >= least
        if (shared or is_coarse(part)) and part not in there:
            name = naming.free_name(names, _name(part))
            names.append(name)
            found.append(Rule(name, part, labels(gate=frame.gate), _comment(part, of), of[0].origin))
    return tuple(found)


def _reading(rules: Iterable[Rule], recorded: Iterable[Rule]) -> tuple[Rule, ...]:
    """The rules with the aggregations that a rule records read from it; not that rule itself, of course."""
    every = tuple(rules)
    whole = [rule for rule in (*recorded, *every) if isinstance(rule.expr, Aggregate) and is_ours(rule)]
    writers = {rule.expr: rule for rule in reversed(whole) if rule.expr in {*_parts(rule.expr), *_derived(rule.expr)}}
    names: dict[Expr, Expr] = {expr: _read(rule) for expr, rule in writers.items()}
    plain: dict[Expr, Expr] = {expr: _alone(rule, names[expr]) for expr, rule in writers.items()}

    def changed(rule: Rule) -> Expr:
        if isinstance(rule.expr, Aggregate) and writers.get(rule.expr) == rule:
            return mapped(rule.expr, lambda child: replaced(child, names))
        return _replaced(rule.expr, names, plain)

    return tuple(with_expr(rule, changed(rule)) if is_ours(rule) else rule for rule in every)


def _replaced(expr: Expr, names: dict[Expr, Expr], plain: dict[Expr, Expr]) -> Expr:
    """The expression with its parts read by name; those that are aggregated at once may have more labels."""
    if isinstance(expr, Aggregate):
        if expr in plain:
            return plain[expr]
        if isinstance(expr.expr, Aggregate) and expr.expr in names:
            return replace(expr, expr=names[expr.expr])
    return expr if isinstance(expr, CLOSED) else mapped(expr, lambda child: _replaced(child, names, plain))


def _alone(rule: Rule, read: Expr) -> Expr:
    """What reads a rule, with the labels of its expression only: those that name its input would become the value's."""
    assert isinstance(rule.expr, Aggregate)  # noqa: S101 - nothing else is readable
    return read if dict(rule.labels).keys() == {naming.GATE} else build.aggregate("max", read, rule.expr.labels)


def _read(rule: Rule) -> Call:
    own = (build.equal(label, value) for label, value in rule.labels)
    return build.fresh(rule.record, *own, within=SAME_EVALUATION)


def _comment(part: Aggregate, holders: Iterable[Rule]) -> str:
    words = f"for {', '.join(dict.fromkeys(_reader(rule) for rule in holders))}"
    return f"{words}; {_ROUNDING}" if part.op == "sum" and isinstance(part.expr, Aggregate) else words


def _reader(rule: Rule) -> str:
    """What people call the rule: its criterion, or the series that it records."""
    return dict(rule.labels).get(naming.CRITERION, rule.record)


def _name(part: Aggregate) -> str:
    """level:metric:operation of the part, such as `gate_provider:router_requests:rate30m`."""
    vector, function = _first_read(part.expr, "")
    words = [vector.name.removesuffix("_total"), *(w for m in vector.matchers for w in (m.label, m.value))]
    metric = _WORD.sub("_", "_".join(words)).strip("_")
    operation = "_".join(word for word in (part.op, function) if word)
    return naming.intermediate(part.labels, metric, operation.removeprefix("sum_"))


def _first_read(expr: Expr, function: str) -> tuple[Vector, str]:
    """The first raw selector in the expression, and the function of time with its window that reads it."""
    match expr:
        case Vector():
            return expr, ""
        case Matrix(vector, window):
            return vector, f"{function}{window}"
        case Subquery(inner, window, _, _):
            return next(vectors(inner)), f"{function}{window}"
        case _:
            child = next(child for child in children(expr) if any(vectors(child)))
            return _first_read(child, expr.function if isinstance(expr, Call) else "")
