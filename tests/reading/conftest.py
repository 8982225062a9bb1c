"""Fixtures of the reading side: a script with little patience, so that a silent server costs a second or two."""

from pathlib import Path

import pytest
from gate_script import SHELLS, Script, require_shell
from plans import gate
from reading.certificates import Authority

PATIENCE = (1, 2)


@pytest.fixture
def script(tmp_path: Path) -> Script:
    """The script of the sample gate."""
    return Script(tmp_path, gate(), PATIENCE)


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest, tmp_path: Path) -> list[str]:
    """Each POSIX shell that is here."""
    return require_shell(request.param, tmp_path)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """A private certificate authority."""
    return Authority(tmp_path_factory.mktemp("authority"))
