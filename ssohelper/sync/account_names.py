"""The names of a session's accounts, as they were last listed: settings use names, SDKs use ids."""

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from ssohelper.errors import BadInput, Failed, did_you_mean
from ssohelper.model import Session
from ssohelper.roles import Account
from ssohelper.storage import files, json_cache, paths

# Renaming an account can make its roles sensitive: older names are not relied upon.
MAX_AGE_SECONDS = 24 * 3600


def save(session: Session, accounts: Iterable[Account], now: float) -> None:
    """Save the names of all accounts that were listed at `now` (Unix seconds).

    A failure is ignored: they are listed again.
    """
    data = {"listed_at": now, "names": {account.id: account.name for account in accounts}}
    with suppress(Failed):
        files.replace(_path(session.name), json.dumps(data).encode(), private=True)


def load(session: Session, now: float) -> dict[str, str | None] | None:
    """The names by account id; None if they were not listed within a day. Raises `Failed`."""
    listed_at, names = _read(session.name)
    return None if now - listed_at > MAX_AGE_SECONDS else names


def shown(session: Session) -> dict[str, str | None]:
    """The names by account id, however old: to be shown, not to decide by. Raises `Failed`."""
    return of_session(session.name)


def of_session(name: str) -> dict[str, str | None]:
    """The same for a session that is known by its name only."""
    return _read(name)[1]


def id_of(name: str, names: Mapping[str, str | None]) -> str:
    """The id of the account that has a name, by the `names` of all. Raises `BadInput` if none or several have it."""
    ids = [each for each, known in names.items() if known == name]
    if not ids:
        near = did_you_mean(name, filter(None, names.values()))
        raise BadInput(f"account {name!r} not found{near}", hint="ssohelper accounts")
    if len(ids) > 1:
        hint = "name the one you mean by its id"
        raise BadInput(f"several accounts are named {name!r}: {', '.join(ids)}", hint=hint)
    return ids[0]


def lock_name(session: Session) -> str:
    """The name of the lock that a process holds while it lists the accounts."""
    return f"accounts-{json_cache.name(session.name)}"


def _read(session: str) -> tuple[float, dict[str, str | None]]:
    """When they were listed, in Unix seconds, and the names; (0, {}) if there is no valid file."""
    data = json_cache.read(_path(session))
    listed_at, names = data.get("listed_at"), data.get("names")
    if not isinstance(listed_at, int | float) or not isinstance(names, dict):
        return 0.0, {}
    return listed_at, {str(key): name if isinstance(name, str) else None for key, name in names.items()}


def _path(session: str) -> Path:
    return paths.state() / "account-names" / f"{json_cache.name(session)}.json"
