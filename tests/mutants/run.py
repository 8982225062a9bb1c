"""Mutation testing of the compiled rules: whether the synthesised tests notice each small change of them.

make mutants                      both gates of specs/, and gate-check.sh; exits 1 while a mutant survives that is not
                                  known to be equivalent
make mutants GATE=checkout-readiness ARGS='--sample 200 --operator comparison'
make mutants ARGS='--kind script --sample 100'
"""

import argparse
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from difflib import unified_diff
from pathlib import Path
from typing import Final

from engines import ROOT, find_tool
from mutants import alerts, script
from mutants.equivalent import reason
from mutants.model import Mutant, Outcome
from mutants.operators import OPERATORS
from mutants.rules import RuleChange, mutants, statistics_suite, suites
from mutants.trial import run

from compiler.frontend import check_specs
from compiler.middle.lower import lower
from compiler.middle.plan import GatePlan
from compiler.promql.printer import pretty
from compiler.spec.text import SpecFile

_SUITE: Final = "bookworm"
_SPECS: Final = ROOT / "specs"
GATES: Final = tuple(sorted(path.stem for path in _SPECS.glob("*.yaml")))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the command line asks for and return the exit code."""
    options = _options(arguments)
    promtool = find_tool(_SUITE, "promtool")
    if not promtool:
        _say("there is no promtool here: run scripts/fetch-engines")
        return 3
    alive = 0
    kinds = options.kind or (*KINDS, SCRIPT)
    for name in options.gate or GATES:
        for kind in (one for one in KINDS if one in kinds):
            alive += _report(f"{name} {kind}", KINDS[kind](promtool, plan(name), options))
    if SCRIPT in kinds:
        alive += _report("gate-check.sh", script.run(_chosen(script.mutants(), options), _progress, options.jobs))
    return 1 if alive else 0


def _of_rules(promtool: Path, gate: GatePlan, options: argparse.Namespace) -> Iterator[Outcome]:
    every = suites(gate)
    wanted = set(options.criterion or ())
    some = [one for one in mutants(gate, every) if not wanted or set(one.subject) & wanted]
    yield from run(promtool, every, _chosen(some, options), _progress, options.jobs)


def _of_statistics(promtool: Path, gate: GatePlan, options: argparse.Namespace) -> Iterator[Outcome]:
    suite = statistics_suite(gate)
    yield from run(promtool, [suite], _chosen(mutants(suite.gate, [suite]), options), _progress, options.jobs)


def _of_alerts(promtool: Path, gate: GatePlan, options: argparse.Namespace) -> Iterator[Outcome]:
    yield from alerts.run(promtool, gate, _chosen(alerts.mutants(gate), options))


KINDS: Final[dict[str, Callable[[Path, GatePlan, argparse.Namespace], Iterator[Outcome]]]] = {
    "rules": _of_rules,
    "statistics": _of_statistics,
    "alerts": _of_alerts,
}
SCRIPT: Final = "script"


def _chosen(every: Iterable[Mutant], options: argparse.Namespace) -> list[Mutant]:
    """Those of the operators that are asked for, or a sample of them."""
    some = [one for one in every if not options.operator or one.change.operator in options.operator]
    if options.sample and options.sample < len(some):
        return random.Random(options.seed).sample(some, options.sample)
    return some


def plan(name: str) -> GatePlan:
    """The compiled gate of a spec in specs/."""
    path = _SPECS / f"{name}.yaml"
    (spec,) = check_specs([SpecFile(f"specs/{path.name}", path.read_bytes())]).specs
    return lower(spec.gate, spec.source, spec.acknowledged, spec.approved)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--gate", action="append", choices=GATES)
    parser.add_argument("--kind", action="append", choices=(*KINDS, SCRIPT), help="of what: all, if none is named")
    parser.add_argument("--operator", action="append", help=f"such as {', '.join((*OPERATORS, 'label', 'order'))}")
    parser.add_argument("--criterion", action="append", help="only what bears on it; '' is what decides")
    parser.add_argument("--sample", type=int, default=0, metavar="N", help="only N of them, drawn by the seed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="how many promtools run at a time")
    return parser.parse_args(arguments)


def _report(what: str, outcomes: Iterable[Outcome]) -> int:
    """Print the survivors as they are found and the score by operator.

    Returns how many of the survivors are not known to be equivalent.
    """
    of_all, dead, same = (Counter[str]() for _ in range(3))
    left = 0
    for outcome in outcomes:
        operator = outcome.mutant.change.operator
        of_all[operator] += 1
        dead[operator] += outcome.killed
        if outcome.killed:
            continue
        if reason(outcome.mutant):
            same[operator] += 1
        else:
            left += 1
            _say("\n".join(_diff(outcome.mutant)))
    rows = [(name, of_all[name], dead[name], same[name]) for name in sorted(of_all)]
    rows.append(("all", of_all.total(), dead.total(), same.total()))
    _say(f"{what}: {'operator':<14} {'mutants':>8} {'killed':>8} {'equivalent':>11} {'survive':>8}")
    for name, count, killed, equivalent in rows:
        _say(f"{what}: {name:<14} {count:>8} {killed:>8} {equivalent:>11} {count - killed - equivalent:>8}")
    return left


def _diff(mutant: Mutant) -> Iterator[str]:
    """What a survivor changes, under the criterion that it belongs to."""
    change, payload = mutant.change, mutant.payload
    yield f"survives {mutant.id}: {' or '.join(mutant.subject) or 'the decision'}; {mutant.place}; {change.operator}"
    is_rule = isinstance(payload, RuleChange | alerts.AlertChange)
    if is_rule and payload.instead and payload.instead.expr != payload.rule.expr:
        before, after = (pretty(rule.expr).splitlines() for rule in (payload.rule, payload.instead))
        yield from (f"    {line}" for line in list(unified_diff(before, after, n=1, lineterm=""))[2:])
    else:
        yield from (f"    - {change.before}", f"    + {change.after}")


def _progress(done: int) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{done} done")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
