"""Files that other users of this machine own, can read or can change."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from ssohelper.doctor import fixes
from ssohelper.doctor.checkup import Checkup
from ssohelper.findings import Finding
from ssohelper.storage import json_cache, paths

_WRITE = stat.S_IWGRP | stat.S_IWOTH


def check_secrets(checkup: Checkup) -> Iterator[Finding]:
    """Files with secrets that others can read or change."""
    for file in checkup.secret_files:
        yield from _check(file, stat.S_IRWXG | stat.S_IRWXO, "go-rwx")


def check_trusted(checkup: Checkup) -> Iterator[Finding]:
    """Files and folders that decide which programs run, and that others can change."""
    for file in checkup.trusted_files:
        yield from _check(file, _WRITE, "go-w")


def check_owner(checkup: Checkup) -> Iterator[Finding]:
    """Files and folders of ours that belong to another user."""
    for file in checkup.own_files:
        if not json_cache.is_own(file):
            yield Finding(
                kind="file-owner",
                message=f"{paths.shown(file)} belongs to another user",
                affects="you: it is ignored",
                fix=f'sudo chown -R "$(id -un)" {fixes.shell_path(file)}',
                file=file,
            )


def _check(file: Path, forbidden: int, mode: str) -> Iterator[Finding]:
    try:
        found = file.stat().st_mode
    except OSError:
        return
    if not (stat.S_ISREG(found) or stat.S_ISDIR(found)):  # such as /dev/null, which everybody may write to
        return
    if os.name == "posix" and found & forbidden:
        yield Finding(
            kind="file-mode",
            message=f"other users of this machine can {'change' if found & _WRITE else 'read'} {paths.shown(file)}",
            affects="you: others could act in your name",
            fix=f"chmod {mode} {fixes.shell_path(file)}",
            file=file,
        )
