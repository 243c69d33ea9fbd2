"""The history of a sign-in: when it began, and the results of refreshing its token.

So a hundred processes do not all retry what cannot succeed, and the time left of a sign-in can be shown. It is a
separate file, since SDKs drop keys that they do not know from the token cache; it holds no secret.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ssohelper import digests
from ssohelper.errors import Failed
from ssohelper.model import Session, Token
from ssohelper.sign_in import token_cache
from ssohelper.storage import files, paths


class History:
    """What was recorded of a session, as of when it was loaded."""

    def __init__(self, records: Mapping[str, Any]) -> None:
        self._records = records

    def is_refresh_token_rejected(self, token: Token) -> bool:
        """Whether the service has already rejected this refresh token."""
        return self._records.get("dead") == _fingerprint(token.refresh_token)

    def is_rejected(self, token: Token) -> bool:
        """Whether the service has already rejected this access token, although it may look valid."""
        return self._records.get("rejected") == _fingerprint(token.access_token)

    def is_last(self, token: Token) -> bool:
        """Whether the service issued this access token for less than the usual time: it expires with its sign-in."""
        return self._records.get("last") == _fingerprint(token.access_token)

    @property
    def failed_at(self) -> float:
        """When the service last failed to answer a refresh request, in Unix seconds; 0 for never."""
        found = self._records.get("failed_at")
        return float(found) if isinstance(found, int | float) else 0.0

    @property
    def signed_in_at(self) -> float | None:
        """When the user last signed in with ssohelper, in Unix seconds; None if never."""
        found = self._records.get("signed_in_at")
        return float(found) if isinstance(found, int | float) else None


def load(session: Session) -> History:
    """The history of a session; an empty one if none was recorded, or it cannot be read."""
    return History(_read(session))


def record_rejected_refresh_token(session: Session, token: Token) -> None:
    """Record that the service rejected this refresh token."""
    _add(session, "dead", _fingerprint(token.refresh_token))


def record_rejected(session: Session, token: Token) -> None:
    """Record that the service rejected this access token."""
    _add(session, "rejected", _fingerprint(token.access_token))


def record_last(session: Session, token: Token) -> None:
    """Record that this access token, just refreshed, will expire with its sign-in."""
    _add(session, "last", _fingerprint(token.access_token))


def record_failure(session: Session, now: float) -> None:
    """Record that the service did not answer a refresh request at `now` (Unix seconds)."""
    _add(session, "failed_at", now)


def record_sign_in(session: Session, now: float) -> None:
    """Record a sign-in at `now` (Unix seconds), and drop what was recorded of the one before."""
    delete(session)
    _add(session, "signed_in_at", now)


def delete(session: Session) -> None:
    """Delete everything recorded of the session."""
    with suppress(OSError):
        _path(session).unlink()


def _path(session: Session) -> Path:
    return paths.refresh_history() / f"{token_cache.digest(session)}.json"


def _read(session: Session) -> dict[str, Any]:
    try:
        found = json.loads(files.read(_path(session)) or b"{}")
    except (ValueError, RecursionError, Failed):
        return {}
    return found if isinstance(found, dict) else {}


def _add(session: Session, what: str, value: str | float) -> None:
    note = {**_read(session), what: value}
    with suppress(Failed):  # it only saves requests
        files.replace(_path(session), json.dumps(note).encode(), private=True)


def _fingerprint(token: str | None) -> str:
    return digests.sha256((token or "").encode("utf-8", "surrogatepass"))
