"""Two files are exchanged atomically."""

import ctypes
import sys
from pathlib import Path

import pytest

from ssohelper.storage import exchange


def test_exchange(tmp_path: Path) -> None:
    """Two files are exchanged; if one is missing, nothing happens."""
    path, other = tmp_path / "one", tmp_path / "other"
    path.write_bytes(b"1")
    assert not exchange.exchange(path, other)
    other.write_bytes(b"2")
    assert exchange.exchange(path, other)
    assert (path.read_bytes(), other.read_bytes()) == (b"2", b"1")


@pytest.mark.skipif(sys.platform != "linux", reason="renameat2 is a system call of Linux")
def test_exchange_without_the_function(tmp_path: Path) -> None:
    """A libc that has no function for the system call, such as musl, can exchange files, too."""

    class OldLibc:
        """Has `syscall` only."""

        syscall = ctypes.CDLL(None).syscall

    path, other = tmp_path / "one", tmp_path / "other"
    path.write_bytes(b"1")
    assert not exchange.exchange_on_linux(OldLibc(), bytes(path), bytes(other))
    other.write_bytes(b"2")
    assert exchange.exchange_on_linux(OldLibc(), bytes(path), bytes(other))
    assert (path.read_bytes(), other.read_bytes()) == (b"2", b"1")
