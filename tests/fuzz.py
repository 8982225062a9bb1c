"""A hundred thousand damaged specs through the front end: no traceback, no problem without a place.

    make fuzz                                   all of them, on every processor
    make fuzz ARGS="--count 1000 --seed 7"      others
    make fuzz ARGS="--only 4711"                one again

Unlike the cases of test_fuzz.py these are made by a plain generator, which is an order of magnitude faster than one
that can shrink what it finds. Case N of a seed is always the same.
"""

import argparse
import multiprocessing
import os
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

import yaml
from test_fuzz import HOSTILE, SEEDS, TREES, at, places, sound

from compiler.frontend import check_specs
from compiler.spec.text import SpecFile

_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BATCH = 250
_WORDS = ("at_least", "at_most", "above", "below", "equals")
_BOUNDS = ("0%", "1%", "99.9%", "100%", "150ms", "1h", 0, 5, "0.02 USD", {"metric": "depth"}, {"by_member": {"a": 1}})
# By key: values that could stand there; none stands for any of the declared metrics.
_PLAUSIBLE: dict[Any, tuple[Any, ...]] = {
    **dict.fromkeys(_WORDS, _BOUNDS),
    **dict.fromkeys(("metric", "part", "total", "histogram", "good", "bad", "from"), ()),
    "between": ([1, 2], [2, 1], ["70%", "90%"], ["1s", "0s"]),
    "measure": (
        {"kind": "freshness"},
        {"kind": "gauge", "metric": "depth"},
        {"kind": "age", "metric": "paused"},
        {"kind": "growth", "metric": "depth"},
        {"kind": "increase", "metric": "bad_total", "alive": "all_total"},
        {"kind": "largest_share", "metric": "all_total", "of": "zone"},
        {"kind": "share_deviation", "metric": "all_total", "of": "zone", "target": "depth"},
        {"kind": "unit_cost", "cost": "bad_total", "units": "all_total", "per": 1000},
        {"kind": "deviation_from_average", "metric": "all_total", "period": "1h", "baseline": "1d"},
        {"kind": "alerts", "alertname": "A.*", "firing_for": "5m", "alive": "depth"},
        {"kind": "promql", "expr": "max(depth) / 60", "unit": "minutes"},
        {"kind": "ratio", "bad": "bad_total", "total": "all_total"},
    ),
    "quantile": ("5%", "50%", "95%", "99%", 0.5, "200%", "1s"),
    "window": ("1s", "30s", "10m", "7d"),
    "type": ("counter", "gauge", "histogram"),
    "unit": ("seconds", "ratio", "USD", "bytes", "number"),
    "buckets": ([], [1], [0.1, 0.2], [2, 1]),
    "labels": ([], ["zone"], ["zone", "job"]),
    "by": ([], ["zone"], ["zone", "instance"], ["nowhere"]),
    "members": ({"listed": ["a"]}, {"label": "zone", "from": "depth"}, {"label": "job", "listed": ["a", "b"]}),
    "min_events": (1, 5, 100, 10**9),
    "when_absent": ("zero", "fail"),
    "min_coverage": ("0%", "50%", "101%", "1s"),
    "waive_while": ({"metric": "paused"}, {"metric": "depth", "equals": 2, "must_exist": False}),
    "id": ("errors", "delay", "depth", "other"),
}
_SMALL = 0.9  # the share of cases that are made from the smallest seed


@dataclass(frozen=True)
class Batch:
    """What became of some cases: how many, the codes that were found, and the cases that broke the law."""

    count: int
    codes: Counter[str]
    broken: tuple[str, ...]


def case(seed: int, number: int) -> str:
    """The damaged spec of that number."""
    random = Random(f"{seed}:{number}")
    index = 0 if random.random() < _SMALL else random.randrange(len(SEEDS))
    damage = random.random()
    if damage < 1 / 3:
        return _damaged_text(random, SEEDS[index])
    return _damaged_tree(random, index) if damage < 2 / 3 else _meant_otherwise(random, index)


def _damaged_tree(random: Random, index: int) -> str:
    """Nodes deleted, doubled, renamed, swapped or replaced."""
    tree = yaml.load(yaml.dump(TREES[index], Dumper=_DUMPER), Loader=_LOADER)
    for _ in range(random.choice((1, 1, 1, 2, 4))):
        paths = [path for path in places(tree) if path]
        if not paths:
            break
        path, other = random.choice(paths), random.choice(paths)
        parent, key = at(tree, path[:-1]), path[-1]
        match random.choice(("replace", "replace", "delete", "double", "copy", "rename")):
            case "replace":
                parent[key] = _value(random)
            case "delete":
                del parent[key]
            case "double" if isinstance(parent, list):
                parent.insert(key, parent[key])
            case "rename" if isinstance(parent, dict):
                parent[random.choice((*HOSTILE, str(other[-1])))] = parent.pop(key)
            case _:
                parent[key] = yaml.load(yaml.dump(at(tree, other), Dumper=_DUMPER), Loader=_LOADER)
    return str(yaml.dump(tree, Dumper=_DUMPER, sort_keys=False, allow_unicode=random.random() < 0.5))


