"""The AWS config file on disk: read when it is at rest, replaced whole, backed up, never at someone else's cost."""

import hashlib
import os
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from datetime import UTC, datetime
from pathlib import Path

from ssohelper.aws_config import config_text
from ssohelper.aws_config.config_text import ConfigText
from ssohelper.errors import ConfigConflict, Failed
from ssohelper.storage import files, locks, paths

BACKUPS = 5
_TRIES = 20
# The AWS CLI truncates the file and writes it in place. A file that changed within this time may be half written.
_REST_SECONDS = 0.1
_EMPTY_REST_SECONDS = 1.0
_REST_TRIES = 20


def load(path: Path) -> ConfigText:
    """The config file taken apart; an empty one where there is none. Raises `Failed`."""
    data, _ = _read_at_rest(path)
    return config_text.parse(data or b"")


def update(path: Path, edit: Callable[[ConfigText], bytes], *, waiting: Callable[[str], None]) -> bool:
    """Let `edit` make the new file out of the present one, and write it; False where nothing changed.

    `edit` is called again with the newer text whenever somebody else wrote in between, so that neither change is
    lost. The file as it was is kept as a backup. `waiting` is told who else is writing when that takes long. Raises
    `Failed`, `ConfigConflict`, and whatever `edit` raises; then nothing has changed.
    """
    with _locked(path, waiting):
        _rescue_leftovers(path)
        for _ in range(_TRIES):
            before, at_rest = _read_at_rest(path)
            if not at_rest:
                break
            after = edit(config_text.parse(before or b""))
            if after == (before or b""):
                return False
            if before is not None:
                _back_up(path, before)
            if files.replace_if(path, after, expected=before):
                return True
    raise ConfigConflict(
        f"another program keeps changing {paths.shown(path)}", hint="end it, then run the command again"
    )


def tidy(path: Path, *, waiting: Callable[[str], None]) -> None:
    """Take care of what a run that was killed left beside the file. Raises `Failed`."""
    if files.leftovers(path):
        with _locked(path, waiting):
            _rescue_leftovers(path)


def backups(path: Path) -> list[Path]:
    """The kept versions of the file, the oldest first."""
    return sorted(_backup_folder(path).glob("*"))


def profile_names(path: Path) -> set[str]:
    """The names that a shared credentials file gives to profiles: its headers, without the word `profile`."""
    text = load(path)
    return {section.header for section in text.sections}


def _locked(path: Path, waiting: Callable[[str], None]) -> AbstractContextManager[None]:
    return locks.held(f"config-{_digest(path)}", waiting=waiting)


def _read_at_rest(path: Path) -> tuple[bytes | None, bool]:
    """The bytes of the file once it has not changed for a moment, and whether that moment came."""
    for _ in range(_REST_TRIES):
        data = files.read(path)
        try:
            written = path.stat().st_mtime
        except OSError:  # gone, or never there
            return data, True
        age = time.time() - written  # the clock last: a write after it would seem to come from the future
        # Who writes in place has emptied it first, and may have been held up just then.
        rest = _REST_SECONDS if data else _EMPTY_REST_SECONDS
        # A clock that was set back makes the file seem to come from the future: that one is at rest too.
        if not 0 <= age < rest:
            return data, True
        time.sleep(min(_REST_SECONDS, rest - age))
    return files.read(path), False


def _back_up(path: Path, data: bytes) -> None:
    folder = _backup_folder(path)
    kept = backups(path)
    if kept and files.read(kept[-1]) == data:
        return
    # By the name of the file itself, not of a link to it: names must sort by time.
    name = Path(os.path.realpath(path)).name
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    files.replace(folder / f"{name}-{stamp}", data)
    for old in backups(path)[:-BACKUPS]:
        with suppress(OSError):
            old.unlink()


def _rescue_leftovers(path: Path) -> None:
    """Neighbours of a run that was killed may hold what somebody wrote: they go to the backups."""
    for left in files.leftovers(path):
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
    return hashlib.sha256(os.fsencode(os.path.realpath(path))).hexdigest()[:16]
