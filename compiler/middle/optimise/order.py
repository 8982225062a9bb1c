"""Put each rule behind those that it reads, and change the order no more than that takes.

Before: `gate:a` reads `gate:b`, which comes after it. After: `gate:b`, `gate:a`.

What says which members there are comes first: a scrape may be written between two rules, and a member that begins then
is one more that reports, rather than one that does not.
"""

from compiler import naming
from compiler.middle.dependencies import dependencies
from compiler.middle.optimise.base import Frame
from compiler.middle.plan import Rule


def run(rules: tuple[Rule, ...], frame: Frame) -> tuple[Rule, ...]:
    """The rules in dependency order."""
    needs = dependencies(rules)
    ordered: dict[int, None] = {}
    for index in sorted(range(len(rules)), key=lambda index: not _is_inventory(rules[index], frame)):
        _place(index, needs, ordered, ())
    return tuple(rules[index] for index in ordered)


def _is_inventory(rule: Rule, frame: Frame) -> bool:
    """Whether a rule counts the series of each member."""
    groups = naming.operation(rule.record) == naming.operation(naming.input_series(()))
    return groups and dict(rule.labels).get(naming.INPUT) in frame.inventories


def _place(index: int, needs: tuple[tuple[int, ...], ...], ordered: dict[int, None], above: tuple[int, ...]) -> None:
    if index in ordered or index in above:  # a rule may read its own past
        return
    for needed in needs[index]:
        _place(needed, needs, ordered, (*above, index))
    ordered[index] = None
