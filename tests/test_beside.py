"""Two pieces of work beside each other: the same results, wherever they were had, and nothing left behind."""

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from compiler.beside import beside
from compiler.building import Order, build
from compiler.moment import Moment
from compiler.overrides.checked import read_exceptions
from compiler.spec.text import SpecFile

ROOT = Path(__file__).resolve().parent.parent


def no_children() -> bool:
    """Whether no process of ours is left, not even one that has ended."""
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return True
    return False


def test_both_are_done_and_one_of_them_elsewhere() -> None:
    """By another process."""
    here, there = beside(os.getpid, os.getpid)
    assert here == os.getpid()
    assert there != os.getpid()
    assert no_children()


def test_more_than_a_pipe_holds_comes_back() -> None:
    """The fork waits for its reader."""
    large = "x" * (1 << 22)
    assert beside(lambda: 1, lambda: large) == (1, large)
    assert no_children()


def test_both_work_at_the_same_time() -> None:
    """The first one needs something of the second."""
    reads, writes = os.pipe()

    def waits() -> bytes:
        return os.read(reads, 1)  # which comes only if the other one does not wait for us

    assert beside(waits, lambda: os.write(writes, b"x")) == (b"x", 1)
    os.close(reads)
    os.close(writes)


def killed() -> None:
    """As by the system, when there is no more memory."""
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("ends", [killed, lambda: os._exit(1)], ids=["killed", "fails"])
def test_what_a_fork_does_not_do_is_done_here(ends: Callable[[], None]) -> None:
    """It ends without a result."""
    ours = os.getpid()

    def there() -> int:
        if os.getpid() != ours:
            ends()
        return os.getpid()

    assert beside(lambda: 1, there) == (1, ours)
    assert no_children()


def test_what_cannot_be_sent_is_made_here() -> None:
    """A function, for example."""
    _, there = beside(lambda: 1, lambda: [lambda: 7])
    assert [made() for made in there] == [7]  # type: ignore[no-untyped-call]
    assert no_children()


def test_the_error_of_a_fork_is_raised_here() -> None:
    """As if nothing had been forked: the work is done again."""

    def fails() -> None:
        raise ValueError("this one")

    with pytest.raises(ValueError, match="this one"):
        beside(lambda: 1, fails)
    assert no_children()


def test_with_an_error_here_the_fork_is_ended() -> None:
    """Nobody waits for what nobody wants."""

    def fails() -> None:
        raise KeyboardInterrupt

    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        beside(fails, lambda: time.sleep(60))
    assert time.monotonic() - begun < 30
    assert no_children()


def test_with_other_threads_nothing_is_forked() -> None:
    """What they have locked would stay locked."""
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    try:
        assert beside(os.getpid, os.getpid) == (os.getpid(), os.getpid())
    finally:
        done.set()
        thread.join()


def test_without_forks_all_is_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """There may be no more processes, or no such thing."""

    def none_left() -> int:
        raise OSError("no more processes")

    monkeypatch.setattr(os, "fork", none_left)
    assert beside(os.getpid, os.getpid) == (os.getpid(), os.getpid())
    monkeypatch.delattr(os, "fork")
    assert beside(os.getpid, os.getpid) == (os.getpid(), os.getpid())


@pytest.mark.parametrize(("tests", "count"), [(True, 9), (False, 6)])
def test_artifacts_are_the_same_however_many_processes_make_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, tests: bool, count: int
) -> None:
    """And they are in the same order."""
    forks: list[int] = []
    fork = os.fork

    def counted() -> int:
        forks.append(fork())
        return forks[-1]

    monkeypatch.setattr(os, "fork", counted)
    file = SpecFile("specs/a.yaml", (ROOT / "specs" / "checkout-readiness.yaml").read_bytes())
    order = Order(tmp_path, None, read_exceptions(()), Moment(0), None, tests=tests)
    (alone,), (beside_each_other,) = (list(build(order, [file], jobs)) for jobs in (1, 2))
    assert len(forks) == 1
    assert alone.made[0].written == beside_each_other.made[0].written
    assert len(alone.made[0].written) == count
    assert alone.made[0].looked == beside_each_other.made[0].looked
