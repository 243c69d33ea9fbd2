"""The kernel's locks: one holder, until its last handle is closed; and file systems without them."""

import errno
import fcntl
import os
from pathlib import Path

import pytest

from ssohelper.storage import flock


def test_acquire(tmp_path: Path) -> None:
    """Only one handle holds it, until that is closed."""
    first, second = (os.open(tmp_path / "lock", os.O_RDWR | os.O_CREAT) for _ in range(2))
    assert [flock.acquire(first), flock.acquire(second), flock.acquire(first)] == [True, False, True]
    copy = os.dup(first)
    os.close(first)
    assert flock.acquire(second) is False
    os.close(copy)
    assert flock.acquire(second) is True
    os.close(second)


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS, errno.EINVAL, errno.EIO, errno.EACCES])
def test_no_locks(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """A file system without locks, or a broken one, is no error."""

    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", fail)
    assert flock.acquire(0) is None
