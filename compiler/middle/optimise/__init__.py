"""The passes of the middle end, in their order: each a pure function from rules to rules that read less.

What a gate says must not change: the rules that were there before are there after, under the same names and labels, in
an order in which each comes after those that it reads. `docs/design.md` has what may change in the last digits.
"""

from typing import Final

from compiler.middle.optimise import coarse, increases, lattice, order, plain, remarks, share
from compiler.middle.optimise.base import Frame, Pass, is_ours, parts
from compiler.middle.plan import Rule

# What rewrites aggregations of raw series, and records some of them in front of the rules, whose order stays.
REWRITING: Final[tuple[Pass, ...]] = (coarse, increases, lattice, share)
PASSES: Final[tuple[Pass, ...]] = (*REWRITING, plain, order, remarks)


def optimise(rules: tuple[Rule, ...], frame: Frame) -> tuple[Rule, ...]:
    """The rules after all passes."""
    rules = _rewritten(rules, frame)
    for one in PASSES[len(REWRITING) :]:
        rules = one.run(rules, frame)
    return rules


def _rewritten(rules: tuple[Rule, ...], frame: Frame) -> tuple[Rule, ...]:
    """The rules after the rewriting passes, which see only those that aggregate anything; the others stay."""
    places = [place for place, rule in enumerate(rules) if is_ours(rule) and parts(rule.expr)]
    changed = tuple(rules[place] for place in places)
    for one in REWRITING:
        changed = one.run(changed, frame)
    recorded = len(changed) - len(places)
    after = dict(zip(places, changed[recorded:], strict=True))
    return (*changed[:recorded], *(after.get(place, rule) for place, rule in enumerate(rules)))
