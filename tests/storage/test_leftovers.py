"""Temporary files of killed runs are found, and those of running ones are not."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ssohelper.storage import flock, leftovers

# Writes a file, and stops before it is renamed.
_WRITE = """
import os, signal, sys
from pathlib import Path
from ssohelper.storage import files
os.fsync = lambda _handle: os.kill(os.getpid(), signal.SIGSTOP)
files.replace(Path(sys.argv[1]), b"new")
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home folder."""
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def test_names(folder: Path) -> None:
    """They are found by name, even one with brackets, and nothing else is."""
    path, left = folder / "a[1]", ".a[1].abcdefg_.ssohelper"
    for name in (left, ".a1.abcdefg_.ssohelper", ".a[1].abcdefg_.other", left[1:], ".a[1].work.abcdefg_.ssohelper"):
        (folder / name).write_bytes(b"secret")
    os.mkfifo(folder / ".a[1].aaaaaaaa.ssohelper")
    (folder / ".a[1].bbbbbbbb.ssohelper").symlink_to("/etc/passwd")
    assert leftovers.of_file(path) == [folder / left]
    assert [each.name for each in leftovers.in_folder(folder)] == [
        ".a1.abcdefg_.ssohelper", ".a[1].abcdefg_.ssohelper", ".a[1].work.abcdefg_.ssohelper",
    ]  # fmt: skip
    leftovers.remove(path)
    assert leftovers.of_file(path) == []


def test_symlink(folder: Path) -> None:
    """What was left of writing a symlink is beside the file that it points to."""
    (folder / "other").mkdir()
    path, left = folder / "link", folder / "other" / ".target.aaaaaaaa.ssohelper"
    path.symlink_to("other/target")
    left.write_bytes(b"secret")
    assert leftovers.of_file(path) == [left]


def test_running_process(folder: Path) -> None:
    """A file is left when the process that writes it has ended, not before."""
    path = folder / "file"
    with subprocess.Popen((sys.executable, "-c", _WRITE, str(path))) as process:
        os.waitpid(process.pid, os.WUNTRACED)
        while_it_runs = leftovers.of_file(path)
        process.send_signal(signal.SIGKILL)
        assert while_it_runs == []
    (left,) = leftovers.of_file(path)
    assert left.read_bytes() == b"new"


def test_not_locked_yet(folder: Path) -> None:
    """An empty file may be one that its writer is about to lock, unless nothing else writes it."""
    left = folder / ".file.aaaaaaaa.ssohelper"
    left.touch()
    assert leftovers.of_file(folder / "file") == []
    assert leftovers.of_file(folder / "file", exclusive=True) == [left]
    os.utime(left, (0, 0))
    assert leftovers.of_file(folder / "file") == [left]


def test_without_locks(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a file system without locks, a file is left if it is old."""
    monkeypatch.setattr(flock, "acquire", lambda _handle: None)
    left = folder / ".file.aaaaaaaa.ssohelper"
    left.write_bytes(b"secret")
    assert leftovers.of_file(folder / "file") == []
    os.utime(left, (time.time() - 3600, time.time() - 3600))
    assert leftovers.of_file(folder / "file") == [left]
