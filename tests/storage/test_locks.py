"""File locks: one holder at a time, which a waiting process can name, and none after the holder has ended."""

import errno
import os
import subprocess
import sys
import time
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
    """An empty home folder."""
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


def test_killed_holder() -> None:
    """A waiting process is told which process holds the lock, and acquires it when that is killed."""
    holders: list[str] = []
    with _holder() as holder:

        def waiting(process: str) -> None:
            holders.append(process)
            holder.kill()

        with locks.held("held", waiting=waiting):
            assert holders == [f"process {holder.pid}"]


def test_deadline() -> None:
    """The wait ends with an error at the deadline; a lock of another name is free."""
    with _holder() as holder:
        with locks.held("other", waiting=pytest.fail):
            pass
        lock = locks.held("held", waiting=lambda _: None, deadline=0.1)
        with pytest.raises(Unavailable) as unavailable, lock:
            pytest.fail("two processes hold one lock")
        assert str(unavailable.value) == f"process {holder.pid} has held the lock for 0 seconds"
        assert locks.holder("held") == str(holder.pid)


def test_unreadable_holder(home: Path) -> None:
    """A holder that cannot be read is not named; only messages use it."""
    with _holder():
        note = home / ".local" / "state" / "ssohelper" / "locks" / "held.holder"
        note.unlink()
        note.mkdir()
        with pytest.raises(Unavailable, match=r"^process \? has held the lock for 0 seconds$"):
            locks.held("held", waiting=pytest.fail, deadline=0.1).__enter__()


def test_release(home: Path) -> None:
    """A lock is released however its block ends, its files are private, and it hides no error."""
    for _ in range(2):
        with pytest.raises(FileNotFoundError), locks.held("again", waiting=pytest.fail):
            raise FileNotFoundError
    folder = home / ".local" / "state" / "ssohelper" / "locks"
    assert {each.name: _mode(each) for each in folder.iterdir()} == {"again.lock": 0o600, "again.holder": 0o600}
    assert (_mode(folder), _mode(folder.parent)) == (0o700, 0o700)
    assert (folder / "again.holder").read_text() == str(os.getpid())


def test_unusable_lock_file(home: Path) -> None:
    """If the lock file cannot be made, that is an error."""
    folder = home / ".local" / "state" / "ssohelper" / "locks"
    (folder / "x.lock").mkdir(parents=True)
    with pytest.raises(Failed, match=r"^can't lock ~/\.local/state/ssohelper/locks: is a directory$"):
        locks.held("x", waiting=pytest.fail).__enter__()
    (folder / "x.lock").rmdir()
    folder.rmdir()
    folder.write_bytes(b"")
    with pytest.raises(Failed, match=r"^can't make the folder ~/\.local/state/ssohelper/locks: file exists$"):
        locks.held("x", waiting=pytest.fail).__enter__()


def test_lock_file_of_a_running_process(tmp_path: Path) -> None:
    """A lock file is free after its holder has ended, and no process can create it twice."""
    file = tmp_path / "lock"
    handle = locks.hold_file(file)
    assert not locks.is_free(file)
    with pytest.raises(Failed, match=r"^can't lock ~/lock: file exists$"):
        locks.hold_file(file)
    os.close(handle)
    assert locks.is_free(file)


def _mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_without_a_lock_file(home: Path) -> None:
    """Where no lock file can be made, those that need none go on without, with a warning."""
    (home / ".local").touch()
    warnings = list[str]()
    with locks.held_if_possible("x", waiting=pytest.fail, warn=warnings.append) as handle:
        assert handle is None
    assert warnings == [
        "working without locks: can't make the folder ~/.local/state/ssohelper/locks: not a directory"
    ]


def test_read_only_lock_file(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock file that cannot be written is locked all the same."""
    with locks.held("held", waiting=pytest.fail):
        pass
    opened = os.open

    def read_only(path: Path, flags: int, *mode: int) -> int:
        if flags & os.O_RDWR:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))
        return opened(path, flags, *mode)

    monkeypatch.setattr(os, "open", read_only)
    with locks.held_if_possible("held", waiting=pytest.fail, warn=pytest.fail) as handle:
        assert handle is not None
        with pytest.raises(Unavailable), locks.held("held", waiting=pytest.fail, deadline=0.1):
            pass


def test_inherited_lock() -> None:
    """A process that inherits the handle holds the lock until it ends, and can say so."""
    code = "import sys; from ssohelper.storage import locks; locks.record_holder('held'); sys.stdin.read()"
    with locks.held("held", waiting=pytest.fail) as handle:
        process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, pass_fds=(handle,))
    with process:
        while locks.holder("held") != str(process.pid):
            time.sleep(0.01)
        with pytest.raises(Unavailable):
            locks.held("held", waiting=pytest.fail, deadline=0.1).__enter__()
        process.kill()
    with locks.held("held", waiting=pytest.fail):
        assert locks.holder("held") == str(os.getpid())
