"""Answers prepared for `credential_process`: what the launcher or this module prints while they are fresh.

    answers/SESSION/ACCOUNT/ROLE, in our state folder
    line 1    STALE EXPIRATION SESSION ACCOUNT ROLE    (Unix seconds; STALE is 0 where no answer may be kept)
    line 2    the JSON for the SDK

Whoever has no time reads them: this imports next to nothing, and `bin/ssohelper-credential-process` does the same in
sh. The names stand in the file too, since some file systems take `Admin` and `admin` for one. An answer from before
the last change of `~/.aws/config` or `config.toml` does not count: the session may be another one by now.
"""

import os
import time

from ssohelper.storage import folders

_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+=,.@%-")
_OPTIONS = ["--session", "--account-id", "--role-name"]


def quick(words: list[str]) -> str | None:
    """The fresh answer to the words behind `credential-process`; None without one, or for other words."""
    if len(words) != 6 or words[::2] != _OPTIONS:
        return None
    found = path(*words[1::2])
    try:
        with open(found or "", encoding="ascii") as file:  # noqa: PTH123 (pathlib is slow)
            written = os.stat(file.fileno()).st_mtime_ns  # noqa: PTH116 (pathlib is slow)
            facts, answer, rest = file.read().split("\n")
        stale, _, *names = facts.split(" ")
        whole = answer[:1] == "{" and answer[-1:] == "}" and not rest
        fresh = int(stale) > time.time() and not any(_changed_since(written, file) for file in _settled_by())
        return answer if names == words[1::2] and whole and fresh else None
    except (OSError, ValueError):
        return None


def path(session: str, account_id: str, role_name: str) -> str | None:
    """Where the answer for a role is; None where its names are not plain enough to be parts of a path."""
    for word in (session, account_id, role_name):
        if not word or word[0] == "." or not _PLAIN.issuperset(word):
            return None
    return os.path.join(folder(), session, account_id, role_name)  # noqa: PTH118 (pathlib is slow)


def _settled_by() -> tuple[str, str]:
    """The files that say what the names stand for, and what may be prepared."""
    config = os.environ.get("AWS_CONFIG_FILE") or os.path.expanduser("~/.aws/config")  # noqa: PTH111
    if config.startswith(
        folders.folder() + "/exec/"
    ):  # inside of `ssohelper exec` it is a copy: the person's own counts
        config = os.environ.get("SSOHELPER_AWS_CONFIG_FILE") or config
    return config, folders.settings_folder() + "/config.toml"


def _changed_since(written: int, path: str) -> bool:
    try:
        return os.stat(path).st_mtime_ns > written  # noqa: PTH116
    except OSError:
        return False


def folder() -> str:
    """The folder of all answers."""
    return folders.folder() + "/answers"
