"""The last listing of a session's accounts and roles: for a quarter of an hour, `roles` need not ask again.

It counts for the access token that it was made with only: after another sign-in the roles may be another person's.
"""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from ssohelper import digests
from ssohelper.errors import Failed
from ssohelper.model import Session, Token
from ssohelper.roles import Account, Role
from ssohelper.storage import files, json_cache, paths
from ssohelper.sync.discovery import Discovery

_MAX_AGE_SECONDS = 15 * 60


class Listing(NamedTuple):
    """What was listed, and when, in Unix seconds."""

    found: Discovery
    listed_at: float


def save(session: Session, token: Token | None, found: Discovery, now: float) -> None:
    """Save what was listed at `now` (Unix seconds), if it is complete, and the token is still there.

    A failure is ignored: it is listed again.
    """
    if found.unlisted or token is None:
        return
    data = {
        "listed_at": now,
        "token": _fingerprint(token),
        "accounts": [[each.id, each.name, each.email] for each in found.accounts],
        "roles": [[each.account.id, each.name] for each in found.roles],
    }
    with suppress(Failed):
        files.replace(_path(session), json.dumps(data).encode(), private=True)


def load(session: Session, token: Token, now: float) -> Listing | None:
    """What was listed with this token within a quarter of an hour before `now` (Unix seconds). Raises `Failed`."""
    data = json_cache.read(_path(session))
    try:
        listed_at = float(data["listed_at"])
        if data["token"] != _fingerprint(token) or not 0 <= now - listed_at <= _MAX_AGE_SECONDS:
            return None
        return Listing(_discovery(data), listed_at)
    except (KeyError, TypeError, ValueError):  # there is none, or it is damaged
        return None


def delete(session: Session) -> None:
    """Delete it. A failure is ignored: without the token nothing reads it."""
    with suppress(OSError):
        _path(session).unlink()


def _discovery(data: dict[str, Any]) -> Discovery:
    accounts = {each[0]: Account(*each) for each in data["accounts"]}
    roles = (Role(accounts[account_id], name) for account_id, name in data["roles"])
    return Discovery(tuple(accounts.values()), tuple(roles))


def _fingerprint(token: Token) -> str:
    return digests.sha256(token.access_token.encode())


def _path(session: Session) -> Path:
    return paths.state() / "listings" / f"{json_cache.name(session.name)}.json"
