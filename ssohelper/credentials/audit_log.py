"""Who used which sensitive role, when and why: unlocks and issues, a JSON line each, on this machine alone.

No line holds a secret. The file is the person's own and can be changed by them: it helps to remember, and to answer
questions; who must not trust the person has CloudTrail.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ssohelper.storage import files, paths, timestamps


def path() -> Path:
    """The file."""
    return paths.state() / "log.jsonl"


def add(now: float, event: str, facts: dict[str, Any]) -> None:
    """Add a line. Raises `Failed` where that cannot be. `now` is in Unix seconds."""
    line = {"time": timestamps.written(now), "event": event, "user": user(), **facts, "process": caller()}
    place = path()
    files.make_folder(place.parent)
    try:
        handle = os.open(place, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(handle, (json.dumps(line) + "\n").encode())  # one call: lines of two processes never mix
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise files.failed("write", place, error) from error


def lines() -> Iterator[dict[str, Any]]:
    """Every line, the oldest first; what is no line of ours is left out. Raises `Failed`."""
    for line in (files.read(path()) or b"").splitlines():
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict):
            yield found


def user() -> str:
    """The user's name, by the system and not by the environment."""
    if os.name == "posix":
        import pwd

        try:
            return pwd.getpwuid(os.getuid()).pw_name
        except KeyError:
            return str(os.getuid())
    import getpass

    return getpass.getuser()


def caller() -> str:
    """The process that called us: its name and its id. Its arguments are left out, as they may hold secrets."""
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
