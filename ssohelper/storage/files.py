"""Files are read whole and replaced whole.

A replaced file is old or new, never in between, at whatever instant the process dies: the new bytes go to a private
neighbour (0600 from its first byte), are synced, and take the file's place in one rename. A symlink stays a symlink;
the file it points to is the one replaced. A file keeps its mode.
"""

import errno
import os
import re
import shlex
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ssohelper.errors import Failed
from ssohelper.storage import paths

_NEIGHBOUR = ".ssohelper"


def read(path: Path) -> bytes | None:
    """The bytes of a file, or None where there is no file. Raises `Failed` where it cannot be read."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise failed("read", path, error) from error


def replace(path: Path, data: bytes, *, private: bool = False) -> None:
    """Make `data` the whole of the file; if `private`, one that nobody else can read, whatever its mode was.

    Raises `Failed` where that cannot be; then nothing has changed.
    """
    target = _target(path)
    try:
        with _neighbour(target, data, private=private) as new:
            new.replace(target)
            _sync_folder(target.parent)
    except OSError as error:
        raise failed("write", path, error) from error


def replace_if(path: Path, data: bytes, *, expected: bytes | None) -> bool:
    """Make `data` the whole of the file if the file still holds `expected` (None: if there is none).

    False means that somebody else wrote meanwhile; then theirs stands and nothing of it is lost. The old and the new
    file change places in one step where the platform can do that, so what was displaced can be looked at: there is no
    instant between looking and writing in which a change could slip through. Callers that all come through here take
    turns by a lock: one of them could read what another is about to take back. Raises `Failed`.
    """
    target = _target(path)
    if read(target) != expected:
        return False
    try:
        with _neighbour(target, data) as new:
            if read(target) != expected:  # the neighbour took its time to reach the disk
                return False
            if expected is None:
                done = _create(new, target)
            elif exchange(new, target):
                done = new.read_bytes() == expected or _put_back(new, target, data)
            else:  # the platform cannot, or the file has gone
                done = read(target) == expected
                if done:
                    new.replace(target)
            _sync_folder(target.parent)
            return done
    except OSError as error:
        raise failed("write", path, error) from error


def remove(path: Path) -> None:
    """Remove a file, and the file that a symlink points to, if it is there. Raises `Failed`."""
    try:
        _target(path).unlink(missing_ok=True)
    except OSError as error:
        raise failed("remove", path, error) from error


def check_room(path: Path) -> None:
    """Raise `Failed` where a file of some kilobytes could not be replaced just now."""
    target = _target(path)
    try:
        with _neighbour(target, b" " * 16_384, private=True):
            pass
    except OSError as error:
        raise failed("write", path, error) from error


def leftovers(path: Path) -> list[Path]:
    """Neighbours of `path` that an earlier run left behind when it was killed."""
    target = _target(path)
    name = re.compile(rf"\.{re.escape(target.name)}\.[a-z0-9_]{{8}}{re.escape(_NEIGHBOUR)}")
    try:
        beside = list(target.parent.iterdir())
    except OSError:
        return []
    return sorted(each for each in beside if name.fullmatch(each.name) and each.is_file() and not each.is_symlink())


def exchange(one: Path, other: Path) -> bool:
    """Let two files change places in one step. False where this platform or file system cannot."""
    import ctypes

    if os.name != "posix":
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    first, second = os.fsencode(one), os.fsencode(other)
    at_cwd = -100
    if hasattr(libc, "renameat2"):  # Linux: renameat2(2), RENAME_EXCHANGE is 2
        return bool(libc.renameat2(at_cwd, first, at_cwd, second, 2) == 0)
    if hasattr(libc, "renamex_np"):  # macOS: renamex_np(2), RENAME_SWAP is 2
        return bool(libc.renamex_np(first, second, 2) == 0)
    return False


def _target(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _put_back(displaced: Path, target: Path, laid: bytes) -> bool:
    """Undo an exchange that displaced somebody's newer file. Always False: nothing of ours is written.

    `laid` is what stands at `target` now. Whoever writes there in this very instant is displaced in turn, and put
    back as well, until what comes out is what we laid down ourselves.
    """
    theirs = displaced.read_bytes()
    while exchange(displaced, target):
        found = displaced.read_bytes()
        if found == laid:
            return False
        laid, theirs = theirs, found
    displaced.replace(target)  # the file has gone: theirs is all that there is
    return False


@contextmanager
def _neighbour(target: Path, data: bytes, *, private: bool = False) -> Iterator[Path]:
    """A synced file beside `target` that holds `data`, with the same mode unless it is to be `private` (0600).

    Removed if it is still there at the end.
    """
    make_folder(target.parent)
    if target.exists() and not (target.is_file() or target.is_dir()):  # a device, say: nobody's to replace
        raise OSError(errno.EINVAL, "it is no regular file", str(target))
    if target.exists() and not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, "it is read-only", str(target))
    import tempfile  # slow to load, and not needed to read

    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=_NEIGHBOUR, dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            if not private and target.exists() and os.name == "posix":
                os.fchmod(file.fileno(), stat.S_IMODE(target.stat().st_mode))
            os.fsync(file.fileno())
        yield Path(name)
    finally:
        with suppress(FileNotFoundError):
            Path(name).unlink()


def _create(new: Path, target: Path) -> bool:
    """Give `new` the name of `target` unless somebody made that file meanwhile."""
    try:
        os.link(new, target)
    except FileExistsError:
        return False
    except OSError:  # a file system without hard links
        if target.exists():
            return False
        new.replace(target)
    return True


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, each for its owner alone. Raises `Failed`."""
    try:
        # One by one: `parents=True` would give those on the way the usual mode.
        for each in reversed([folder, *(parent for parent in folder.parents if not parent.exists())]):
            each.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise failed("make the folder", folder, error) from error


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":  # Windows has no handle on a folder to sync
        return
    with suppress(OSError):  # the file has its place already; some network file systems sync no folder
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def failed(verb: str, path: Path, error: OSError) -> Failed:
    """The error for what the system refused: `can't VERB PATH: why`."""
    reason = (error.strerror or str(error)).lower()
    return Failed(f"can't {verb} {paths.shown(path)}: {reason}", hint=f"ls -ld {_quoted(paths.shown(path.parent))}")


def _quoted(path: str) -> str:
    # `~/` has to stay outside the quotes, or no shell would expand it.
    tilde, slash, rest = path.partition("/")
    return f"~{slash}{shlex.quote(rest) if rest else ''}" if tilde == "~" else shlex.quote(path)
