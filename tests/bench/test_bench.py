"""The benchmarks' page is what was measured, and what measures works; `make bench` measures."""

import sys
from pathlib import Path

import pytest
from bench.page import page
from bench.part import Options, exponent
from bench.parts import PARTS, compiling, duration, sloth
from bench.parts.growth import copied
from bench.process import timed, weighed
from bench.results import Result, dumped, here, loaded
from bench.run import DOCS
from engines import Engine

NUMBERS = (DOCS / "benchmarks.json").read_text()


def test_the_page_shows_what_was_measured() -> None:
    """Nobody has written into it: it follows from the numbers beside it."""
    assert (DOCS / "benchmarks.md").read_text() == page(loaded(NUMBERS), PARTS)
    assert dumped(loaded(NUMBERS), PARTS) == NUMBERS


def test_every_part_was_measured() -> None:
    """And no part is left over in the numbers."""
    assert list(loaded(NUMBERS)) == [part.NAME for part in PARTS]


def test_a_part_that_was_not_measured_says_so() -> None:
    """With the command that does."""
    assert page({}, PARTS).count("Not measured yet") == len(PARTS)


def test_numbers_come_back_as_they_were() -> None:
    """From JSON."""
    results = {PARTS[0].NAME: Result(here(), ({"what": "a", "samples": 1, "of_floor": 0.1},))}

    assert loaded(dumped(results, PARTS)) == results


def test_an_exponent_is_the_power() -> None:
    """Of what grows like one."""
    assert exponent((x, 7 * x**1.5) for x in (1, 10, 100)) == pytest.approx(1.5)


def test_memory_and_processors_of_all_processes_count(tmp_path: Path) -> None:
    """A process that only waits for another, which holds 64 MiB for a while."""
    inner = f"import time; held = bytearray({64 * 2**20}); time.sleep(0.5)"
    outer = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {inner!r}])"
    ran, memory = weighed((sys.executable, "-c", outer), tmp_path, tmp_path)

    assert memory > 64 * 2**20
    assert ran.cpu > 0


def test_a_command_that_fails_is_no_measurement(tmp_path: Path) -> None:
    """What it said is in the error."""
    with pytest.raises(RuntimeError, match="exited with 3:\nwhy"):
        timed((sys.executable, "-c", "import sys; print('why'); sys.exit(3)"), tmp_path, tmp_path)


def test_copies_of_the_criteria_share_nothing() -> None:
    """Twice the criteria but for one, with twice the metrics."""
    once, twice = copied(1), copied(2)
    ids = [one["id"] for category in twice["categories"] for one in category["criteria"]]

    assert len(twice["metrics"]) == 2 * len(once["metrics"])
    assert len(ids) == len(set(ids)) == 2 * 29 - 1


@pytest.mark.slow
def test_a_sloth_on_path_is_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With one that writes a rule for each objective: what it is asked for is there, and what it writes is read."""
    rule = "{record: 'a:b', expr: 'sum(rate(router_errors_total[30m]))'}"
    script = f"""#!/bin/sh
    [ "$1 $2 $4" = "generate -i -o" ] && grep -q router_errors_total "$3" || exit 1
    echo "groups: [{{name: a, rules: [{rule}, {rule}, {rule}, {rule}]}}]" >"$5"
    """
    (tmp_path / "sloth").write_text(script)
    (tmp_path / "sloth").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    theirs, ours = sloth.measure(Options())

    assert (theirs["rules"], theirs["samples"]) == (1, 4 * 120 * 120)
    assert float(ours["rules"]) > 1


@pytest.mark.slow
def test_many_gates_are_compiled_and_counted() -> None:
    """Each with all of its rules, and again when one has changed."""
    rows = list(compiling._rows(2))

    assert {row["rules"] for row in rows} == {2 * int(next(iter(compiling._rows(1)))["rules"])}
    assert all(float(row["cpu"]) > 0 and float(row["memory"]) > 0 for row in rows)


@pytest.mark.slow
def test_groups_are_evaluated_by_a_server_with_bystanders(any_engine: Engine) -> None:
    """An open gate, without its passes, and the queries by hand: each as often as is asked for."""
    rows = list(duration._rows(any_engine, 1, 1000))

    assert [row["what"] for row in rows] == [duration._GATE, duration._PLAIN, duration._HAND]
    assert all(float(row["median"]) > 0 and int(row["series"]) > 2000 for row in rows)
