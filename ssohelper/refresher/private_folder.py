"""The private folder of a job: copies of config files, the endpoint's token; deleted when the job ends."""

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from ssohelper.errors import Failed
from ssohelper.storage import files, locks, paths

_LOCK = "lock"
# A folder without a lock file that is younger than this is still being set up.
_SETUP_SECONDS = 60


class PrivateFolder(NamedTuple):
    """A job's folder. No other process deletes it while a process has the handle `lock`.

    At its end `root` is deleted: the folder itself, or the one that it is in.
    """

    path: Path
    root: Path
    lock: int


def make() -> PrivateFolder:
    """A new folder in our state folder, or in the system's temporary folder if that cannot be written.

    Also deletes the folders of servers that were killed. Raises `Failed`.
    """
    base = paths.exec_folder()
    try:
        files.make_folder(base)
        sweep()
        path, lock = _make_in(base)
        return PrivateFolder(path, path, lock)
    except (Failed, OSError):
        return _make_temporary(base)


def _make_temporary(base: Path) -> PrivateFolder:
    """A new folder below the system's temporary one, with the names of `base`, by which the copies are recognised."""
    import tempfile  # slow to load, and rarely needed

    try:
        root = Path(tempfile.mkdtemp())
    except OSError as error:
        raise files.failed("make a folder for", base, error) from error
    base = root.joinpath(*base.parts[-2:])
    try:
        base.mkdir(parents=True)
        path, lock = _make_in(base)
    except (Failed, OSError) as error:
        delete(root)
        raise error if isinstance(error, Failed) else files.failed("make a folder in", base, error) from error
    return PrivateFolder(path, root, lock)


def _make_in(base: Path) -> tuple[Path, int]:
    """A new folder, and the handle of its lock file. Raises `Failed`, `OSError`."""
    path = base / os.urandom(8).hex()
    path.mkdir(mode=0o700)
    try:
        # Under another name until it is held: a free lock is one of a killed server.
        lock = locks.hold_file(path / f"{_LOCK}.new")
        os.write(lock, b"\n")  # on a full disk this fails, here and not later
        (path / f"{_LOCK}.new").rename(path / _LOCK)
    except (Failed, OSError):
        delete(path)
        raise
    return path, lock


def delete(folder: Path) -> None:
    """Delete a folder as far as possible."""
    import shutil  # slow to load, and the process that makes the folder rarely deletes it

    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def create() -> Iterator[Path]:
    """A new folder, deleted at the end. Raises `Failed`."""
    folder = make()
    try:
        yield folder.path
    finally:
        os.close(folder.lock)
        delete(folder.root)


def sweep() -> None:
    """Delete the folders of servers that were killed."""
    for folder in paths.exec_folder().iterdir():
        try:
            young = time.time() - folder.stat().st_mtime < _SETUP_SECONDS
            if locks.is_free(folder / _LOCK) if (folder / _LOCK).exists() else not young:
                delete(folder)
        except OSError:
            continue


def write_all(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Create private files in the folder, by their names. Raises `Failed`."""
    for name, data in contents.items():
        write(folder / name, data)


def write(path: Path, data: bytes) -> None:
    """Create a private file in the folder. Raises `Failed`."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
    except OSError as error:
        raise files.failed("write", path, error) from error
