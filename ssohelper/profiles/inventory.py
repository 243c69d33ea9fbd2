"""The names of a session's accounts, as they were listed last: settings speak of names, SDKs of ids."""

import json
from collections.abc import Iterable
from pathlib import Path

from ssohelper import aws_cache, files, paths
from ssohelper.model import Account, Session

# Who renames an account may thereby make its roles sensitive: older names are not relied upon.
MAX_AGE_SECONDS = 24 * 3600


def save(session: Session, accounts: Iterable[Account], now: float) -> None:
    """Keep the names of all accounts that were listed at `now` (Unix seconds). Raises `Failed`."""
    names = {account.id: account.name for account in accounts}
    files.replace(_path(session), json.dumps({"listed_at": now, "names": names}).encode(), private=True)


def load(session: Session, now: float) -> dict[str, str | None] | None:
    """The names by id; None where they were not listed lately. Raises `Failed`."""
    data = aws_cache.read(_path(session))
    listed_at, names = data.get("listed_at"), data.get("names")
    if not isinstance(listed_at, int | float) or not isinstance(names, dict) or now - listed_at > MAX_AGE_SECONDS:
        return None
    return {str(key): name if isinstance(name, str) else None for key, name in names.items()}


def _path(session: Session) -> Path:
    return paths.state() / "accounts" / f"{aws_cache.name(session.name)}.json"
