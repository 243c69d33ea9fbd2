"""Files that other users of this machine own, can read or can change."""

import os
import stat
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from ssohelper.doctor import fixes
from ssohelper.doctor.checkup import Checkup
from ssohelper.findings import Finding
from ssohelper.storage import json_cache, paths

_WRITE = stat.S_IWGRP | stat.S_IWOTH
_READ_OR_WRITE = stat.S_IRWXG | stat.S_IRWXO


def check_modes(checkup: Checkup) -> Iterator[Finding]:
    """Secrets that others can read, and files and folders that others can change and that decide what runs."""
    if sys.platform == "win32":  # access lists; the home folder's are private
        return
    checked = [(file, _READ_OR_WRITE) for file in checkup.secret_files]
    checked += [(file, _WRITE) for file in checkup.trusted_files]
    found = [(file, forbidden, _folder(file)) for file, forbidden in checked if _mode(file) & forbidden]
    folders = {folder for *_, folder in found}
    without_modes = {each for each in folders if not _keeps_modes(each)}
    yield from (_too_open(file, forbidden) for file, forbidden, folder in found if folder not in without_modes)
    # One for each file system.
    one_each = {each.stat().st_dev: each for each in sorted(without_modes, reverse=True)}
    yield from (_no_modes(each, checkup.environment) for each in sorted(one_each.values()))


def check_owner(checkup: Checkup) -> Iterator[Finding]:
    """Files and folders of ours that belong to another user."""
    if sys.platform == "win32":
        return
    for file in checkup.own_files:
        if not json_cache.is_own(file):
            yield Finding(
                kind="file-owner",
                message=f"{paths.shown(file)} belongs to another user",
                affects="you: it is ignored",
                fix=fixes.on_file(file, "sudo", "chown", "-R", str(os.getuid())),
                file=file,
            )


def _too_open(file: Path, forbidden: int) -> Finding:
    what, mode = ("read", "go-rwx") if forbidden == _READ_OR_WRITE else ("change", "go-w")
    return Finding(
        kind="file-mode",
        message=f"other users of this machine can {'change' if _mode(file) & _WRITE else what} {paths.shown(file)}",
        affects="you: others could act in your name",
        fix=_close(file, mode),
        file=file,
    )


def _close(file: Path, mode: str) -> str:
    """Take permissions away from others; not from a folder of the system, such as /tmp."""
    if file.is_dir() and (not json_cache.is_own(file) or file.stat().st_mode & stat.S_ISVTX):
        return f"do not keep these files in {paths.shown(file)}, which is for everybody"
    return fixes.on_file(file, "chmod", mode)


def _no_modes(folder: Path, environment: Mapping[str, str]) -> Finding:
    """Windows drives in WSL and exFAT, mounted without options, give every file mode 0777, and chmod has no effect.

    https://learn.microsoft.com/windows/wsl/wsl-config#automount-settings
    """
    in_wsl = 'add options = "metadata" under [automount] in /etc/wsl.conf, then run `wsl.exe --shutdown`'
    elsewhere = "mount it with umask=077, or move the folder to another file system"
    return Finding(
        kind="no-file-modes",
        message=f"{paths.shown(folder)} is on a file system without Unix permissions",
        affects="you: other users of this machine may be able to read or change the files",
        fix=in_wsl if environment.get("WSL_DISTRO_NAME") else elsewhere,
        severity="warning",
        file=folder,
    )


def _mode(file: Path) -> int:
    """The mode of a file or folder; 0 for what is neither, such as /dev/null, which everybody may write to."""
    try:
        found = file.stat().st_mode
    except OSError:
        return 0
    return stat.S_IMODE(found) if stat.S_ISREG(found) or stat.S_ISDIR(found) else 0


def _folder(file: Path) -> Path:
    real = Path(os.path.realpath(file))
    return real if real.is_dir() else real.parent


def _keeps_modes(folder: Path) -> bool:
    """Whether a new private file in the folder is private; True if none can be made there.

    The file is deleted at once. Nothing that is there already tells whether a mode was chosen.
    """
    try:
        with tempfile.NamedTemporaryFile(dir=folder) as file:
            return not os.fstat(file.fileno()).st_mode & _READ_OR_WRITE
    except OSError:
        return True
