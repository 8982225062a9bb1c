"""Proofs that a mutant means the same, by what other rules record, and by who reads what the changed rule records."""

from collections.abc import Iterator, Sequence
from typing import Final

from mutants.place import place_of
from mutants.rules import RuleChange, reads

from compiler import naming
from compiler.middle.optimise.coarse import is_coarse
from compiler.middle.plan import Rule
from compiler.promql import build
from compiler.promql.expr import Aggregate, Binary, Call, Expr, Matrix, Number, String, Subquery, Vector
from compiler.promql.printer import show
from compiler.promql.walk import children, vectors

_KEEPING: Final = frozenset(
    {"abs", "label_replace", "scalar", "vector"} | {f"{name}_over_time" for name in ("last", "max", "min")}
)
_LINEAR: Final = frozenset({"sum", "max", "min", "avg"})
_RATES: Final = frozenset({"rate", "increase"})
_ZERO: Final = None  # of what is zero, however it is scaled


class _NotScaledError(Exception):
    """Another scale of what is read gives more than another scale."""


def is_only_scaled(change: RuleChange) -> bool:
    """Whether a rate became an increase, or the other way round, and all who read it divide it by the same.

    Then results are the same but for the last digit, by which a test that knows it may notice.
    """
    if not change.instead:
        return False
    place = place_of(change.rule.expr, change.instead.expr, ())
    match place.before, place.after:
        case Call(before, args), Call(after, others) if {before, after} == _RATES and args == others:
            return all(isinstance(one, Aggregate) and one.op == "sum" for one in place.around) and _divided(change)
        case _:
            return False


def _divided(change: RuleChange) -> bool:
    """Whether no result of a criterion changes if the rule's does by a factor."""
    scaled: dict[Rule, int | None] = {change.rule: 1}
    for rule in change.rules:
        if rule == change.rule or not any(_reads_any(vector, scaled) for vector in vectors(rule.expr)):
            continue
        try:
            power = _power(rule.expr, scaled)
        except _NotScaledError:
            return False
        if rule.record.startswith(naming.OWN_PREFIXES) and power not in {0, _ZERO}:
            return False
        scaled[rule] = power
    return True


def _reads_any(vector: Vector, scaled: dict[Rule, int | None]) -> bool:
    return any(reads(vector, rule) for rule in scaled)


def _power(expr: Expr, scaled: dict[Rule, int | None]) -> int | None:
    """By which power of the factor an expression changes. Raises _NotScaledError if it changes otherwise."""
    match expr:
        case Number(value):
            return 0 if value else _ZERO
        case Vector():
            return _same([power for rule, power in scaled.items() if reads(expr, rule)] or [0])
        case Matrix(vector, _):
            return _power(vector, scaled)
        case Subquery(expr=inner):
            return _power(inner, scaled)
        case Aggregate(op, inner):
            power = _power(inner, scaled)
            return power if op in _LINEAR else 0 if op in {"count", "group"} else _fail()
        case Call("histogram_quantile", (_, buckets)):
            _power(buckets, scaled)
            return 0
        case Call(name, args):
            powers = [_power(one, scaled) for one in args if not isinstance(one, String)]
            if name in _KEEPING:
                return powers[0]
            return 0 if _same(powers or [0]) == 0 else _fail()
        case Binary():
            return _of_both(expr, _power(expr.left, scaled), _power(expr.right, scaled))
        case _:  # no rule has any other that reads what is scaled
            return _fail()


def _of_both(expr: Binary, left: int | None, right: int | None) -> int | None:
    match expr.op:
        case "and" | "unless":
            return left
        case "*":
            return _ZERO if left is _ZERO or right is _ZERO else left + right
        case "/":
            return left if left is _ZERO or right is _ZERO else left - right
        case "+" | "-" | "or":
            return _same([left, right])
        case _:  # a comparison with what is scaled alike, or with zero
            _same([left, right])
            if expr.returns_bool:
                return 0
            return right if expr.op == "==" and right is _ZERO else left


def _same(powers: Sequence[int | None]) -> int | None:
    known = {one for one in powers if one is not _ZERO}
    if len(known) > 1:
        _fail()
    return known.pop() if known else _ZERO


def _fail() -> int:
    raise _NotScaledError


def is_always_valued(change: RuleChange) -> bool:
    """Whether only the arms of a state differ that follow on, or say in another way, that there is a value: there is.

    A value is always there that ends in `or vector(0)`, unless its rule fails, which is no matter of data.
    """
    rule, instead = change.rule, change.instead
    if not instead or rule.record != naming.CRITERION_STATE or not _value_is_there(change):
        return False
    before, after = _arms(rule.expr), _arms(instead.expr)
    first = next((i for i, arm in enumerate(before) if _asks_for_a_value(arm, rule)), len(before))
    if first == len(before) or before[:first] != after[:first] or len(after) <= first:
        return False
    old, new = before[first], after[first]
    code = children(old)[0]
    return new in {old, code} or (_asks_for_a_value(new, rule) and children(new)[0] == code)


