"""The audit log of sensitive roles: who used which one, when and why; a JSON line each, on this machine only.

No line holds a secret. The user owns the file and can change it: it is a reminder, no evidence. Where
the user is not trusted, use CloudTrail.
"""

import errno
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ssohelper.roles import RoleRef
from ssohelper.storage import files, paths, timestamps

# How often to check whether the last line is complete, and the pause in between in seconds.
_TORN_TRIES, _TORN_SECONDS = 5, 0.02


def path() -> Path:
    """The file of the log."""
    return paths.state() / "audit-log.jsonl"


def add(now: float, event: str, role: RoleRef, details: dict[str, str]) -> None:
    """Append a line. `now` is in Unix seconds. Raises `Failed`."""
    line = {
        "time": timestamps.written(now),
        "event": event,
        "user": user(),
        "session": role.session,
        "account_id": role.account_id,
        "role_name": role.role_name,
        **details,
        "process": caller(),
    }
    place = path()
    files.make_folder(place.parent)
    try:
        handle = os.open(place, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            entry = f"{_end_of_torn_line(handle)}{json.dumps(line)}\n".encode()
            if os.write(handle, entry) != len(entry):  # one call, so that lines of two processes never mix
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise files.failed("write", place, error) from error


def _end_of_torn_line(handle: int) -> str:
    """A newline if the last entry has none, since its writer was killed: else ours would be a part of that line."""
    for _ in range(_TORN_TRIES):  # another process may be about to write the rest
        end = os.lseek(handle, 0, os.SEEK_END)
        if end == 0:
            return ""
        os.lseek(handle, end - 1, os.SEEK_SET)
        if os.read(handle, 1) == b"\n":
            return ""
        time.sleep(_TORN_SECONDS)
    return "\n"


def entries() -> Iterator[dict[str, Any]]:
    """Every entry, the oldest first; lines that are not valid are skipped. Raises `Failed`."""
    for line in (files.read(path()) or b"").splitlines():
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict):
            yield found


def user() -> str:
    """The user's name according to the system, not the environment."""
    if sys.platform == "win32":
        return os.getlogin()
    try:
        import pwd

        return pwd.getpwuid(os.getuid()).pw_name
    except (ImportError, KeyError):
        return str(os.getuid())


def caller() -> str:
    """The process that called us, as `name (id)`; without its arguments, which may hold secrets."""
    parent = os.getppid()
    try:
        name = Path(f"/proc/{parent}/comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        name = _name_by_ps(parent)
    return f"{name} ({parent})" if name else str(parent)


def _name_by_ps(process: int) -> str:
    import subprocess

    try:
        words = ["ps", "-o", "comm=", "-p", str(process)]
        return Path(subprocess.run(words, capture_output=True, text=True, timeout=2, check=False).stdout.strip()).name
    except (OSError, subprocess.SubprocessError):
        return ""
