"""Fixtures that run gate-check.sh."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from gate_script import PASS, SHELLS, Script, require_shell
from plans import gate
from stub_prometheus import StubPrometheus, scene


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest, tmp_path: Path) -> list[str]:
    """Each POSIX shell that is here."""
    return require_shell(request.param, tmp_path)


@pytest.fixture
def script(tmp_path: Path) -> Script:
    """The script of the sample gate."""
    return Script(tmp_path, gate())


@pytest.fixture
def slow() -> Iterator[StubPrometheus]:
    """A server that sends its headers and then one byte a second."""
    with StubPrometheus(scene(replace(PASS, drip=1))) as prometheus:
        yield prometheus
