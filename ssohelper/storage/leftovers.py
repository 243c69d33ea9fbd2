"""The temporary files that processes left when they were killed: they hold what was about to be written, and secrets.

A process holds the kernel's lock of its temporary file until it has renamed it: one that nobody has locked is left.
"""

import os
import re
import stat
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from ssohelper.storage import flock, paths

# A temporary file is called `.NAME.xxxxxxxx.ssohelper`.
SUFFIX = ".ssohelper"
# A process locks its file right after it has created it. Where files cannot be locked, an older one is left over.
_LOCKING_SECONDS, _WRITING_SECONDS = 1.0, 600.0


def of_file(path: Path, *, exclusive: bool = False) -> list[Path]:
    """Temporary files that killed processes left for `path`; if it is a symlink, for the file that it points to.

    `exclusive`: nothing else writes the file now, since the caller holds a lock that its writers take.
    """
    target = Path(os.path.realpath(path))
    return _matching(target.parent, re.escape(target.name), 0.0 if exclusive else _LOCKING_SECONDS)


def in_folder(folder: Path) -> list[Path]:
    """Temporary files that killed processes left in a folder."""
    return _matching(folder, ".+")


def of_tokens() -> list[Path]:
    """What was left of writing tokens and client registrations, and tokens that could not be saved."""
    unsaved = (path for folder in paths.unsaved_tokens() for path in sorted(folder.glob("*.json")))
    return [*in_folder(paths.sso_cache()), *unsaved]


def of_role_credentials() -> list[Path]:
    """What was left of writing role credentials and prepared answers."""
    folders = (paths.role_cache(), *(each for each in paths.answers().rglob("*") if each.is_dir()))
    return [left for folder in folders for left in in_folder(folder)]


def remove(path: Path) -> None:
    """Remove the temporary files that killed processes left for `path`."""
    unlink(of_file(path))


def unlink(left: Iterable[Path]) -> None:
    """Remove what was left, as far as possible."""
    for each in left:
        with suppress(OSError):
            each.unlink()


def _matching(folder: Path, name: str, locking_seconds: float = _LOCKING_SECONDS) -> list[Path]:
    pattern = re.compile(rf"\.{name}\.[a-z0-9_]{{8}}{re.escape(SUFFIX)}")
    try:
        beside = [each for each in folder.iterdir() if pattern.fullmatch(each.name)]
    except OSError:
        return []
    return sorted(each for each in beside if _is_left(each, locking_seconds))


def _is_left(path: Path, locking_seconds: float) -> bool:
    """Whether the process that was writing the file has ended."""
    try:
        handle = os.open(path, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError:
        return False
    try:
        found = os.fstat(handle)
        age = time.time() - found.st_mtime
        if not stat.S_ISREG(found.st_mode) or (found.st_size == 0 and age < locking_seconds):
            return False
        free = flock.acquire(handle)
        return age > _WRITING_SECONDS if free is None else free
    except OSError:
        return False
    finally:
        os.close(handle)
