"""Writing texts that are no artifacts: what starts a project, overrides, and pages of documentation."""

import os
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_READABLE: Final = stat.S_IRUSR | stat.S_IWUSR | stat.S_IRGRP | stat.S_IROTH


def write_new(path: Path, text: str) -> bool:
    """Write a file that is not there yet, whole or not at all; False if there is something. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        file = path.open("x", encoding="utf-8", newline="\n")
    except FileExistsError:
        return False
    try:
        with file:
            file.write(text)
    except OSError as error:  # a full disk, of which the system does not say which file it is about
        path.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror, str(path)) from None
    return True


def write_pages(directory: Path, pages: Mapping[str, str]) -> None:
    """Write texts by their file names; pages of codes that are gone are removed. Raises OSError."""
    directory.mkdir(parents=True, exist_ok=True)
    for path in sorted(directory.glob("PG[0-9][0-9][0-9].md")):
        if path.name not in pages:
            path.unlink()
    for name, text in pages.items():
        (directory / name).write_text(text, encoding="utf-8", newline="\n")


def replace(path: Path, text: str) -> None:
    """Write a file whole or not at all, with the permissions that it has. Raises OSError; then it is as it was."""
    target = Path(os.path.realpath(path))
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as file:
        fresh = Path(file.name)
        file.write(text.encode())
    try:
        fresh.chmod(stat.S_IMODE(target.stat().st_mode) if target.exists() else _READABLE)
        fresh.replace(target)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
