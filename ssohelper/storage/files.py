"""Reads files, and replaces them atomically.

After a crash at any point a file is old or new, never in between: the new bytes go to a temporary file beside it,
which is private (0600) from its first byte, are synced, and replace the file in one rename. A symlink is kept, and
the file that it points to is replaced. A file keeps its owner and its mode.

Where that is impossible, the file is written in place: if it has hard links or is a mount point, if its folder cannot
be written, or if a new file could not have its owner.
"""

import errno
import os
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import FileIO
from pathlib import Path
from typing import NamedTuple

from ssohelper import hints
from ssohelper.errors import Failed
from ssohelper.storage import flock, folders, leftovers, paths
from ssohelper.storage.exchange import exchange

_PRIVATE = stat.S_IRUSR | stat.S_IWUSR
# Errors where no file can be created beside another, or renamed over it.
_IN_PLACE = (errno.EBUSY, errno.EXDEV, errno.EPERM, errno.EACCES, errno.EROFS)
_NO_SPACE = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
# Between attempts to rename a file, in seconds: two in all.
_RENAME_PAUSES = (0.05, 0.1, 0.2, 0.4, 0.6, 0.65)
# Errors of file systems that do not support a call.
_UNSUPPORTED = (errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EPERM, errno.EACCES)


def read(path: Path) -> bytes | None:
    """The bytes of a file; None if it does not exist. Raises `Failed`."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise failed("read", path, error) from error


def replace(path: Path, data: bytes, *, private: bool = False) -> None:
    """Replace the content of a file, or create it; if `private`, with mode 0600, whatever its mode was.

    What killed runs left beside a private file is removed. Raises `Failed`; the file is then unchanged.
    """
    target = _target(path)
    try:
        _check_links(path)
        with _temporary(target, data, private=private) as new:
            _put(new, target, data, private=private)
    except OSError as error:
        raise failed("write", path, error) from error
    if private:
        leftovers.remove(path)


def overwrite(path: Path, data: bytes) -> None:
    """Write a private file in place, which needs no new space on the disk. Raises `Failed`.

    If that fails, the file has its old content, unless this process is killed meanwhile.
    """
    try:
        _write_in_place(_target(path), data, private=True)
    except OSError as error:
        raise failed("write", path, error) from error


def replace_if(path: Path, data: bytes, *, expected: bytes | None) -> bool:
    """Replace the content of a file if it is still `expected` (None: if the file does not exist).

    Returns False if another program has changed the file in the meantime; its version is kept. If the platform can,
    the old and the new file are exchanged atomically and the displaced one is compared afterwards, so that no change
    between check and write is lost. Callers must hold a lock: a reader could see a version that is about to be
    undone. Raises `Failed`.
    """
    target = _target(path)
    before = _signature(target)
    if before is not None and expected is not None and before.size != len(expected):
        return False  # so that it is noticed, too, where files are not exchanged
    try:
        _check_links(path)
        with _temporary(target, data) as new:
            if _signature(target) != before:  # changed while the temporary file was synced
                return False
            if expected is None and new is not None:
                done = _create(new, target)
            elif new is not None and exchange(new, target):
                # None: some FUSE file systems ignore the flag, so that it was a rename.
                done = read(new) in (expected, None) or _put_back(new, target, data)
            else:  # files cannot be exchanged, the file was deleted, or it is written in place
                done = read(target) == expected
                if done:
                    _put(new, target, data)
            _sync_folder(target.parent)
            return done
    except OSError as error:
        raise failed("write", path, error) from error


class _Signature(NamedTuple):
    """What changes with the content of a file, without reading it. `changed_at` is in nanoseconds."""

    inode: int
    size: int
    changed_at: int


def _signature(path: Path) -> _Signature | None:
    """The signature of a file; None if there is none."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return _Signature(stat.st_ino, stat.st_size, stat.st_mtime_ns)


def remove(path: Path) -> None:
    """Delete a file, or the file that a symlink points to, and what killed runs left beside it. Raises `Failed`."""
    try:
        _target(path).unlink(missing_ok=True)
    except OSError as error:
        raise failed("remove", path, error) from error
    finally:
        leftovers.remove(path)


def check_writable(path: Path) -> None:
    """Raise `Failed` if replacing the file would fail now, for example because the disk is full."""
    target = _target(path)
    try:
        _check_links(path)
        with _temporary(target, b" " * 16_384, private=True):
            pass
    except OSError as error:
        raise failed("write", path, error) from error


def _target(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _put_back(displaced: Path, target: Path, written: bytes) -> bool:
    """Undo an exchange that displaced another program's newer file. Always False: `replace_if` wrote nothing.

    `written` is the content that we put at `target`. A file that is written there at the same time is displaced in
    turn, and put back as well, until the displaced file is our own.
    """
    newer = displaced.read_bytes()
    while exchange(displaced, target):
        found = displaced.read_bytes()
        if found == written:
            return False
        written, newer = newer, found
    displaced.replace(target)  # the target was deleted
    return False


@contextmanager
def _temporary(target: Path, data: bytes, *, private: bool = False) -> Iterator[Path | None]:
    """A synced temporary file beside `target` with `data`, its owner, and its mode unless `private` (0600).

    It is deleted at the end, if it still exists. None if no file can take the target's place.
    """
    make_folder(target.parent)
    if target.exists() and not (target.is_file() or target.is_dir()):  # such as a device
        raise OSError(errno.EINVAL, "not a regular file", str(target))
    if target.exists() and not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, "read-only", str(target))
    if target.exists() and target.stat().st_nlink > 1 and not target.is_dir():
        yield None
        return
    import tempfile  # slow to load, and not needed to read

    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=leftovers.SUFFIX, dir=target.parent)
    except OSError as error:
        if error.errno not in _IN_PLACE or not target.exists():
            raise
        yield None
        return
    try:
        with os.fdopen(handle, "wb") as file:
            if sys.platform != "win32":
                flock.acquire(handle)  # until it is renamed, see `leftovers`
            file.write(data)
            file.flush()
            # A secret is not given to the other user who owns the old file.
            same_owner = (private and not _is_own(target)) or _take_owner(file.fileno(), target)
            if not private and target.exists() and sys.platform != "win32":
                with _if_supported():
                    os.fchmod(file.fileno(), stat.S_IMODE(target.stat().st_mode))
            _sync(file.fileno())
            if sys.platform == "win32":
                file.close()  # Windows renames no open file
            yield Path(name) if same_owner else None
    finally:
        with suppress(FileNotFoundError):
            Path(name).unlink()


