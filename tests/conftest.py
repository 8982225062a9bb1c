"""Fixtures: `engine` runs a test on every generation of engines, `any_engine` on one; `npm` installs packages."""

import fcntl
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from engines import SUITES, Engine, find_engine, require, run_tool


def _id(suite: str) -> str:
    found = find_engine(suite)
    return found.name if found else suite


def _require_engine(suite: str) -> Engine:
    return require(find_engine(suite), f"there is no usable Prometheus of {suite}: run scripts/fetch-engines")


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test sees what another run, or the person who runs it, has compiled."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


# What holds on the oldest and on the newest generation seldom fails between them.
_PARAMS = [pytest.param(suite, marks=pytest.mark.slow) if suite == "trixie" else suite for suite in SUITES]


@pytest.fixture(scope="session", params=_PARAMS, ids=_id)
def engine(request: pytest.FixtureRequest) -> Engine:
    """Each generation of Prometheus and Alertmanager in turn."""
    return _require_engine(request.param)


@pytest.fixture(scope="session")
def any_engine() -> Engine:
    """One engine, for tests where the generation cannot matter: the oldest that is there."""
    suite = next((suite for suite in SUITES if find_engine(suite)), SUITES[0])
    return _require_engine(suite)


@pytest.fixture(scope="session")
def npm() -> Callable[[Path], Path]:
    """Installs the packages of the `package.json` in a directory; gives the directory that they are in."""
    return _npm_install


def _npm_install(directory: Path) -> Path:
    client = Path(require(shutil.which("npm"), "npm is not installed"))
    # Several test processes may come here at once, and two npm in one directory break each other's work.
    with (directory / "package.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (directory / "node_modules/.package-lock.json").is_file():  # which npm writes when all else is there
            quiet = ("--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts")
            installed, output = run_tool(client, "install", *quiet, cwd=directory)
            require(installed or None, f"npm could not install the packages of {directory.name}: {output[-500:]}")
    return directory / "node_modules"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test that uses an engine or npm, so that nobody forgets to."""
    for item in items:
        if {"engine", "any_engine", "npm"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.engine)
