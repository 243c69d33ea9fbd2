"""Prepared answers for `credential_process`, printed as they are while they are fresh.

    answers/SESSION/ACCOUNT/ROLE, in our state folder
    line 1    STALE_AT EXPIRATION SESSION ACCOUNT ROLE    (Unix seconds; STALE_AT is 0 if no answer may be stored)
    line 2    the JSON for the SDK

`bin/ssohelper-credential-process` does the same in sh. Both must be fast, so this module imports almost nothing. The
names are repeated in the file because case-insensitive file systems treat `Admin` and `admin` as one path. An answer
older than the last change of the AWS config file or config.toml is ignored: the session may be a different one now.
"""

import os
import time

from ssohelper.storage import folders

_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+=,.@%-")
_OPTIONS = ["--session", "--account-id", "--role-name"]


def lookup(arguments: list[str]) -> str | None:
    """The fresh answer for the arguments of `credential-process`; None if there is none, or for other arguments."""
    if len(arguments) != 6 or arguments[::2] != _OPTIONS:
        return None
    names = arguments[1::2]
    try:
        with open(path(*names) or "", encoding="ascii") as file:  # noqa: PTH123 (pathlib is slow)
            written = os.stat(file.fileno()).st_mtime_ns  # noqa: PTH116
            header, answer, rest = file.read().split("\n")
        stale_at, _, *header_names = header.split(" ")
        complete = answer[:1] == "{" and answer[-1:] == "}" and not rest
        fresh = int(stale_at) > time.time() and not any(_changed_since(written, each) for each in _config_files())
        return answer if header_names == names and complete and fresh else None
    except (OSError, ValueError):
        return None


def path(session: str, account_id: str, role_name: str) -> str | None:
    """The path of a role's answer; None if a name contains characters that are not allowed in it."""
    for name in (session, account_id, role_name):
        if not name or name[0] == "." or not _PLAIN.issuperset(name):
            return None
    return os.path.join(folder(), session, account_id, role_name)  # noqa: PTH118


def folder() -> str:
    """The folder of all prepared answers."""
    return folders.folder() + "/answers"


def _config_files() -> tuple[str, str]:
    return folders.aws_config_file(), folders.settings_folder() + "/config.toml"


def _changed_since(written: int, path: str) -> bool:
    try:
        return os.stat(path).st_mtime_ns > written  # noqa: PTH116
    except OSError:
        return False
