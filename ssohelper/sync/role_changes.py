"""Which roles were assigned to the user since the last sync, and which no longer are."""

import json
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from ssohelper.errors import Failed
from ssohelper.model import Session
from ssohelper.roles import Account, Role
from ssohelper.storage import files, json_cache, paths
from ssohelper.sync.discovery import Discovery

_CLOCKS_DIFFER_SECONDS = 86400


class RoleChanges(NamedTuple):
    """What changed since the last sync, which was at `since` (Unix seconds)."""

    since: float
    assigned: tuple[Role, ...]
    no_longer_assigned: tuple[Role, ...]


def since_last_sync(session: Session, found: Discovery, now: float) -> RoleChanges | None:
    """What is different from the last sync; None if there was none, or its record is damaged. Raises `Failed`.

    `now` is in Unix seconds.

    Roles in accounts that could not be listed count as unchanged.
    """
    last = last_sync(session, now)
    if last is None:
        return None
    since, before = last
    unlisted = {each.account.id for each in found.unlisted}
    then, present = set(map(_key, before)), set(map(_key, found.roles))
    return RoleChanges(
        since,
        tuple(role for role in found.roles if _key(role) not in then),
        tuple(role for role in before if _key(role) not in present and role.account.id not in unlisted),
    )


def last_sync(session: Session, now: float) -> tuple[float, list[Role]] | None:
    """When the last sync was, in Unix seconds, and the roles that were assigned then.

    None if there was none, or its record is damaged. Raises `Failed`. `now` is in Unix seconds.
    """
    data = json_cache.read(_path(session))
    try:
        since = float(data["synced_at"])
        roles = [Role(Account(str(id_), name and str(name)), str(role)) for id_, name, role in data["roles"]]
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    return (since, roles) if 0 <= since <= now + _CLOCKS_DIFFER_SECONDS else None


def save(session: Session, found: Discovery, now: float) -> None:
    """Save the roles of a sync at `now` (Unix seconds), if all accounts were listed. A failure is ignored."""
    if found.unlisted:
        return
    roles = [[role.account.id, role.account.name, role.name] for role in found.roles]
    with suppress(Failed):
        files.replace(_path(session), json.dumps({"synced_at": now, "roles": roles}).encode(), private=True)


def _key(role: Role) -> tuple[str, str]:
    return role.account.id, role.name


def _path(session: Session) -> Path:
    return paths.state() / "synced-roles" / f"{json_cache.name(session.name)}.json"
