"""Generating many gates: in any number of processes, and with what earlier runs have found, it comes to the same."""

import hashlib
import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from compiler import report
from compiler.diagnostics import Diagnostic
from compiler.generation import Outcome, Request, generate
from compiler.moment import Moment
from compiler.promtool import Tools
from compiler.spec.text import SpecFile

GATE = """\
apiVersion: promgate/v1
kind: Gate
metadata: {name: NAME, title: A gate, owner: Shop Team, next_review: 2026-03-01}
metrics:
  lag_seconds: {type: gauge, unit: seconds}
  unused: {type: gauge}
  known: {type: gauge}
acknowledge: [{code: PG701, reason: it is simple}]
overrides:
  reasons: {incident: {title: An incident}}
  approvers: {lead: {title: Lead}}
categories:
  - id: web
    title: Web
    criteria:
      - id: lag
        title: Lag
        measure: {kind: gauge, metric: lag_seconds, across: max}
        require: {at_most: 5s}
      - id: told
        title: Told
        measure: {kind: promql, expr: max(known)}
        require: {at_most: 5}
"""
OVERRIDE = """\
apiVersion: promgate/v1
kind: Overrides
gate: a0
overrides:
  - id: one
    reason: incident
    ticket: OPS-1
    approver: lead
    start: 2026-01-01T00:00:00Z
    expires: 2026-01-01T01:00:00Z
"""
NOW = Moment.parse("2026-01-01T00:30:00Z")
LATER = Moment.parse("2026-03-01T00:00:00Z")


def specs(*names: str) -> tuple[SpecFile, ...]:
    """A spec for each name, in the order of their paths."""
    return tuple(SpecFile(f"specs/{name}.yaml", GATE.replace("NAME", name).encode()) for name in names)


FEW = specs("a0", "a1", "a2")
MANY = specs(*(f"a{n}" for n in range(9)))


@pytest.fixture
def request_(tmp_path: Path) -> Request:
    """To generate a few gates."""
    out, cache = tmp_path / "out", tmp_path / "cache"
    return Request(FEW, (), None, out, NOW, None, 1, cache, complete=True, check=False, tests=True)


def run(request: Request) -> tuple[Outcome, int]:
    """What comes of it, and how many specs were compiled, as far as each is a part of its own."""
    calls: list[tuple[int, int]] = []
    outcome = generate(request, lambda done, whole: calls.append((done, whole)))
    return outcome, len(calls)


def tree(out: Path) -> dict[str, bytes]:
    """Every file below a directory."""
    return {str(path.relative_to(out)): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}


def said(found: tuple[Diagnostic, ...]) -> str:
    """Findings as a program reads them, which leaves nothing out."""
    return report.json_document(found)


@pytest.mark.parametrize("bad", [False, True], ids=["good", "bad"])
def test_the_number_of_processes_does_not_matter(request_: Request, tmp_path: Path, *, bad: bool) -> None:
    """The same files, and all findings in the same order, also where two specs have errors."""
    broken = (SpecFile("specs/b.yaml", "a: ["), SpecFile("specs/c.yaml", MANY[0].content))
    wanted = replace(request_, specs=(*MANY, *broken) if bad else MANY, cache=None)

    outcomes = {n: run(replace(wanted, jobs=n, out=tmp_path / f"out{n}"))[0] for n in (1, 2, 5)}

    assert {one.count for one in outcomes.values()} == {0 if bad else 9 * 9 + 1}
    assert "PG241" not in said(outcomes[1].findings)
    assert "PG206" in said(outcomes[1].findings)
    assert outcomes[1] == outcomes[2] == outcomes[5]
    assert tree(tmp_path / "out1") == tree(tmp_path / "out2") == tree(tmp_path / "out5")
    assert (tmp_path / "out1").exists() != bad


