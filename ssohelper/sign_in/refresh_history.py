"""What is remembered of a sign-in: when it began, what came of its renewals.

So a hundred processes do not all try again what cannot work, and whoever needs hours can be told how many are left.

In a file of our own, since the SDKs drop what they do not know from the token cache; it holds no secret.
"""

import hashlib
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from ssohelper.errors import Failed
from ssohelper.model import Session, Token
from ssohelper.sign_in import token_cache
from ssohelper.storage import files, paths


def is_dead(session: Session, token: Token) -> bool:
    """Whether the service has refused this refresh token already."""
    return _load(session).get("dead") == _fingerprint(token.refresh_token)


def remember_dead(session: Session, token: Token) -> None:
    """Keep in mind that the service refused this refresh token."""
    _add(session, "dead", _fingerprint(token.refresh_token))


def is_refused(session: Session, token: Token) -> bool:
    """Whether the service has refused this access token already, whatever its date says."""
    return _load(session).get("refused") == _fingerprint(token.access_token)


def remember_refused(session: Session, token: Token) -> None:
    """Keep in mind that the service refused this access token."""
    _add(session, "refused", _fingerprint(token.access_token))


def is_last(session: Session, token: Token) -> bool:
    """Whether this access token was renewed for less than the usual time: it ends together with its sign-in."""
    return _load(session).get("last") == _fingerprint(token.access_token)


def remember_last(session: Session, token: Token) -> None:
    """Keep in mind that this access token, just renewed, will end together with its sign-in."""
    _add(session, "last", _fingerprint(token.access_token))


def failed_at(session: Session) -> float:
    """When the service last failed to answer a renewal, in Unix seconds; 0 for never."""
    found = _load(session).get("failed_at")
    return float(found) if isinstance(found, int | float) else 0.0


def remember_failure(session: Session, now: float) -> None:
    """Keep in mind that the service did not answer a renewal at `now` (Unix seconds)."""
    _add(session, "failed_at", now)


def signed_in_at(session: Session) -> float | None:
    """When the person last signed in by us, in Unix seconds; None where they did not."""
    found = _load(session).get("signed_in_at")
    return float(found) if isinstance(found, int | float) else None


def remember_sign_in(session: Session, now: float) -> None:
    """Keep in mind that the person signed in at `now` (Unix seconds), and nothing of the sign-in before."""
    forget(session)
    _add(session, "signed_in_at", now)


def forget(session: Session) -> None:
    """Forget everything about the session."""
    with suppress(OSError):
        _path(session).unlink()


def _path(session: Session) -> Path:
    return paths.renewals() / f"{token_cache.digest(session)}.json"


def _load(session: Session) -> dict[str, Any]:
    try:
        found = json.loads(files.read(_path(session)) or b"{}")
    except (ValueError, RecursionError, Failed):
        return {}
    return found if isinstance(found, dict) else {}


def _add(session: Session, what: str, value: str | float) -> None:
    note = {**_load(session), what: value}
    with suppress(Failed):  # only an aid to memory
        files.replace(_path(session), json.dumps(note).encode(), private=True)


def _fingerprint(token: str | None) -> str:
    return hashlib.sha256((token or "").encode("utf-8", "surrogatepass")).hexdigest()
