"""Reports changes of files in some folders: by inotify on Linux, by kqueue on macOS and the BSDs, else by polling."""

import asyncio
import ctypes
import os
import select
import struct
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

_POLL_SECONDS = 2.0
_COMPARE_SECONDS = 30.0
# inotify(7): a file was written and closed, moved, created or deleted; the folder itself was deleted or moved.
_EVENTS = 0x8 | 0x40 | 0x80 | 0x100 | 0x200 | 0x400 | 0x800
# kqueue(2), EVFILT_VNODE: a file was deleted, written, extended or renamed; in a folder, a file came or went.
_VNODE_EVENTS = 0x1 | 0x2 | 0x4 | 0x20
# The system may allow only 256 open files.
_MAX_OPEN_FILES = 64
_NONBLOCKING, _CLOSED_ON_EXEC = getattr(os, "O_NONBLOCK", 0), getattr(os, "O_CLOEXEC", 0)


# A folder, and the only name in it that counts; None if every name counts.
Target = tuple[Path, str | None]


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
    async with _backend()(watch, targets):
        yield watch


def _backend() -> Callable[["Watch", list["Target"]], AbstractAsyncContextManager[None]]:
    if sys.platform == "linux":
        return _inotify
    return _kqueue if hasattr(select, "kqueue") else _polling


def _target(folder: Path) -> Target:
    """The nearest existing folder, and the only name in it that counts; None if every name counts."""
    missing = None
    for each in (folder, *folder.parents):
        if each.is_dir():
            return each, missing
        missing = each.name
    return folder, None


@asynccontextmanager
async def _inotify(watch: Watch, targets: Iterable[Target]) -> AsyncIterator[None]:
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
async def _kqueue(watch: Watch, targets: Iterable[Target]) -> AsyncIterator[None]:
    """Watch with kqueue(2): folders, for files that come and go, and their files, which may be written in place."""
    kqueue: Any = select  # its members depend on the system
    queue, before, handles = kqueue.kqueue(), _state_of(targets), list[int]()

    def register() -> None:
        while handles:
            os.close(handles.pop())  # which removes its events
        for path in _watched_paths(targets):
            with suppress(OSError):
                handles.append(os.open(path, os.O_RDONLY | _NONBLOCKING | _CLOSED_ON_EXEC))
        flags = kqueue.KQ_EV_ADD | kqueue.KQ_EV_CLEAR
        changes = [kqueue.kevent(each, kqueue.KQ_FILTER_VNODE, flags, _VNODE_EVENTS) for each in handles]
        queue.control(changes, 0)

    def read() -> None:
        queue.control(None, len(handles), 0)
        register()  # a file that was replaced is another one now
        compare()

    def compare() -> None:
        nonlocal before
        now = _state_of(targets)
        if now != before:
            watch.notify()
        before = now

    async def compare_sometimes() -> None:
        while True:
            await asyncio.sleep(_COMPARE_SECONDS)
            compare()  # files that are not open may have been written

    loop = asyncio.get_running_loop()
    register()
    loop.add_reader(queue.fileno(), read)
    comparing = asyncio.create_task(compare_sometimes())
    try:
        yield
    finally:
        comparing.cancel()
        loop.remove_reader(queue.fileno())
        queue.close()
        for handle in handles:
            os.close(handle)


def _watched_paths(targets: Iterable[Target]) -> list[str]:
    """The folders, and the files in them that were changed last; each of them needs a descriptor."""
    newest_first = sorted(_state_of(targets), key=lambda each: each[2], reverse=True)
    files = [path for path, _, changed_at in newest_first if changed_at]
    return [*(str(folder) for folder, _ in targets), *files[:_MAX_OPEN_FILES]]


@asynccontextmanager
async def _polling(watch: Watch, targets: Iterable[Target]) -> AsyncIterator[None]:
    """Watch by polling."""

    async def poll() -> None:
        before = _state_of(targets)
        while True:
            await asyncio.sleep(_POLL_SECONDS)
            now = _state_of(targets)
            if now != before:
                watch.notify()
            before = now

    polling = asyncio.create_task(poll())
    try:
        yield
    finally:
        polling.cancel()


def _state_of(targets: Iterable[Target]) -> set[tuple[str, int, int]]:
    """The `state` of what counts in the folders."""
    return state(folder / name if name else folder for folder, name in targets)


def state(folders: Iterable[Path]) -> set[tuple[str, int, int]]:
    """Some folders and the files in them: path, inode, and of a file the modification time in nanoseconds, else 0."""
    found = set()
    for folder in folders:
        with suppress(OSError):
            found.add((str(folder), folder.stat().st_ino, 0))
            for entry in os.scandir(folder):
                with suppress(OSError):  # it was just deleted
                    if not entry.is_dir():
                        stat = entry.stat(follow_symlinks=not _is_dangling(entry))
                        found.add((entry.path, stat.st_ino, stat.st_mtime_ns))
    return found


def _is_dangling(entry: "os.DirEntry[str]") -> bool:
    return entry.is_symlink() and not Path(entry.path).exists()
