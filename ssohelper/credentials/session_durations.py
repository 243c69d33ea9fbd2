"""The session duration of each permission set, by the role credentials that were issued last.

The portal does not tell it otherwise.
"""

import json
from contextlib import suppress
from pathlib import Path

from ssohelper import durations
from ssohelper.errors import Failed
from ssohelper.model import RoleRef, Session
from ssohelper.storage import files, json_cache, paths

# The longest session duration of a permission set.
_LONGEST_SECONDS = 12 * 3600


def record(role: RoleRef, seconds: float) -> None:
    """Record for how many seconds new credentials of a role are valid. A failure is ignored."""
    data = {"role_name": role.role_name, "seconds": durations.in_minutes(seconds)}
    path = _folder(role.session) / f"{json_cache.name(role.role_name)}.json"
    with suppress(Failed):
        if json_cache.read(path) != data:
            files.replace(path, json.dumps(data).encode("utf-8", "surrogateescape"), private=True)


def of_session(session: Session) -> dict[str, int]:
    """The session duration of each role, in seconds, by the role's name. Raises `Failed`."""
    found: dict[str, int] = {}
    for path in sorted(_folder(session.name).glob("*.json")):
        if not path.is_file():
            continue
        data = json_cache.read(path)
        name, seconds = data.get("role_name"), data.get("seconds")
        if isinstance(name, str) and type(seconds) is int and 0 < seconds <= _LONGEST_SECONDS:
            found[name] = seconds
    return found


def _folder(session: str) -> Path:
    return paths.state() / "session-durations" / json_cache.name(session)
