"""Kernel locks between processes: gone when their holder dies, however that happens.

A lock is a file in our state folder that stays there; only the kernel knows whether somebody holds it. Beside it
stands who held it last, for those who wait.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ssohelper.errors import Unavailable
from ssohelper.storage import files, paths

_PRIVATE = 0o600
# A wait shorter than this is nobody's business.
_SILENT_SECONDS = 1.0
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.002, 0.05


@contextmanager
def held(name: str, *, waiting: Callable[[str], None], deadline: float = 60.0) -> Iterator[None]:
    """Hold the lock called `name`.

    After a second `waiting` is told who holds it; after `deadline` seconds `Unavailable` is raised. Raises `Failed`
    where there can be no lock file.
    """
    folder = paths.state() / "locks"
    files.make_folder(folder)
    holder = folder / f"{name}.holder"
    try:
        handle = os.open(folder / f"{name}.lock", os.O_RDWR | os.O_CREAT, _PRIVATE)
    except OSError as error:
        raise files.failed("lock", folder, error) from error
    try:
        try:
            _wait(handle, holder, waiting, deadline)
            _sign(holder)
        except OSError as error:
            raise files.failed("lock", folder, error) from error
        yield
    finally:
        os.close(handle)  # which is what lets go of it


@contextmanager
def held_file(path: Path) -> Iterator[None]:
    """Hold a new lock file of one's own, by which others see that its holder lives. Raises `Failed`."""
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, _PRIVATE)
    except OSError as error:
        raise files.failed("lock", path, error) from error
    try:
        _taken(handle)
        yield
    finally:
        os.close(handle)


def is_free(path: Path) -> bool:
    """Whether nobody holds a lock file. Raises `OSError` where it cannot be opened."""
    handle = os.open(path, os.O_RDWR)
    try:
        return _taken(handle)
    finally:
        os.close(handle)


def _wait(handle: int, holder: Path, waiting: Callable[[str], None], deadline: float) -> None:
    began, pause, who = time.monotonic(), _SHORTEST_PAUSE, ""
    while not _taken(handle):
        waited = time.monotonic() - began
        if waited >= _SILENT_SECONDS and not who:
            who = _who(holder)
            waiting(who)
        if waited >= deadline:
            raise Unavailable(
                f"{who or _who(holder)} has held the lock for {deadline:.0f} seconds",
                hint="run the command again when that process is done",
            )
        time.sleep(pause)
        pause = min(_LONGEST_PAUSE, 2 * pause)


def _sign(holder: Path) -> None:
    """Say who holds the lock now: for people only, so a torn line would do no harm."""
    handle = os.open(holder, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _PRIVATE)
    try:
        os.write(handle, str(os.getpid()).encode())
    finally:
        os.close(handle)


def _who(holder: Path) -> str:
    return f"process {(files.read(holder) or b'?').decode(errors='replace')}"


if sys.platform != "win32":
    import fcntl

    def _taken(handle: int) -> bool:
        """Take the lock if nobody has it."""
        try:
            # flock, not lockf: that one is lost when any other handle on the same file is closed.
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

else:
    import msvcrt

    def _taken(handle: int) -> bool:
        """Take the lock if nobody has it."""
        try:
            os.lseek(handle, 0, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        return True
