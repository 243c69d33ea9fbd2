"""The audit log of sensitive roles: who used which one, when and why; a JSON line each, on this machine only.

No line holds a secret. The user owns the file and can change it: it is an aid to memory. Where
the user is not trusted, use CloudTrail.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ssohelper.model import RoleRef
from ssohelper.storage import files, paths, timestamps


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
        handle = os.open(place, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(handle, (json.dumps(line) + "\n").encode())  # one call, so that lines of two processes never mix
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise files.failed("write", place, error) from error


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
    if os.name == "posix":
        import pwd

        try:
            return pwd.getpwuid(os.getuid()).pw_name
        except KeyError:
            return str(os.getuid())
    import getpass

    return getpass.getuser()


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
