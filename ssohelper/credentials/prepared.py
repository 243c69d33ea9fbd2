"""Prepared answers for `credential_process`, printed as they are while they are fresh.

    answers/SESSION/ACCOUNT/ROLE, in our state folder
    line 1    STALE_AT EXPIRATION CONFIG SETTINGS SESSION ACCOUNT ROLE
    line 2    the JSON for the SDK
    answers/.versions/CONFIG, answers/.versions/SETTINGS: empty
    answers/.until/STALE_AT: empty

STALE_AT and EXPIRATION are in Unix seconds; STALE_AT is 0 if no answer may be stored. CONFIG and SETTINGS are the
times of the AWS config file and of config.toml, in nanoseconds, before they were read, and `-` for a file that does
not exist. If either has changed, the answer is ignored: the session may be another one, or the role sensitive. sh
compares the times of two files without starting a process, so each of these times, and STALE_AT, is the name and the
time of an empty file. No answer is stored for a file whose version cannot be known by its time (UNKNOWN).

`bin/ssohelper-credential-process` does the same in sh. Both must be fast, so this module imports almost nothing. The
names are repeated in the file because case-insensitive file systems treat `Admin` and `admin` as one path.
"""

import os
import time

from ssohelper.storage import folders

_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+=,.@%-")
# The folders of the empty files; no session's name begins with a dot.
VERSIONS, UNTIL = ".versions", ".until"
# The version of a file behind a dangling symlink, and of one older than 2001: Nix gives all files the same time.
UNKNOWN = "?"
_EARLIEST = 10**18
_OPTIONS = ["--session", "--account-id", "--role-name"]


def lookup(arguments: list[str]) -> str | None:
    """The fresh answer for the arguments of `credential-process`; None if there is none, or for other arguments."""
    if len(arguments) != 6 or arguments[::2] != _OPTIONS:
        return None
    names = arguments[1::2]
    try:
        with open(path(*names) or "", encoding="ascii") as file:  # noqa: PTH123 (pathlib is slow)
            own = folders.is_own(os.fstat(file.fileno())) and folders.state_problem() is None
            header, answer, rest = file.read().split("\n")
        stale_at, _, config, settings, *header_names = header.split(" ")
        complete = answer[:1] == "{" and answer[-1:] == "}" and not rest
        known = UNKNOWN not in (config, settings) and (config, settings) == versions()
        fresh = own and known and int(stale_at) > time.time()
        return answer if header_names == names and complete and fresh else None
    except (OSError, ValueError):
        return None


def versions() -> tuple[str, str]:
    """The times of the AWS config file and of config.toml, as in an answer."""
    return _version(folders.aws_config_file()), _version(folders.settings_folder() + "/config.toml")


def _version(path: str) -> str:
    try:
        found = os.stat(path).st_mtime_ns  # noqa: PTH116 (pathlib is slow)
    except OSError:
        return UNKNOWN if folders.is_dangling(path) else "-"
    return str(found) if found > _EARLIEST else UNKNOWN


def path(session: str, account_id: str, role_name: str) -> str | None:
    """The path of a role's answer; None if a name contains characters that are not allowed in it."""
    for name in (session, account_id, role_name):
        if not name or name[0] == "." or not _PLAIN.issuperset(name):
            return None
    return os.path.join(folder(), session, account_id, role_name)  # noqa: PTH118


def folder() -> str:
    """The folder of all prepared answers."""
    return folders.folder() + "/answers"