def is_asked_before(change: RuleChange) -> bool:
    """Whether more is read of a shared part, of which is asked if it is there, after it was asked if its input is."""
    if not change.instead or change.rule.record != naming.CRITERION_STATE:
        return False
    place = place_of(change.rule.expr, change.instead.expr, ())
    before, after = _read(place.before), _read(place.after)
    if not (before and after and before.name == after.name) or not _is_condition(place.before, place.around):
        return False
    if not set(after.matchers) <= set(before.matchers):
        return False
    made_of = [rule.expr.expr for rule in change.rules if reads(before, rule) and isinstance(rule.expr, Aggregate)]
    return bool(made_of) and all(_is_required(one, change.rule) for one in made_of)


def _read(expr: Expr) -> Vector | None:
    match expr:
        case Vector():
            return expr
        case Matrix(vector, _) | Call("last_over_time", (Matrix(vector, _),)):
            return vector
        case _:
            return None


def _is_condition(part: Expr, around: Sequence[Expr]) -> bool:
    """Whether just that there is a part is asked, by groups or not."""
    child = part
    for one in reversed(around):
        match one:
            case Binary("and", _, right, on=()) if right == child:
                return True
            case Matrix() | Call("last_over_time", _) | Aggregate("group", _) | Binary("and", _, _, on=()):
                child = one
            case _:
                return False
    return False


def _is_required(selector: Expr, state: Rule) -> bool:
    """Whether the state's first arms say that there is no data without any series of the selector."""
    asked = [arm.right for arm in _arms(state.expr) if isinstance(arm, Binary) and arm.op == "unless" and arm.on == ()]
    named = build.equal(naming.INPUT, show(selector))
    return any(
        isinstance(one, Binary) and (one.op, one.right) == (">", Number(0)) and named in vector.matchers
        for one in asked
        for vector in vectors(one)
        if vector.name == naming.input_series(())
    )


def is_within_the_error(change: RuleChange) -> bool:
    """Whether a value that is just at its bound, and was read coarsely, passes or not: nobody can tell."""
    if not change.instead or change.rule.record != naming.CRITERION_STATE:
        return False
    place = place_of(change.rule.expr, change.instead.expr, ())
    match place.before, place.after:
        case Binary(before, Call("last_over_time", (Matrix(vector, _),)), Number()), Binary(after, _, Number()):
            same = children(place.before) == children(place.after) and {before, after} in ({"<", "<="}, {">", ">="})
            return same and vector.name == naming.CRITERION_VALUE and any(_is_coarse(one) for one in _values(change))
        case _:
            return False


def _is_coarse(expr: Expr) -> bool:
    return is_coarse(expr) or any(_is_coarse(child) for child in children(expr))


def _values(change: RuleChange) -> Iterator[Expr]:
    """What the criterion's values are had from: its own rules, and the shared parts that they read."""
    labels = dict(change.rule.labels)
    for rule in change.rules:
        if rule.record == naming.CRITERION_VALUE and dict(rule.labels) == labels:
            yield rule.expr
            read = list(vectors(rule.expr))
            yield from (other.expr for other in change.rules if any(reads(vector, other) for vector in read))


def _value_is_there(change: RuleChange) -> bool:
    labels = dict(change.rule.labels)
    of = [one for one in change.rules if one.record == naming.CRITERION_VALUE and dict(one.labels) == labels]
    return bool(of) and all(_is_always_there(one.expr) for one in of)


def _is_always_there(expr: Expr) -> bool:
    match expr:
        case Binary(">" | "<", left, Number(value)) if abs(value) == float("inf"):
            return _is_always_there(left)
        case Binary("or", left, Call("vector", (Number(),))):
            return isinstance(left, Aggregate) and left.op == "count"
        case _:
            return False


def _arms(expr: Expr) -> list[Expr]:
    match expr:
        case Binary("or", left, right):
            return [*_arms(left), *_arms(right)]
        case _:
            return [expr]


def _asks_for_a_value(arm: Expr, state: Rule) -> bool:
    """Whether it is a code on the condition that the criterion has a value, perhaps among others."""
    match arm:
        case Binary("and", Call("vector", _), Call("last_over_time", (Matrix(vector, _),)) | (Vector() as vector)):
            labels = dict(state.labels)
            mine = all(one.op == "=" and labels.get(one.label) == one.value for one in vector.matchers)
            return arm.on == () and vector.name == naming.CRITERION_VALUE and mine and not vector.offset
        case _:
            return False
