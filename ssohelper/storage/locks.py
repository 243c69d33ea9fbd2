"""File locks between processes, which the kernel releases when their process ends.

On a file system without locks, such as some network ones, everything goes on without them.

A lock is a file in our state folder that is never deleted. A file beside it has the id of the last holder, for
messages.
"""

import errno
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ssohelper.errors import Failed, Unavailable
from ssohelper.storage import files, flock, paths

_PRIVATE = 0o600
# Errors of opening a file that cannot be written; it can still be locked.
_READ_ONLY = (errno.EROFS, errno.EACCES, errno.EPERM)
# A shorter wait is not reported.
_SILENT_SECONDS = 1.0
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.002, 0.05


@contextmanager
def held(name: str, *, waiting: Callable[[str], None], deadline: float = 60.0) -> Iterator[int]:
    """Hold the lock called `name`: until the end of the block, and of any process that inherits the handle.

    After a second, `waiting` is called with the process that holds it (`process 7`). Raises `Unavailable` after
    `deadline` seconds, and `Failed` if the lock file cannot be made.
    """
    with _held(_open(name), name, waiting, deadline) as handle:
        yield handle


@contextmanager
def held_if_possible(
    name: str, *, waiting: Callable[[str], None], warn: Callable[[str], None], deadline: float = 60.0
) -> Iterator[int | None]:
    """The same, but where no lock file can be made, such as in a read-only home, go on without it, with a warning."""
    try:
        opened = _open(name)
    except Failed as error:
        warn(f"working without locks: {error}")
        yield None
        return
    with _held(opened, name, waiting, deadline) as handle:
        yield handle


@contextmanager
def _held(handle: int, name: str, waiting: Callable[[str], None], deadline: float) -> Iterator[int]:
    try:
        _wait(handle, name, waiting, deadline)
        with suppress(Failed):  # only messages use it
            record_holder(name)
        yield handle
    finally:
        os.close(handle)  # releases the lock


def _open(name: str) -> int:
    folder, problem = _folder(), None
    try:
        files.make_folder(folder)
    except Failed as error:  # a file that is there is enough
        problem = error
    try:
        return os.open(path(name), os.O_RDWR | os.O_CREAT, _PRIVATE)
    except OSError as error:
        if error.errno in _READ_ONLY:
            with suppress(OSError):
                return os.open(path(name), os.O_RDONLY)
        raise problem or files.failed("lock", folder, error) from error


def path(name: str) -> Path:
    """The file of the lock called `name`."""
    return _folder() / f"{name}.lock"


def holder(name: str) -> str:
    """The id of the process that last held the lock called `name`; empty if there was none. Raises `Failed`."""
    return (files.read(_holder_path(name)) or b"").decode(errors="replace")


def hold_file(file: Path) -> int:
    """Create a lock file, which is held while a process has the handle: see `is_free`. Raises `Failed`."""
    try:
        handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, _PRIVATE)
    except OSError as error:
        raise files.failed("lock", file, error) from error
    flock.acquire(handle)
    return handle


def is_free(file: Path) -> bool:
    """Whether no process holds a lock file. Raises `OSError` if that cannot be known."""
    handle = os.open(file, os.O_RDWR)
    try:
        acquired = flock.acquire(handle)
    finally:
        os.close(handle)
    if acquired is None:
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP), str(file))
    return acquired


def _wait(handle: int, name: str, waiting: Callable[[str], None], deadline: float) -> None:
    start, pause, process = time.monotonic(), _SHORTEST_PAUSE, ""
    while flock.acquire(handle) is False:
        waited = time.monotonic() - start
        if waited >= _SILENT_SECONDS and not process:
            process = _process(name)
            waiting(process)
        if waited >= deadline:
            raise Unavailable(
                f"{process or _process(name)} has held the lock for {deadline:.0f} seconds",
                hint="run the command again when that process has finished",
            )
        time.sleep(pause)
        pause = min(_LONGEST_PAUSE, 2 * pause)


def _folder() -> Path:
    return paths.state() / "locks"


def _holder_path(name: str) -> Path:
    return _folder() / f"{name}.holder"


def record_holder(name: str) -> None:
    """Record that this process holds the lock, perhaps as one that has inherited it. Raises `Failed`.

    Only messages use it, so the write need not be atomic.
    """
    place = _holder_path(name)
    try:
        handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _PRIVATE)
        try:
            os.write(handle, str(os.getpid()).encode())
        finally:
            os.close(handle)
    except OSError as error:
        raise files.failed("write", place, error) from error


def _process(name: str) -> str:
    """The process that holds a lock, for messages."""
    try:
        return f"process {holder(name) or '?'}"
    except Failed:
        return "process ?"