def test_what_did_not_change_is_not_compiled_again(request_: Request) -> None:
    """Nothing the second time, with the same findings; then just what changed, was edited, or is new."""
    cold = run(request_)
    assert run(request_) == (replace(cold[0], changed=0), 0)
    assert cold[1] == 3

    changed = replace(FEW[1], content=FEW[1].content.replace(b"at_most: 5s", b"at_most: 6s"))  # type: ignore[arg-type]
    assert run(replace(request_, specs=(FEW[0], changed, FEW[2])))[1] == 1
    assert run(replace(request_, specs=specs("a0", "a1", "a2", "a3")))[1] == 2

    (request_.out / "a2/GATE.md").unlink()
    assert run(replace(request_, specs=specs("a0", "a1", "a2", "a3")))[1] == 1


@pytest.mark.parametrize("jobs", [1, 2])
def test_tests_may_be_left_out(request_: Request, jobs: int) -> None:
    """Everything else is the same, of one gate and of many; tests that lie there go, and come back when wanted."""
    for some in (FEW[:1], MANY):
        wanted = replace(request_, specs=some, jobs=jobs, out=request_.out / f"{len(some)}")
        with_tests, _ = run(wanted)
        everything = tree(wanted.out)
        rest = {path: text for path, text in everything.items() if not path.endswith("_tests.yml")}
        assert len(everything) - len(rest) == 3 * len(some)

        without, compiled = run(replace(wanted, tests=False))

        assert tree(wanted.out) == rest
        assert compiled > 0
        assert without == replace(with_tests, count=len(rest), changed=3 * len(some))
        assert run(replace(wanted, tests=False)) == (replace(without, changed=0), 0)
        assert {one.code for one in run(replace(wanted, check=True))[0].findings} >= {"PG401"}
        run(wanted)
        assert tree(wanted.out) == everything
        surplus = run(replace(wanted, tests=False, check=True))[0].findings
        assert [one.code for one in surplus].count("PG403") == 3 * len(some)


def test_it_is_decided_by_content_and_not_by_time(request_: Request) -> None:
    """An edit that leaves size and time of a file as they were is found, and so are permissions."""
    run(request_)
    path, before = request_.out / "a1/recording_rules.yml", tree(request_.out)
    status = path.stat()
    path.write_bytes(path.read_bytes().replace(b"5", b"6"))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    (request_.out / "a2/gate-check.sh").chmod(0o644)

    checked, compiled = run(replace(request_, check=True))

    assert [one.code for one in checked.findings if one.code.startswith("PG4")] == ["PG402", "PG402"]
    assert compiled == 2
    assert run(request_)[0].changed == 2
    assert tree(request_.out) == before
    assert os.access(request_.out / "a2/gate-check.sh", os.X_OK)


def test_a_check_is_the_same_with_what_is_known(request_: Request) -> None:
    """Findings, leftovers and all, word for word."""
    run(replace(request_, specs=MANY))
    cold = run(replace(request_, check=True, cache=None))

    assert run(replace(request_, check=True)) == (cold[0], 0)
    assert {"PG403"} <= {one.code for one in cold[0].findings}


def test_the_day_of_a_review_is_not_missed(request_: Request) -> None:
    """What depends on the clock is found on the day, and what was found then is not taken for what was before."""
    run(request_)

    due, compiled = run(replace(request_, now=LATER))

    assert [one.code for one in due.findings].count("PG241") == 3
    assert compiled == 3
    assert run(replace(request_, now=LATER)) == (due, 0)
    assert "PG241" not in said(run(request_)[0].findings)


def test_a_gate_with_overrides_is_always_compiled(request_: Request) -> None:
    """An override that is added counts, what is said of it is said anew, and it ends when it is removed."""
    run(request_)
    before = tree(request_.out)
    overridden = replace(request_, overrides=(SpecFile("overrides/a0.yaml", OVERRIDE),))

    assert [run(overridden)[1], run(overridden)[1]] == [1, 1]
    assert tree(request_.out) != before
    assert run(request_)[1] == 1
    assert tree(request_.out) == before
    assert "PG510" in said(run(replace(overridden, now=LATER))[0].findings)


def test_a_tool_that_is_missing_is_missed(request_: Request) -> None:
    """What was compiled unchecked is not taken for checked, and nothing is written then."""
    run(request_)

    outcome, _ = run(replace(request_, tools=Tools(None, None)))

    assert [one.code for one in outcome.findings if one.code.startswith("PG4")] == ["PG411", "PG411"]
    assert outcome.count == 0


