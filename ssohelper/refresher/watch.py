"""Reports changes of files in some folders; by inotify on Linux, by polling elsewhere."""

import asyncio
import ctypes
import os
import struct
import sys
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

_POLL_SECONDS = 2.0
# inotify(7): a file was written and closed, moved, created or deleted; the folder itself was deleted or moved.
_EVENTS = 0x8 | 0x40 | 0x80 | 0x100 | 0x200 | 0x400 | 0x800
_NONBLOCKING, _CLOSED_ON_EXEC = os.O_NONBLOCK if hasattr(os, "O_NONBLOCK") else 0, getattr(os, "O_CLOEXEC", 0)


class Watch:
    """Whether something has changed since the last `wait`."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()

    def notify(self) -> None:
        """Record a change."""
        self._changed.set()

    async def wait(self, seconds: float) -> bool:
        """Wait up to `seconds` for a change. Returns whether there was one."""
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            return False
        self._changed.clear()
        return True


@asynccontextmanager
async def changes_in(folders: Iterable[Path]) -> AsyncIterator[Watch]:
    """Watch folders, without their subfolders; if one does not exist, its creation is a change."""
    watch, targets = Watch(), [_target(folder) for folder in folders]
    async with (_inotify if sys.platform == "linux" else _polling)(watch, targets):
        yield watch


def _target(folder: Path) -> tuple[Path, str | None]:
    """The nearest existing folder, and the only name in it that counts; None if every name counts."""
    missing = None
    for each in (folder, *folder.parents):
        if each.is_dir():
            return each, missing
        missing = each.name
    return folder, None


@asynccontextmanager
async def _inotify(watch: Watch, targets: Iterable[tuple[Path, str | None]]) -> AsyncIterator[None]:
    """Watch with inotify(7), for which Python has no function."""
    libc = ctypes.CDLL(None, use_errno=True)
    handle = libc.inotify_init1(_NONBLOCKING | _CLOSED_ON_EXEC)
    if handle < 0:
        raise OSError(ctypes.get_errno(), "no more inotify instances")
    counts: dict[int, set[str | None]] = {}
    for folder, name in targets:
        counts.setdefault(libc.inotify_add_watch(handle, os.fsencode(folder), _EVENTS), set()).add(name)

    def read() -> None:
        for number, name in _events(os.read(handle, 64 * 1024)):
            if counts.get(number, set()) & {None, name}:
                watch.notify()

    loop = asyncio.get_running_loop()
    loop.add_reader(handle, read)
    try:
        yield
    finally:
        loop.remove_reader(handle)
        os.close(handle)


def _events(data: bytes) -> Iterator[tuple[int, str]]:
    """The watch descriptor and the file name of each event: struct inotify_event."""
    while data:
        number, _, _, length = struct.unpack_from("iIII", data)
        yield number, os.fsdecode(data[16 : 16 + length].rstrip(b"\0"))
        data = data[16 + length :]


@asynccontextmanager
async def _polling(watch: Watch, targets: Iterable[tuple[Path, str | None]]) -> AsyncIterator[None]:
    """Watch by polling."""
    folders = [folder for folder, _ in targets]

    async def poll() -> None:
        before = state(folders)
        while True:
            await asyncio.sleep(_POLL_SECONDS)
            now = state(folders)
            if now != before:
                watch.notify()
            before = now

    polling = asyncio.create_task(poll())
    try:
        yield
    finally:
        polling.cancel()


def state(folders: Iterable[Path]) -> set[tuple[str, int, int]]:
    """The files in some folders: path, inode, and modification time in nanoseconds."""
    found = set()
    for folder in folders:
        try:
            for entry in os.scandir(folder):
                stat = entry.stat()
                found.add((entry.path, stat.st_ino, stat.st_mtime_ns))
        except OSError:
            continue
    return found
