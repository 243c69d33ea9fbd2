"""The private folder of a job: copies of config files, the endpoint's token; deleted when the job ends."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ssohelper.errors import Failed
from ssohelper.storage import files, locks, paths

_LOCK = "lock"
# A folder without a lock file that is younger than this is still being set up.
_SETUP_SECONDS = 60


@contextmanager
def create() -> Iterator[Path]:
    """A new folder, deleted at the end; deletes those of servers that were killed, too. Raises `Failed`."""
    with _base() as base:
        try:
            folder = Path(tempfile.mkdtemp(dir=base))
        except OSError as error:
            raise files.failed("make a folder in", base, error) from error
        try:
            with locks.held_file(folder / _LOCK):
                yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _base() -> Iterator[Path]:
    """The folder that has them all; where no file can be written there, one in the system's temporary folder."""
    base = paths.exec_folder()
    if _is_writable(base):
        sweep()
        yield base
        return
    with tempfile.TemporaryDirectory() as temporary:
        base = Path(temporary, *base.parts[-2:])  # the copies in it are recognised by these
        base.mkdir(parents=True)
        yield base


def _is_writable(folder: Path) -> bool:
    try:
        files.make_folder(folder)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"x")
    except (Failed, OSError):
        return False
    return True


def sweep() -> None:
    """Delete the folders of servers that were killed."""
    for folder in paths.exec_folder().glob("*"):
        try:
            young = time.time() - folder.stat().st_mtime < _SETUP_SECONDS
            if locks.is_free(folder / _LOCK) if (folder / _LOCK).exists() else not young:
                shutil.rmtree(folder, ignore_errors=True)
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
