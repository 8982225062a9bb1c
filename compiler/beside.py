"""Two pieces of work at the same time: one here, the other in a fork of this process.

A fork has all that this process has, so nothing has to be sent to it, and it is there in a few milliseconds, where a
pool of processes takes as long to load as it would save.
"""

import os
import pickle
import threading
from collections.abc import Callable
from contextlib import suppress
from signal import SIGKILL
from typing import Final, NoReturn, TypeVar

Here = TypeVar("Here")
There = TypeVar("There")

_DONE: Final = 0
_FAILED: Final = 1


def beside(here: Callable[[], Here], there: Callable[[], There]) -> tuple[Here, There]:
    """Both results; they must not depend on where they are had, and the second one must be something to pickle.

    Where no fork is to be had, or it fails or is killed, `there` is done here too, and so is its error raised.
    """
    pipe = _forked(there)
    if pipe is None:
        return here(), there()
    child, reads = pipe
    try:
        with os.fdopen(reads, "rb") as results:
            ours = here()
            sent = results.read()
    except BaseException:
        with suppress(ProcessLookupError):
            os.kill(child, SIGKILL)
        os.waitpid(child, 0)
        raise
    _, status = os.waitpid(child, 0)
    # Nobody else could have written it: the pipe has no name.
    return ours, pickle.loads(sent) if status == _DONE else there()  # noqa: S301


def _forked(work: Callable[[], object]) -> tuple[int, int] | None:
    """A process that works, and the pipe on which its result comes; None if there cannot be one.

    Other threads would not be in the fork, but what they have locked would be.
    """
    if not hasattr(os, "fork") or threading.active_count() > 1:
        return None
    reads, writes = os.pipe()
    try:
        child = os.fork()
    except OSError:  # no more processes, or no memory
        os.close(reads)
        os.close(writes)
        return None
    if not child:
        _work(work, writes)
    os.close(writes)
    return child, reads


def _work(work: Callable[[], object], writes: int) -> NoReturn:
    """In the fork, which ends here, whatever happens: what the first process would do at its end is not its to do."""
    code = _FAILED
    try:
        with os.fdopen(writes, "wb") as pipe:
            pickle.dump(work(), pipe, pickle.HIGHEST_PROTOCOL)
        code = _DONE
    finally:
        os._exit(code)