def _meant_otherwise(random: Random, index: int) -> str:
    """Values exchanged for others that could stand there, so that what is wrong is the meaning."""
    tree = yaml.load(yaml.dump(TREES[index], Dumper=_DUMPER), Loader=_LOADER)
    metrics = list(tree["metrics"])
    for _ in range(random.randint(1, 5)):
        path = random.choice([one for one in places(tree) if one and one[-1] in _PLAUSIBLE])
        parent, key = at(tree, path[:-1]), path[-1]
        value = random.choice(_PLAUSIBLE[key] or metrics)
        if key in _WORDS:
            parent[random.choice(_WORDS)] = parent.pop(key)
        elif isinstance(parent, dict):
            parent[key] = value
    return str(yaml.dump(tree, Dumper=_DUMPER, sort_keys=False))


def _value(random: Random) -> Any:
    number = random.choice((random.randint(-3, 300), random.uniform(-2, 120), 10 ** random.randint(0, 40)))
    texts = (f"{number}%", f"{number}ms", f"{abs(int(number))}s", f"{number} USD", random.choice(HOSTILE))
    plain: tuple[Any, ...] = (number, True, None, [], {}, [random.choice(HOSTILE)], {random.choice(HOSTILE): number})
    return random.choice((*texts, *plain))


def _damaged_text(random: Random, text: str) -> str:
    """Lines and characters removed, repeated, moved or put in."""
    lines = text.split("\n")
    for _ in range(random.randint(1, 4)):
        i, j = random.randrange(len(lines)), random.randrange(len(lines))
        column = random.randint(0, len(lines[i]))
        match random.choice(("drop", "repeat", "swap", "indent", "insert", "cut")):
            case "drop" if len(lines) > 1:
                del lines[i]
            case "repeat":
                lines.insert(j, lines[i])
            case "swap":
                lines[i], lines[j] = lines[j], lines[i]
            case "indent":
                lines[i] = random.choice((" ", "  ", "\t", "- ")) + lines[i]
            case "insert":
                lines[i] = lines[i][:column] + random.choice(HOSTILE) + lines[i][column:]
            case _:
                lines[i] = lines[i][:column]
    return "\n".join(lines)


def run(job: tuple[int, range]) -> Batch:
    """Try the cases of some numbers."""
    seed, numbers = job
    codes: Counter[str] = Counter()
    broken = []
    for number in numbers:
        text = case(seed, number)
        try:
            checked = check_specs([SpecFile("fuzz.yaml", text)])
            found = (*checked.diagnostics, *checked.acknowledged)
            sound(found, text)
            codes.update({one.code for one in found} or {"clean"})
        except BaseException as error:  # noqa: BLE001 - any at all is what this looks for
            where = "".join(traceback.format_exception(error)[-3:])
            broken.append(f"case {number} of seed {seed}:\n{where}")
    return Batch(len(numbers), codes, tuple(broken))


def _jobs(seed: int, count: int) -> Iterator[tuple[int, range]]:
    yield from ((seed, range(start, min(start + _BATCH, count))) for start in range(0, count, _BATCH))


def _all(seed: int, count: int) -> int:
    begun, done, codes = time.monotonic(), 0, Counter[str]()
    with multiprocessing.Pool(os.cpu_count()) as pool:
        for batch in pool.imap_unordered(run, _jobs(seed, count)):
            done += batch.count
            codes += batch.codes
            if batch.broken:
                sys.stderr.write("\n".join(("", *batch.broken)))
                pool.terminate()
                return 1
            if sys.stderr.isatty() or done % (count // 10 or 1) < _BATCH:
                rate = done / (time.monotonic() - begun)
                sys.stderr.write(f"{done:,} of {count:,} cases, {rate:.0f} a second\n")
    clean = codes.pop("clean", 0)
    found = ", ".join(f"{code} {number:,}" for code, number in sorted(codes.items()))
    sys.stdout.write(f"{done:,} damaged specs: no traceback, every problem has a place; {clean:,} were clean\n")
    sys.stdout.write(f"{len(codes)} codes: {found}\n")
    return 0


def main() -> int:
    """Run; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, help="print this case, and try it alone")
    given = parser.parse_args()
    if given.only is None:
        return _all(given.seed, given.count)
    sys.stdout.write(case(given.seed, given.only))
    broken = run((given.seed, range(given.only, given.only + 1))).broken
    sys.stderr.write("\n".join(broken))
    return bool(broken)


if __name__ == "__main__":
    sys.exit(main())