def test_each_tool_has_to_say_so_itself(request_: Request, tmp_path: Path) -> None:
    """Another version of promtool is asked again, and the same one is not."""
    script = tmp_path / "tool"

    def tools(version: str) -> Tools:
        script.write_text(f"#!/bin/sh\necho tool, version {version}\necho $1 >>{tmp_path}/asked\n")
        script.chmod(0o755)
        return Tools(str(script), str(script))

    counts = [run(replace(request_, tools=tools(version)))[1] for version in ("1", "1", "2", "1")]

    assert counts == [3, 0, 3, 3]
    assert run(request_)[1] == 0
    asked = (tmp_path / "asked").read_text().split()
    assert [asked.count(one) for one in ("check", "check-config")] == [9, 3]


def _damage(path: Path, change: Callable[[bytes], bytes]) -> None:
    (only,) = path.iterdir()
    only.write_bytes(change(only.read_bytes()))


EDITED = b"edited\n"
DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda raw: raw[:0],
    "cut": lambda raw: raw[: len(raw) // 2],
    "no text": lambda raw: b"\xff" + raw,
    "another compiler": lambda raw: (b"1" if raw.startswith(b"0") else b"0") + raw[1:],
    "another verdict": lambda raw: raw.replace(b'"of"', b'"of "'),
    "another hash": lambda raw: re.sub(
        rb'(a1/GATE.md", "digest": ")\w+', rb"\g<1>" + hashlib.sha256(EDITED).hexdigest().encode(), raw
    ),
    "another file": lambda raw: raw.replace(b"a1/GATE.md", b"a2/GATE.md"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_cache_is_none(request_: Request, damage: str) -> None:
    """It gives neither a wrong file nor a failure, and is whole again afterwards."""
    cold, _ = run(request_)
    before = tree(request_.out)
    _damage(request_.cache or Path(), DAMAGE[damage])
    (request_.out / "a1/GATE.md").write_bytes(EDITED)

    assert run(request_)[0].findings == cold.findings
    assert tree(request_.out) == before
    assert run(request_)[1] == 0


def test_another_compiler_believes_nothing(request_: Request) -> None:
    """What promgate, Python or a library of another version found is not taken over."""
    run(request_)
    _damage(request_.cache or Path(), DAMAGE["another compiler"])

    assert [run(request_)[1], run(request_)[1]] == [3, 0]


@pytest.mark.parametrize("thing", ["file", "directory"])
def test_a_cache_that_cannot_be_written_is_no_failure(request_: Request, thing: str) -> None:
    """A file where its directory should be, or a directory where its file should be."""
    assert request_.cache
    if thing == "file":
        request_.cache.write_text("mine")
    else:
        run(request_)
        (only,) = request_.cache.iterdir()
        only.unlink()
        only.mkdir()

    assert [run(request_)[1], run(request_)[1]] == [3, 3]
    assert thing == "directory" or request_.cache.read_text() == "mine"


def test_a_bad_spec_among_good_ones_writes_nothing(request_: Request) -> None:
    """Not even a directory; and what lies there stays as it is, to the last byte."""
    bad = replace(request_, specs=(*FEW, SpecFile("specs/z.yaml", "kind: Gate\n")), jobs=2)
    assert run(bad)[0].count == 0
    assert not request_.out.exists()

    run(request_)
    before = tree(request_.out)
    changed = [replace(one, content=one.content.replace(b"5s", b"7s")) for one in FEW]  # type: ignore[arg-type]
    assert run(replace(bad, specs=(*changed, bad.specs[-1])))[0].count == 0
    assert tree(request_.out) == before


def test_two_gates_of_one_name_are_found_with_what_is_known(request_: Request) -> None:
    """Each is known to be good by itself, which does not make both good."""
    run(request_)
    twice = SpecFile("specs/a3.yaml", FEW[0].content)

    outcomes = [run(replace(request_, specs=(*FEW, twice)))[0] for _ in range(2)]

    assert [[one.code for one in outcome.findings].count("PG110") for outcome in outcomes] == [1, 1]
