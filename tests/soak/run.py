"""An hour of evaluations of healthy data on every engine, compressed in time.

    make soak                              on all engines, at the same time
    make soak ARGS='--on forky'

Exits 1 if the gate was closed in any evaluation, 3 without an engine or where this machine is too busy to tell.
"""

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed

from faults.platforms import NAMES, Platform, find_platform
from soak.live import Soaked, soak


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the command line asks for and return the exit code."""
    parser = argparse.ArgumentParser(prog="make soak", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--on", action="append", choices=NAMES, help="one engine; may be repeated")
    options = parser.parse_args(arguments)
    platforms = [platform for name in options.on or NAMES if (platform := find_platform(name))]
    if not platforms:
        sys.stdout.write("there is no engine here: run scripts/fetch-engines\n")
        return 3
    found: list[Soaked] = []
    with ThreadPoolExecutor(len(platforms)) as pool:
        waiting = {pool.submit(soak, platform): platform for platform in platforms}
        for done in as_completed(waiting):
            found.append(done.result())
            _tell(waiting[done], done.result())
    closed = sum(one.closed for one in found)
    sys.stdout.write(f"{sum(one.evaluations for one in found)} evaluations, false fails {closed}\n")
    return 3 if any(one.disturbed for one in found) else 1 if closed else 0


def _tell(platform: Platform, one: Soaked) -> None:
    busy = ", but this machine missed a scrape or an evaluation" if one.disturbed else ""
    sys.stdout.write(f"{platform.name}: {one.evaluations} evaluations, closed in {one.closed}{busy}\n")
    sys.stdout.writelines(f"  {reason}\n" for reason in one.why)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
