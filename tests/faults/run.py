"""Run the fault matrix, and write docs/faults.md.

    make faults                  all faults on all engines
    make faults BREAK=no-quorum  whether it is noticed that the compiler lost that guard (BREAK=all: each in turn)
    make faults ARGS='--on forky --on victoriametrics --only target-down'
    make faults ARGS='--unoptimised'   the rules as they are without the optimiser, which must judge alike; no page

Exits 1 if a verdict is wrong, a state is not an acceptable one, or a break goes unnoticed; 3 without an engine.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from contextlib import nullcontext
from dataclasses import replace
from typing import Final

from engines import ROOT
from faults import report
from faults.breaks import BREAKS, Break
from faults.compiled import Compiled, compile_all
from faults.model import Fault
from faults.platforms import NAMES, VICTORIA, Platform, find_platform
from faults.registry import FAULTS
from faults.shared import run_together
from faults.trial import run_alone
from faults.verdict import UNPROVEN, Outcome
from unoptimised import without_passes

from compiler.engines import PROMETHEUS

PAGE: Final = ROOT / "docs" / "faults.md"
# Servers; more would slow each other down. Those that evaluate every five seconds are idle most of the time.
_AT_ONCE: Final = {PROMETHEUS.name: 3, VICTORIA: 8}


def run_on(platform: Platform, faults: Sequence[Fault]) -> Iterator[Outcome]:
    """The outcomes of faults on one platform, as they come; those that it cannot produce are left out."""
    possible = [fault for fault in faults if not platform.cannot(fault)]
    together = [fault for fault in possible if not fault.trial]
    if together:
        yield from run_together(platform, together)
    light, heavy = ([one for one in possible if one.trial and one.heavy == wanted] for wanted in (False, True))
    with ThreadPoolExecutor(_AT_ONCE[platform.profile]) as pool:
        waiting = [pool.submit(run_alone, platform, one) for one in light]
        yield from (done.result() for done in as_completed(waiting))
    yield from (run_alone(platform, one) for one in heavy)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the command line asks for and return the exit code."""
    options = _options(arguments)
    platforms = [platform for name in options.on or NAMES if (platform := find_platform(name))]
    if not platforms:
        _say("there is no Prometheus here: run scripts/fetch-engines")
        return 3
    faults = [fault for fault in FAULTS if not options.only or fault.name in options.only]
    whole = not options.only and not options.unoptimised
    if options.break_:
        return _run_breaks(platforms, options.break_, write=options.break_ == "all" and len(platforms) == len(NAMES))
    write = whole and len(platforms) == len(NAMES)
    return _run_matrix(platforms, faults, write=write, unoptimised=options.unoptimised)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--on", action="append", choices=NAMES, help="one suite of .engines; may be repeated")
    parser.add_argument("--only", action="append", choices=[fault.name for fault in FAULTS], metavar="FAULT")
    parser.add_argument("--break", dest="break_", choices=["all", *(one.name for one in BREAKS)], metavar="BREAK")
    parser.add_argument("--unoptimised", action="store_true", help="the rules without the passes of the optimiser")
    return parser.parse_args(arguments)


def _run_matrix(platforms: Sequence[Platform], faults: Sequence[Fault], *, write: bool, unoptimised: bool) -> int:
    names = [fault.name for fault in faults]
    # Servers are idle most of the time. Processes, as threads would keep each other's exporters waiting.
    with ProcessPoolExecutor(len(platforms)) as pool:
        waiting = {
            platform: pool.submit(_run_all, platform.name, names, unoptimised=unoptimised) for platform in platforms
        }
        outcomes = {platform: one.result() for platform, one in waiting.items()}
    for platform, found in outcomes.items():
        _print_platform(platform, faults, found)
    if write and any(one.problem in UNPROVEN for found in outcomes.values() for one in found.values()):
        _say(f"{PAGE.name} is left as it is: this machine was too busy to prove everything")
    elif write:
        _write(matrix=report.matrix(faults, outcomes))
    return _conclude(faults, outcomes)


