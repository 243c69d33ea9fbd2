"""Tells when files in some folders change, without looking again and again where the system can tell by itself."""

import asyncio
import ctypes
import os
import struct
import sys
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

_POLL_SECONDS = 2.0
# inotify(7): a file was written and closed, moved, made or removed; the folder itself is gone, or elsewhere.
_EVENTS = 0x8 | 0x40 | 0x80 | 0x100 | 0x200 | 0x400 | 0x800
_NONBLOCKING, _CLOSED_ON_EXEC = os.O_NONBLOCK if hasattr(os, "O_NONBLOCK") else 0, getattr(os, "O_CLOEXEC", 0)


class Watch:
    """Something has changed since the last `wait`, or it waits until something does."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()

    def told(self) -> None:
        """Something has changed."""
        self._changed.set()

    async def wait(self, seconds: float) -> bool:
        """Whether something changed within so many seconds; returns as soon as it does."""
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            return False
        self._changed.clear()
        return True


@asynccontextmanager
async def over(folders: Iterable[Path]) -> AsyncIterator[Watch]:
    """Watch these folders, not what is below them; for one that is not there, whether it appears."""
    watch, places = Watch(), [_place(folder) for folder in folders]
    async with (_inotify if sys.platform == "linux" else _polling)(watch, places):
        yield watch


def _place(folder: Path) -> tuple[Path, str | None]:
    """The folder to watch, and the one name in it that counts; None where every name does."""
    missing = None
    for each in (folder, *folder.parents):
        if each.is_dir():
            return each, missing
        missing = each.name
    return folder, None


@asynccontextmanager
async def _inotify(watch: Watch, places: Iterable[tuple[Path, str | None]]) -> AsyncIterator[None]:
    """By inotify(7), for which Python has no call."""
    libc = ctypes.CDLL(None, use_errno=True)
    handle = libc.inotify_init1(_NONBLOCKING | _CLOSED_ON_EXEC)
    if handle < 0:
        raise OSError(ctypes.get_errno(), "there can be no more watches")
    counts: dict[int, set[str | None]] = {}
    for folder, name in places:
        counts.setdefault(libc.inotify_add_watch(handle, os.fsencode(folder), _EVENTS), set()).add(name)

    def read() -> None:
        for number, name in _events(os.read(handle, 64 * 1024)):
            if counts.get(number, set()) & {None, name}:
                watch.told()

    loop = asyncio.get_running_loop()
    loop.add_reader(handle, read)
    try:
        yield
    finally:
        loop.remove_reader(handle)
        os.close(handle)


def _events(data: bytes) -> Iterator[tuple[int, str]]:
    """The number of the watch and the name of the file, of each event: struct inotify_event."""
    while data:
        number, _, _, length = struct.unpack_from("iIII", data)
        yield number, os.fsdecode(data[16 : 16 + length].rstrip(b"\0"))
        data = data[16 + length :]


@asynccontextmanager
async def _polling(watch: Watch, places: Iterable[tuple[Path, str | None]]) -> AsyncIterator[None]:
    """By looking again and again."""
    folders = [folder for folder, _ in places]

    async def look() -> None:
        before = state(folders)
        while True:
            await asyncio.sleep(_POLL_SECONDS)
            now = state(folders)
            if now != before:
                watch.told()
            before = now

    looking = asyncio.create_task(look())
    try:
        yield
    finally:
        looking.cancel()


def state(folders: Iterable[Path]) -> set[tuple[str, int, int]]:
    """Which files there are in some folders: path, inode and time of the last change in nanoseconds."""
    found = set()
    for folder in folders:
        try:
            for entry in os.scandir(folder):
                facts = entry.stat()
                found.add((entry.path, facts.st_ino, facts.st_mtime_ns))
        except OSError:
            continue
    return found
