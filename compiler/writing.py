"""Writing artifacts: all or nothing.

Every new text is first written beside its place, into a stage, as soon as it is there. When all is good, all are
renamed, and if that fails the old files are put back. A file that has the text is not touched; a directory that loses
its last file is removed.
"""

import os
import shutil
import stat
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from compiler.comparing import Changes, Looked, look

if TYPE_CHECKING:  # the package of back ends loads all of them, and where nothing has changed, none is needed
    from compiler.backends.base import Artifact

_EXECUTABLE: Final = stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH
_NEW: Final = "new"
_OLD: Final = "old"
_PREFIX: Final = ".promgate-stage-"


class Stage:
    """Where new texts wait until all is good; made when it is asked for, and gone at the end.

    So are directories that were made for it, where nothing was written. Who is killed by force cannot clear up; the
    system takes back the lock on its stage then, which tells the next run that it is nobody's.
    """

    def __init__(self, out: Path) -> None:
        self._out = out
        self._made: list[Path] = []
        self._directory: Path | None = None
        self._lock: int | None = None

    @property
    def directory(self) -> Path:
        """The directory. Raises OSError."""
        if self._directory is None:
            self._made = _make(self._out)
            alone = _locked(self._out, wait=True)  # so that nobody sees a stage that is not locked yet
            try:
                _remove_abandoned(self._out)
                # In the output directory, so that renaming stays on one file system; deeper than any rule glob looks.
                self._directory = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=self._out))
                self._lock = _locked(self._directory)
            finally:
                _unlock(alone)
            if self._lock is not None:  # a worker outlives who is killed, and would keep the lock
                os.register_at_fork(after_in_child=self._let_go)
        return self._directory

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._directory:
            shutil.rmtree(self._directory, ignore_errors=True)
            self._let_go()
        for directory in reversed(self._made):
            with suppress(OSError):  # not empty
                directory.rmdir()

    def _let_go(self) -> None:
        _unlock(self._lock)
        self._lock = None


def _remove_abandoned(out: Path) -> None:
    for one in out.glob(f"{_PREFIX}*"):
        if (lock := _locked(one)) is not None:
            shutil.rmtree(one, ignore_errors=True)
            _unlock(lock)


def _locked(directory: Path, *, wait: bool = False) -> int | None:
    """A lock on a directory, for `_unlock`. None if somebody else has it, or the system has no such locks."""
    try:
        import fcntl  # noqa: PLC0415 - of Unix alone

        held = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except (ImportError, OSError):
        return None
    try:
        fcntl.flock(held, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        os.close(held)
        return None
    return held


def _unlock(lock: int | None) -> None:
    if lock is not None:
        os.close(lock)


def settle(out: Path, artifact: "Artifact", stage: Path | None) -> Looked:
    """Compare an artifact with what lies at its place, and put it on the stage if that differs. Raises OSError.

    Without a stage, nothing is to be written.
    """
    looked = look(out, artifact)
    if looked.difference and stage:
        _put(stage / _NEW / artifact.path, artifact)
    return looked


def write(out: Path, stage: Stage, changes: Changes) -> None:
    """Carry out the changes, all or none. Raises OSError; then everything is as it was."""
    if not changes.count:
        return
    _replace_all(out, stage.directory, changes)
    for directory in {(out / path).parent for path in changes.leftover} - {out}:
        with suppress(OSError):  # not empty: the rest is not ours
            directory.rmdir()


def _replace_all(out: Path, stage: Path, changes: Changes) -> None:
    undo: list[tuple[Path, Path | None]] = []  # a path and its old file; None: there was none
    made: list[Path] = []
    try:
        for one in changes.differences:
            target = out / one.path
            made += _make(target.parent)
            undo.append((target, _set_aside(target, stage / _OLD / one.path)))
            (stage / _NEW / one.path).replace(target)
        for path in changes.leftover:
            undo.append((out / path, _set_aside(out / path, stage / _OLD / path)))
            (out / path).unlink()
    except BaseException:
        _put_back(undo, made)
        raise


def _put(path: Path, artifact: "Artifact") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(artifact.text, encoding="utf-8", newline="\n")
    if artifact.executable:
        path.chmod(path.stat().st_mode | (_EXECUTABLE & (path.stat().st_mode >> 2)))  # execute where one may read


def _set_aside(target: Path, aside: Path) -> Path | None:
    """A second name for the file at the target, which stays where it is until it is replaced."""
    if not target.exists():
        return None
    aside.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(target, aside)
    except OSError:  # a file system without hard links
        shutil.copy2(target, aside)
    return aside


def _put_back(undo: Iterable[tuple[Path, Path | None]], made: Iterable[Path]) -> None:
    for target, old in undo:
        if old:
            old.replace(target)
        else:
            target.unlink(missing_ok=True)
    for directory in reversed(tuple(made)):
        with suppress(OSError):  # somebody else put something into it
            directory.rmdir()


def _make(directory: Path) -> list[Path]:
    """Make a directory and what it is in; gives those that were not there, outermost first."""
    missing = [one for one in (*reversed(directory.parents), directory) if not one.exists()]
    for one in missing:
        one.mkdir()
    return missing
