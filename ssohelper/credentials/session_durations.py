"""The session duration of each permission set, and how often its credentials were issued within a day.

The portal does not tell the duration otherwise.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from ssohelper import durations
from ssohelper.errors import Failed
from ssohelper.model import Session
from ssohelper.roles import RoleRef
from ssohelper.storage import files, json_cache, paths

# The longest session duration of a permission set.
_LONGEST_SECONDS = 12 * 3600
_DAY_SECONDS = 24 * 3600
# Issued so many times in a day for one account, credentials of an hour lasted a working day.
_ALL_DAY = 8


def record(role: RoleRef, seconds: float, now: float) -> None:
    """Record that credentials of a role were issued, valid for so many seconds. A failure is ignored.

    `now` is in Unix seconds.
    """
    path = _folder(role.session) / f"{json_cache.name(role.role_name)}.json"
    with suppress(Failed):
        issued = _issued(json_cache.read(path), now)
        issued[role.account_id] = [*issued.get(role.account_id, []), int(now)][-_ALL_DAY:]
        data = {"role_name": role.role_name, "seconds": durations.in_minutes(seconds), "issued": issued}
        files.replace(path, json.dumps(data).encode("utf-8", "surrogateescape"), private=True)


def of_session(session: Session) -> dict[str, int]:
    """The session duration of each role, in seconds, by the role's name. Raises `Failed`."""
    return {name: seconds for name, seconds, _ in _records(session)}


def refreshed_all_day(session: Session, now: float) -> list[str]:
    """The names of roles whose credentials were issued again and again for one account, within the last day.

    `now` is in Unix seconds. Raises `Failed`.
    """
    return [
        name
        for name, _, data in _records(session)
        if any(len(times) >= _ALL_DAY for times in _issued(data, now).values())
    ]


def _records(session: Session) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """The name of each role, its session duration in seconds, and everything that is recorded."""
    for path in sorted(_folder(session.name).glob("*.json")):
        if not path.is_file():
            continue
        data = json_cache.read(path)
        name, seconds = data.get("role_name"), data.get("seconds")
        if isinstance(name, str) and type(seconds) is int and 0 < seconds <= _LONGEST_SECONDS:
            yield name, seconds, data


def _issued(data: dict[str, Any], now: float) -> dict[str, list[int]]:
    """When credentials were issued within the last day, by account id, in Unix seconds."""
    found = data.get("issued")
    if not isinstance(found, dict):
        return {}
    recent = {
        account_id: [each for each in times if type(each) is int and 0 <= now - each < _DAY_SECONDS]
        for account_id, times in found.items()
        if isinstance(times, list)
    }
    return {account_id: times for account_id, times in recent.items() if times}


def _folder(session: str) -> Path:
    return paths.state() / "session-durations" / json_cache.name(session)
