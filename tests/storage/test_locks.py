"""Kernel locks: one holder at a time, whoever waits learns who it is, and a dead holder holds nothing."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ssohelper.errors import Failed, Unavailable
from ssohelper.storage import locks

_HOLD = """
import sys
from ssohelper.storage import locks
with locks.held("held", waiting=print):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder of its own."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    return tmp_path


@contextmanager
def _holder() -> Iterator["subprocess.Popen[str]"]:
    """A process that holds the lock called `held`."""
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_killed_holder_frees_the_lock() -> None:
    """Whoever waits is told who holds the lock, and gets it when the holder is killed."""
    told: list[str] = []
    with _holder() as holder:

        def waiting(who: str) -> None:
            told.append(who)
            holder.kill()

        with locks.held("held", waiting=waiting):
            assert told == [f"process {holder.pid}"]


def test_a_holder_that_does_not_let_go() -> None:
    """After the deadline the wait ends; what is locked under another name is free."""
    with _holder() as holder:
        with locks.held("other", waiting=pytest.fail):
            pass
        lock = locks.held("held", waiting=lambda _: None, deadline=0.1)
        with pytest.raises(Unavailable) as ended, lock:
            pytest.fail("two hold one lock")
        assert str(ended.value) == f"process {holder.pid} has held the lock for 0 seconds"


def test_the_lock_is_free_afterwards(home: Path) -> None:
    """A lock is released however its block ends, is for the user alone, and hides no error."""
    for _ in range(2):
        with pytest.raises(FileNotFoundError), locks.held("again", waiting=pytest.fail):
            raise FileNotFoundError
    folder = home / ".local" / "state" / "ssohelper" / "locks"
    assert {each.name: _mode(each) for each in folder.iterdir()} == {"again.lock": 0o600, "again.holder": 0o600}
    assert (_mode(folder), _mode(folder.parent)) == (0o700, 0o700)
    assert (folder / "again.holder").read_text() == str(os.getpid())


def test_a_lock_that_cannot_be_made(home: Path) -> None:
    """Where there can be no lock, that is told."""
    folder = home / ".local" / "state" / "ssohelper" / "locks"
    (folder / "x.lock").mkdir(parents=True)
    with pytest.raises(Failed, match=r"^can't lock ~/\.local/state/ssohelper/locks: is a directory$"):
        locks.held("x", waiting=pytest.fail).__enter__()
    (folder / "x.lock").rmdir()
    folder.rmdir()
    folder.write_bytes(b"")
    with pytest.raises(Failed, match=r"^can't make the folder ~/\.local/state/ssohelper/locks: file exists$"):
        locks.held("x", waiting=pytest.fail).__enter__()


def _mode(path: Path) -> int:
    return path.stat().st_mode & 0o777