def _run_all(name: str, names: Sequence[str], *, unoptimised: bool) -> dict[str, Outcome]:
    """What came of the faults on a platform; all by name, since neither goes to another process."""
    faults = [fault for fault in FAULTS if fault.name in names]
    platform = next(one for one in map(find_platform, NAMES) if one and one.name == name)
    found: dict[str, Outcome] = {}
    with without_passes() if unoptimised else nullcontext():
        for outcome in run_on(platform, faults):
            found[outcome.fault] = outcome
            _progress(f"{name}: {len(found)} of {len(faults)}")
    return found


def _print_platform(platform: Platform, faults: Sequence[Fault], found: Mapping[str, Outcome]) -> None:
    _progress("")
    _say(platform.name)
    for fault in faults:
        outcome = found.get(fault.name)
        if outcome is None:
            _say(f"  {fault.name:<40} not producible: {platform.cannot(fault)}")
            continue
        problem = f"{outcome.problem.upper()} {outcome.detail}" if outcome.problem else ""
        _say(
            f"  {fault.name:<40} right {fault.right}  promgate {outcome.verdict:<11} {outcome.state:<15}"
            f"by hand {outcome.by_hand:<10} {problem}".rstrip()
        )


def _conclude(faults: Sequence[Fault], outcomes: Mapping[Platform, Mapping[str, Outcome]]) -> int:
    every = [outcome for found in outcomes.values() for outcome in found.values()]
    passes = sum(one.problem == "false pass" for one in every)
    fails = sum(one.problem in {"false fail", "never open before"} for one in every)
    others = sum(bool(one.problem) for one in every) - passes - fails
    _say(
        f"{len(faults)} faults on {', '.join(one.name for one in outcomes)}"
        + (f", {others} with other problems" if others else "")
    )
    _say(f"false passes {passes}, false fails {fails}")
    return 1 if passes or fails or others else 0


def _run_breaks(platforms: Sequence[Platform], wanted: str, *, write: bool) -> int:
    """Each break on the first platform of its profile."""
    first = {platform.profile: platform for platform in reversed(platforms)}
    breaks = [one for one in BREAKS if wanted in {"all", one.name} and one.on in first]
    found: dict[Break, list[Outcome]] = {one: [] for one in breaks}
    for profile, platform in first.items():
        for one, outcome in _broken(platform, [one for one in breaks if one.on == profile]):
            found[one].append(outcome)
    for one, outcomes in found.items():
        _say(f"{one.name}: {report.noticed(outcomes)}")
    if write:
        _write(breaks=report.broken(found, {profile: platform.name for profile, platform in first.items()}))
    blind = [f"{one.name} by {outcome.fault}" for one in breaks for outcome in found[one] if not report.seen(outcome)]
    _say(f"breaks {len(breaks)}, unnoticed {len(blind)}" + (f": {', '.join(blind)}" if blind else ""))
    return 1 if blind else 0


def _broken(platform: Platform, breaks: Sequence[Break]) -> Iterator[tuple[Break, Outcome]]:
    """What the faults that must notice a break make of it; those that need no server of their own share one."""
    pairs = [(one, fault) for one in breaks for fault in FAULTS if fault.name in one.noticed_by]
    copies = {f"copy-{n}": pair for n, pair in enumerate(pairs) if not pair[1].trial}

    def compiled(faults: Sequence[Fault], platform: Platform) -> dict[str, Compiled]:
        gates: dict[str, Compiled] = {}
        for fault in faults:
            with copies[fault.name][0].applied():
                gates |= compile_all([fault], platform)
        return gates

    together = [replace(fault, name=name) for name, (_, fault) in copies.items()]
    for outcome in run_together(platform, together, compiled) if together else ():
        one, fault = copies[outcome.fault]
        yield one, replace(outcome, fault=fault.name)
    for one in breaks:
        alone = [fault for other, fault in pairs if other == one and fault.trial]
        with one.applied():  # the whole process is broken meanwhile
            yield from ((one, outcome) for outcome in run_on(platform, alone))


def _write(matrix: str | None = None, breaks: str | None = None) -> None:
    before = PAGE.read_text() if PAGE.exists() else ""
    PAGE.write_text(report.updated(before, matrix, breaks))


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _progress(text: str) -> None:
    """A line that is written over, on a terminal only."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\033[K{text}")
        sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
