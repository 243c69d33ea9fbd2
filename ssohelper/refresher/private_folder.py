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
    """A folder that others leave alone while a process has the handle `lock`; `removed` is deleted at its end."""

    path: Path
    removed: Path
    lock: int


def make() -> PrivateFolder:
    """A new folder; where no file can be written in our own, it is in the system's temporary folder.

    Deletes those of servers that were killed. Raises `Failed`.
    """
    base = paths.exec_folder()
    try:
        files.make_folder(base)
        sweep()
        path, lock = _make_in(base)
        return PrivateFolder(path, path, lock)
    except (Failed, OSError):
        import tempfile  # slow to load, and rarely needed

        removed = Path(tempfile.mkdtemp())
        base = removed.joinpath(*base.parts[-2:])  # the copies in it are recognised by these
    try:
        base.mkdir(parents=True)
        path, lock = _make_in(base)
    except OSError as error:
        raise files.failed("make a folder in", base, error) from error
    return PrivateFolder(path, removed, lock)


def _make_in(base: Path) -> tuple[Path, int]:
    """A new folder, and the handle of its lock file. Raises `Failed`, `OSError`."""
    path = base / os.urandom(8).hex()
    path.mkdir(mode=0o700)
    try:
        lock = locks.hold_file(path / _LOCK)
        os.write(lock, b"\n")  # on a full disk this fails, here and not later
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
        delete(folder.removed)


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
