"""Tells when files in some folders change, without looking again and again where the system can tell by itself."""

import asyncio
import ctypes
import os
import sys
from collections.abc import AsyncIterator, Iterable
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
    """Watch these folders, not what is below them; for one that is not there, the one in which it would appear."""
    watch, there = Watch(), {_nearest(folder) for folder in folders}
    if sys.platform == "linux":
        async with _inotify(watch, there):
            yield watch
        return
    polling = asyncio.create_task(_poll(watch, there))
    try:
        yield watch
    finally:
        polling.cancel()


@asynccontextmanager
async def _inotify(watch: Watch, folders: Iterable[Path]) -> AsyncIterator[None]:
    """By inotify(7), for which Python has no call."""
    libc = ctypes.CDLL(None, use_errno=True)
    handle = libc.inotify_init1(_NONBLOCKING | _CLOSED_ON_EXEC)
    if handle < 0:
        raise OSError(ctypes.get_errno(), "there can be no more watches")
    for folder in folders:
        libc.inotify_add_watch(handle, os.fsencode(folder), _EVENTS)

    def read() -> None:
        os.read(handle, 64 * 1024)
        watch.told()

    loop = asyncio.get_running_loop()
    loop.add_reader(handle, read)
    try:
        yield
    finally:
        loop.remove_reader(handle)
        os.close(handle)


def _nearest(folder: Path) -> Path:
    return next((each for each in (folder, *folder.parents) if each.is_dir()), folder)


async def _poll(watch: Watch, folders: Iterable[Path]) -> None:
    before = _state(folders)
    while True:
        await asyncio.sleep(_POLL_SECONDS)
        now = _state(folders)
        if now != before:
            watch.told()
        before = now


def _state(folders: Iterable[Path]) -> set[tuple[str, int, int]]:
    found = set()
    for folder in folders:
        try:
            for entry in os.scandir(folder):
                facts = entry.stat()
                found.add((entry.path, facts.st_ino, facts.st_mtime_ns))
        except OSError:
            continue
    return found
