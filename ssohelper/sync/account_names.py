"""The names of a session's accounts, as they were listed last: settings speak of names, SDKs of ids."""

import json
from collections.abc import Iterable
from pathlib import Path

from ssohelper.model import Account, Session
from ssohelper.storage import files, json_cache, paths

# Who renames an account may thereby make its roles sensitive: older names are not relied upon.
MAX_AGE_SECONDS = 24 * 3600


def save(session: Session, accounts: Iterable[Account], now: float) -> None:
    """Keep the names of all accounts that were listed at `now` (Unix seconds). Raises `Failed`."""
    names = {account.id: account.name for account in accounts}
    files.replace(_path(session), json.dumps({"listed_at": now, "names": names}).encode(), private=True)


def load(session: Session, now: float) -> dict[str, str | None] | None:
    """The names by id; None where they were not listed lately. Raises `Failed`."""
    listed_at, names = _read(session)
    return None if now - listed_at > MAX_AGE_SECONDS else names


def shown(session: Session) -> dict[str, str | None]:
    """The names by id, however old: good enough to be shown, not to decide by. Raises `Failed`."""
    return _read(session)[1]


def _read(session: Session) -> tuple[float, dict[str, str | None]]:
    """When they were listed, in Unix seconds, and the names; nothing since 1970 where there is no such file."""
    data = json_cache.read(_path(session))
    listed_at, names = data.get("listed_at"), data.get("names")
    if not isinstance(listed_at, int | float) or not isinstance(names, dict):
        return 0.0, {}
    return listed_at, {str(key): name if isinstance(name, str) else None for key, name in names.items()}


def _path(session: Session) -> Path:
    return paths.state() / "accounts" / f"{json_cache.name(session.name)}.json"