def _is_own(target: Path) -> bool:
    return not target.exists() or folders.is_own(target.stat())


def _take_owner(handle: int, target: Path) -> bool:
    """Give a new file the owner of the one that it will replace. Returns whether it has it."""
    if sys.platform == "win32" or not target.exists():
        return True
    old, new = target.stat(), os.fstat(handle)
    if (old.st_uid, old.st_gid) == (new.st_uid, new.st_gid):
        return True
    try:
        os.fchown(handle, old.st_uid, old.st_gid)
    except OSError:
        return False
    return True


def _put(new: Path | None, target: Path, data: bytes, *, private: bool = False) -> None:
    """Put the new file in the target's place; where that is impossible, write its content there."""
    if new is not None:
        try:
            _rename(new, target, repeat=private)
            _sync_folder(target.parent)
        except OSError as error:
            if error.errno not in _IN_PLACE or not target.exists():
                raise
        else:
            return
    _write_in_place(target, data, private=private)


def _rename(new: Path, target: Path, *, repeat: bool) -> None:
    """Rename a file; on Windows, and on its drives in WSL, that is refused while another program reads the target.

    Repeated only for private files: what holds a config file is likely to be an editor that is about to save it.
    """
    for pause in _RENAME_PAUSES if repeat else ():
        try:
            new.replace(target)
        except PermissionError:
            time.sleep(pause)
        else:
            return
    new.replace(target)


def _write_in_place(target: Path, data: bytes, *, private: bool) -> None:
    with target.open("r+b", buffering=0) as file:  # a buffer that could not be written would be written again
        if private and sys.platform != "win32" and stat.S_IMODE(os.fstat(file.fileno()).st_mode) != _PRIVATE:
            os.fchmod(file.fileno(), _PRIVATE)  # a secret is not written into a file that others can read
        before = file.readall()
        try:
            _overwrite(file, data)
        except OSError:
            with suppress(OSError):  # the old content has its place on the disk
                _overwrite(file, before)
            raise


def _overwrite(file: FileIO, data: bytes) -> None:
    file.seek(0)
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) :]
    file.truncate()
    _sync(file.fileno())


def _sync(handle: int) -> None:
    with _if_supported():
        os.fsync(handle)


@contextmanager
def _if_supported() -> Iterator[None]:
    """Ignore errors of a call that the file system does not support."""
    try:
        yield
    except OSError as error:
        if error.errno not in _UNSUPPORTED:
            raise


def _check_links(path: Path) -> None:
    """Raise `OSError` if the path leads through a dangling symlink, such as one to an unmounted drive."""
    for each in (path, *path.parents):
        if each.is_symlink() and not each.exists():
            target = Path(os.path.realpath(each))
            if each != path or not target.parent.exists():
                raise OSError(errno.ENOENT, f"it is a link to {target}, which does not exist", str(each))


def _create(new: Path, target: Path) -> bool:
    """Rename `new` to `target` unless that file exists by now."""
    try:
        os.link(new, target)
    except FileExistsError:
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(target)) from None
        return False
    except OSError:  # a file system without hard links
        if target.exists():
            return False
        new.replace(target)
    return True


def make_folder(folder: Path) -> None:
    """Make a folder and its parents, each with mode 0700. Raises `Failed`."""
    try:
        # One by one: `parents=True` would make the parents with the default mode.
        for each in reversed([folder, *(parent for parent in folder.parents if not parent.exists())]):
            each.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise failed("make the folder", folder, error) from error


def _sync_folder(folder: Path) -> None:
    if sys.platform == "win32":  # Windows cannot open a folder
        return
    with suppress(OSError):  # the file is written; some network file systems cannot sync folders
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def failed(verb: str, path: Path, error: OSError) -> Failed:
    """The error for an `OSError`: `can't VERB PATH: reason`."""
    text = error.strerror or str(error)
    reason = text[:1].lower() + text[1:]
    if folders.is_untrusted(str(path)):
        state = paths.shown(Path(folders.folder()))
        return Failed(
            f"can't {verb} the state folder {state}: {folders.state_problem() or 'it was not trusted'}",
            hint="run ssohelper doctor, or set XDG_STATE_HOME to a folder on another file system",
        )
    look = ("ls",) if sys.platform == "win32" else ("df", "-h") if error.errno in _NO_SPACE else ("ls", "-ld")
    return Failed(f"can't {verb} {paths.shown(path)}: {reason}", hint=hints.on_file(paths.shown(path.parent), *look))
