"""`promgate init`: the gate it writes compiles and has no finding, whatever it is about; nothing is overwritten."""

import json
import os
import pty
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from engines import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st
from test_cli import run

from compiler.pipeline import compile_specs
from compiler.spec.schema import schema
from compiler.spec.text import SpecFile
from compiler.starter import SCHEMA_FILE, Answers, starter

ANSWERS = Answers(
    name="shop-readiness",
    title="Shop readiness",
    owner="Shop Team",
    requests="http_requests_total",
    errors='http_requests_total{code=~"5.."}',
    latency="http_request_duration_seconds",
    availability="99.5%",
    latency_at_most="250ms",
)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"latency": ""},
        {"errors": "http_errors_total", "availability": "99.95%"},
        {"requests": 'http_requests_total{job="shop"}', "errors": 'http_requests_total{job="shop",code=~"5.."}'},
        {"latency": 'http_server_ms{route!="/health"}', "latency_at_most": "0.3s"},
        {"availability": "0.9", "name": "yes"},
    ],
    ids=["defaults", "no latency", "two counters", "matchers", "milliseconds", "a bare share"],
)
def test_what_it_writes_compiles_without_a_finding(changes: dict[str, str]) -> None:
    """For each kind of answer; the schema beside it is named in its first line."""
    answers = replace(ANSWERS, **changes)
    result = compile_specs([SpecFile("gate.yaml", starter(answers))])

    assert result.diagnostics == ()
    assert f"{answers.name}/gate-check.sh" in {str(one.path) for one in result.artifacts}
    assert starter(answers).startswith(f"# yaml-language-server: $schema={SCHEMA_FILE}\n")


@settings(max_examples=25, deadline=None, derandomize=True, database=None)
@given(st.text(min_size=1, max_size=30), st.sampled_from(["a: b", "'", '"', "x # y", "{{ .X }}", "yes", "- a", "\\n"]))
def test_no_text_breaks_it(title: str, owner: str) -> None:
    """What people write stands in the spec as they wrote it."""
    metadata = yaml.safe_load(starter(replace(ANSWERS, title=title, owner=owner)))["metadata"]

    assert (metadata["title"], metadata["owner"]) == (title, owner)


def test_it_writes_a_spec_and_the_schema_beside_it(tmp_path: Path) -> None:
    """Named after the directory, if no name is given; then lint has nothing to say."""
    directory = tmp_path / "My Shop"
    directory.mkdir()

    code, out, err = run(directory, "init", "--owner", "Shop Team")

    assert (code, out) == (0, "")
    assert err == (
        "specs/my-shop-readiness.yaml is written; adapt it, then run `promgate lint` and `promgate generate`\n"
    )
    assert json.loads((directory / "specs" / SCHEMA_FILE).read_text()) == schema()
    assert run(directory, "lint") == (0, "", "")


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """Neither a spec nor a schema that is there already."""
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / SCHEMA_FILE).write_text("mine")
    spec = tmp_path / "specs/shop.yaml"
    assert run(tmp_path, "init", "--name", "shop", "--owner", "Shop Team")[0] == 0
    spec.write_text("mine")

    code, _, err = run(tmp_path, "init", "--name", "shop", "--owner", "Shop Team")

    assert code == 2
    assert "specs/shop.yaml is there already, and nothing is overwritten" in err
    assert (spec.read_text(), (tmp_path / "specs" / SCHEMA_FILE).read_text()) == ("mine", "mine")


def test_a_file_names_the_gate(tmp_path: Path) -> None:
    """Rather than the directory that somebody happens to be in."""
    assert run(tmp_path, "init", "specs/order-flow.yaml", "--owner", "Shop Team")[0] == 0

    assert yaml.safe_load((tmp_path / "specs/order-flow.yaml").read_text())["metadata"]["name"] == "order-flow"


def test_no_part_of_a_file_is_left(tmp_path: Path) -> None:
    """Where the disk is full, or as here no file may be so long; the next try would take it for a spec."""
    limit = "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (99, 99)); "
    program = f"{limit}from compiler.cli import main; sys.exit(main(sys.argv[1:]))"
    ran = subprocess.run(
        [sys.executable, "-c", program, "init", "a.yaml", "--owner", "Shop Team"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ran.returncode, ran.stderr) == (3, "promgate: a.yaml: File too large\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--name", "shop"], "give --owner; there is no terminal to ask on"),
        (["--owner", "x", "--name", "Shop"], "error[PG105]: 'name' cannot be 'Shop'"),
        (["--owner", "x", "--name", "../../shop"], "error[PG105]: 'name' cannot be '../../shop'"),
        (["--owner", "x", "--name", "shop", "--errors", "a{"], "'a{' is not a metric selector"),
        (["--owner", "x", "--name", "shop", "--availability", "much"], "'much' is not a quantity"),
        (["--owner", "x", "--name", "shop", "--latency-at-most", "1 parsec"], "unknown unit 'parsec'"),
        (["--owner", "x", "--name", "shop", "--latency-at-most", "5%"], "error[PG203]: 5% is in percent"),
    ],
)
def test_what_cannot_be_a_gate_is_not_written(tmp_path: Path, arguments: list[str], words: str) -> None:
    """Exit code 2, with what is wrong; no file."""
    code, out, err = run(tmp_path, "init", *arguments)

    assert (code, out) == (2, "")
    assert words in err
    assert list(tmp_path.iterdir()) == []


def test_a_terminal_is_asked(tmp_path: Path) -> None:
    """For what is not given; an empty answer takes what is proposed."""
    ours, theirs = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-m", "compiler", "init", "--owner", "Shop Team"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT), "TERM": "xterm"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    os.write(ours, b"shop\n\nshop_requests_total\nshop_errors_total\nnone\n99.9%\n")
    said = b""
    with suppress(OSError):  # which is how Linux ends a terminal
        while chunk := os.read(ours, 4096):
            said += chunk
    os.close(ours)

    assert child.wait(timeout=60) == 0
    assert "Title for people [Shop]: " in said.decode()
    assert "Team that answers for it" not in said.decode()
    assert (
        "measure: {kind: ratio, bad: shop_errors_total, total: shop_requests_total}\n"
        in (tmp_path / "specs/shop.yaml").read_text()
    )
