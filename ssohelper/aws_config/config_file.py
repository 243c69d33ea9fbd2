"""Reads and replaces the AWS config file on disk, with backups and without losing changes of other programs."""

import os
import re
import stat
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from datetime import UTC, datetime
from pathlib import Path

from ssohelper import digests
from ssohelper.aws_config import config_text
from ssohelper.aws_config.config_text import ConfigText
from ssohelper.errors import BadInput, ConfigConflict, Failed
from ssohelper.storage import files, leftovers, locks, paths

BACKUPS = 5
_BACKUP = re.compile(r"[^.].*-\d{8}T\d{6}\.\d{6}Z", re.DOTALL)
_TRIES = 20
# The AWS CLI truncates the file and writes it in place: a file that changed within this time may be half written.
_UNCHANGED_SECONDS = 0.1
_EMPTY_UNCHANGED_SECONDS = 1.0
_READ_TRIES = 20
# Backups are removed if their file does not exist any more, and they are older.
_ORPHANED_SECONDS = 90 * 24 * 3600


def load(path: Path) -> ConfigText:
    """The parsed config file, empty if there is none. Raises `Failed`."""
    data, _ = _read_unchanged(path)
    return config_text.parse(data or b"")


def update(path: Path, edit: Callable[[ConfigText], bytes], *, waiting: Callable[[str], None]) -> bool:
    """Replace the file by the result of `edit`, with a backup. Returns False if nothing changed.

    If another program writes the file in the meantime, `edit` is called again with the new text, so that neither
    change is lost. `waiting` is called with the process that holds the lock. Raises `Failed`,
    `ConfigConflict` and the errors of `edit`; the file is unchanged then. Raises `BadInput` if there is no file to
    write, since the variable that names it is empty.
    """
    if str(path) == os.devnull:
        raise BadInput(
            f"nothing can be written: AWS_CONFIG_FILE is empty, or {os.devnull}", hint="unset AWS_CONFIG_FILE"
        )
    with _locked(path, waiting):
        _move_leftovers(path)
        for _ in range(_TRIES):
            before, unchanged = _read_unchanged(path)
            if not unchanged:
                break
            after = edit(config_text.parse(before or b""))
            if after == (before or b""):
                return False
            if before is not None:
                _back_up(path, before)
            if files.replace_if(path, after, expected=before):
                return True
    raise ConfigConflict(
        f"another program keeps changing {paths.shown(path)}", hint="stop it, then run the command again"
    )


def back_up_leftovers(path: Path, *, waiting: Callable[[str], None]) -> None:
    """Move temporary files of a killed run to the backups. Raises `Failed`."""
    if leftovers.of_file(path, exclusive=True):
        with _locked(path, waiting):
            _move_leftovers(path)


def backups(path: Path) -> list[Path]:
    """The backups of the file, the oldest first: regular files of this user with our names. Raises nothing."""
    try:
        entries = list(os.scandir(_backup_folder(path)))
    except OSError:
        return []
    own = [each for each in entries if _BACKUP.fullmatch(each.name) and _is_own_file(each)]
    return sorted((Path(each.path) for each in own), key=lambda each: each.name.rpartition("-")[2])


def _is_own_file(entry: "os.DirEntry[str]") -> bool:
    try:
        found = entry.stat(follow_symlinks=False)
    except OSError:
        return False
    return stat.S_ISREG(found.st_mode) and (sys.platform == "win32" or found.st_uid == os.geteuid())


def profile_names(path: Path) -> set[str]:
    """The profiles of a shared credentials file, whose headers are the names without `profile`."""
    text = load(path)
    return {section.header for section in text.sections}


def _locked(path: Path, waiting: Callable[[str], None]) -> AbstractContextManager[int]:
    return locks.held(f"config-{_digest(path)}", waiting=waiting)


def _read_unchanged(path: Path) -> tuple[bytes | None, bool]:
    """The bytes of the file once it has not changed for some time, and whether it stopped changing."""
    for _ in range(_READ_TRIES):
        data = files.read(path)
        try:
            written = path.stat().st_mtime
        except OSError:  # it does not exist, or was deleted
            return data, True
        age = time.time() - written  # after `stat`, else a write in between would seem to be in the future
        # A program that writes in place empties the file first, and may be delayed there.
        required = _UNCHANGED_SECONDS if data else _EMPTY_UNCHANGED_SECONDS
        # If the clock was set back the file has a time in the future: it counts as unchanged.
        if not 0 <= age < required:
            return data, True
        time.sleep(min(_UNCHANGED_SECONDS, required - age))
    return files.read(path), False


def _back_up(path: Path, data: bytes) -> None:
    folder = _backup_folder(path)
    kept = backups(path)
    if kept and files.read(kept[-1]) == data:
        return
    # The name of the file itself, not of a link to it: the names of all backups must sort by time.
    name = Path(os.path.realpath(path)).name
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    for same in kept:  # restoring one version and the other in turn must not push out older ones
        if files.read(same) == data:
            with suppress(OSError):
                same.unlink()
    files.replace(folder / f"{name}-{stamp}", data)
    for old in backups(path)[:-BACKUPS]:
        with suppress(OSError):
            old.unlink()
    _remove_orphaned_backups(path)


def _remove_orphaned_backups(path: Path) -> None:
    """Note which file the backups are of, and remove those of files that have not existed for a long time."""
    with suppress(OSError, Failed):
        folder = _backup_folder(path)
        files.replace(folder.with_suffix(".path"), os.fsencode(os.path.realpath(path)))
        for note in folder.parent.glob("*.path"):
            kept, newest = note.with_suffix(""), max(each.stat().st_mtime for each in note.with_suffix("").iterdir())
            if time.time() - newest > _ORPHANED_SECONDS and not Path(os.fsdecode(note.read_bytes())).exists():
                import shutil  # slow to load

                shutil.rmtree(kept)
                note.unlink()


def _move_leftovers(path: Path) -> None:
    """Move temporary files of a killed run to the backups: one may hold a change of another program."""
    for left in leftovers.of_file(path, exclusive=True):
        data = files.read(left)
        if data:
            _back_up(path, data)
        try:
            left.unlink(missing_ok=True)
        except OSError as error:
            raise Failed(f"can't remove {paths.shown(left)}: {(error.strerror or '').lower()}") from error


def _backup_folder(path: Path) -> Path:
    return paths.state() / "backups" / _digest(path)


def _digest(path: Path) -> str:
    return digests.sha256(os.fsencode(os.path.realpath(path)))[:16]
